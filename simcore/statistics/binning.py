"""The error of the mean as a function of the bin size: it grows to a plateau when the bins are independent.

H. Flyvbjerg, H. G. Petersen, J. Chem. Phys. 91, 461 (1989).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from simcore.statistics.along import along

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


@dataclass(frozen=True)
class Binning:
    """The error at every bin size 1, 2, 4, ... with at least two bins.

    Args:
        sizes: samples per bin, of shape (sizes,).
        bins: the number of bins, of shape (sizes,).
        errors: the naive standard error of the mean of the bins, of shape (..., sizes).
        uncertainties: of the errors, errors / sqrt(2 (bins - 1)), as for independent Gaussian bins.

    Example:
        >>> analysis = binning(np.array([1.0, 2.0, 4.0, 3.0]))
        >>> analysis.sizes, analysis.bins
        (array([1, 2]), array([4, 2]))
    """

    sizes: np.ndarray
    bins: np.ndarray
    errors: np.ndarray
    uncertainties: np.ndarray

    @property
    def plateau_index(self) -> int | np.ndarray | None:
        """The first size B with B**3 > 2 n (error(B) / error(1))**4, None if there is none: the series is too short.

        It balances the truncation of the correlation and the noise of the error (Wolff 2004; R. M. Lee et al.,
        Phys. Rev. E 83, 066706 (2011)). The error there is too small by about tau / (2 B). For several series an array,
        with -1 for None.
        """
        index = self._plateau_indices()
        return index if index.ndim else None if index < 0 else int(index)

    @property
    def plateau(self) -> float | np.ndarray:
        """The error on the plateau; NaN if it is not reached."""
        index = self._plateau_indices()
        if not len(self.sizes):
            return np.full(index.shape, math.nan) if index.ndim else math.nan
        error = np.take_along_axis(self.errors, np.maximum(index, 0)[..., np.newaxis], axis=-1)[..., 0]
        error = np.where(index < 0, math.nan, error)
        return error if error.ndim else float(error)

    def _plateau_indices(self) -> np.ndarray:
        """-1 if there is none."""
        if not len(self.sizes):
            return np.full(self.errors.shape[:-1], -1)
        naive = self.errors[..., :1]
        growth = np.divide(self.errors, naive, out=np.zeros_like(self.errors), where=naive > 0.0)
        enough = self.sizes.astype(float) ** 3 > 2.0 * self.bins[0] * growth**4
        enough &= np.isfinite(self.errors)
        return np.where(enough.any(axis=-1), np.argmax(enough, axis=-1), -1)


def binning(x: ArrayLike, axis: int = -1) -> Binning:
    """The binning analysis of a series: the naive error of the mean at every bin size.

    Args:
        x: one real series of shape (n,), or an array of series along `axis`.
        axis: of the samples.

    Returns:
        A `Binning`. Samples of an incomplete last bin are omitted.

    Raises:
        ValueError: the series is complex.

    Example:
        >>> analysis = binning(np.repeat(np.random.default_rng(1).normal(size=2048), 2))
        >>> analysis.sizes[:3], bool(1.3 < analysis.plateau / analysis.errors[0] < 1.5)  # sqrt(2) in the mean
        (array([1, 2, 4]), True)

    H. Flyvbjerg, H. G. Petersen, J. Chem. Phys. 91, 461 (1989).
    """
    n = np.shape(x)[axis]
    sizes = 2 ** np.arange(max(n, 1).bit_length() - 1)
    bins = n // sizes
    errors = along(_errors, x, axis)
    return Binning(sizes, bins, errors, errors / np.sqrt(2.0 * (bins - 1.0)))


def _errors(series: np.ndarray) -> list[float]:
    """The naive standard error of the mean at every bin size."""
    errors = []
    while len(series) >= 2:
        errors.append(float(series.std(ddof=1)) / math.sqrt(len(series)))
        pairs = len(series) // 2
        series = 0.5 * (series[: 2 * pairs : 2] + series[1 : 2 * pairs : 2])
    return errors
