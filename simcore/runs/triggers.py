"""When an operation is due: every n steps, at steps, at times, or by wall time.

A trigger that names steps or times has slices end there; one by wall time takes the end of a slice that comes next.
"""

from __future__ import annotations

import bisect
import time as clock
from collections.abc import Callable, Sequence
from typing import Protocol

from simcore.config import Interval


class Trigger(Protocol):
    """When something is due."""

    def next_step(self, step: int) -> int | None:
        """The first step beyond `step` at which it is due and a slice has to end; None if there is none."""

    def next_time(self, time: float) -> float | None:
        """If steps are adaptive: the first time beyond `time` at which it is due; None if there is none."""

    def due(self, step: int, before: float | None, time: float | None) -> bool:
        """Whether it is due at the end of a slice: at `step`, `time`; before: the time at the end of the slice before.

        Times are None of models without time.
        """

    def begin_anew(self) -> None:
        """The operation was done: a trigger by wall time counts from now."""


class EverySlice:
    """At the end of every slice, wherever that is."""

    def next_step(self, step: int) -> int | None:
        return None

    def next_time(self, time: float) -> float | None:
        return None

    def due(self, step: int, before: float | None, time: float | None) -> bool:
        return True

    def begin_anew(self) -> None: ...


class Never(EverySlice):
    """Not at all."""

    def due(self, step: int, before: float | None, time: float | None) -> bool:
        return False


class EverySteps(EverySlice):
    """At the multiples of a number of steps."""

    def __init__(self, steps: int) -> None:
        self._steps = steps

    def next_step(self, step: int) -> int | None:
        return (step // self._steps + 1) * self._steps

    def due(self, step: int, before: float | None, time: float | None) -> bool:
        return step % self._steps == 0


class AtSteps(EverySlice):
    """At given steps, in ascending order."""

    def __init__(self, steps: Sequence[int]) -> None:
        self._steps = steps

    def next_step(self, step: int) -> int | None:
        place = bisect.bisect_right(self._steps, step)
        return self._steps[place] if place < len(self._steps) else None

    def due(self, step: int, before: float | None, time: float | None) -> bool:
        return self.next_step(step - 1) == step


class AtTimes(EverySlice):
    """At given times of a run with adaptive steps, in ascending order: with the first step at or past each."""

    def __init__(self, times: Sequence[float]) -> None:
        self._times = times

    def next_time(self, time: float) -> float | None:
        place = bisect.bisect_right(self._times, time)
        return self._times[place] if place < len(self._times) else None

    def due(self, step: int, before: float | None, time: float | None) -> bool:
        if before is None or time is None:
            return False
        first = self.next_time(before)
        return first is not None and first <= time


class AtNamedSteps(EverySlice):
    """At the steps that a function names: `following(step)` is the first one beyond `step`, as far as is known then."""

    def __init__(self, following: Callable[[int], int | None]) -> None:
        self._following = following

    def next_step(self, step: int) -> int | None:
        return self._following(step)

    def due(self, step: int, before: float | None, time: float | None) -> bool:
        return self._following(step - 1) == step


class EverySeconds(EverySlice):
    """By this machine's clock: after `first` seconds, then `seconds` after each `begin_anew`."""

    def __init__(self, seconds: float, first: float | None = None) -> None:
        self._seconds = seconds
        self._deadline = clock.monotonic() + (seconds if first is None else first)

    def due(self, step: int, before: float | None, time: float | None) -> bool:
        return clock.monotonic() >= self._deadline

    def begin_anew(self) -> None:
        self._deadline = clock.monotonic() + self._seconds


def every(interval: Interval) -> EverySteps | EverySeconds:
    """Of an interval as an experiment writes it: `400 steps`, `60 s`."""
    return EverySteps(interval.steps) if interval.steps is not None else EverySeconds(interval.seconds or 0.0)
