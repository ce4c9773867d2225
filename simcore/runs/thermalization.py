"""When the averages begin: after a given number of steps, or, with `auto`, when the series no longer drifts.

The series is looked at when there are 200 samples, and whenever there are a quarter more than at the last time: in
steps that the experiment fixes, so that the end is a function of the series alone. The run is thermalised at a look
where, in the second half of the samples so far, every observable has

- no drift by Geweke's test (`simcore.statistics.drift`: its first 10 % against its last 50 %, the error with
  autocorrelation counted): no |z| beyond the value that one of n observables exceeds by chance in 5 % of cases, and
- at least 20 effective samples, without which the test tells nothing.

All steps up to that look are thermalisation.
"""

from __future__ import annotations

from collections.abc import Iterator
from statistics import NormalDist
from typing import Protocol

import numpy as np

from simcore.runs.experiment import Experiment
from simcore.runs.sections import SweepRun
from simcore.runs.series import Series
from simcore.statistics import drift, effective_sample_size

FIRST_LOOK = 200
GROWTH = 4  # every look has a fourth more samples than the one before
CHANCE = 0.05
LEAST_ESS = 20.0


class Thermalization(Protocol):
    """The steps before the averages begin. given_up: whether an observable still drifted when there were enough."""

    given_up: bool

    @property
    def found(self) -> int | None:
        """How many steps it took; None while it is not over."""

    def next_step(self, step: int) -> int | None:
        """The first step beyond `step` at which a slice has to end, so that the series can be looked at."""

    def look(self, series: Series, step: int) -> int | None:
        """Look at the series up to `step`; returns what is found."""


class Fixed:
    """As many steps as the experiment says."""

    given_up = False

    def __init__(self, steps: int) -> None:
        self.found: int | None = steps

    def next_step(self, step: int) -> int | None:
        return None

    def look(self, series: Series, step: int) -> int | None:
        return self.found


class Automatic:
    """Until no observable drifts, at most `longest` steps."""

    def __init__(self, longest: int, every: int) -> None:
        self._longest, self._every = longest, every
        self._looked = 0  # the last look: the series still drifted then
        self.found: int | None = None
        self.given_up = False

    def next_step(self, step: int) -> int | None:
        return None if self.found is not None else next((look for look in self._looks() if look > step), None)

    def look(self, series: Series, step: int) -> int | None:
        for look in self._looks():
            if self.found is not None or look > step:
                break
            if look > self._looked:
                self._looked, settled = look, self._settled(series, look)
                self.given_up = look == self._longest and not settled
                self.found = look if settled or self.given_up else None
        return self.found

    def _looks(self) -> Iterator[int]:
        samples = FIRST_LOOK
        while samples * self._every < self._longest:
            yield samples * self._every
            samples += samples // GROWTH
        yield self._longest

    def _settled(self, series: Series, look: int) -> bool:
        count = look // self._every
        half = slice(count // 2, count)
        columns = np.array([column[half] for column in series.columns().values()])
        most = NormalDist().inv_cdf(1.0 - CHANCE / (2 * len(columns)))
        with np.errstate(invalid="ignore"):
            still = np.abs(drift(columns)) < most
        known = effective_sample_size(columns) >= LEAST_ESS
        constant = columns.max(axis=1) == columns.min(axis=1)
        return bool(np.all(constant | (still & known)))


def thermalization_of(experiment: Experiment) -> Thermalization:
    """What the experiment asks for."""
    run = experiment.run
    if isinstance(run, SweepRun) and run.thermalization == "auto":
        return Automatic(run.thermalization_limit, run.measure_every)
    return Fixed(experiment.longest_thermalization)
