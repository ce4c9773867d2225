"""Apply a function to every series of an array along an axis: in batches that fit into memory, on all CPUs."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np

from simcore.statistics.real import check_real

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

_COLUMNS = 8  # neighbours in memory that are copied together: a cache line
_ROWS = 1 << 11
_WORTH_THREADS = 1 << 18

Index = tuple[int | slice, ...]


def along(
    function: Callable[[np.ndarray], float | Sequence[float] | np.ndarray], x: ArrayLike, axis: int
) -> np.ndarray:
    """function(series) of every series along `axis`, shape (all other dimensions) + (shape of one result).

    Each series is passed as contiguous float64 (n,), read-only. The results do not depend on the number of
    threads. Memory in addition to x: at most half of x, or one series for each thread. ValueError if x is complex.
    """
    check_real(x)
    series = np.moveaxis(np.asarray(x), axis, -1)
    if series.ndim == 1:
        return np.asarray(function(np.ascontiguousarray(series, dtype=np.float64)))
    threads = _cpus() if series.size >= _WORTH_THREADS else 1
    batches = list(_batches(series.shape[:-1], threads))

    def of_batch(batch: Index) -> list[float | Sequence[float] | np.ndarray]:
        return [function(row) for row in _contiguous(series[batch])]

    if threads == 1:
        parts = [of_batch(batch) for batch in batches]
    else:
        with ThreadPoolExecutor(threads) as pool:
            parts = list(pool.map(of_batch, batches))
    results = np.array([result for part in parts for result in part])
    return results.reshape(series.shape[:-1] + results.shape[1:])


def number(results: np.ndarray) -> float | np.ndarray:
    """A float if there is only one series."""
    return results if results.ndim else float(results)


def _batches(shape: tuple[int, ...], threads: int) -> Iterator[Index]:
    """The indices of batches: neighbours along the last dimension, so few that all threads copy half of x at most."""
    number = min(_COLUMNS, max(1, int(np.prod(shape)) // (2 * threads)))
    for index in np.ndindex(shape[:-1]):
        for first in range(0, shape[-1], number):
            yield (*index, slice(first, first + number))


def _contiguous(batch: np.ndarray) -> np.ndarray:
    """The series (m, n), each contiguous; copied if they are not, in blocks of rows that fit into the cache."""
    if batch.dtype == np.float64 and (batch.strides[-1] == batch.itemsize or batch.shape[-1] < 2):
        return batch
    copy = np.empty(batch.shape, dtype=np.float64)
    for first in range(0, batch.shape[-1], _ROWS):
        copy[:, first : first + _ROWS] = batch[:, first : first + _ROWS]
    return copy


def _cpus() -> int:
    """The number of CPUs that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
