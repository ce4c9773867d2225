"""A run that keeps what it brings in memory: no directory, no log, no checkpoint.

It takes slices as `Record` does, from the same loop, and looks at the series at the same steps.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from simcore.errors import NotFiniteError
from simcore.runs.experiment import Experiment
from simcore.runs.nonfinite import first_not_finite
from simcore.runs.progress import Progress
from simcore.runs.series import Series
from simcore.runs.simulation import Simulation, Slice
from simcore.runs.snapshots import Snapshots
from simcore.runs.stopping import goal_of
from simcore.runs.thermalization import thermalization_of

Arrays = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Computed:
    """What a run in memory has brought, at its end.

    step, time: of the end; time is None for Monte Carlo. before: steps of thermalisation, None if it was not over.
    snapshots: the moment of each and the arrays then; final: the arrays at the end. met: whether `run.until` ended it.
    """

    experiment: Experiment
    series: Series
    step: int
    time: float | None
    before: int | None
    given_up: bool
    snapshots: Sequence[tuple[float, Arrays]]
    final: Arrays
    met: bool


class MemoryRecord:
    """Takes what each slice brings. Whoever makes it has begun the simulation at step 0."""

    def __init__(self, experiment: Experiment, simulation: Simulation) -> None:
        self._experiment, self._simulation = experiment, simulation
        self.series = Series.of(experiment)
        self._snapshots = Snapshots(experiment)
        self._thermalization = thermalization_of(experiment)
        self._goal = goal_of(experiment, self._thermalization)
        self._kept: list[tuple[float, Arrays]] = []
        self._time = simulation.time  # at the end of the slice before
        self._reached = False

    @property
    def total(self) -> int:
        """The last step, as far as it is known."""
        return self._experiment.total_steps - self._experiment.longest_thermalization + self._simulation.tuning

    @property
    def watched(self) -> tuple[str, float] | None:
        """The observable whose fall to a value ends the run within a slice."""
        return self._goal.watched

    @property
    def ended(self) -> bool:
        """Whether the run is at its last step, its last time or its goal."""
        end = self._experiment.end_time
        past = end is not None and (self._simulation.time or 0.0) >= end
        return past or self._reached or self._simulation.step >= self.total

    def stops(self) -> tuple[int | None, ...]:
        """The steps at which a slice must end."""
        step = self._simulation.step
        looks = self._goal.next_step(step), self._thermalization.next_step(step)
        return self._snapshots.next_step(step), *looks, self.total

    def next_time(self) -> float | None:
        """The time at which a slice of adaptive steps must end."""
        end = self._experiment.end_time
        return None if end is None else min(end, self._snapshots.next_time(self._simulation.time or 0.0) or end)

    def take(self, made: Slice) -> None:
        """Keep what a slice brought."""
        self.series.extend(made.steps, made.samples)
        step, time, thermal = self._simulation.step, self._simulation.time, self._thermalization
        if thermal.found is None and (found := thermal.look(self.series, step)) is not None:
            self._simulation.tuning = found
        self._reached = self._goal.met(step, self.series)
        if self._snapshots.falls_on(step):
            moment = step if time is None else time
            self._kept.append((moment, self._arrays(moment)))
        for _, moment in self._snapshots.times_within(self._time, time):
            self._kept.append((moment, self._arrays(moment)))
        self._time = time

    def explain(self, error: NotFiniteError) -> NotFiniteError:
        """The same error with field, cell and step: the run is made once more from its start."""
        with Simulation(self._experiment, 1, alone=True, program=self._simulation.program) as again:
            again.begin(None, self._experiment.total_steps)
            return first_not_finite(again, 0, again.state(), error.step)

    def note_progress(self, progress: Progress) -> None:
        """There is no log."""

    def finish(self) -> Computed:
        """All that the run has brought."""
        step, time, end = self._simulation.step, self._simulation.time, self._experiment.end_time
        if end is not None and time is not None and time > end:
            time = end
        last = step if time is None else time
        return Computed(
            self._experiment,
            self.series,
            step,
            time,
            self._thermalization.found,
            self._thermalization.given_up,
            [(moment, arrays) for moment, arrays in self._kept if moment < last],
            self._arrays(time),
            self._reached,
        )

    def _arrays(self, moment: float | None) -> dict[str, np.ndarray]:
        """Copies of the arrays that fields are made of, at a moment up to that of the state."""
        simulation, names = self._simulation, self._snapshots.arrays
        time, adaptive = simulation.time, self._experiment.end_time is not None
        if adaptive and time is not None and moment is not None and moment < time:
            then = simulation.interpolated(moment)
            then |= simulation.express_at(moment, then)
        else:
            simulation.express()
            then = {}
        found = {**simulation.arrays(names), **then}
        return {name: np.array(found[name]) for name in names}
