"""The mean of a series, or a function of means, with its error and autocorrelation time."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING, overload

import numpy as np

from simcore.statistics.along import along
from simcore.statistics.autocorrelation import ERROR, ESS, TAU, analyse
from simcore.statistics.jackknife import jackknife
from simcore.statistics.labelled import Meaning, estimated, is_labelled
from simcore.statistics.means import Series, as_series, projection
from simcore.statistics.notation import notation

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import ArrayLike

    from simcore.statistics.labelled import Labelled

_MEANINGS = {"": Meaning("{}", unit=None), "_error": ERROR, "_tau": TAU, "_ess": ESS}


@dataclass(frozen=True)
class Estimate:
    """A value with its standard error, autocorrelation time and number of samples; arrays for several series.

    Args:
        value: the mean, or the function of means.
        error: its standard error, in the units of the value.
        tau: the integrated autocorrelation time 1/2 + sum of rho, in samples.
        samples: the number of samples n.

    Example:
        >>> e = Estimate(1.4337, 0.0012, 2.5, 1000)
        >>> str(e), e.ess
        ('1.4337(12)', 200.0)
    """

    value: float
    error: float
    tau: float
    samples: int

    @property
    def ess(self) -> float:
        """The effective sample size, samples / (2 tau)."""
        return self.samples / (2.0 * self.tau)

    def __str__(self) -> str:
        if np.ndim(self.value) == 0:
            return notation(self.value, self.error)
        written = [notation(*pair) for pair in zip(np.ravel(self.value), np.ravel(self.error), strict=True)]
        return np.array2string(np.reshape(written, np.shape(self.value)), formatter={"all": str})


@overload
def estimate(x: Labelled, axis: int = ..., *, dim: Hashable | None = ...) -> xr.Dataset: ...


@overload
def estimate(x: ArrayLike, axis: int = ..., *, dim: Hashable | None = ...) -> Estimate: ...


def estimate(x: ArrayLike | Labelled, axis: int = -1, *, dim: Hashable | None = None) -> Estimate | xr.Dataset:
    """The mean, its error, and the autocorrelation time of a series, by the Gamma method in one pass.

    Args:
        x: one real series of shape (n,), or an array of series along `axis`, or an xarray object.
        axis: of the samples, for arrays.
        dim: name of the dimension of the samples, for xarray objects; may be omitted if there is only one.

    Returns:
        An `Estimate`, of floats for one series, otherwise of arrays without `axis`. For xarray objects a Dataset with
        `x`, `x_error`, `x_tau` (in samples) and `x_ess` for each variable. Without samples the value is NaN; error and
        tau are NaN for fewer than two samples or a non-finite sample.

    Raises:
        ValueError: the series is complex, or there is no dimension `dim`.

    Example:
        >>> x = np.random.default_rng(1).normal(5.0, 1.0, size=10000)
        >>> e = estimate(x)
        >>> round(e.error, 3), abs(e.value - 5.0) < 4 * e.error
        (0.01, True)

    U. Wolff, Comput. Phys. Commun. 156, 143 (2004).
    """
    if is_labelled(x):
        return estimated(_numbers, x, dim, _MEANINGS)
    numbers = along(_of_series, x, axis)
    value, error, tau = map(float, numbers) if numbers.ndim == 1 else np.moveaxis(numbers, -1, 0)
    return Estimate(value, error, tau, np.shape(x)[axis])


def _numbers(x: np.ndarray) -> tuple[np.ndarray, ...]:
    e = estimate(x)
    return np.asarray(e.value), np.asarray(e.error), np.asarray(e.tau), np.asarray(e.ess)


def _of_series(series: np.ndarray) -> tuple[float, float, float]:
    analysis = analyse(series)
    return (float(series.mean()) if len(series) else math.nan), analysis.error, analysis.tau


def estimate_function(function: Callable[..., float], series: Series, *, bias_corrected: bool = False) -> Estimate:
    """A function of the means of equally long series, with a jackknife error.

    Args:
        function: takes one mean (a float) for each series and returns a number.
        series: k real series of n samples, of shape (k, n).
        bias_corrected: whether to subtract the bias of order 1/n of a nonlinear function of means (a variance is too
            small by a fraction 1/ess). `/estimates` of a run are corrected.

    Returns:
        Value, error, and tau of the linearised function, in samples.

    Raises:
        ValueError: a series is complex, or the series differ in length.

    Example:
        >>> x = np.array([1.0, 2.0, 4.0, 3.0])
        >>> variance = estimate_function(lambda m2, m: m2 - m**2, [x**2, x], bias_corrected=True)
        >>> round(variance.value, 6)  # n / (n - 1) times the uncorrected 1.25
        1.666667

    The correction is that of M. H. Quenouille, Biometrika 43, 353 (1956).
    """
    series = as_series(series)
    value, error = jackknife(function, series, bias_corrected=bias_corrected)
    tau = analyse(projection(function, series)).tau if math.isfinite(error) else math.nan
    return Estimate(float(value), float(error), tau, series.shape[1])
