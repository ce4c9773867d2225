"""Functions of the means of several series, and blocks of their samples: shared by jackknife and bootstrap."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from simcore.statistics.labelled import is_labelled, of_means
from simcore.statistics.real import ComplexValueError, check_real

if TYPE_CHECKING:
    import xarray as xr
    from typing_extensions import TypeIs

_FEWEST_BLOCKS = 20
_MOST_BLOCKS = 500

Series = np.ndarray | Sequence[np.ndarray]
OfSeries = Callable[[np.ndarray], tuple[float, float]]


def value_and_error(
    of_series: OfSeries, samples: Series | Sequence[xr.DataArray], dim: Hashable | None
) -> tuple[float, float] | tuple[np.ndarray, np.ndarray] | tuple[xr.DataArray, xr.DataArray]:
    """of_series(array (k, n)), two floats, for samples (k, ..., n): floats, arrays (...), or DataArrays.

    ValueError if the arrays differ in shape or one is complex.
    """
    if _are_labelled(samples):
        value, error = of_means(
            lambda *arrays: value_and_error(of_series, np.broadcast_arrays(*arrays), None), samples, dim
        )
        return value, error
    shape = _shape(samples)
    results = np.empty((2, *shape[:-1]))
    for index in np.ndindex(shape[:-1]):
        results[(slice(None), *index)] = of_series(
            np.array([np.asarray(series)[index] for series in samples], dtype=np.float64)
        )
    return (results[0], results[1]) if len(shape) > 1 else (float(results[0]), float(results[1]))


def _are_labelled(samples: Series | Sequence[xr.DataArray]) -> TypeIs[Sequence[xr.DataArray]]:
    return any(map(is_labelled, samples))


def _shape(samples: Series) -> tuple[int, ...]:
    """The common shape of the samples."""
    for k, series in enumerate(samples):
        check_real(series, f"series {k}")
    shapes = {np.shape(series) for series in samples}
    if len(shapes) != 1 or not len(next(iter(shapes))):
        raise ValueError(f"the series must be of one shape, equally long, not of the shapes {sorted(shapes)}")
    return next(iter(shapes))


def as_series(samples: Series) -> np.ndarray:
    """The samples as float64 of shape (k, n); ValueError if their lengths differ."""
    shape = _shape(samples)
    if len(shape) != 1:
        raise ValueError(f"the series must be of one dimension, equally long, not of the shape {shape}")
    return np.asarray(samples, dtype=np.float64)


def function_of_means(function: Callable[..., float], series: np.ndarray) -> float:
    """function(*means) of series (k, n); NaN if n = 0."""
    return call(function, series.mean(axis=1)) if series.shape[1] else math.nan


def call(function: Callable[..., float], means: np.ndarray) -> float:
    """The function; NaN or infinite if it is undefined (a root of a negative number, a division by zero)."""
    return calls(function, means[np.newaxis])[0]


def calls(function: Callable[..., float], rows: np.ndarray) -> list[float]:
    """`call` on each row."""
    with np.errstate(all="ignore"):  # once: it takes as long as a short function
        return [_called(function, row) for row in rows]


def _called(function: Callable[..., float], means: np.ndarray) -> float:
    try:
        value = function(*means)
        check_real(value, "the function of the means")
        return float(value)
    except ComplexValueError:
        raise
    except (ArithmeticError, ValueError):
        return math.nan


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
        gradient[a] = (call(function, means + shift) - call(function, means - shift)) / (2.0 * steps[a])
    return np.asarray(gradient @ series)


def block_edges(n: int, blocks: int) -> np.ndarray:
    """The edges of blocks of n samples; their lengths differ by one at most."""
    return np.arange(blocks + 1) * n // blocks


def suitable_blocks(n: int, tau: float) -> int:
    """The number of blocks of two autocorrelation times, but 20 to 500."""
    fitting = int(n / (2.0 * tau)) if math.isfinite(tau) else _FEWEST_BLOCKS
    return min(max(fitting, _FEWEST_BLOCKS), _MOST_BLOCKS, n)


def check_blocks(blocks: int | None, n: int) -> None:
    """ValueError if n samples cannot be divided into this number of blocks."""
    if blocks is not None and not 2 <= blocks <= n:
        raise ValueError(f"blocks: {blocks}, but there must be 2 to {n}, the number of samples")
