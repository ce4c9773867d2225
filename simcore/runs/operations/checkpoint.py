"""Checkpoints every n steps, or seconds."""

from __future__ import annotations

from simcore.runs.operations.operation import Operation
from simcore.runs.recorded_run import RecordedRun
from simcore.runs.triggers import every


class WriteCheckpoints(Operation):
    """As `checkpoint.every` says; one that is due while the writer is busy waits for the next time."""

    def __init__(self, run: RecordedRun) -> None:
        self.trigger = every(run.experiment.checkpoint.every)

    def act(self, run: RecordedRun) -> None:
        """Begin to write one."""
        if not run.lending.writer.busy:
            run.write_checkpoint()
            self.trigger.begin_anew()
