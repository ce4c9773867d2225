"""Observables of fields that are arrays: `profile(u, x)`, `spectrum(u)`, `radial_spectrum(u)`, `histogram(u, 0, 1, 9)`.

The formula of the cells may be any of those of equations. If it is no field by itself, its values are worked out as a
named expression's are, by compiled phases that run when they are measured; NumPy makes the array of them.
"""

from __future__ import annotations

import re
from collections import ChainMap
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from simcore.formulas import Expression, ExpressionError
from simcore.formulas.evaluate import evaluate
from simcore.formulas.parse import parse
from simcore.formulas.tree import Call, Name, Node, postorder
from simcore.formulas.vocabulary import Arity
from simcore.models.array_reductions import (
    Histogram,
    Profile,
    RadialSpectrum,
    Shells,
    axes_that_stay,
    bins_fault,
    centres_of,
    shells_of,
    spectrum,
    wave_numbers,
)
from simcore.models.grid.checks import Checker
from simcore.models.grid.equation import CALLABLE
from simcore.models.grid.grid import Grid
from simcore.models.grid.system import is_complex
from simcore.models.grid.whole_field import without_macros
from simcore.spec.observables import ArrayObservable

ARRAYS: dict[str, Arity] = {
    "histogram": Arity(4, 4),
    "profile": Arity(2, 4),
    "radial_spectrum": Arity(),
    "spectrum": Arity(),
}
"""What makes an array of a formula of cells, and with how many arguments."""

_CALL = re.compile(rf"(?<!\w)({'|'.join(ARRAYS)})\s*\(")
_CALLABLE = ChainMap(ARRAYS, CALLABLE)  # type: ignore[arg-type]


@dataclass(frozen=True)
class ArrayMeasure:
    """A formula of `output.observables` that is an array. cells: of one cell; array: the name of that of its values."""

    expression: Expression
    cells: Node
    array: str
    observable: ArrayObservable

    @property
    def is_field(self) -> bool:
        """Whether the cells are those of a field, which has an array already."""
        return self.cells == Name(self.array)


def is_array(text: str) -> bool:
    """Whether a formula makes an array, or tries to."""
    return _CALL.search(text) is not None


def read_array_measure(name: str, text: str, checker: Checker) -> ArrayMeasure:
    """From the text of an experiment, `checker` being that of its model. Raises ExpressionError."""
    expression = parse(text, _CALLABLE, complex_numbers=True, lists=True)
    call = expression.tree
    for node in postorder([call]):
        if isinstance(node, Call) and node.function in ARRAYS and node is not call:
            form = f"write {node.function}(2*u, ...), not 2*{node.function}(u, ...)"
            reason = f"{node.function} is an array, which stands alone; arithmetic goes inside: {form}"
            raise ExpressionError(expression.text, node.column, reason)
    assert isinstance(call, Call)
    inner = Expression(expression.text, call.arguments[0])
    checker.require(inner)
    cells = without_macros(checker.in_time.expression(inner).tree)
    kind: Any = _KINDS[call.function]
    value, dims = kind(call, expression, checker)
    if call.function not in ("spectrum", "radial_spectrum") and is_complex(cells, frozenset(checker.complexes)):
        raise ExpressionError(expression.text, call.arguments[0].column, "is complex; take abs, real or imag")
    if checker.cells is not None:
        value = _over_domain(value, dims, call, expression, checker.cells)
    velocities = {f"{field}_t" for field in checker.seconds}
    array = _free(f"cells_of_{name}", checker)
    if isinstance(cells, Name) and cells.name in checker.fields and cells.name not in velocities:
        array = cells.name
    return ArrayMeasure(expression, cells, array, ArrayObservable(name, value, (array,), dims, doc=expression.text))


Dims = tuple[tuple[str, np.ndarray], ...]
Made = tuple[Callable[..., np.ndarray], Dims]


def _free(name: str, checker: Checker) -> str:
    taken = {*checker.fields, *checker.formulas.expressions, *checker.parameters, *checker.files}
    while name in taken:
        name += "_"
    return name


def _profile(call: Call, expression: Expression, checker: Checker) -> Made:
    axes = checker.grid.axes
    kept = axes_that_stay(call, expression, axes)
    return Profile(kept), tuple((axes[axis], checker.grid.centres(axis)) for axis in kept)


def _histogram(call: Call, expression: Expression, checker: Checker) -> Made:
    numbers = [_number(argument, expression, checker.numbers) for argument in call.arguments[1:]]
    if fault := bins_fault(numbers):
        raise ExpressionError(expression.text, call.column, f"histogram {fault}")
    first, last, bins = numbers[0], numbers[1], int(numbers[2])
    return Histogram(first, last, bins), (("bin", centres_of(first, last, bins)),)


def _over_domain(
    value: Callable[..., np.ndarray], dims: Dims, call: Call, expression: Expression, cells: np.ndarray
) -> Callable[..., np.ndarray]:
    """The same of the cells of a domain."""
    if not isinstance(value, Profile):
        return OverDomain(value, cells)
    kept = value.kept
    counts = cells.sum(axis=tuple(axis for axis in range(cells.ndim) if axis not in kept))
    if not counts.all():
        empty = np.argwhere(counts == 0)[0]
        at = ", ".join(f"{name} = {places[index]:g}" for (name, places), index in zip(dims, empty, strict=True))
        reason = (
            f"grid.domain has no cell at {at}, so that there is no mean; crop the grid, or take integral(where(...))"
        )
        raise ExpressionError(expression.text, call.column, reason)
    return DomainProfile(kept, cells, counts)


@dataclass(frozen=True, eq=False)
class OverDomain:
    """What `value` makes of the cells of a domain alone."""

    value: Callable[[np.ndarray], np.ndarray]
    cells: np.ndarray

    def __call__(self, values: np.ndarray) -> np.ndarray:
        return self.value(values[self.cells])


@dataclass(frozen=True, eq=False)
class DomainProfile:
    """The mean over the cells of a domain along all axes but `kept`; counts: how many they are."""

    kept: tuple[int, ...]
    cells: np.ndarray
    counts: np.ndarray

    def __call__(self, values: np.ndarray) -> np.ndarray:
        others = tuple(axis for axis in range(values.ndim) if axis not in self.kept)
        within = np.where(self.cells, values, 0.0)
        return np.asarray(np.sum(within, axis=others, dtype=np.float64) / self.counts, dtype=np.float64)


def _number(node: Node, expression: Expression, numbers: Mapping[str, float]) -> float:
    for part in postorder([node]):
        if isinstance(part, Name) and part.name not in numbers:
            reason = f"takes numbers and parameters here, not '{part.name}'"
            raise ExpressionError(expression.text, part.column, reason)
    return float(evaluate(node, numbers))


def _spectrum(call: Call, expression: Expression, checker: Checker) -> Made:
    _refuse_walls(call, expression, checker)
    return spectrum, tuple(zip(_k_names(checker.grid), _waves(checker.grid), strict=True))


def _radial(call: Call, expression: Expression, checker: Checker) -> Made:
    _refuse_walls(call, expression, checker)
    grid = checker.grid
    lengths = np.sqrt(sum(k**2 for k in np.ix_(*_waves(grid))))
    width = min(2.0 * np.pi / (n * h) for n, h in zip(grid.shape, grid.spacing, strict=True))
    shell, places = shells_of(np.asarray(lengths), width)
    return RadialSpectrum(Shells(shell, len(places))), (("k", places),)


def _refuse_walls(call: Call, expression: Expression, checker: Checker) -> None:
    if not checker.periodic:
        walls: Collection[str] = checker.walled
        if checker.grid.domain is not None:
            reason = f"{call.function} needs a whole grid, and this one has a domain; take profile or histogram"
            raise ExpressionError(expression.text, call.column, reason)
        reason = f"{call.function} needs periodic sides, and there are walls along {', '.join(walls)}; take profile"
        raise ExpressionError(expression.text, call.column, reason)


def _k_names(grid: Grid) -> list[str]:
    return ["k"] if len(grid.axes) == 1 else [f"k{axis}" for axis in grid.axes]


def _waves(grid: Grid) -> list[np.ndarray]:
    return [wave_numbers(n, h) for n, h in zip(grid.shape, grid.spacing, strict=True)]


_KINDS = {"profile": _profile, "histogram": _histogram, "spectrum": _spectrum, "radial_spectrum": _radial}
