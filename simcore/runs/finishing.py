"""The end of a run: its last checkpoint and its result."""

from __future__ import annotations

from collections.abc import Callable

from simcore.errors import StorageError
from simcore.runs.recorded_run import RecordedRun
from simcore.runs.result_contents import result
from simcore.runs.simulation import LISTENING, PATIENCE
from simcore.runs.snapshots import field_history
from simcore.storage.result import Group
from simcore.storage.together import collected
from simcore.storage.writer import Failed, WriteRun


def settled(run: RecordedRun) -> bool:
    """Write a checkpoint of the last step and wait for it; whether it is on the disk."""
    run.write_checkpoint()
    run.checkpoints.hear(wait=True)
    return run.checkpoints.kept == run.step


class WriteInterruptedError(Exception):
    """A signal came while the result was written, and its checkpoint is on the disk."""


def finish(run: RecordedRun, told_to_stop: Callable[[], bool] = lambda: False) -> Group:
    """Write the last checkpoint and the result; returns the estimates, those pooled over several replicas.

    Raises StorageError; WriteInterruptedError if `told_to_stop()` and writing still goes on after a second.
    """
    batch, run.batch = run.batch, None
    with collected(batch):
        return _finish(run, told_to_stop)


def _finish(run: RecordedRun, told_to_stop: Callable[[], bool]) -> Group:
    run.write_checkpoint()
    step, time = run.step, run.simulation.time
    experiment, directory, end = run.experiment, run.directory, run.experiment.end_time
    if end is not None and time is not None and time > end:
        time = end
    attributes = {"workers": run.simulation.workers, "wall_time": run.seconds, **run.provenance.attributes()}
    ladder = run.simulation.ladder
    # while the checkpoint is written
    made = result(experiment, run.series, step, attributes, run.returned, ladder, run.simulation.state())
    run.checkpoints.hear(wait=True)
    kept = run.checkpoints.kept == step
    run.lending.copy_at(time)
    fields = field_history(experiment, directory, step, time)
    directory.stay()
    vtk = directory.vtk if experiment.output.vtk or directory.vtk.exists() else None
    writer = run.lending.writer
    writer.post(WriteRun(directory.result, made, fields, vtk))
    patience = PATIENCE
    while (reply := writer.reply(LISTENING)) is None:
        patience -= LISTENING * told_to_stop()
        if patience < 0 and kept:
            writer.kill()
            raise WriteInterruptedError
    if isinstance(reply, Failed):
        raise StorageError(f"the result could not be written: {reply.message}")
    if not kept:
        raise StorageError(f"{directory.path}: the result is written, but its last checkpoint is not")
    run.note_end()
    return made.groups.get("pooled", made.groups["estimates"])
