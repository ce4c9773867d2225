"""The error of a function of means by the block jackknife.

R. G. Miller, Biometrika 61, 1 (1974); blocks of unequal length after F. M. T. A. Busing, E. Meijer, R. van der Leeden,
Stat. Comput. 9, 3 (1999).
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

_BIAS_BLOCKS = 10


@overload
def jackknife(
    function: Callable[..., float],
    samples: Sequence[xr.DataArray],
    blocks: int | None = ...,
    *,
    bias_corrected: bool = ...,
    dim: Hashable | None = ...,
) -> tuple[xr.DataArray, xr.DataArray]: ...


@overload
def jackknife(
    function: Callable[..., float],
    samples: Series,
    blocks: int | None = ...,
    *,
    bias_corrected: bool = ...,
    dim: Hashable | None = ...,
) -> tuple[float, float] | tuple[np.ndarray, np.ndarray]: ...


def jackknife(
    function: Callable[..., float],
    samples: Series | Sequence[xr.DataArray],
    blocks: int | None = None,
    *,
    bias_corrected: bool = False,
    dim: Hashable | None = None,
) -> tuple[float, float] | tuple[np.ndarray, np.ndarray] | tuple[xr.DataArray, xr.DataArray]:
    """A function of means and its standard error, by the block jackknife.

    Args:
        function: takes one mean (a float) for each series and returns a number.
        samples: k real series of n samples, an array (k, n) or a list of k arrays (n,). With more dimensions, (k, ...,
            n), these are separate sets of series. Or a list of k xarray.DataArrays.
        blocks: number of blocks, 2 to n, treated as independent. By default a block has two autocorrelation times of
            the linearised function, with 20 to 500 blocks; then the remaining correlation between blocks is included.
        bias_corrected: whether to subtract the bias of order 1/n of a nonlinear function from the value. By default the
            bias is estimated from 10 long blocks, so that autocorrelation is included.
        dim: name of the dimension of the samples, for DataArrays.

    Returns:
        function(mean of series 0, mean of series 1, ...) and its error: two floats, two arrays (...), or two
        DataArrays. Both are NaN without samples; the error is NaN for one sample, or if the function has a non-finite
        value. In a short series the error is too small, as that of a mean is (see
        `simcore.statistics.autocorrelation`).

    Raises:
        ValueError: a series is complex, the series differ in shape, or `blocks` is out of range.

    Example:
        >>> x = np.random.default_rng(1).normal(size=5000)
        >>> value, error = jackknife(lambda m2, m: m2 - m**2, [x**2, x])  # exact error of the variance: sqrt(2/5000)
        >>> round(error, 3)
        0.02

    R. G. Miller, Biometrika 61, 1 (1974).
    """
    return value_and_error(lambda series: _jackknife(function, series, blocks, bias_corrected), samples, dim)


def _jackknife(
    function: Callable[..., float], series: np.ndarray, blocks: int | None, bias_corrected: bool
) -> tuple[float, float]:
    """Value and error of the function of the means of series (k, n)."""
    n = series.shape[1]
    check_blocks(blocks, n)
    value = function_of_means(function, series)
    if n < 2 or not math.isfinite(value):
        return value, math.nan
    edges = block_edges(n, blocks or suitable_blocks(n, analyse(projection(function, series)).tau))
    lengths = np.diff(edges)
    left_out = _leave_out_each(function, series, edges)
    if not np.isfinite(left_out).all():
        return value, math.nan
    centre = value - _bias(value, left_out, lengths)
    inverse_share = n / lengths
    pseudo = inverse_share * value - (inverse_share - 1.0) * left_out
    deviations = (pseudo - centre) * np.sqrt((len(lengths) - 1.0) / (inverse_share - 1.0))
    independent = math.sqrt(np.mean(deviations**2) / (len(lengths) - 1.0))
    error = analyse(deviations).error if blocks is None else independent
    if not bias_corrected:
        return value, error
    return (centre if blocks is not None else value - _bias_of_long_blocks(function, series, value)), error


def _bias(value: float, left_out: np.ndarray, lengths: np.ndarray) -> float:
    """The jackknife estimate of the bias of `value`, for independent blocks."""
    return float(np.sum((1.0 - lengths / lengths.sum()) * left_out)) - (len(lengths) - 1.0) * value


def _bias_of_long_blocks(function: Callable[..., float], series: np.ndarray, value: float) -> float:
    """The same with blocks so long that their correlation is negligible."""
    n = series.shape[1]
    edges = block_edges(n, min(_BIAS_BLOCKS, n))
    left_out = _leave_out_each(function, series, edges)
    return _bias(value, left_out, np.diff(edges)) if np.isfinite(left_out).all() else 0.0


def _leave_out_each(function: Callable[..., float], series: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """The function of the means without block j, for every j."""
    n = series.shape[1]
    sums = np.add.reduceat(series, edges[:-1], axis=1)
    means = (sums.sum(axis=1, keepdims=True) - sums) / (n - np.diff(edges))
    return np.array(calls(function, means.T))
