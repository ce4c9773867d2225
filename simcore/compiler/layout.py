"""How the cells of a model lie in memory: rows, lines and ghost cells.

row   the unit of ownership: one index of axis 0; in one dimension a fixed run of `ROW_SITES` cells
line  the innermost run of cells within a row (a row of a 1-D or 2-D array, one of many if there are more axes)
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

ROW_SITES = 1024


@dataclass(frozen=True)
class Layout:
    """Cells of `shape` (one to eight axes) with `halo` ghost cells on every side."""

    shape: tuple[int, ...]
    halo: int

    @property
    def dimensions(self) -> int:
        return len(self.shape)

    @property
    def cells(self) -> int:
        return math.prod(self.shape)

    @property
    def rows(self) -> int:
        return -(-self.shape[0] // ROW_SITES) if self.dimensions == 1 else self.shape[0]

    @property
    def lines(self) -> int:
        """How many lines there are: rows in one and two dimensions, shape[0] * shape[1] in three, and so on."""
        return self.rows if self.dimensions < 3 else int(np.prod(self.shape[:-1], dtype=np.int64))

    @property
    def padded(self) -> tuple[int, ...]:
        return tuple(n + 2 * self.halo for n in self.shape)

    def interior(self, array: np.ndarray) -> np.ndarray:
        """The view of a padded array, or of several along a first axis, that leaves out their ghost cells."""
        index: tuple[Any, ...] = (..., *(slice(self.halo, self.halo + n) for n in self.shape))
        return array[index]
