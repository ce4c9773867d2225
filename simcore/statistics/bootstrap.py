"""The error of any function of means, by drawing blocks of samples again and again.

B. Efron, Ann. Stat. 7, 1 (1979); blocks after H. R. Künsch, Ann. Stat. 17, 1217 (1989).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Sequence
from typing import TYPE_CHECKING, Any, overload

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
    samples: Any,
    blocks: int | None = None,
    *,
    resamples: int = 1000,
    seed: int = 0,
    dim: Hashable | None = None,
) -> tuple[Any, Any]:
    """The value function(mean of series 0, mean of series 1, ...) and its standard error.

    samples, blocks, and what is NaN or refused: as in `jackknife`. resamples: how often the blocks are drawn with
    replacement, 2 or more; the error has a noise of its own of 1 / sqrt(2 resamples). seed: of the draws; the same
    seed, the same error.

    The deviations of the drawn means are stretched, for all series alike: by sqrt(B / (B - 1)) for B given blocks; by
    default also for what correlation is left between them, so that the error of the linearised function is that of the
    Gamma method. The error is NaN if a drawn set of means has no finite value.
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
    """The means of every drawn set of blocks, less the means of all, shape (resamples, k)."""
    lengths = np.diff(edges)
    centred = np.add.reduceat(series - series.mean(axis=1, keepdims=True), edges[:-1], axis=1)
    return np.asarray((drawn @ centred.T) / (drawn @ lengths)[:, np.newaxis])


def _stretch(projected: np.ndarray, edges: np.ndarray, error: float) -> float:
    """By how much the error of the linearised function exceeds that of drawing its blocks."""
    means = np.add.reduceat(projected - projected.mean(), edges[:-1]) / np.diff(edges)
    drawn = float(means.std()) / math.sqrt(len(means))
    return error / drawn if drawn > 0.0 else 1.0
