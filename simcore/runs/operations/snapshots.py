"""Snapshots of the fields, as `output.fields` asks for them."""

from __future__ import annotations

from simcore.errors import StorageError
from simcore.runs.operations.operation import Operation
from simcore.runs.recorded_run import RecordedRun
from simcore.runs.running import Running
from simcore.runs.triggers import AtSteps, AtTimes, Trigger
from simcore.storage.writer import Failed, WriteCheckpoint


def due_at(run: Running) -> Trigger:
    """When the fields are kept."""
    times = run.snapshots.times
    return AtTimes(times) if times else AtSteps(run.snapshots.steps)


class TakeSnapshots(Operation):
    """Writes the fields at steps or, if steps are adaptive, at times."""

    def __init__(self, run: RecordedRun) -> None:
        self.trigger = due_at(run)

    def begin(self, run: Running) -> None:
        """Write the initial state, if it is asked for."""
        if isinstance(run, RecordedRun) and run.snapshots.start and run.step == 0:
            self._take(run, 0, 0.0)

    def act(self, run: RecordedRun) -> None:
        """Write what is due. Raises StorageError if it cannot be kept."""
        step, time = run.step, run.simulation.time
        if not run.snapshots.times:
            self._take(run, step, step if time is None else time)
        for mark, moment in run.snapshots.times_within(run.before, time):
            self._take(run, mark, moment)

    def _take(self, run: RecordedRun, mark: int, moment: float) -> None:
        """Write the fields at a moment: a step, or a time up to that of the state."""
        run.publish()
        run.checkpoints.hear(wait=True)
        run.directory.stay()
        run.lending.copy_at(moment)
        arrays = {f"state/{name}": f"state/{name}" for name in run.snapshots.arrays}
        place, writer = run.directory, run.lending.writer
        writer.post(WriteCheckpoint(place.snapshots, mark, arrays, {"moment": moment}, home=place.path))
        reply = writer.reply(None)
        if isinstance(reply, Failed):
            raise StorageError(f"a snapshot could not be written: {reply.message}")
        if run.experiment.end_time is not None:
            run.lending.copy()
