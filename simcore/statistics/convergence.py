"""Convergence of replicas: split, rank-normalised R-hat.

A. Vehtari, A. Gelman, D. Simpson, B. Carpenter, P.-C. Bürkner, Bayesian Anal. 16, 667 (2021).
"""

from __future__ import annotations

import math
from collections.abc import Hashable
from typing import TYPE_CHECKING, overload

import numpy as np

from simcore.statistics.labelled import Meaning, is_labelled, reduced
from simcore.statistics.real import check_real

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import ArrayLike

    from simcore.statistics.labelled import Labelled

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
    x: ArrayLike | Labelled,
    axis: int = -1,
    replica_axis: int = -2,
    *,
    dim: Hashable = "step",
    replica: Hashable = "replica",
) -> float | np.ndarray | xr.DataArray | xr.Dataset:
    """The split, rank-normalised R-hat of replicas: 1 if they agree; above 1.01 they have not converged.

    Args:
        x: an array with replicas along `replica_axis` and samples along `axis`, or an xarray object.
        axis: of the samples, for arrays.
        replica_axis: of the replicas, for arrays.
        dim: name of the dimension of the samples, for xarray objects.
        replica: name of the dimension of the replicas, for xarray objects.

    Returns:
        A float for shape (replicas, n), otherwise an array without these two axes, or an xarray object without these
        dimensions. It is the larger of the R-hats of the normal scores of the ranks (location) and of the ranks of the
        distances from the median (scale). Each replica is split into halves, so a single replica is allowed. NaN for
        fewer than 4 samples or a non-finite sample; 1 if all samples are equal, infinite for replicas with different
        constants.

    Raises:
        ValueError: the series is complex, or a dimension does not exist.

    Example:
        >>> x = np.random.default_rng(1).normal(size=(4, 1000))
        >>> bool(r_hat(x) < 1.01), bool(r_hat(x + np.arange(4)[:, np.newaxis]) > 1.1)
        (True, True)

    A. Vehtari, A. Gelman, D. Simpson, B. Carpenter, P.-C. Bürkner, Bayesian Anal. 16, 667 (2021).
    """
    if is_labelled(x):
        return reduced(r_hat, x, (replica, dim), _MEANING)
    check_real(x)
    chains = np.moveaxis(np.asarray(x), (replica_axis, axis), (-2, -1))
    results = np.empty(chains.shape[:-2])
    for index in np.ndindex(results.shape):
        results[index] = _of_replicas(chains[index].astype(np.float64))
    return results if results.ndim else float(results)


def _of_replicas(chains: np.ndarray) -> float:
    """R-hat of chains (replicas, n)."""
    half = chains.shape[1] // 2
    if chains.shape[1] < _FEWEST_SAMPLES or not np.isfinite(chains).all():
        return math.nan
    split = np.concatenate((chains[:, :half], chains[:, -half:]))
    spread = np.abs(split - np.median(split))
    return max(_ratio(_normal_scores(split)), _ratio(_normal_scores(spread)))


def _ratio(chains: np.ndarray) -> float:
    """Ratio of the estimated standard deviations of all samples and within a chain (Vehtari et al., eqs. 1 to 4)."""
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
