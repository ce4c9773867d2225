"""White noise in space and time, plain or conserved, and the normal numbers that it is made of.

Conserved noise is the divergence of a flux g xi, xi of independent white components: through each face passes
g sqrt(dt/V) N(0, 1), the same number for the cells at both sides, and nothing passes a wall. So in equilibrium with
du/dt = divergence(M*gradient(mu)) it is g = sqrt(2*T*M).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import reduce

import numpy as np

from simcore.formulas.tree import LIST, Binary, Call, Name, Node, Number
from simcore.models.grid.fluxes import DIVERGENCE
from simcore.models.grid.operators import AMPLITUDES, DIFFERENCES, FACE_NOISE
from simcore.models.grid.system import DT, add, root, times
from simcore.models.grid.whole_field import VOLUME
from simcore.spec.arrays import CellFunction, Periodic, Side, Wall


def normal_pair(first, second):
    """Two independent standard normal numbers from two uniform ones in [0, 1).

    G. E. P. Box and M. E. Muller, Ann. Math. Stat. 29, 610 (1958): one root and one logarithm for both.
    """
    radius = np.sqrt(-2.0 * np.log1p(-first))
    angle = 6.283185307179586 * second
    return radius * np.cos(angle), radius * np.sin(angle)


def flux_amplitudes(tree: Node, dimensions: int) -> tuple[Node, ...] | None:
    """The amplitudes along each axis of `divergence(g)`, `divergence([gx, gy])` and `divergence(gx, gy)`, else None."""
    if not isinstance(tree, Call) or tree.function != DIVERGENCE:
        return None
    if len(tree.arguments) > 1:
        return tree.arguments
    (g,) = tree.arguments
    return g.arguments if isinstance(g, Call) and g.function == LIST else (g,) * dimensions


def face_noise(tree: Node, dimensions: int, own: str) -> Node:
    """The amplitude of the noise of a field, conserved noise as one operator on its amplitudes."""
    amplitudes = flux_amplitudes(tree, dimensions)
    return tree if amplitudes is None else Call(FACE_NOISE, (*amplitudes, Name(own)), tree.column)


def is_conserved(amplitude: Node) -> bool:
    """Whether it is one that `face_noise` made."""
    return isinstance(amplitude, Call) and amplitude.function == FACE_NOISE


def face_array(variable: str, axis: str) -> str:
    """The work array for what passes the upper faces along an axis."""
    return f"noise_{variable}_{axis}"


def through_faces(
    amplitudes: Mapping[str, Node], axes: Sequence[str], complex_names: frozenset[str]
) -> tuple[dict[str, Node], int]:
    """What passes the upper faces, by work array; how many normals are named."""
    found: dict[str, Node] = {}
    for name, amplitude in amplitudes.items():
        assert isinstance(amplitude, Call)
        *along, own = amplitude.arguments
        for axis, function, g in zip(axes, AMPLITUDES, along, strict=False):
            found[face_array(name, axis)] = Call(function, (g, own))
    arrays = {face_array(name, axis) for name in amplitudes if name in complex_names for axis in axes}
    return increments(found, frozenset(arrays))


def into_cells(variable: str, axes: Sequence[str]) -> Node:
    """The divergence of what passes the faces."""
    along = zip(axes, DIFFERENCES, strict=False)
    parts: list[Node] = [Call(function, (Name(face_array(variable, axis)),)) for axis, function in along]
    return reduce(add, parts)


def closed(walls: Sequence[tuple[Side, Side]]) -> tuple[tuple[Side, Side], ...]:
    """The walls of what passes the faces: nothing passes a wall."""
    lower, upper = (
        [s if isinstance(s, Periodic) else Wall(0.0, 0.0) for s in side] for side in zip(*walls, strict=True)
    )
    return tuple(zip(lower, upper, strict=True))


def increments(amplitudes: Mapping[str, Node], complex_names: frozenset[str]) -> tuple[dict[str, Node], int]:
    """g sqrt(dt/V) N(0, 1) for each variable with an amplitude g, V the volume of a cell; how many normals are named.

    A complex variable has half the variance in each part.
    """
    free = _normals()
    scale = root(Binary("/", DT, VOLUME))
    half = root(Binary("/", times(0.5, DT), VOLUME))
    found: dict[str, Node] = {}
    count = 0
    for name, amplitude in amplitudes.items():
        if name in complex_names:
            number, width, count = add(next(free), times(next(free), Number(1j))), half, count + 2
        else:
            number, width, count = next(free), scale, count + 1
        found[name] = times(times(amplitude, width), number)
    return found, count


def _normals() -> Iterator[Name]:
    number = 0
    while True:
        number += 1
        yield Name(f"normal{number}")


def with_normals(function: CellFunction, count: int) -> CellFunction:
    """The function with `random` among its arguments in the place of `normal1`, ..., worked out in its first lines."""
    head, *body = function.source.splitlines()
    name, _, listed = head.removesuffix("):").partition("(")
    pairs = range(0, count, 2)
    made = [f"normal{n + 1}, normal{n + 2} = normal_pair(random[{n}], random[{n + 1}])" for n in pairs]
    drawn = {f"normal{n + 1}" for n in range(count)}
    arguments = [argument for argument in listed.split(", ") if argument not in drawn]
    documented = bool(body) and body[0].lstrip().startswith('"""')
    lines = [f"{name}({', '.join([*arguments, 'random'])}):", *body[:documented]]
    lines += [*(f"    {line}" for line in made), *body[documented:]]
    return CellFunction("\n".join(lines) + "\n", {**function.uses, "normal_pair": normal_pair})
