"""A run that is going on: what its operations read, and what they act on."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from pathlib import Path

from simcore.runs import events
from simcore.runs.checkpoints import Checkpoints
from simcore.runs.directory import RunDirectory
from simcore.runs.experiment import Experiment
from simcore.runs.lending import Lending
from simcore.runs.progress import Progress
from simcore.runs.provenance import Provenance
from simcore.runs.returned import Returned, restored_numbers
from simcore.runs.schedule import Pace
from simcore.runs.series import Series, restored_series
from simcore.runs.simulation import Simulation, Slice
from simcore.runs.snapshots import Snapshots
from simcore.runs.thermalization import thermalization_of
from simcore.storage.checkpoint import Checkpoint
from simcore.storage.together import Batch, publish


class Ending(Enum):
    """Why a run makes no further step."""

    LAST_STEP = "its last step or time"
    GOAL = "run.until is met"
    WALL_TIME = "run.max_walltime"


class Running:
    """One run between its first slice and its end.

    series, returned: what has been measured, and what callbacks have returned. before: the time at the end of the slice
    before. ending: why it ends, once an operation has found that. resumed: whether it goes on from a checkpoint. batch:
    what its files wait in, until a checkpoint is written before the end.
    """

    def __init__(
        self,
        experiment: Experiment,
        simulation: Simulation,
        directory: RunDirectory,
        say: Callable[[str], None],
        batch: Batch | None = None,
    ) -> None:
        self.experiment, self.simulation, self.directory, self.say, self.batch = (
            experiment,
            simulation,
            directory,
            say,
            batch,
        )
        self.pace = Pace()
        self.series, self.returned = Series.of(experiment), Returned()
        self.snapshots, self.thermalization = Snapshots(experiment), thermalization_of(experiment)
        self.provenance = Provenance(experiment.document.directory, once=simulation.alone)
        self.lending = Lending(simulation, self.snapshots.arrays)
        self.checkpoints = Checkpoints(directory, self.lending, say)
        self.ending: Ending | None = None
        self.resumed = False
        self.before: float | None = None
        self._seconds_before = 0.0

    def __enter__(self) -> Running:
        return self

    def __exit__(self, *_: object) -> None:
        self.lending.close()
        self.provenance.close()

    @property
    def path(self) -> Path:
        """The directory of the run."""
        return self.directory.path

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

    @property
    def seconds(self) -> float:
        """Wall time of this run, that before a resume included."""
        return self._seconds_before + self.provenance.seconds()

    def begin(self, checkpoint: Checkpoint | None) -> None:
        """Start the writer, and take up the series of a checkpoint."""
        self.lending.begin()
        if checkpoint is not None:
            self.resumed = True
            self.series = restored_series(self.experiment, checkpoint)
            self.returned = restored_numbers(checkpoint)
            self._seconds_before = float(checkpoint.attributes["seconds"])
            self.checkpoints.kept = self.step
        self.before = self.simulation.time

    def take(self, made: Slice) -> None:
        """Keep what a slice brought."""
        self.pace.took(made.made, made.seconds)
        self.series.extend(made.steps, made.samples)
        self.checkpoints.hear(wait=False)

    def write_checkpoint(self) -> None:
        """Begin to write a checkpoint of this step, unless there is one."""
        self.checkpoints.hear(wait=True)
        if self.step != self.checkpoints.kept:
            self.publish()
            self.lending.copy()
            self.checkpoints.write(self.experiment, self.series, self.returned, self.seconds)

    def publish(self) -> None:
        """From here on every file is durable as soon as it is written. Raises StorageError."""
        batch, self.batch = self.batch, None
        if batch is not None and (error := publish([batch])[0]) is not None:
            raise error

    def progress(self) -> Progress:
        """How far it is."""
        rate, total = self.pace.steps_per_second, self.total
        end, time = self.experiment.end_time, self.simulation.time
        if end is not None and time and end < float("inf"):
            total = max(self.step, round(self.step * end / time))
        left = (total - self.step) / rate if rate else None
        sites = rate * self.simulation.program.layout.cells
        return Progress(self.step, total, sites, left, self.series.latest())

    def note_end(self) -> None:
        """In the log: done, or paused."""
        if self.ended:
            met = self.ending is Ending.GOAL
            self.directory.note(events.Done(self.step, self.total, met))
        else:
            self.directory.note(events.Paused(self.step, self.total))
