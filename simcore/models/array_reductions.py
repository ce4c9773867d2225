"""From the cells of a grid or a lattice to an array of fewer or other dimensions: profiles, spectra, histograms.

Plain NumPy on whole arrays, in one thread, so that equal cells give equal bits. Sums over cells are in float64.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simcore.config import hint
from simcore.formulas import Expression, ExpressionError
from simcore.formulas.tree import Call, Name


@dataclass(frozen=True)
class Profile:
    """The mean over all axes but `kept`, which come in the order of the array."""

    kept: tuple[int, ...]

    def __call__(self, cells: np.ndarray) -> np.ndarray:
        others = tuple(axis for axis in range(cells.ndim) if axis not in self.kept)
        return np.asarray(np.mean(cells, axis=others, dtype=np.float64) if others else cells, dtype=np.float64)


def axes_that_stay(call: Call, expression: Expression, axes: Sequence[str]) -> tuple[int, ...]:
    """The numbers of the axes that a call of `profile` names, in the order of the array. Raises ExpressionError."""
    kept: list[int] = []
    for argument in call.arguments[1:]:
        name = argument.name if isinstance(argument, Name) else ""
        if name not in axes or axes.index(name) in kept:
            reason = f"profile takes a formula and the axes that stay, each once; {hint(name, axes)}"
            raise ExpressionError(expression.text, argument.column, reason)
        kept.append(axes.index(name))
    return tuple(sorted(kept))


def wave_numbers(cells: int, spacing: float = 1.0, shift: float = 0.0) -> np.ndarray:
    """2 pi (n + shift) / L for n = -cells//2, ..., in ascending order; L = cells * spacing."""
    return 2.0 * np.pi * (np.arange(cells) - cells // 2 + shift) / (cells * spacing)


def spectrum(cells: np.ndarray) -> np.ndarray:
    """|sum of u exp(-i k r)|**2 / N**2 in ascending order of k; the sum over all k is the mean of |u|**2 (Parseval)."""
    squares = np.abs(np.fft.fftn(cells)) ** 2 / float(cells.size) ** 2
    return np.fft.fftshift(squares)


@dataclass(frozen=True, eq=False)
class Shells:
    """Sums, or means, of an array over the elements of each number in `shell`.

    shell: intp, one number for each element, all from 0 to count - 1 occurring.
    """

    shell: np.ndarray
    count: int
    mean: bool = False

    def __call__(self, values: np.ndarray) -> np.ndarray:
        sums = np.bincount(self.shell.ravel(), weights=values.ravel(), minlength=self.count)
        return sums / np.bincount(self.shell.ravel(), minlength=self.count) if self.mean else sums


def shells_of(lengths: np.ndarray, width: float) -> tuple[np.ndarray, np.ndarray]:
    """Elements by their length, in shells around the multiples of `width`; the number of each, and those multiples.

    Shells without an element are left out.
    """
    nearest = np.rint(lengths / width).astype(np.int64)
    numbers, shell = np.unique(nearest, return_inverse=True)
    return shell.reshape(lengths.shape), numbers * width


@dataclass(frozen=True)
class RadialSpectrum:
    """`spectrum`, summed over shells of |k|."""

    shells: Shells

    def __call__(self, cells: np.ndarray) -> np.ndarray:
        return self.shells(spectrum(cells))


def edges_of(first: float, last: float, bins: int) -> np.ndarray:
    """The edges of so many equal bins."""
    return first + (last - first) * np.arange(bins + 1) / bins


def centres_of(first: float, last: float, bins: int) -> np.ndarray:
    """The middle of each of so many equal bins."""
    return first + (last - first) * (np.arange(bins) + 0.5) / bins


@dataclass(frozen=True)
class Histogram:
    """The share of the values in each bin; a bin holds its lower edge, the last one its upper edge, too.

    What lies outside is in no bin, so that the shares add up to less than 1. each: of one value a row, not of all.
    """

    first: float
    last: float
    bins: int
    each: bool = False

    def __call__(self, values: np.ndarray) -> np.ndarray:
        flat = np.asarray(values, dtype=np.float64).ravel()
        edges = edges_of(self.first, self.last, self.bins)
        place = np.searchsorted(edges, flat, side="right") - 1
        place[flat == edges[-1]] = self.bins - 1
        inside = (place >= 0) & (place < self.bins)
        if self.each:
            found = np.zeros((len(flat), self.bins))
            found[np.flatnonzero(inside), place[inside]] = 1.0
            return found
        return np.bincount(place[inside], minlength=self.bins) / float(flat.size)


def bins_fault(numbers: Sequence[float]) -> str:
    """What is wrong with (first, last, bins) of a histogram; empty if nothing is."""
    first, last, bins = numbers
    if not np.isfinite([first, last]).all() or not first < last:
        return f"takes the lowest and the highest edge, the first below the second, not {first:g} and {last:g}"
    if not (float(bins).is_integer() and 1 <= bins <= 100_000):
        return f"takes a whole number of bins from 1 to 100000, not {bins:g}"
    return ""
