"""How long slices are."""

from __future__ import annotations

import pytest

from simcore.runs.schedule import GROWTH, MOST_SECONDS, PASSES, SLICE_SECONDS, Pace, next_stop


def settled(steps_per_second: float, pass_steps: int = 1) -> int:
    """The steps of a slice of a machine that always makes so many a second."""
    pace = Pace()
    pace.pass_steps = pass_steps
    for _ in range(40):
        pace.took(pace.slice_steps(), pace.slice_steps() / steps_per_second)
    return pace.slice_steps()


def test_a_slice_takes_its_time():
    assert settled(1e6) == 1e6 * SLICE_SECONDS
    assert settled(0.1) == 1


@pytest.mark.parametrize("rate", [45.0, 100.0, 500.0])
def test_a_slice_of_passes_holds_a_few_whole_ones(rate):
    assert settled(rate, 16) == PASSES * 16
    assert settled(rate) == int(rate * SLICE_SECONDS)


def test_slices_of_slow_passes_end_in_time():
    assert settled(20.0, 8) == 16  # two passes: 0.8 s
    assert settled(3.0, 8) / 3.0 <= MOST_SECONDS


def test_a_long_slice_holds_whole_passes():
    assert settled(1e4, 7) % 7 == 0
    assert settled(1e4, 7) > 1e4 * SLICE_SECONDS - 7


def test_slices_grow_step_by_step():
    pace = Pace()
    pace.took(1, 1e-9)
    assert pace.slice_steps() == GROWTH


def test_a_slice_that_takes_a_sample_ends_at_one():
    pace = Pace(known=100 / SLICE_SECONDS)
    assert pace.slice_steps() == 100
    assert next_stop(0, pace, 30, 4096) == 90
    assert next_stop(90, pace, 30, 4096) == 180
    assert next_stop(100, pace, 30, 4096) == 180  # it begins between two samples
    assert next_stop(30, pace, 1000, 4096) == 130  # there is none in it
    assert next_stop(950, pace, 1000, 4096) == 1000
    assert next_stop(0, pace, 30, 4096, 45, None) == 45  # something else is due
