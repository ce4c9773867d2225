"""Sets of cells as one run of places in every line of a lattice, the form in which kernels take them.

A line is all cells that differ in their last index only. In one dimension there is one line here; kernels take it in
pieces of `ROW_SITES` cells.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simcore.compiler.layout import ROW_SITES
from simcore.spec.phases import Sites


@dataclass(frozen=True)
class Runs:
    """In line r the places first[r], first[r] + stride[r], ... < stop[r]; each array int64, one entry a line."""

    first: np.ndarray
    stop: np.ndarray
    stride: np.ndarray

    @property
    def filled(self) -> np.ndarray:
        """The lines that have any cell, bool."""
        return self.first < self.stop

    def within(self, low: int | np.ndarray, high: int | np.ndarray) -> Runs:
        """The part at the places from `low` to `high` - 1."""
        skipped = np.maximum(0, -((self.first - low) // self.stride))
        return Runs(self.first + skipped * self.stride, np.minimum(self.stop, high), self.stride)._tidy()

    def where(self, lines: np.ndarray) -> Runs:
        """The part in the lines for which `lines` is true."""
        return Runs(self.first, np.where(lines, self.stop, self.first), self.stride)._tidy()

    def merged(self, other: Runs) -> Runs:
        """The cells of both; no line may have cells of both."""
        mine = self.filled
        return Runs(
            np.where(mine, self.first, other.first),
            np.where(mine, self.stop, other.stop),
            np.where(mine, self.stride, other.stride),
        )

    def moved(self, shape: Sequence[int], offset: Sequence[int]) -> Runs:
        """The cells at `offset` from these, around the ends.

        A run of which only a part passes the end of its line must be whole: see `torn`.
        """
        side = shape[-1]
        shift = offset[-1] % side
        parted = self._parted(side, shift)
        begin = np.where(parted, (self.first + shift) % self.stride, (self.first + shift) % side)
        stop = np.where(parted, side, begin + self.stop - self.first)
        return Runs(*(_rolled(array, shape[:-1], offset[:-1]) for array in (begin, stop, self.stride)))._tidy()

    def torn(self, side: int, shift: int) -> np.ndarray:
        """The lines whose run is no run any more once moved by `shift` around a line of `side` places, bool.

        A part of the run passes the end, and it is not every stride-th place all around the line.
        """
        whole = (side % self.stride == 0) & (self.first < self.stride) & (self.stop + self.stride > side)
        return self._parted(side, shift % side) & ~whole

    def sites(self, shape: Sequence[int]) -> Sites:
        """In the lines that kernels have."""
        low = np.arange(0, shape[0], ROW_SITES) if len(shape) == 1 else 0
        runs = self.within(low, np.minimum(low + ROW_SITES, shape[-1]) if len(shape) == 1 else shape[-1])
        return Sites(*(np.ascontiguousarray(array, np.int64) for array in (runs.first, runs.stop, runs.stride)))

    def _parted(self, side: int, shift: int) -> np.ndarray:
        return self.filled & (self.first + shift < side) & (self.stop - 1 + shift >= side)

    def _tidy(self) -> Runs:
        """The same cells with every `stop` right behind the last place, and 0, 0, 1 if a line has none."""
        count = np.maximum(0, -((self.first - self.stop) // self.stride))
        stop = self.first + (count - 1) * self.stride + 1
        some = count > 0
        return Runs(np.where(some, self.first, 0), np.where(some, stop, 0), np.where(some, self.stride, 1))


def runs_by_label(labels: np.ndarray, table: np.ndarray) -> Runs:
    """The runs of lines with these labels; row `label` of `table` is (first, stop, stride)."""
    return Runs(*np.moveaxis(table[labels.ravel()], -1, 0))._tidy()


def _rolled(lines: np.ndarray, shape: Sequence[int], offset: Sequence[int]) -> np.ndarray:
    """What there is of a line, for the line at `offset`; shape and offset are without the last axis."""
    if not shape:
        return lines
    return np.roll(lines.reshape(shape), tuple(offset), tuple(range(len(shape)))).ravel()
