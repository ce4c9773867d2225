"""Observables of spins that are arrays: S(k) at all wave vectors, correlations at all distances, profiles.

structure_factor()             S(k) = |sum over sites of a exp(i k r)|**2 / N at every k of the lattice
radial_structure_factor()      the mean of S(k) over shells of |k|
correlation()                  the mean of a(r) a(r + d) over all pairs at the same distance |d|
correlation(x), (x, y), ...    the same over the displacement along these axes, none along the others
profile(formula, x), (x, y)    the mean of a formula of the spin over all sites of the same place along these axes

Correlations are products of Fourier transforms (Wiener-Khinchin). Along an antiperiodic axis wave vectors are half-way
between those of a periodic one, and what lies beyond the end has the other sign; between open ends only pairs that
exist count, of arrays filled up with zeros.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from simcore.formulas import Expression, ExpressionError, parse
from simcore.formulas.evaluate import evaluate
from simcore.formulas.tree import Call, Name, Node, postorder, walk
from simcore.formulas.vocabulary import Arity
from simcore.models.array_reductions import Profile, Shells, axes_that_stay, shells_of, wave_numbers
from simcore.models.spins.formula_syntax import CALLABLE, in_components, spin_name
from simcore.models.spins.geometry import Geometry
from simcore.models.spins.spin import Angle, Spin, States
from simcore.models.spins.system import SpinSystem
from simcore.spec.arrays import AXES
from simcore.spec.observables import ArrayObservable

ARRAYS: dict[str, Arity] = {
    "structure_factor": Arity(0, 0),
    "radial_structure_factor": Arity(0, 0),
    "correlation": Arity(0, len(AXES)),
    "profile": Arity(2, 1 + len(AXES)),
}
"""What makes an array, and with how many arguments. `structure_factor` and `correlation` of numbers are numbers."""

_EQUAL = 1e-6  # distances that differ by less, relative to the cell, are one


def array_observable(name: str, text: str, system: SpinSystem) -> ArrayObservable | None:
    """The observable behind a formula; None if it makes no array. Raises ExpressionError."""
    if not any(f"{one}(" in text.replace(" ", "") for one in ARRAYS):
        return None
    anything = {one: Arity(0, None) for one in ARRAYS} | {"mean": Arity(0, None), "sum": Arity(0, None)}
    try:
        expression = parse(text, {**CALLABLE, **anything}, components=True, lists=True, variables="a")
    except ExpressionError:
        return None  # a formula of other measures, which says what is wrong by itself
    calls = [node for node in postorder([expression.tree]) if _is_array(node, system)]
    if not calls:
        return None
    (call, *_) = calls
    assert isinstance(call, Call)
    if expression.tree is not call:
        reason = f"{call.function} is an array, which stands alone; it cannot be part of a formula"
        raise ExpressionError(expression.text, call.column, reason)
    if not system.geometry.axes:
        reason = f"{call.function} needs a lattice with axes, and a graph has none"
        raise ExpressionError(expression.text, call.column, reason)
    if not ARRAYS[call.function].accepts(len(call.arguments)):
        reason = f"{call.function} takes {ARRAYS[call.function].arity()}, not {len(call.arguments)}"
        raise ExpressionError(expression.text, call.column, reason)
    make: Any = _KINDS[call.function]
    value, dims = make(call, expression, system)
    known = _has_unit_length(system.spin) and call.function == "correlation"
    conserved = np.indices([len(places) for _, places in dims]).sum(axis=0) == 0 if known else False  # at distance 0
    made = Assembled(system, value)
    return ArrayObservable(name, made, system.arrays.names, dims, doc=expression.text, conserved=conserved)


def _has_unit_length(spin: Spin) -> bool:
    """Whether the square of every spin is the same number."""
    if isinstance(spin, States):
        return len({abs(state) for state in spin.states}) == 1
    return isinstance(spin, Angle) or spin.components > 1


def _is_array(node: Node, system: SpinSystem) -> bool:
    if not isinstance(node, Call) or node.function not in ARRAYS:
        return False
    if node.function in ("structure_factor", "correlation"):
        axes = AXES[: system.geometry.dimensions]
        return all(isinstance(argument, Name) and argument.name in axes for argument in node.arguments)
    return True


Spins = np.ndarray
"""Values of the spins, float64 of shape (*cells, basis, components)."""
Made = tuple[Callable[[Spins], np.ndarray], tuple[tuple[str, np.ndarray], ...]]


@dataclass(frozen=True, eq=False)
class Assembled:
    """Puts the arrays of the state together, and calls `value` with the spins."""

    system: SpinSystem
    value: Callable[[Spins], np.ndarray]

    def __call__(self, *arrays: np.ndarray) -> np.ndarray:
        system = self.system
        assemble = system.arrays.field().assemble
        assert assemble is not None
        shape = (*arrays[0].shape, system.geometry.basis, system.spin.components)
        return self.value(np.asarray(assemble(*arrays), dtype=np.float64).reshape(shape))


def vectors_of(spin: Spin, spins: Spins) -> np.ndarray:
    """The components whose products count; those of an angle are its cosine and its sine."""
    return np.concatenate([np.cos(spins), np.sin(spins)], axis=-1) if isinstance(spin, Angle) else spins


# -- structure factors -------------------------------------------------------------------------------------------------


def _waves(geometry: Geometry) -> list[np.ndarray]:
    """2 pi n / L along each axis, in radians a cell."""
    shifts = [0.5 if wrap == "antiperiodic" else 0.0 for wrap in geometry.wrap]
    return [wave_numbers(n, 1.0, shift) for n, shift in zip(geometry.shape, shifts, strict=True)]


@dataclass(frozen=True, eq=False)
class StructureFactor:
    """S(k) in ascending order of k."""

    system: SpinSystem

    def __call__(self, spins: Spins) -> np.ndarray:
        geometry = self.system.geometry
        axes, waves = tuple(range(geometry.dimensions)), _waves(geometry)
        values = vectors_of(self.system.spin, spins)
        for axis, wrap in enumerate(geometry.wrap):
            if wrap == "antiperiodic":
                turn = np.exp(-1j * np.pi / geometry.shape[axis] * np.arange(geometry.shape[axis]))
                values = values * turn.reshape(_along(axis, values.ndim))
        waved = np.fft.fftshift(np.fft.fftn(values, axes=axes), axes=axes)
        total = np.zeros((*geometry.shape, values.shape[-1]), dtype=np.complex128)
        for site, position in enumerate(geometry.positions):
            phase = sum(k * x for k, x in zip(np.ix_(*waves), position, strict=True))
            total += np.exp(-1j * np.asarray(phase))[..., np.newaxis] * waved[..., site, :]
        return np.sum(np.abs(total) ** 2, axis=-1) / geometry.sites


def _along(axis: int, dimensions: int) -> tuple[int, ...]:
    return tuple(-1 if other == axis else 1 for other in range(dimensions))


def _structure_factor(call: Call, expression: Expression, system: SpinSystem) -> Made:
    geometry = system.geometry
    names = ["k"] if geometry.dimensions == 1 else [f"k{axis}" for axis in geometry.axes]
    return StructureFactor(system), tuple(zip(names, _waves(geometry), strict=True))


@dataclass(frozen=True, eq=False)
class RadialStructureFactor:
    """The mean of S(k) over shells."""

    whole: StructureFactor
    shells: Shells

    def __call__(self, spins: Spins) -> np.ndarray:
        return self.shells(self.whole(spins))


def _radial_structure_factor(call: Call, expression: Expression, system: SpinSystem) -> Made:
    geometry = system.geometry
    if geometry.basis > 1:
        reason = (
            f"{call.function} needs one site a cell, and this lattice has {geometry.basis}; take structure_factor()"
        )
        raise ExpressionError(expression.text, call.column, reason)
    reciprocal = np.linalg.inv(np.array(geometry.vectors)).T  # rows: k r = n, without 2 pi
    lengths = shortest(np.stack(np.meshgrid(*_waves(geometry), indexing="ij"), axis=-1), reciprocal, 2.0 * np.pi)
    steps = [2.0 * np.pi / n * np.linalg.norm(b) for n, b in zip(geometry.shape, reciprocal, strict=True)]
    shell, places = shells_of(lengths, float(min(steps)))
    return RadialStructureFactor(StructureFactor(system), Shells(shell, len(places), mean=True)), (("k", places),)


def shortest(places: np.ndarray, vectors: np.ndarray, period: float | Sequence[float]) -> np.ndarray:
    """The Cartesian length of coordinates along `vectors`, that of the nearest image; periods of 0 have no image."""
    periods = np.broadcast_to(np.asarray(period, dtype=np.float64), (len(vectors),))
    found: np.ndarray | None = None
    for images in itertools.product(*((-1.0, 0.0, 1.0) if one else (0.0,) for one in periods)):
        length = np.sqrt(np.sum(((places + np.array(images) * periods) @ vectors) ** 2, axis=-1))
        found = length if found is None else np.minimum(found, length)
    assert found is not None
    return found


# -- correlations ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Correlations:
    """Mean products of spins at every displacement: 0 to L - 1 along each axis, modulo L if it is periodic."""

    system: SpinSystem

    def __call__(self, spins: Spins) -> np.ndarray:
        geometry = self.system.geometry
        values = vectors_of(self.system.spin, spins)
        axes = tuple(range(geometry.dimensions))
        sizes = [n if wrap == "periodic" else 2 * n for n, wrap in zip(geometry.shape, geometry.wrap, strict=True)]
        waved = np.fft.fftn(values, s=sizes, axes=axes)
        products = np.fft.ifftn(np.abs(waved) ** 2, axes=axes).real.sum(axis=(-2, -1))
        for axis, (n, wrap) in enumerate(zip(geometry.shape, geometry.wrap, strict=True)):
            if wrap == "periodic":
                continue
            near = np.take(products, range(n), axis=axis)
            if wrap == "antiperiodic":  # the pairs around the end, of the spins with the other sign
                around = np.take(products, [(d - n) % (2 * n) for d in range(n)], axis=axis)
                near = near - np.where(np.arange(n) > 0, 1.0, 0.0).reshape(_along(axis, near.ndim)) * around
            products = near
        return products / pairs_of(geometry)


def pairs_of(geometry: Geometry) -> np.ndarray:
    """How many pairs of sites there are at each displacement, broadcasting to the shape."""
    counts = [
        (n - np.arange(n) if wrap == "open" else np.full(n, n)).astype(np.float64)
        for n, wrap in zip(geometry.shape, geometry.wrap, strict=True)
    ]
    found: np.ndarray = np.asarray(float(geometry.basis))
    for count in np.ix_(*counts):
        found = found * count
    return found


@dataclass(frozen=True, eq=False)
class Along:
    """Those correlations along some axes that `index` picks."""

    whole: Correlations
    index: tuple[Any, ...]

    def __call__(self, spins: Spins) -> np.ndarray:
        return self.whole(spins)[self.index]


@dataclass(frozen=True, eq=False)
class ByDistance:
    """Those correlations by distance."""

    whole: Correlations
    kept: np.ndarray
    shells: Shells

    def __call__(self, spins: Spins) -> np.ndarray:
        return self.shells(self.whole(spins)[self.kept])


def _correlation(call: Call, expression: Expression, system: SpinSystem) -> Made:
    geometry = system.geometry
    whole = Correlations(system)
    if call.arguments:
        axes = [geometry.axes.index(argument.name) for argument in call.arguments if isinstance(argument, Name)]
        if len(set(axes)) < len(axes):
            raise ExpressionError(expression.text, call.column, "correlation takes the names of axes, each once")
        reach = [n if wrap == "open" else n // 2 + 1 for n, wrap in zip(geometry.shape, geometry.wrap, strict=True)]
        if len(axes) > 1:  # in a plane, (1, -1) is another displacement than (1, 1)
            _refuse_open(call, expression, geometry)
            reach = list(geometry.shape)
        index = tuple(slice(reach[axis]) if axis in axes else 0 for axis in range(geometry.dimensions))
        return Along(whole, index), tuple(
            (f"d{geometry.axes[axis]}", np.arange(float(reach[axis]))) for axis in sorted(axes)
        )
    _refuse_open(call, expression, geometry)
    places = np.stack(np.meshgrid(*(np.arange(float(n)) for n in geometry.shape), indexing="ij"), axis=-1)
    vectors = np.array(geometry.vectors)
    lengths = shortest(places, vectors, geometry.shape)
    most = min(n * np.linalg.norm(v) for n, v in zip(geometry.shape, vectors, strict=True)) / 2.0
    kept = lengths <= most + _EQUAL
    _, first, shell = np.unique(np.rint(lengths[kept] / _EQUAL), return_index=True, return_inverse=True)
    distances = lengths[kept][first]
    return ByDistance(whole, kept, Shells(shell, len(distances), mean=True)), (("r", distances),)


def _refuse_open(call: Call, expression: Expression, geometry: Geometry) -> None:
    if any(wrap != "periodic" for wrap in geometry.wrap):
        reason = "correlation() needs periodic axes; along one axis of a lattice with ends: correlation(x)"
        raise ExpressionError(expression.text, call.column, reason)


# -- profiles ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class SpinProfile:
    """The mean of a formula of the spin over the sites of a place."""

    system: SpinSystem
    tree: Node
    profile: Profile

    def __call__(self, spins: Spins) -> np.ndarray:
        named = {spin_name(0, c).name: spins[..., c] for c in range(spins.shape[-1])}
        values = evaluate(self.tree, {**self.system.parameters, **named}) * 1.0
        return self.profile(np.broadcast_to(values, spins.shape[:-1]))


def _profile(call: Call, expression: Expression, system: SpinSystem) -> Made:
    axes = system.geometry.axes
    kept = axes_that_stay(call, expression, axes)
    tree = in_components(Expression(expression.text, call.arguments[0]), system.spin, 1, tuple(system.parameters))
    for node in walk(tree):
        if isinstance(node, Name) and node.name in system.scheduled:
            reason = f"'{node.name}' changes from step to step; take a profile without it, and its series"
            raise ExpressionError(expression.text, call.column, reason)
    places = tuple((axes[axis], np.arange(system.geometry.shape[axis])) for axis in kept)
    return SpinProfile(system, tree, Profile(kept)), places


_KINDS = {
    "structure_factor": _structure_factor,
    "radial_structure_factor": _radial_structure_factor,
    "correlation": _correlation,
    "profile": _profile,
}
