"""Whether replicas tell the same: R-hat, split and rank-normalised.

A. Vehtari, A. Gelman, D. Simpson, B. Carpenter, P.-C. Bürkner, Bayesian Anal. 16, 667 (2021).
"""

from __future__ import annotations

import math
from collections.abc import Hashable
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from simcore.statistics.labelled import Meaning, is_labelled, reduced
from simcore.statistics.real import check_real

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import ArrayLike

_MEANING = Meaning("R-hat of {} over replicas")
_FEWEST_SAMPLES = 4


@overload
def r_hat(
    x: xr.DataArray, axis: int = ..., replica_axis: int = ..., *, dim: Hashable = ..., replica: Hashable = ...
) -> xr.DataArray: ...


@overload
def r_hat(
    x: xr.Dataset | xr.DataTree,
    axis: int = ...,
    replica_axis: int = ...,
    *,
    dim: Hashable = ...,
    replica: Hashable = ...,
) -> xr.Dataset: ...


@overload
def r_hat(
    x: ArrayLike, axis: int = ..., replica_axis: int = ..., *, dim: Hashable = ..., replica: Hashable = ...
) -> float | np.ndarray: ...


def r_hat(
    x: Any,
    axis: int = -1,
    replica_axis: int = -2,
    *,
    dim: Hashable = "step",
    replica: Hashable = "replica",
) -> Any:
    """How much wider all replicas together are than each of them: 1 if they agree; above 1.01 they do not yet.

    x: replicas along `replica_axis`, samples along `axis`, any others besides; a float for (replicas, n), else an array
    without these two. Of an xarray object, `dim` and `replica` name them instead. Each replica is split in halves, so
    that one alone is compared with itself. The larger of two numbers: of the ranks of the samples (do they lie alike?)
    and of the ranks of their distance from the median (do they spread alike?), both as normal scores.

    NaN for fewer than 4 samples or one that is not finite; a constant for all replicas has 1, constants that differ
    have infinity.
    """
    if is_labelled(x):
        return reduced(r_hat, x, (replica, dim), _MEANING)
    check_real(x)
    chains = np.moveaxis(np.asarray(x), (replica_axis, axis), (-2, -1))
    found = np.empty(chains.shape[:-2])
    for index in np.ndindex(found.shape):
        found[index] = _of_replicas(chains[index].astype(np.float64))
    return found if found.ndim else float(found)


def _of_replicas(chains: np.ndarray) -> float:
    """R-hat of chains (replicas, n)."""
    half = chains.shape[1] // 2
    if chains.shape[1] < _FEWEST_SAMPLES or not np.isfinite(chains).all():
        return math.nan
    split = np.concatenate((chains[:, :half], chains[:, -half:]))
    spread = np.abs(split - np.median(split))
    return max(_ratio(_normal_scores(split)), _ratio(_normal_scores(spread)))


def _ratio(chains: np.ndarray) -> float:
    """The estimated standard deviation of all against that within a chain (Vehtari et al., equations 1 to 4)."""
    n = chains.shape[1]
    between, within = chains.mean(axis=1).var(ddof=1), chains.var(axis=1, ddof=1).mean()
    if within == 0.0:
        return 1.0 if between == 0.0 else math.inf
    return math.sqrt((n - 1.0) / n + float(between / within))


def _normal_scores(x: np.ndarray) -> np.ndarray:
    """The quantiles of the normal distribution at (rank - 3/8) / (N + 1/4); ties have the mean of their ranks."""
    from scipy.special import ndtri

    _, inverse, counts = np.unique(x, return_inverse=True, return_counts=True)
    ranks = np.cumsum(counts) - 0.5 * (counts - 1.0)
    return np.asarray(ndtri((ranks - 0.375) / (x.size + 0.25))[inverse].reshape(x.shape))
