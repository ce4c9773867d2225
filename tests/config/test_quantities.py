"""Intervals and durations."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simcore.config import Duration, Interval


@pytest.mark.parametrize(
    ("text", "interval"),
    [
        (400, Interval(steps=400)),
        ("400 steps", Interval(steps=400)),
        ("1 step", Interval(steps=1)),
        ("1e5 steps", Interval(steps=100_000)),
        ("60 s", Interval(seconds=60.0)),
        ("90s", Interval(seconds=90.0)),
        ("0.5 s", Interval(seconds=0.5)),
        ("5 min", Interval(seconds=300.0)),
        ("1.5 h", Interval(seconds=5400.0)),
        ("1 hour", Interval(seconds=3600.0)),
        ("2 days", Interval(seconds=172800.0)),
        ("00:00:05", Interval(seconds=5.0)),
        ("1:30:00", Interval(seconds=5400.0)),
        ("2-12:00:00.5", Interval(seconds=216000.5)),
        ("1h30m", Interval(seconds=5400.0)),
        ("1d 2h 3min 4.5s", Interval(seconds=93784.5)),
    ],
)
def test_an_interval_counts_steps_or_seconds(text: int | str, interval: Interval) -> None:
    assert Interval.parse(text) == interval


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (0, "above 0"),
        (-1, "above 0"),
        (1.5, "whole number of steps"),
        ("1.5 steps", "whole number of steps"),
        ("5 weeks", "unknown unit 'weeks'; allowed: steps, s, min, h, d"),
        ("5 m", "unknown unit 'm'; write '5 min'"),
        ("1:30", "must be a number of steps, or a text such as"),
        ("1:60:00", "must be a number of steps, or a text such as"),
        ("00:00:00", "above 0"),
        ("30m1h", "must be a number of steps, or a text such as"),
        ("400", "must be a number of steps, or a text such as"),
        ("s", "must be a number of steps, or a text such as"),
        (True, "must be a number of steps, or a text such as"),
        (None, "must be a number of steps, or a text such as"),
        ("1e400 s", "at most 1e15"),
        (float("nan"), "above 0"),
    ],
)
def test_what_is_no_interval_is_refused(text: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Interval.parse(text)  # type: ignore[arg-type]


@pytest.mark.parametrize("text", [5, "5", "5 steps", "0 s", None, "-1 h"])
def test_a_duration_has_a_unit_of_time(text: object) -> None:
    with pytest.raises(ValueError, match="must be"):
        Duration.parse(text)  # type: ignore[arg-type]


@given(st.integers(1, 10**15) | st.floats(1e-9, 1e15))
def test_an_interval_survives_being_written(number: int | float) -> None:
    interval = Interval(steps=number) if isinstance(number, int) else Interval(seconds=number)
    assert Interval.parse(str(interval)) == interval


@pytest.mark.parametrize("text", ["2 h", "5 min", "61 s", "0.25 s", "90 min"])
def test_a_duration_is_written_in_its_largest_whole_unit(text: str) -> None:
    assert str(Duration.parse(text)) == text
