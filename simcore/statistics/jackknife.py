"""The error of any function of means, by leaving out one block of samples after the other.

R. G. Miller, Biometrika 61, 1 (1974); blocks of unequal length after F. M. T. A. Busing, E. Meijer, R. van der Leeden,
Stat. Comput. 9, 3 (1999).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from simcore.statistics.autocorrelation import analyse

_FEWEST_BLOCKS = 20
_MOST_BLOCKS = 500

Series = np.ndarray | Sequence[np.ndarray]


def jackknife(
    function: Callable[..., float], samples: Series, blocks: int | None = None, *, bias_corrected: bool = False
) -> tuple[float, float]:
    """The value function(mean of series 0, mean of series 1, ...) and its standard error.

    samples: k series of n samples each, an array (k, n) or a list of k arrays (n,).
    blocks: 2 to n, then taken as independent; by default each two autocorrelation times (of the linearised function)
    long, but 20 to 500 of them, and what correlation is left between them is counted.
    bias_corrected: the value is the jackknife's, without the bias of order 1/n that a nonlinear function has, instead
    of the function of the plain means.

    NaN for no samples; the error is NaN for one, or where the function has no finite value. ValueError where the series
    differ in length or `blocks` is out of range. In a short series the error is too small, as that of a mean is (see
    `simcore.statistics.autocorrelation`).
    """
    series = as_series(samples)
    n = series.shape[1]
    if blocks is not None and not 2 <= blocks <= n:
        raise ValueError(f"blocks: {blocks}, but there must be 2 to {n}, the number of samples")
    value = function_of_means(function, series)
    if n < 2 or not math.isfinite(value):
        return value, math.nan
    edges = _edges(n, blocks or _suitable_blocks(projection(function, series)))
    lengths = np.diff(edges)
    left_out = _leave_out_each(function, series, edges)
    if not np.isfinite(left_out).all():
        return value, math.nan
    centre = len(lengths) * value - float(np.sum((1.0 - lengths / n) * left_out))
    inverse_share = n / lengths
    pseudo = inverse_share * value - (inverse_share - 1.0) * left_out
    deviations = (pseudo - centre) * np.sqrt((len(lengths) - 1.0) / (inverse_share - 1.0))
    independent = math.sqrt(np.mean(deviations**2) / (len(lengths) - 1.0))
    error = analyse(deviations).error if blocks is None else independent
    return (centre if bias_corrected else value), error


def as_series(samples: Series) -> np.ndarray:
    """The samples as float64 of shape (k, n); ValueError where their lengths differ."""
    lengths = {np.shape(one) for one in samples}
    if len(lengths) != 1 or len(next(iter(lengths))) != 1:
        raise ValueError(f"the series must be of one dimension and equally long, not of the shapes {sorted(lengths)}")
    return np.asarray(samples, dtype=np.float64)


def function_of_means(function: Callable[..., float], series: np.ndarray) -> float:
    """function(*means) of series (k, n); NaN where n = 0."""
    return _call(function, series.mean(axis=1)) if series.shape[1] else math.nan


def projection(function: Callable[..., float], series: np.ndarray) -> np.ndarray:
    """The linearised function of every sample, sum over a of df/dm_a x_a(i), shape (n,).

    The derivatives are central differences over one naive standard error of each mean (Wolff 2004, section 3.2).
    """
    means = series.mean(axis=1)
    steps = series.std(axis=1) / math.sqrt(series.shape[1])
    gradient = np.zeros(len(means))
    for a in np.flatnonzero(steps):
        shift = np.zeros(len(means))
        shift[a] = steps[a]
        gradient[a] = (_call(function, means + shift) - _call(function, means - shift)) / (2.0 * steps[a])
    return gradient @ series


def _suitable_blocks(projected: np.ndarray) -> int:
    """As many blocks of two autocorrelation times as there are, within bounds."""
    n = len(projected)
    tau = analyse(projected).tau
    fitting = int(n / (2.0 * tau)) if math.isfinite(tau) else _FEWEST_BLOCKS
    return min(max(fitting, _FEWEST_BLOCKS), _MOST_BLOCKS, n)


def _edges(n: int, blocks: int) -> np.ndarray:
    """Where the blocks begin and end; their lengths differ by one at most."""
    return np.arange(blocks + 1) * n // blocks


def _leave_out_each(function: Callable[..., float], series: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """The function of the means without block j, for every j."""
    n = series.shape[1]
    sums = np.add.reduceat(series, edges[:-1], axis=1)
    means = (sums.sum(axis=1, keepdims=True) - sums) / (n - np.diff(edges))
    return np.array([_call(function, column) for column in means.T])


def _call(function: Callable[..., float], means: np.ndarray) -> float:
    """The function, NaN or infinite where it has no value (a root of a negative number, a division by zero)."""
    with np.errstate(all="ignore"):
        try:
            return float(function(*means))
        except (ArithmeticError, ValueError):
            return math.nan
