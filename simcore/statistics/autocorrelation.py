"""How long a series remembers, and the error of its mean: the Gamma method with an automatic window.

U. Wolff, "Monte Carlo errors with less errors", Comput. Phys. Commun. 156, 143 (2004). The integrated autocorrelation
time and the error of the mean,

    tau = 1/2 + rho(1) + ... + rho(W),      error = sqrt(2 tau Var / n),

are cut at the first W where the sum of what is left out, exp(-W / T), falls below the noise, T / sqrt(W n), with
T = S / log((2 tau + 1) / (2 tau - 1)) and S = 1.5. Where rho(1) < 0, the window is that of (-1)^t rho(t).

Deviations about the mean of the same series make Gamma too small by the variance v of that mean. Wolff adds v in first
order; here v is found from its own equation, v n = 2 tau Var + (2 W + 1) v, exact for independent samples.

What remains biased: in a short series tau comes out too small, and the error bar with it: by 1/6 and 1/25 in 20 tau
samples of an AR(1) series, by 1/3 and 1/8 in 10 tau, by 1/2 and 1/3 in 5 tau; W is held to n / 4. Of fewer than about
20 samples the error bar is too large instead. Where a fast and a slow process mix, the window ends too early for the
slow one: tau is 3 % too small for equal parts of tau 1.5 and 19.5. The noise of tau is about tau sqrt(4 W / n).
"""

from __future__ import annotations

import math
from collections.abc import Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from simcore.statistics.along import along, number
from simcore.statistics.autocovariance import autocovariance_blocks
from simcore.statistics.labelled import Meaning, is_labelled, reduced

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import ArrayLike

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


def autocorrelation_time(x: Any, axis: int = -1, *, dim: Hashable | None = None) -> Any:
    """The integrated autocorrelation time tau = 1/2 + sum of rho(t) along `axis`, in samples.

    x: any shape; the result is a float for one series, else an array without `axis`. Of an xarray object, `dim` names
    the dimension instead, and the result is such an object. A constant series has 1/2, one of fewer than two samples,
    or with a sample that is not finite, NaN. Anticorrelated samples have tau < 1/2, but never less than
    1 / (2 log10 n) (Vehtari et al., Bayesian Anal. 16, 667 (2021)).
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


def standard_error(x: Any, axis: int = -1, *, dim: Hashable | None = None) -> Any:
    """The standard error of the mean along `axis`, autocorrelation counted; x and NaN as for `autocorrelation_time`."""
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


def effective_sample_size(x: Any, axis: int = -1, *, dim: Hashable | None = None) -> Any:
    """n / (2 tau): the number of independent samples that would give the same error of the mean.

    x and NaN as for `autocorrelation_time`.
    """
    if is_labelled(x):
        return reduced(effective_sample_size, x, dim, ESS)
    return np.shape(x)[axis] / (2.0 * autocorrelation_time(x, axis))


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
    """tau before the correction of its bias, and the window W that was summed."""
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
    """The window to be expected, from the means of short bins: so that one block of lags will do for a slow series."""
    bins = len(centred) // _BIN
    if bins < _BIN**2:
        return 0
    coarse = np.einsum("ij->i", centred[: bins * _BIN].reshape(bins, _BIN))  # four times as fast as sum
    variance = np.einsum("i,i", coarse, coarse) / bins
    return _BIN * (_windowed_tau(coarse, variance)[1] + 1) if variance > 0.0 else 0


def _closes(lags: np.ndarray, taus: np.ndarray, n: int) -> np.ndarray:
    """Where the truncation error exp(-W / T) is below the noise T / sqrt(W n)."""
    doubled = np.maximum(2.0 * taus, 1.0 + 1e-9)
    decay = _WINDOW_FACTOR / np.log((doubled + 1.0) / (doubled - 1.0))
    return np.asarray(np.exp(-lags / decay) < decay / np.sqrt(lags * n))
