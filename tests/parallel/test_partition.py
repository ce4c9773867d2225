"""simcore.parallel.partition against its definition, for every small case."""

import pytest

from simcore.errors import UsageError
from simcore.parallel.partition import cut


@pytest.mark.parametrize("rows", [1, 2, 3, 7, 12, 64, 1000])
def test_ranges_cover_the_rows_once_in_order_and_differ_by_at_most_one(rows):
    for workers in range(1, min(rows, 70) + 1):
        ranges = cut(rows, workers)
        sizes = [last - first for first, last in ranges]
        assert len(ranges) == workers
        assert [row for first, last in ranges for row in range(first, last)] == list(range(rows))
        assert max(sizes) - min(sizes) <= 1


@pytest.mark.parametrize(("rows", "workers"), [(3, 4), (1, 2), (5, 0), (0, 1), (4, -1)])
def test_a_worker_without_a_row_is_refused(rows, workers):
    with pytest.raises(UsageError, match=rf"{rows} rows cannot be shared among {workers} workers"):
        cut(rows, workers)
