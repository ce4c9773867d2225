"""The mean of a series, or a function of means, with its error and autocorrelation time."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from simcore.statistics.autocorrelation import analyse
from simcore.statistics.jackknife import Series, as_series, jackknife, projection
from simcore.statistics.notation import notation


@dataclass(frozen=True)
class Estimate:
    """A value, its standard error, the autocorrelation time tau = 1/2 + sum of rho in samples, and their number."""

    value: float
    error: float
    tau: float
    samples: int

    @property
    def ess(self) -> float:
        """The effective sample size, samples / (2 tau)."""
        return self.samples / (2.0 * self.tau)

    def __str__(self) -> str:
        return notation(self.value, self.error)


def estimate(x: np.ndarray) -> Estimate:
    """The mean of a series (n,), by the Gamma method.

    Without samples the value is NaN; with fewer than two, or one that is not finite, error and tau are.
    """
    x = np.asarray(x)
    if x.ndim != 1:
        raise ValueError(f"a series has one dimension, not the shape {x.shape}")
    analysis = analyse(x)
    return Estimate(float(x.mean()) if len(x) else math.nan, analysis.error, analysis.tau, len(x))


def estimate_function(function: Callable[..., float], series: Series) -> Estimate:
    """function(*means) of equally long series, with a jackknife error.

    The value is the function of the plain means (biased by O(1/n) where the function is not linear:
    `jackknife(..., bias_corrected=True)` removes that); tau is that of the linearised function, in samples.
    """
    series = as_series(series)
    value, error = jackknife(function, series)
    tau = analyse(projection(function, series)).tau if math.isfinite(error) else math.nan
    return Estimate(value, error, tau, series.shape[1])
