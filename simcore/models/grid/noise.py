"""White noise in space and time, and the normal numbers that it is made of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from simcore.expressions.tree import Binary, Name, Node, Number
from simcore.models.contract import CellFunction
from simcore.models.grid.system import DT, add, root, times
from simcore.models.grid.wholefield import VOLUME


def normal_pair(first, second):
    """Two independent standard normal numbers from two uniform ones in [0, 1).

    G. E. P. Box and M. E. Muller, Ann. Math. Stat. 29, 610 (1958): one root and one logarithm for both.
    """
    radius = np.sqrt(-2.0 * np.log1p(-first))
    angle = 6.283185307179586 * second
    return radius * np.cos(angle), radius * np.sin(angle)


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
