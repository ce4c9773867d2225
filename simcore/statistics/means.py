"""Functions of the means of several series, and blocks of their samples: what jackknife and bootstrap share."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Sequence
from typing import Any

import numpy as np

from simcore.statistics.labelled import is_labelled, of_means
from simcore.statistics.real import ComplexValueError, check_real

_FEWEST_BLOCKS = 20
_MOST_BLOCKS = 500

Series = np.ndarray | Sequence[np.ndarray]
OfSeries = Callable[[np.ndarray], tuple[float, float]]


def value_and_error(of_series: OfSeries, samples: Any, dim: Hashable | None) -> tuple[Any, Any]:
    """of_series(k series (k, n)), two floats, of samples (k, ..., n): floats, or arrays (...); of DataArrays such.

    ValueError where the arrays differ in shape or one is complex.
    """
    if any(map(is_labelled, samples)):
        return of_means(lambda *arrays: value_and_error(of_series, np.broadcast_arrays(*arrays), None), samples, dim)
    shape = _shape(samples)
    found = np.empty((2, *shape[:-1]))
    for index in np.ndindex(shape[:-1]):
        found[(slice(None), *index)] = of_series(
            np.array([np.asarray(one)[index] for one in samples], dtype=np.float64)
        )
    return (found[0], found[1]) if len(shape) > 1 else (float(found[0]), float(found[1]))


def _shape(samples: Series) -> tuple[int, ...]:
    """The shape of one of the samples, which must be that of all."""
    for k, one in enumerate(samples):
        check_real(one, f"series {k}")
    shapes = {np.shape(one) for one in samples}
    if len(shapes) != 1 or not len(next(iter(shapes))):
        raise ValueError(f"the series must be of one shape, equally long, not of the shapes {sorted(shapes)}")
    return next(iter(shapes))


def as_series(samples: Series) -> np.ndarray:
    """The samples as float64 of shape (k, n); ValueError where their lengths differ."""
    shape = _shape(samples)
    if len(shape) != 1:
        raise ValueError(f"the series must be of one dimension, equally long, not of the shape {shape}")
    return np.asarray(samples, dtype=np.float64)


def function_of_means(function: Callable[..., float], series: np.ndarray) -> float:
    """function(*means) of series (k, n); NaN where n = 0."""
    return call(function, series.mean(axis=1)) if series.shape[1] else math.nan


def call(function: Callable[..., float], means: np.ndarray) -> float:
    """The function, NaN or infinite where it has no value (a root of a negative number, a division by zero)."""
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
    """Where the blocks of n samples begin and end; their lengths differ by one at most."""
    return np.arange(blocks + 1) * n // blocks


def suitable_blocks(n: int, tau: float) -> int:
    """As many blocks of two autocorrelation times as there are, but 20 to 500 of them."""
    fitting = int(n / (2.0 * tau)) if math.isfinite(tau) else _FEWEST_BLOCKS
    return min(max(fitting, _FEWEST_BLOCKS), _MOST_BLOCKS, n)


def check_blocks(blocks: int | None, n: int) -> None:
    """ValueError where so many blocks cannot be made of n samples."""
    if blocks is not None and not 2 <= blocks <= n:
        raise ValueError(f"blocks: {blocks}, but there must be 2 to {n}, the number of samples")
