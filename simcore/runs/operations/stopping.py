"""What ends a run: its last step or time, its goal, or the wall time that it may take."""

from __future__ import annotations

from simcore.runs.operations.operation import Operation
from simcore.runs.running import Ending, Running
from simcore.runs.stopping import goal_of
from simcore.runs.triggers import EverySeconds, EverySlice, Never


class EndAtLastStep(Operation):
    """At `run.sweeps`, `run.steps` or `run.t_end`."""

    def __init__(self, run: Running) -> None:
        self.trigger = _LastStep(run)

    def begin(self, run: Running) -> None:
        """A run that is resumed may be there already."""
        self.act(run)

    def act(self, run: Running) -> None:
        """Look at step and time."""
        end = run.experiment.end_time
        past = end is not None and (run.simulation.time or 0.0) >= end
        if past or run.step >= run.total:
            run.ending = Ending.LAST_STEP


class _LastStep(EverySlice):
    """At the end of every slice, and a slice ends at the last step, or with the step that reaches the last time."""

    def __init__(self, run: Running) -> None:
        self._run = run

    def next_step(self, step: int) -> int | None:
        return self._run.total

    def next_time(self, time: float) -> float | None:
        return self._run.experiment.end_time


class EndAtGoal(Operation):
    """At the first look at which `run.until` is met."""

    def __init__(self, run: Running) -> None:
        self._goal = goal_of(run.experiment, run.thermalization)
        self.trigger, self.watched = self._goal.trigger, self._goal.watched

    def begin(self, run: Running) -> None:
        """A run that is resumed may have met it."""
        if run.resumed:
            self.act(run)

    def act(self, run: Running) -> None:
        """Look at the series."""
        if self._goal.met(run.step, run.series):
            run.ending = Ending.GOAL


class EndAtWallTime(Operation):
    """At the end of the slice in which `run.max_walltime` is over, unless the run is at its end there."""

    def __init__(self, run: Running) -> None:
        limit = run.experiment.run.max_walltime
        self.trigger = Never() if limit is None else EverySeconds(limit.seconds)

    def act(self, run: Running) -> None:
        """End the run."""
        run.ending = run.ending or Ending.WALL_TIME
