"""A run that is going on: what the loop advances, and what operations read and act on."""

from __future__ import annotations

from enum import Enum

from simcore.errors import NotFiniteError
from simcore.runs import events
from simcore.runs.ensemble_series import series_of
from simcore.runs.experiment import Experiment
from simcore.runs.progress import Progress
from simcore.runs.schedule import Pace
from simcore.runs.simulation import Simulation, Slice
from simcore.runs.snapshots import Snapshots
from simcore.runs.thermalization import thermalization_of


class Ending(Enum):
    """Why a run makes no further step."""

    LAST_STEP = "its last step or time"
    GOAL = "run.until is met"
    WALL_TIME = "run.max_walltime"


class Running:
    """One run between its first slice and its end, wherever its results go: to a directory, or to memory.

    series: what has been measured. before: the time at the end of the slice before. ending: why it ends, once an
    operation has found that. resumed: whether it goes on from a checkpoint.
    """

    def __init__(self, experiment: Experiment, simulation: Simulation, pace: Pace | None = None) -> None:
        self.experiment, self.simulation = experiment, simulation
        self.pace = pace or Pace()
        self.pace.pass_steps = simulation.pass_steps
        self.series = series_of(experiment)
        self.snapshots, self.thermalization = Snapshots(experiment), thermalization_of(experiment)
        self.ending: Ending | None = None
        self.resumed = False
        self.before: float | None = simulation.time

    @property
    def step(self) -> int:
        """Steps made."""
        return self.simulation.step

    @property
    def total(self) -> int:
        """The last step, as far as it is known."""
        return self.experiment.total_steps - self.experiment.longest_thermalization + self.simulation.tuning

    @property
    def ended(self) -> bool:
        """Whether it is at its end: its last step, its last time if steps are adaptive, or its goal."""
        return self.ending in (Ending.LAST_STEP, Ending.GOAL)

    def take(self, made: Slice) -> None:
        """Keep what a slice brought."""
        self.pace.took(made.made, made.seconds)
        self.series.extend(made.steps, made.samples)
        if made.walk is not None and self.series.walk is not None:
            self.series.walk.extend(made.walk)

    def say(self, text: str) -> None:
        """Warn whoever watches the run."""

    def note(self, event: events.Event) -> None:
        """Write to the log of the run."""

    def explain(self, error: NotFiniteError) -> NotFiniteError:
        """The same error with field, cell and step."""
        return error

    def progress(self) -> Progress:
        """How far it is."""
        rate, total = self.pace.steps_per_second, self.total
        end, time = self.experiment.end_time, self.simulation.time
        if end is not None and time and end < float("inf"):
            total = max(self.step, round(self.step * end / time))
        left = (total - self.step) / rate if rate else None
        sites = rate * self.simulation.program.layout.cells * self.simulation.replicas
        return Progress(self.step, total, sites, left, self.series.latest())
