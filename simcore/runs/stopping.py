"""What ends a run before its last step: `run.until`, looked at in steps that the experiment fixes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from simcore.runs.experiment import Experiment
from simcore.runs.result_contents import estimates
from simcore.runs.sections import UntilErrors, UntilPassed, UntilSteady
from simcore.runs.series import Series
from simcore.runs.thermalization import Thermalization, thermalization_of
from simcore.runs.triggers import AtNamedSteps, EverySlice, EverySteps, Never, Trigger

FIRST_LOOK = 100


class Goal(Protocol):
    """A condition on the series."""

    @property
    def watched(self) -> tuple[str, float] | None:
        """The observable whose fall to a value is seen within a slice, if it is one."""

    @property
    def trigger(self) -> Trigger:
        """When it is looked at."""

    def met(self, step: int, series: Series) -> bool:
        """Whether it is met at `step`, with the series up to there."""


class NoGoal:
    """The run goes to its last step."""

    watched = None
    trigger = Never()

    def met(self, step: int, series: Series) -> bool:
        return False


class Steady:
    """`{steady: v}`: at a measurement, no field changes faster than v. The compiled driver ends the slice there."""

    def __init__(self, observable: str, value: float) -> None:
        self.watched = (observable, value)
        self.trigger = EverySlice()

    def met(self, step: int, series: Series) -> bool:
        observable, value = self.watched
        return len(series.steps) > 0 and series.steps[-1] == step and series.newest(observable) <= value


class SmallErrors:
    """`{error: {x: v}}`: the standard error of each x is at most v.

    It is looked at when there are 100 samples after thermalisation, and whenever there are a tenth more than at the
    last time: rarely enough not to stop at a lucky fluctuation of the error again and again.
    """

    watched = None

    def __init__(self, experiment: Experiment, targets: dict[str, float], thermalization: Thermalization) -> None:
        self._experiment, self._targets, self._thermalization = experiment, targets, thermalization
        self.trigger = AtNamedSteps(lambda step: next((look for look in self._looks() if look > step), None))

    def met(self, step: int, series: Series) -> bool:
        if step not in self._looks_until(step):
            return False
        found = estimates(self._experiment, series, self._thermalization.found, self._targets)
        return all(found[name].error <= target for name, target in self._targets.items())

    def _looks(self) -> Iterator[int]:
        every, samples, before = self._experiment.run.measure_every, FIRST_LOOK, self._thermalization.found
        if before is None:
            return
        before //= every
        while True:
            yield (before + samples) * every
            samples += max(1, samples // 10)

    def _looks_until(self, step: int) -> Iterator[int]:
        for look in self._looks():
            if look > step:
                return
            yield look


class Passed:
    """`{below: {x: v}}`, `{above: {x: v}}`: at a measurement after thermalisation, all observables are beyond these."""

    watched = None

    def __init__(self, experiment: Experiment, until: UntilPassed, thermalization: Thermalization) -> None:
        self._until, self._thermalization = until, thermalization
        self.trigger = EverySteps(experiment.run.measure_every)

    def met(self, step: int, series: Series) -> bool:
        before = self._thermalization.found
        if before is None or step <= before or not len(series.steps) or series.steps[-1] != step:
            return False
        return self._until.passed(series.latest())


def goal_of(experiment: Experiment, thermalization: Thermalization | None = None) -> Goal:
    """The goal that `run.until` sets; thermalization: that of the run, where it has begun."""
    until = experiment.run.until
    if isinstance(until, UntilErrors):
        return SmallErrors(experiment, until.error, thermalization or thermalization_of(experiment))
    if isinstance(until, UntilPassed):
        return Passed(experiment, until, thermalization or thermalization_of(experiment))
    if isinstance(until, UntilSteady) and experiment.rate_of_change is not None:
        return Steady(experiment.rate_of_change.name, until.steady)
    return NoGoal()
