"""When operations are due, and in which order they act."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simcore.config import Interval
from simcore.runs import operations, triggers
from simcore.runs.operations.operation import Operation
from simcore.runs.triggers import AtNamedSteps, AtSteps, AtTimes, EverySeconds, EverySlice, EverySteps, Never

STEPS = st.integers(1, 60)


def steps_of(trigger: triggers.Trigger, last: int) -> list[int]:
    """The steps at which it is due if every slice ends where it asks for that, up to `last`."""
    step, due = 0, []
    while (following := trigger.next_step(step)) is not None and following <= last:
        assert following > step
        step = following
        assert trigger.due(step, None, None)
        due.append(step)
    return due


@given(period=STEPS, cuts=st.sets(STEPS))
def test_every_so_many_steps(period, cuts):
    trigger = EverySteps(period)
    assert steps_of(trigger, 60) == list(range(period, 61, period))
    assert all(trigger.due(step, None, None) == (step % period == 0) for step in cuts)


@given(steps=st.sets(STEPS), cuts=st.sets(STEPS))
def test_at_steps(steps, cuts):
    for trigger in (
        AtSteps(sorted(steps)),
        AtNamedSteps(lambda step: min((one for one in steps if one > step), default=None)),
    ):
        assert steps_of(trigger, 60) == sorted(steps)
        assert all(trigger.due(step, None, None) == (step in steps) for step in cuts)


@given(times=st.sets(st.floats(0.01, 10)), ends=st.lists(st.floats(0.0, 11), min_size=2))
def test_at_times_it_is_due_once_for_each_stretch_that_holds_one(times, ends):
    trigger = AtTimes(sorted(times))
    ends = sorted(ends)
    for before, time in pairwise(ends):
        assert trigger.due(1, before, time) == any(before < one <= time for one in times)
        assert trigger.next_time(before) == min((one for one in times if one > before), default=None)
    assert trigger.next_step(1) is None
    assert not trigger.due(1, None, None)


def test_by_the_clock(monkeypatch):
    now = [100.0]
    monkeypatch.setattr("simcore.runs.triggers.clock.monotonic", lambda: now[0])
    trigger = EverySeconds(10.0, first=1.0)
    found = []
    for second in range(25):
        now[0] = 100.0 + second
        found.append(trigger.due(second, None, None))
        if found[-1]:
            trigger.begin_anew()
    assert [second for second, due in enumerate(found) if due] == [1, 11, 21]
    assert trigger.next_step(3) is None
    assert isinstance(triggers.every(Interval.parse("5 s")), EverySeconds)
    assert triggers.every(Interval.parse("5 steps")).next_step(5) == 10


def test_always_and_never():
    assert EverySlice().due(1, None, None)
    assert not Never().due(1, None, None)
    assert Never().next_step(0) is None
    assert Never().next_time(0.0) is None


def test_every_operation_is_in_the_list():
    folder = Path(operations.__file__).parent
    modules = {path.stem for path in folder.glob("*.py")} - {"__init__", "operation"}
    listed = {one.__module__.rpartition(".")[2] for one in vars(operations).values() if _is_operation(one)}
    assert modules == listed
    assert all(_is_operation(one) for one in Operation.__subclasses__())


def _is_operation(one: object) -> bool:
    return isinstance(one, type) and issubclass(one, Operation) and one is not Operation


@pytest.mark.parametrize("kind", Operation.__subclasses__())
def test_every_operation_says_what_it_does(kind):
    assert kind.__doc__
    assert (kind.act, kind.prepare) != (Operation.act, Operation.prepare)
