from __future__ import annotations

import pytest

from simcore.cli.table import columns
from simcore.display.wording import duration, memory, rate, share, values


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0.0, "0 site/s"),
        (999.4, "999 site/s"),
        (999.6, "1.00 ksite/s"),
        (12_345.0, "12.3 ksite/s"),
        (9_996.0, "10.0 ksite/s"),
        (1.8e9, "1.80 Gsite/s"),
        (999_600.0, "1.00 Msite/s"),
    ],
)
def test_a_rate_has_three_digits_and_an_si_prefix(number, text):
    assert rate(number) == text


def test_memory_counts_in_powers_of_1024():
    assert [memory(n) for n in (0, 1023, 1024, 5 << 20, 3 << 30)] == [
        "0 B",
        "1.00 KiB",
        "1.00 KiB",
        "5.00 MiB",
        "3.00 GiB",
    ]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.351, "0.35 s"),
        (59.4, "59 s"),
        (59.6, "1 min"),
        (200, "3 min 20 s"),
        (3599.9, "1 h"),
        (7500, "2 h 5 min"),
        (86400 * 3 + 4 * 3600, "3 d 4 h"),
        (float("inf"), "unknown"),
    ],
)
def test_a_duration_has_its_two_largest_units(seconds, text):
    assert duration(seconds) == text


def test_only_the_end_is_a_hundred_percent():
    assert [share(step, 1000) for step in (0, 999, 1000)] == ["0 %", "99 %", "100 %"]
    assert share(0, 0) == "100 %"


def test_observables_are_named_with_five_digits():
    assert values({"energy": -1.43412345, "magnetization": float("nan")}) == ["energy -1.4341", "magnetization nan"]


def test_columns_are_aligned_without_trailing_blanks():
    assert columns([("a", "b"), ("longer", "c")]) == "a       b\nlonger  c"
