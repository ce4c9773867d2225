"""Integrated autocorrelation time and the error of the mean: the Gamma method with an automatic window.

U. Wolff, "Monte Carlo errors with less errors", Comput. Phys. Commun. 156, 143 (2004). The integrated autocorrelation
time and the error of the mean,

    tau = 1/2 + rho(1) + ... + rho(W),      error = sqrt(2 tau Var / n),

are truncated at the first W for which the remaining sum, exp(-W / T), is below the noise, T / sqrt(W n), with
T = S / log((2 tau + 1) / (2 tau - 1)) and S = 1.5. If rho(1) < 0, the window is that of (-1)^t rho(t).

Deviations from the mean of the same series make Gamma too small by the variance v of that mean. Wolff adds v in first
order; here v solves the equation v n = 2 tau Var + (2 W + 1) v, exact for independent samples.

Remaining bias: in a short series tau and the error bar are too small: by 1/6 and 1/25 in 20 tau
samples of an AR(1) series, by 1/3 and 1/8 in 10 tau, by 1/2 and 1/3 in 5 tau; W is at most n / 4. For fewer than about
20 samples the error bar is too large instead. If a fast and a slow process are mixed, the window ends too early for the
slow one: tau is 3 % too small for equal parts of tau 1.5 and 19.5. The noise of tau is about tau sqrt(4 W / n).
"""

from __future__ import annotations

import math
from collections.abc import Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING, overload

import numpy as np

from simcore.statistics.along import along, number
from simcore.statistics.autocovariance import autocovariance_blocks
from simcore.statistics.labelled import Meaning, is_labelled, reduced

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import ArrayLike

    from simcore.statistics.labelled import Labelled

TAU = Meaning("integrated autocorrelation time of {}, in samples")
ERROR = Meaning("standard error of {}", unit=None)
ESS = Meaning("effective sample size of {}")

_WINDOW_FACTOR = 1.5
_BIN = 16


@dataclass(frozen=True)
class GammaAnalysis:
    """tau in samples, and the standard error of the mean."""

    tau: float
    error: float


@overload
def autocorrelation_time(x: xr.DataArray, axis: int = ..., *, dim: Hashable | None = ...) -> xr.DataArray: ...


@overload
def autocorrelation_time(x: xr.Dataset | xr.DataTree, axis: int = ..., *, dim: Hashable | None = ...) -> xr.Dataset: ...


@overload
def autocorrelation_time(x: ArrayLike, axis: int = ..., *, dim: Hashable | None = ...) -> float | np.ndarray: ...


def autocorrelation_time(
    x: ArrayLike | Labelled, axis: int = -1, *, dim: Hashable | None = None
) -> float | np.ndarray | xr.DataArray | xr.Dataset:
    """The integrated autocorrelation time tau = 1/2 + sum of rho(t), by the Gamma method.

    Args:
        x: one real series of shape (n,), or an array of series along `axis`, or an xarray object.
        axis: of the samples, for arrays.
        dim: name of the dimension of the samples, for xarray objects; may be omitted if there is only one.

    Returns:
        tau in samples: a float for one series, an array without `axis`, or an xarray object without `dim`. It is 1/2
        for a constant series, and NaN for fewer than two samples or a non-finite sample. Anticorrelated samples have
        tau < 1/2, but at least 1 / (2 log10 n) (Vehtari et al., Bayesian Anal. 16, 667 (2021)).

    Raises:
        ValueError: the series is complex, or there is no dimension `dim`.

    Example:
        >>> x = np.repeat(np.random.default_rng(1).normal(size=4000), 5)  # each sample five times: tau = 5/2
        >>> round(float(autocorrelation_time(x)), 1)
        2.5

    U. Wolff, Comput. Phys. Commun. 156, 143 (2004).
    """
    if is_labelled(x):
        return reduced(autocorrelation_time, x, dim, TAU)
    return number(along(lambda series: analyse(series).tau, x, axis))


@overload
def standard_error(x: xr.DataArray, axis: int = ..., *, dim: Hashable | None = ...) -> xr.DataArray: ...


@overload
def standard_error(x: xr.Dataset | xr.DataTree, axis: int = ..., *, dim: Hashable | None = ...) -> xr.Dataset: ...


@overload
def standard_error(x: ArrayLike, axis: int = ..., *, dim: Hashable | None = ...) -> float | np.ndarray: ...


def standard_error(
    x: ArrayLike | Labelled, axis: int = -1, *, dim: Hashable | None = None
) -> float | np.ndarray | xr.DataArray | xr.Dataset:
    """The standard error of the mean, including autocorrelation: sqrt(2 tau Var / n).

    Args:
        x: one real series of shape (n,), or an array of series along `axis`, or an xarray object.
        axis: of the samples, for arrays.
        dim: name of the dimension of the samples, for xarray objects; may be omitted if there is only one.

    Returns:
        The error in the units of x: a float for one series, an array without `axis`, or an xarray object without `dim`.
        It is 0 for a constant series, and NaN for fewer than two samples or a non-finite sample.

    Raises:
        ValueError: the series is complex, or there is no dimension `dim`.

    Example:
        >>> x = np.random.default_rng(1).normal(size=10000)  # independent, of variance 1
        >>> round(float(standard_error(x)), 3)
        0.01

    U. Wolff, Comput. Phys. Commun. 156, 143 (2004).
    """
    if is_labelled(x):
        return reduced(standard_error, x, dim, ERROR)
    return number(along(lambda series: analyse(series).error, x, axis))


@overload
def effective_sample_size(x: xr.DataArray, axis: int = ..., *, dim: Hashable | None = ...) -> xr.DataArray: ...


@overload
def effective_sample_size(
    x: xr.Dataset | xr.DataTree, axis: int = ..., *, dim: Hashable | None = ...
) -> xr.Dataset: ...


@overload
def effective_sample_size(x: ArrayLike, axis: int = ..., *, dim: Hashable | None = ...) -> float | np.ndarray: ...


def effective_sample_size(
    x: ArrayLike | Labelled, axis: int = -1, *, dim: Hashable | None = None
) -> float | np.ndarray | xr.DataArray | xr.Dataset:
    """The effective sample size n / (2 tau): the number of independent samples with the same error of the mean.

    Args:
        x: one real series of shape (n,), or an array of series along `axis`, or an xarray object.
        axis: of the samples, for arrays.
        dim: name of the dimension of the samples, for xarray objects; may be omitted if there is only one.

    Returns:
        A float for one series, an array without `axis`, or an xarray object without `dim`. NaN if tau is NaN.

    Raises:
        ValueError: the series is complex, or there is no dimension `dim`.

    Example:
        >>> effective_sample_size(np.ones(100))  # constant: tau is 1/2
        100.0
    """
    if is_labelled(x):
        return reduced(effective_sample_size, x, dim, ESS)
    tau: float | np.ndarray = autocorrelation_time(x, axis)
    ess: float | np.ndarray = np.shape(x)[axis] / (2.0 * tau)
    return ess


def analyse(x: np.ndarray) -> GammaAnalysis:
    """The Gamma method on one real series of shape (n,)."""
    x = np.asarray(x, dtype=np.float64)
    n = len(x)
    if n < 2:
        return GammaAnalysis(math.nan, math.nan)
    low, high = float(x.min()), float(x.max())
    if not (math.isfinite(low) and math.isfinite(high)):
        return GammaAnalysis(math.nan, math.nan)
    if low == high:
        return GammaAnalysis(0.5, 0.0)
    scale = max(-low, high)  # so that no square overflows
    centred = x / scale
    centred -= centred.mean()
    variance = np.einsum("i,i", centred, centred) / n  # np.dot sums by threads: other bits on other machines
    tau, window = _windowed_tau(centred, variance)
    of_mean = 2.0 * tau * variance / (n - (2 * window + 1))
    variance += of_mean
    return GammaAnalysis(float(0.5 * n * of_mean / variance), float(scale * math.sqrt(of_mean)))


def _windowed_tau(centred: np.ndarray, variance: float) -> tuple[float, int]:
    """tau before the bias correction, and the window W."""
    n = len(centred)
    tau, window_tau, window, sign = 0.5, 0.5, 0, 1.0
    for block in autocovariance_blocks(centred, n // 4, _expected_window(centred)):
        rho = block / variance
        lags = window + np.arange(1, len(rho) + 1)
        if window == 0:
            sign = math.copysign(1.0, rho[0])
        window_taus = window_tau + np.cumsum(rho * sign**lags)
        closed = np.flatnonzero(_closes(lags, window_taus, n))
        summed = closed[0] + 1 if len(closed) else len(rho)
        tau += float(rho[:summed].sum())
        window += int(summed)
        window_tau = window_taus[-1]
        if len(closed):
            break
    return max(tau, 0.5 / max(1.0, math.log10(n))), window


def _expected_window(centred: np.ndarray) -> int:
    """The expected window, from the means of short bins: so that one block of lags is enough for a slow series."""
    bins = len(centred) // _BIN
    if bins < _BIN**2:
        return 0
    coarse = np.einsum("ij->i", centred[: bins * _BIN].reshape(bins, _BIN))  # four times as fast as sum
    variance = np.einsum("i,i", coarse, coarse) / bins
    return _BIN * (_windowed_tau(coarse, variance)[1] + 1) if variance > 0.0 else 0


def _closes(lags: np.ndarray, taus: np.ndarray, n: int) -> np.ndarray:
    """Whether the truncation error exp(-W / T) is below the noise T / sqrt(W n), for each lag W."""
    doubled = np.maximum(2.0 * taus, 1.0 + 1e-9)
    decay = _WINDOW_FACTOR / np.log((doubled + 1.0) / (doubled - 1.0))
    return np.asarray(np.exp(-lags / decay) < decay / np.sqrt(lags * n))
