"""A run whose results, checkpoints and log go to a directory."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from simcore.errors import NotFiniteError
from simcore.runs import events
from simcore.runs.checkpoints import Checkpoints
from simcore.runs.directory import RunDirectory
from simcore.runs.ensemble_series import restored_series
from simcore.runs.experiment import Experiment
from simcore.runs.lending import Lending
from simcore.runs.nonfinite import first_not_finite
from simcore.runs.provenance import Provenance
from simcore.runs.returned import Returned, restored_numbers
from simcore.runs.running import Ending, Running
from simcore.runs.simulation import Simulation, Slice
from simcore.storage.checkpoint import Checkpoint
from simcore.storage.together import Batch, publish


class RecordedRun(Running):
    """A run with a directory.

    returned: what callbacks have returned. batch: what its files wait in, until a checkpoint is written before the end.
    """

    def __init__(
        self,
        experiment: Experiment,
        simulation: Simulation,
        directory: RunDirectory,
        say: Callable[[str], None],
        batch: Batch | None = None,
    ) -> None:
        super().__init__(experiment, simulation)
        self.directory, self.batch, self._say = directory, batch, say
        self.returned = Returned()
        self.provenance = Provenance(experiment.document.directory, once=simulation.alone)
        self.lending = Lending(simulation, self.snapshots.arrays)
        self.checkpoints = Checkpoints(directory, self.lending, say)
        self._seconds_before = 0.0

    def __enter__(self) -> RecordedRun:
        return self

    def __exit__(self, *_: object) -> None:
        self.lending.close()
        self.provenance.close()

    @property
    def path(self) -> Path:
        """The directory of the run."""
        return self.directory.path

    @property
    def seconds(self) -> float:
        """Wall time of this run, that before a resume included."""
        return self._seconds_before + self.provenance.seconds()

    def begin(self, checkpoint: Checkpoint | None) -> None:
        """Start the writer, and take up the series of a checkpoint."""
        self.provenance.begin()
        self.lending.begin()
        if checkpoint is not None:
            self.resumed = True
            self.series = restored_series(self.experiment, checkpoint)
            self.returned = restored_numbers(checkpoint)
            self._seconds_before = float(checkpoint.attributes["seconds"])
            self.checkpoints.kept = self.step
        self.before = self.simulation.time

    def take(self, made: Slice) -> None:
        super().take(made)
        self.checkpoints.hear(wait=False)

    def say(self, text: str) -> None:
        self._say(text)

    def note(self, event: events.Event) -> None:
        self.directory.note(event)

    def explain(self, error: NotFiniteError) -> NotFiniteError:
        lent = self.lending
        return first_not_finite(self.simulation, lent.step, lent.copied(), error.step)

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

    def note_end(self) -> None:
        """In the log: done, or paused."""
        if self.ended:
            self.note(events.Done(self.step, self.total, self.ending is Ending.GOAL))
        else:
            self.note(events.Paused(self.step, self.total))
