"""The error of the mean against the size of bins: it grows to a plateau once the bins are independent.

H. Flyvbjerg, H. G. Petersen, J. Chem. Phys. 91, 461 (1989).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Binning:
    """The error at every bin size; equal lengths, the size doubling from 1 while two bins are left.

    sizes: samples in a bin. bins: how many bins. errors: the naive standard error of the mean of the bins.
    uncertainties: of the errors, errors / sqrt(2 (bins - 1)), as for independent Gaussian bins.
    """

    sizes: np.ndarray
    bins: np.ndarray
    errors: np.ndarray
    uncertainties: np.ndarray

    @property
    def plateau_index(self) -> int | None:
        """The first size B with B**3 > 2 n (error(B) / error(1))**4, None where there is none: the series is too short.

        There the truncation of the correlation and the noise of the error are balanced (Wolff 2004; R. M. Lee et al.,
        Phys. Rev. E 83, 066706 (2011)). The error there is too small by about tau / (2 B).
        """
        if not len(self.errors) or self.errors[0] == 0.0:
            return 0 if len(self.errors) else None
        enough = self.sizes.astype(float) ** 3 > 2.0 * self.bins[0] * (self.errors / self.errors[0]) ** 4
        return int(np.argmax(enough)) if enough.any() else None

    @property
    def plateau(self) -> float:
        """The error on the plateau; NaN where it is not reached."""
        return math.nan if self.plateau_index is None else float(self.errors[self.plateau_index])


def binning(x: np.ndarray) -> Binning:
    """The binning analysis of a series (n,). Where a size leaves a bin incomplete, its samples are left out."""
    x = np.asarray(x, dtype=np.float64)
    if x.ndim != 1:
        raise ValueError(f"a series has one dimension, not the shape {x.shape}")
    levels = []
    size = 1
    while len(x) >= 2:
        levels.append((size, len(x), x.std(ddof=1) / math.sqrt(len(x))))
        pairs = len(x) // 2
        x = 0.5 * (x[: 2 * pairs : 2] + x[1 : 2 * pairs : 2])
        size *= 2
    sizes, bins, errors = np.array(levels, dtype=float).reshape(-1, 3).T
    return Binning(sizes.astype(int), bins.astype(int), errors, errors / np.sqrt(2.0 * (bins - 1.0)))
