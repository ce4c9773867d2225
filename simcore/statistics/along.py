"""A number, or several, of every series of an array, along any axis: in batches that fit the memory, on all CPUs."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from simcore.statistics.real import check_real

_COLUMNS = 8  # neighbours in memory that are copied together: a cache line
_ROWS = 1 << 11
_WORTH_THREADS = 1 << 18

Index = tuple[int | slice, ...]


def along(
    function: Callable[[np.ndarray], float | Sequence[float] | np.ndarray], x: np.ndarray, axis: int
) -> np.ndarray:
    """function(series) of every series along `axis`, shape (all other dimensions) + (shape of one result).

    Each series comes as contiguous float64 (n,), not to be written to. The results do not depend on the number of
    threads. Memory beside x: at most half of x more, or one series for each thread. ValueError if x is complex.
    """
    check_real(x)
    series = np.moveaxis(np.asarray(x), axis, -1)
    if series.ndim == 1:
        return np.asarray(function(np.ascontiguousarray(series, dtype=np.float64)))
    threads = _cpus() if series.size >= _WORTH_THREADS else 1
    batches = list(_batches(series.shape[:-1], threads))

    def of_batch(batch: Index) -> list[float | Sequence[float] | np.ndarray]:
        return [function(one) for one in _contiguous(series[batch])]

    if threads == 1:
        found = [of_batch(batch) for batch in batches]
    else:
        with ThreadPoolExecutor(threads) as pool:
            found = list(pool.map(of_batch, batches))
    results = np.array([result for batch in found for result in batch])
    return results.reshape(series.shape[:-1] + results.shape[1:])


def number(results: np.ndarray) -> float | np.ndarray:
    """A float where there is one series only."""
    return results if results.ndim else float(results)


def _batches(shape: tuple[int, ...], threads: int) -> Iterator[Index]:
    """Where the batches lie: neighbours along the last dimension, so few that all threads hold half of x at most."""
    number = min(_COLUMNS, max(1, int(np.prod(shape)) // (2 * threads)))
    for index in np.ndindex(shape[:-1]):
        for first in range(0, shape[-1], number):
            yield (*index, slice(first, first + number))


def _contiguous(batch: np.ndarray) -> np.ndarray:
    """The series (m, n), each in one piece; copied where they are not, few enough rows of x at a time to be cached."""
    if batch.dtype == np.float64 and (batch.strides[-1] == batch.itemsize or batch.shape[-1] < 2):
        return batch
    copy = np.empty(batch.shape, dtype=np.float64)
    for first in range(0, batch.shape[-1], _ROWS):
        copy[:, first : first + _ROWS] = batch[:, first : first + _ROWS]
    return copy


def _cpus() -> int:
    """How many CPUs this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
