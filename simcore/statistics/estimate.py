"""The mean of a series, or a function of means, with its error and autocorrelation time."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, overload

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
    """A value, its standard error, the autocorrelation time tau = 1/2 + sum of rho in samples, and their number.

    Of several series at once, all but `samples` are arrays.
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


def estimate(x: Any, axis: int = -1, *, dim: Hashable | None = None) -> Any:
    """The mean along `axis`, by the Gamma method: all that is said of a series, in one pass.

    x: one series, or any shape, of which all but `samples` are then arrays without `axis`. Of an xarray object, `dim`
    names the dimension instead, and the result is a Dataset with `x`, `x_error`, `x_tau` (in samples) and `x_ess`.
    Without samples the value is NaN; with fewer than two, or one that is not finite, error and tau are.
    """
    if is_labelled(x):
        return estimated(_numbers, x, dim, _MEANINGS)
    numbers = along(_of_series, x, axis)
    value, error, tau = map(float, numbers) if numbers.ndim == 1 else np.moveaxis(numbers, -1, 0)
    return Estimate(value, error, tau, np.shape(x)[axis])


def _numbers(x: np.ndarray) -> tuple[np.ndarray, ...]:
    found = estimate(x)
    return np.asarray(found.value), np.asarray(found.error), np.asarray(found.tau), np.asarray(found.ess)


def _of_series(series: np.ndarray) -> tuple[float, float, float]:
    analysis = analyse(series)
    return (float(series.mean()) if len(series) else math.nan), analysis.error, analysis.tau


def estimate_function(function: Callable[..., float], series: Series, *, bias_corrected: bool = False) -> Estimate:
    """function(*means) of equally long series, with a jackknife error.

    Args:
        function: takes one mean for each series and returns a number.
        series: k series of n samples each, of shape (k, n).
        bias_corrected: whether the jackknife removes the bias of order 1/n that a nonlinear function of the means has
            (a variance comes out too small by 1/ess of itself). If not, the value is the function of the plain means.
            `/estimates` of a run are corrected.

    Returns:
        Value, error, and tau of the linearised function, in samples.

    Example:
        >>> x = np.array([1.0, 2.0, 4.0, 3.0])
        >>> variance = estimate_function(lambda m2, m: m2 - m**2, [x**2, x], bias_corrected=True)
        >>> round(variance.value, 6)  # n / (n - 1) times the plain 1.25
        1.666667

    The correction is that of M. H. Quenouille, Biometrika 43, 353 (1956).
    """
    series = as_series(series)
    value, error = jackknife(function, series, bias_corrected=bias_corrected)
    tau = analyse(projection(function, series)).tau if math.isfinite(error) else math.nan
    return Estimate(float(value), float(error), tau, series.shape[1])
