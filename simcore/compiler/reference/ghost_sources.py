"""Where the values of ghost cells come from, without filling any."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from simcore.spec.arrays import Periodic, Side, StateArray, Wall


@dataclass(frozen=True)
class GhostSource:
    """A place of an array with ghost cells holds scale * (the value of `cell`) + shift.

    cell: its number in C order, without ghost cells.
    """

    cell: int
    scale: float | complex = 1
    shift: float | complex = 0

    @property
    def plain(self) -> bool:
        """Whether it is a copy."""
        return self.scale == 1 and self.shift == 0


def origins(array: StateArray, halo: int) -> dict[tuple[int, ...], GhostSource]:
    """The origin of every place of an array with `halo` ghost cells, by its indices.

    As `compiler.boundary_fill` fills them: the side of axis 0 is applied last. If the array has no boundary, nothing
    reads its ghost cells. Raises ValueError for walls that are functions.
    """
    found = {}
    if not array.boundary:
        inside = np.ndindex(array.shape)
        return {tuple(at + halo for at in cell): GhostSource(number) for number, cell in enumerate(inside)}
    for place in itertools.product(*(range(n + 2 * halo) for n in array.shape)):
        cell = tuple(index - halo for index in place)
        scale: float | complex = 1
        shift: float | complex = 0
        for axis, (at, n) in enumerate(zip(cell, array.shape, strict=True)):
            if not 0 <= at < n:
                side = array.boundary[axis][0 if at < 0 else 1]
                if isinstance(side, Wall) and not side.fixed:
                    raise ValueError(f"the walls of '{array.name}' are functions of time or place")
                shift = shift + scale * side.shift  # type: ignore[operator]
                scale = scale * side.scale  # type: ignore[operator]
                cell = (*cell[:axis], _mirrored(at, n, side), *cell[axis + 1 :])
        found[place] = GhostSource(int(np.ravel_multi_index(cell, array.shape)), scale, shift)
    return found


def _mirrored(at: int, n: int, side: Side) -> int:
    if isinstance(side, Periodic):
        return at % n
    return -1 - at if at < 0 else 2 * n - 1 - at
