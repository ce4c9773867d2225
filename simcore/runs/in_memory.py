"""A run that keeps what it brings in memory: no directory, no log, no checkpoint."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from simcore.errors import NotFiniteError
from simcore.runs.experiment import Experiment
from simcore.runs.nonfinite import first_not_finite
from simcore.runs.operations.arrays import MeasureArrays
from simcore.runs.operations.operation import Operation
from simcore.runs.operations.snapshots import due_at
from simcore.runs.operations.stopping import EndAtGoal, EndAtLastStep
from simcore.runs.operations.thermalization import EndThermalization
from simcore.runs.running import Ending, Running
from simcore.runs.schedule import Pace
from simcore.runs.series import Series
from simcore.runs.simulation import Simulation

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


class MemoryRun(Running):
    """A run without a directory. Whoever makes it has begun the simulation at step 0.

    kept: the moments of snapshots, and the arrays then.
    """

    def __init__(self, experiment: Experiment, simulation: Simulation, pace: Pace | None = None) -> None:
        super().__init__(experiment, simulation, pace)
        self.kept: list[tuple[float, Arrays]] = []

    def operations(self) -> list[Operation]:
        """What happens beside the steps, as in a run with a directory but for files and the wall time."""
        return [MeasureArrays(self), EndThermalization(self), EndAtLastStep(self), EndAtGoal(self), KeepSnapshots(self)]

    def explain(self, error: NotFiniteError) -> NotFiniteError:
        """The same error with field, cell and step: the run is made once more from its start."""
        with Simulation(self.experiment, 1, alone=True, program=self.simulation.program) as again:
            again.begin(None, self.experiment.total_steps)
            return first_not_finite(again, 0, again.state(), error.step)

    def finish(self) -> Computed:
        """All that the run has brought."""
        step, time, end = self.step, self.simulation.time, self.experiment.end_time
        if end is not None and time is not None and time > end:
            time = end
        last = step if time is None else time
        return Computed(
            self.experiment,
            self.series,
            step,
            time,
            self.thermalization.found,
            self.thermalization.given_up,
            [(moment, arrays) for moment, arrays in self.kept if moment < last],
            self.arrays(time),
            self.ending is Ending.GOAL,
        )

    def arrays(self, moment: float | None) -> dict[str, np.ndarray]:
        """Copies of the arrays that fields are made of, at a moment up to that of the state."""
        simulation, names = self.simulation, self.snapshots.arrays
        time, adaptive = simulation.time, self.experiment.end_time is not None
        if adaptive and time is not None and moment is not None and moment < time:
            then = simulation.interpolated(moment)
            then |= simulation.express_at(moment, then)
        else:
            simulation.express()
            then = {}
        found = {**simulation.arrays(names), **then}
        return {name: np.array(found[name]) for name in names}


class KeepSnapshots(Operation):
    """Copies the fields at steps or, if steps are adaptive, at times."""

    def __init__(self, run: MemoryRun) -> None:
        self.trigger = due_at(run)

    def begin(self, run: Running) -> None:
        """Copy the initial state, if it is asked for."""
        if isinstance(run, MemoryRun) and run.snapshots.start:
            run.kept.append((0, run.arrays(0)))

    def act(self, run: MemoryRun) -> None:
        """Copy what is due."""
        step, time = run.step, run.simulation.time
        if not run.snapshots.times:
            moment = step if time is None else time
            run.kept.append((moment, run.arrays(moment)))
        for _, moment in run.snapshots.times_within(run.before, time):
            run.kept.append((moment, run.arrays(moment)))
