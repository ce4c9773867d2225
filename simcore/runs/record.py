"""What a run keeps: its series, snapshots of its fields, checkpoints, and at the end its result."""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from simcore.errors import NotFiniteError, StorageError
from simcore.runs.directory import RunDirectory
from simcore.runs.experiment import Experiment
from simcore.runs.nonfinite import first_not_finite
from simcore.runs.progress import Progress
from simcore.runs.provenance import Provenance
from simcore.runs.result_contents import result
from simcore.runs.schedule import Trigger
from simcore.runs.series import Series, restored_series
from simcore.runs.simulation import Simulation, Slice
from simcore.runs.snapshots import Snapshots, field_history
from simcore.runs.stopping import goal_of
from simcore.runs.thermalization import thermalization_of
from simcore.runs.writer_client import DirectWriter, Writer
from simcore.storage.atomic import write_file
from simcore.storage.checkpoint import Checkpoint
from simcore.storage.result import Group, Result
from simcore.storage.together import Batch, collected, publish
from simcore.storage.writer import Failed, WriteCheckpoint, WriteRun

Say = Callable[[str], None]
FIRST_NOTE_SECONDS, NOTE_SECONDS = 1.0, 10.0


class Record:
    """Takes what each slice brings, and sees that nothing of it can be lost.

    At a checkpoint the state is copied into shared memory that is lent to the writer; the workers go on at once.
    """

    def __init__(
        self,
        experiment: Experiment,
        simulation: Simulation,
        directory: RunDirectory,
        say: Say,
        batch: Batch | None = None,
    ) -> None:
        self._batch = batch  # until a checkpoint is written before the end
        self._experiment, self._simulation, self._directory, self._say = experiment, simulation, directory, say
        self.series = Series.of(experiment)
        self._snapshots = Snapshots(experiment)
        self._provenance = Provenance(experiment.document.directory, once=simulation.alone)
        self._seconds_before = 0.0
        self._due = Trigger(experiment.checkpoint.every, 0)
        self._thermalization = thermalization_of(experiment)
        self._goal = goal_of(experiment, self._thermalization)
        self._reached = False
        self._time: float | None = None  # at the end of the slice before
        self._kept = -1  # the step of the newest checkpoint
        self._copied = 0  # the step of the state that lies in the lent arrays
        self._state = tuple(simulation.state())
        state = {**simulation.arrays(self._snapshots.arrays), **simulation.state()}
        self._lent = {f"state/{name}": simulation.make_array(array.shape, array.dtype) for name, array in state.items()}
        self._writer = DirectWriter(self._lent) if simulation.alone else Writer(self._lent)
        self._pending: int | None = None
        self._next_note = time.monotonic() + FIRST_NOTE_SECONDS

    def __enter__(self) -> Record:
        return self

    def __exit__(self, *_: object) -> None:
        self._writer.close()
        self._provenance.close()
        for shared in self._lent.values():
            shared.close()

    def start_writer(self) -> None:
        """Let the writer start while the workers do; nothing is written yet."""
        self._writer.start()

    @property
    def path(self) -> Path:
        return self._directory.path

    def begin(self, checkpoint: Checkpoint | None) -> None:
        """Write the resolved experiment, start the writer, and take up the series of a checkpoint."""
        self._provenance.begin()
        with collected(self._batch):
            write_file(self._directory.experiment, self._experiment.to_yaml().encode())
        self._writer.start()
        for name, array in self._simulation.arrays(self._snapshots.arrays).items():
            self._lent[f"state/{name}"].array[...] = array  # some are changed by no step, and copied here alone
        step = self._simulation.step
        where = f"process {os.getpid()} on {socket.gethostname()}"
        total, workers = self._experiment.total_steps, self._simulation.workers
        self._directory.note("started", f"step {step} of {total}, workers {workers}, {where}")
        self._copy_state()
        if checkpoint is not None:
            self.series = restored_series(self._experiment, checkpoint)
            self._seconds_before = float(checkpoint.attributes["seconds"])
            self._kept = step
            self._look(quiet=True)
            self._reached = self._goal.met(step, self.series)
        self._time = self._simulation.time
        self._due.done(step)

    def stops(self) -> tuple[int | None, ...]:
        """The steps at which a slice must end."""
        step = self._simulation.step
        looks = self._goal.next_step(step), self._thermalization.next_step(step)
        return self._due.next_step(step), self._snapshots.next_step(step), *looks, self.total

    @property
    def total(self) -> int:
        """The last step, as far as it is known."""
        return self._experiment.total_steps - self._experiment.longest_thermalization + self._simulation.tuning

    @property
    def watched(self) -> tuple[str, float] | None:
        """The observable whose fall to a value ends the run within a slice."""
        return self._goal.watched

    @property
    def met(self) -> bool:
        """Whether the run has met its goal."""
        return self._reached

    @property
    def ended(self) -> bool:
        """Whether the run is at its end: its last step, its last time where steps are adaptive, or its goal."""
        end = self._experiment.end_time
        past = end is not None and (self._simulation.time or 0.0) >= end
        return past or self._reached or self._simulation.step >= self.total

    def next_time(self) -> float | None:
        """The time at which a slice of adaptive steps must end."""
        end = self._experiment.end_time
        return None if end is None else min(end, self._snapshots.next_time(self._simulation.time or 0.0) or end)

    def take(self, made: Slice) -> None:
        """Keep what a slice brought, and write what is due. Raises StorageError where a snapshot cannot be kept."""
        self.series.extend(made.steps, made.samples)
        self._look()
        self._reached = self._goal.met(self._simulation.step, self.series)
        self._hear(wait=False)
        step, time = self._simulation.step, self._simulation.time
        if self._snapshots.falls_on(step):
            self._snapshot(step, step if time is None else time)
        for mark, moment in self._snapshots.times_within(self._time, time):
            self._snapshot(mark, moment)
        self._time = time
        if self._due.now(step) and not self._writer.busy:
            self.checkpoint()

    def checkpoint(self) -> None:
        """Begin to write a checkpoint of this step, unless there is one."""
        self._hear(wait=True)
        step = self._simulation.step
        self._due.done(step)
        if step == self._kept:
            return
        self._publish()
        self._copy_state()
        arrays: dict[str, str | np.ndarray] = {f"state/{name}": f"state/{name}" for name in self._state}
        arrays |= {"series/step": self.series.steps, "series/values": self.series.values}
        experiment = self._experiment
        attributes: dict[str, int | float | str | bytes] = {
            "identity": experiment.identity(),
            "asked": experiment.asked,
            "sources": json.dumps(dict(experiment.source_parts)),
            "experiment": experiment.to_yaml(),
            "seconds": self._seconds(),
            "observables": " ".join(self.series.reduced),
        }
        keep = experiment.checkpoint.keep
        self._post(WriteCheckpoint(self._directory.checkpoints, step, arrays, attributes, keep, self.path))

    def explain(self, error: NotFiniteError) -> NotFiniteError:
        """The same error with field, cell and step, found from the newest state that was copied."""
        state = {name: self._lent[f"state/{name}"].array for name in self._state}
        return first_not_finite(self._simulation, self._copied, state, error.step)

    def settle(self) -> bool:
        """Wait for the last checkpoint; whether it is on the disk."""
        self._hear(wait=True)
        return self._kept == self._simulation.step

    def finish(self) -> Group:
        """Write the last checkpoint and the result; returns the estimates. Raises StorageError."""
        batch, self._batch = self._batch, None
        with collected(batch):
            return self._finish()

    def _finish(self) -> Group:
        self.checkpoint()
        kept, step, time = self.settle(), self._simulation.step, self._simulation.time
        end = self._experiment.end_time
        if end is not None and time is not None and time > end:
            time = end
        self._lend(time)
        made, fields = self._result(step), field_history(self._experiment, self._directory, step, time)
        self._directory.stay()
        vtk = self._directory.vtk if self._experiment.output.vtk or self._directory.vtk.exists() else None
        self._writer.post(WriteRun(self._directory.result, made, fields, vtk))
        reply = self._writer.reply(None)
        if isinstance(reply, Failed):
            raise StorageError(f"the result could not be written: {reply.message}")
        if not kept:
            raise StorageError(f"{self.path}: the result is written, but its last checkpoint is not")
        if self.ended:
            self._directory.note("done", f"step {step} of {self.total}")
        else:
            self._directory.note("paused", f"step {step} of {self.total}: the end of run.max_walltime")
        return made.groups["estimates"]

    def note_progress(self, progress: Progress) -> None:
        """A line in the log after a second, then every ten: `status` reads them."""
        now = time.monotonic()
        if now < self._next_note:
            return
        self._next_note = now + NOTE_SECONDS
        latest = "".join(f", {name} {value:.9g}" for name, value in progress.latest.items())
        step = f"step {progress.step} of {progress.total}, {progress.sites_per_second:.4g} sites/s"
        left = "" if progress.seconds_left is None else f", {progress.seconds_left:.0f} s left"
        self._directory.note("progress", f"{step}{left}{latest}")

    def _publish(self) -> None:
        """From here on every file is durable as soon as it is written."""
        batch, self._batch = self._batch, None
        if batch is not None and (error := publish([batch])[0]) is not None:
            raise error

    def _snapshot(self, mark: int, moment: float) -> None:
        """Write the fields at a moment: a step, or a time up to that of the state."""
        self._publish()
        self._hear(wait=True)
        self._directory.stay()
        self._lend(moment)
        arrays = {f"state/{name}": f"state/{name}" for name in self._snapshots.arrays}
        self._writer.post(WriteCheckpoint(self._directory.snapshots, mark, arrays, {"moment": moment}, home=self.path))
        reply = self._writer.reply(None)
        if isinstance(reply, Failed):
            raise StorageError(f"a snapshot could not be written: {reply.message}")
        if self._experiment.end_time is not None:
            self._copy_state()

    def _lend(self, moment: float | None) -> None:
        """The state for the writer; where a moment lies before it, as adaptive steps do, what it was then.

        And what is made of the state for snapshots alone.
        """
        self._copy_state()
        time = self._simulation.time
        if self._experiment.end_time is not None and time is not None and moment is not None and moment < time:
            then = self._simulation.interpolated(moment)
            made = self._simulation.express_at(moment, then)
        else:
            self._simulation.express()
            then, made = {}, self._simulation.arrays(self._simulation.program.expressed)
        for name, array in {**then, **made}.items():
            if f"state/{name}" in self._lent:
                self._lent[f"state/{name}"].array[...] = array

    def _copy_state(self) -> None:
        for name, array in self._simulation.state().items():
            self._lent[f"state/{name}"].array[...] = array
        self._copied = self._simulation.step

    def _post(self, request: WriteCheckpoint) -> None:
        self._directory.stay()
        self._pending = request.step
        self._writer.post(request)

    def _hear(self, *, wait: bool) -> None:
        """Take the writer's answer about the last checkpoint, if it is there."""
        reply = self._writer.reply(None if wait else 0.0)
        if isinstance(reply, Failed):
            self._say(f"checkpoint of step {self._pending} not written: {reply.message}; trying again at the next one")
        elif reply is not None:
            assert self._pending is not None
            self._kept = self._pending
            self._directory.note("checkpoint", f"step {self._kept}, {reply.bytes} bytes, {reply.seconds:.3f} s")

    def _look(self, *, quiet: bool = False) -> None:
        """Whether the thermalisation is over."""
        thermal = self._thermalization
        if thermal.found is None and (found := thermal.look(self.series, self._simulation.step)) is not None:
            self._simulation.tuning = found
            if quiet:
                return
            if thermal.given_up:
                self._say(f"not thermalised: an observable still drifts after {found} sweeps, all that it was given")
            else:
                self._directory.note("thermalized", f"step {found}")

    def _seconds(self) -> float:
        return self._seconds_before + self._provenance.seconds()

    def _result(self, step: int) -> Result:
        attributes = {
            "workers": self._simulation.workers,
            "wall_time": self._seconds(),
            **self._provenance.attributes(),
        }
        return result(self._experiment, self.series, step, attributes)
