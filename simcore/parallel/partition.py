"""The cut of rows into one contiguous range for each worker."""

from __future__ import annotations

from itertools import pairwise

from simcore.errors import UsageError


def cut(rows: int, workers: int) -> list[tuple[int, int]]:
    """Cut `range(rows)` into `workers` contiguous ranges (first, last + 1), in order; sizes differ by at most one.

    Raises UsageError if a worker would be left without a row.
    """
    if not 1 <= workers <= rows:
        raise UsageError(f"{rows} rows cannot be shared among {workers} workers: from 1 to {rows} are allowed")
    edges = [rows * rank // workers for rank in range(workers + 1)]
    return list(pairwise(edges))
