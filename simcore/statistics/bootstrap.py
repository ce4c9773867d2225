"""The error of a function of means by the block bootstrap.

B. Efron, Ann. Stat. 7, 1 (1979); blocks: H. R. Künsch, Ann. Stat. 17, 1217 (1989).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Sequence
from typing import TYPE_CHECKING, overload

import numpy as np

from simcore.statistics.autocorrelation import analyse
from simcore.statistics.means import (
    block_edges,
    calls,
    check_blocks,
    function_of_means,
    projection,
    suitable_blocks,
    value_and_error,
)

if TYPE_CHECKING:
    import xarray as xr

    from simcore.statistics.means import Series


@overload
def bootstrap(
    function: Callable[..., float],
    samples: Sequence[xr.DataArray],
    blocks: int | None = ...,
    *,
    resamples: int = ...,
    seed: int = ...,
    dim: Hashable | None = ...,
) -> tuple[xr.DataArray, xr.DataArray]: ...


@overload
def bootstrap(
    function: Callable[..., float],
    samples: Series,
    blocks: int | None = ...,
    *,
    resamples: int = ...,
    seed: int = ...,
    dim: Hashable | None = ...,
) -> tuple[float, float] | tuple[np.ndarray, np.ndarray]: ...


def bootstrap(
    function: Callable[..., float],
    samples: Series | Sequence[xr.DataArray],
    blocks: int | None = None,
    *,
    resamples: int = 1000,
    seed: int = 0,
    dim: Hashable | None = None,
) -> tuple[float, float] | tuple[np.ndarray, np.ndarray] | tuple[xr.DataArray, xr.DataArray]:
    """A function of means and its standard error, by the block bootstrap.

    Args:
        function: takes one mean (a float) for each series and returns a number.
        samples: k real series of n samples, an array (k, n) or a list of k arrays (n,). With more dimensions, (k, ...,
            n), these are separate sets of series. Or a list of k xarray.DataArrays.
        blocks: number of blocks, 2 to n, treated as independent. By default a block has two autocorrelation times of
            the linearised function, with 20 to 500 blocks; then the remaining correlation between blocks is included.
        resamples: number of bootstrap samples, at least 2; the relative noise of the error is 1 / sqrt(2 resamples).
        seed: of the random draws; equal seeds give equal errors.
        dim: name of the dimension of the samples, for DataArrays.

    Returns:
        function(mean of series 0, mean of series 1, ...) and its error: two floats, two arrays (...), or two
        DataArrays. Both are NaN without samples; the error is NaN for one sample, or if the function has a non-finite
        value for a bootstrap sample.

    Raises:
        ValueError: a series is complex, the series differ in shape, or `blocks` or `resamples` is out of range.

    Example:
        >>> x = np.random.default_rng(1).normal(size=5000)
        >>> value, error = bootstrap(lambda m2, m: m2 - m**2, [x**2, x])  # exact error of the variance: sqrt(2/5000)
        >>> round(error, 3)
        0.02

    The deviations of the resampled means are scaled, by the same factor for all series: by sqrt(B / (B - 1)) for B
    given blocks, by default such that the error of the linearised function equals that of the Gamma method. B. Efron,
    Ann. Stat. 7, 1 (1979); H. R. Künsch, Ann. Stat. 17, 1217 (1989).
    """
    if resamples < 2:
        raise ValueError(f"resamples: {resamples}, but there must be 2 or more")
    return value_and_error(lambda series: _bootstrap(function, series, blocks, resamples, seed), samples, dim)


def _bootstrap(
    function: Callable[..., float], series: np.ndarray, blocks: int | None, resamples: int, seed: int
) -> tuple[float, float]:
    """Value and error of the function of the means of series (k, n)."""
    n = series.shape[1]
    check_blocks(blocks, n)
    value = function_of_means(function, series)
    if n < 2 or not math.isfinite(value):
        return value, math.nan
    projected = projection(function, series)
    analysis = analyse(projected)
    edges = block_edges(n, blocks or suitable_blocks(n, analysis.tau))
    number = len(edges) - 1
    drawn = np.random.default_rng(seed).multinomial(number, np.full(number, 1.0 / number), size=resamples)
    stretch = math.sqrt(number / (number - 1.0)) if blocks else _stretch(projected, edges, analysis.error)
    means = series.mean(axis=1) + stretch * _drawn_deviations(series, edges, drawn)
    values = np.array(calls(function, means))
    return value, float(values.std(ddof=1)) if np.isfinite(values).all() else math.nan


def _drawn_deviations(series: np.ndarray, edges: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    """The means of each resampled set of blocks minus the means of all, shape (resamples, k)."""
    lengths = np.diff(edges)
    centred = np.add.reduceat(series - series.mean(axis=1, keepdims=True), edges[:-1], axis=1)
    return np.asarray((drawn @ centred.T) / (drawn @ lengths)[:, np.newaxis])


def _stretch(projected: np.ndarray, edges: np.ndarray, error: float) -> float:
    """The ratio of the error of the linearised function to that of resampling its blocks."""
    means = np.add.reduceat(projected - projected.mean(), edges[:-1]) / np.diff(edges)
    drawn = float(means.std()) / math.sqrt(len(means))
    return error / drawn if drawn > 0.0 else 1.0
