"""Every operation of a run, one file and one line in `of` each; they act in this order."""

from __future__ import annotations

from collections.abc import Sequence

from simcore.runs.added_operations import ADDED
from simcore.runs.callbacks import Callback, labels
from simcore.runs.operations.adapt import AdaptLadder
from simcore.runs.operations.arrays import MeasureArrays
from simcore.runs.operations.callback import CallFunction
from simcore.runs.operations.checkpoint import WriteCheckpoints
from simcore.runs.operations.operation import Operation
from simcore.runs.operations.population import ResamplePopulation
from simcore.runs.operations.progress import LogProgress
from simcore.runs.operations.snapshots import TakeSnapshots
from simcore.runs.operations.stopping import EndAtGoal, EndAtLastStep, EndAtWallTime
from simcore.runs.operations.thermalization import EndThermalization
from simcore.runs.recorded_run import RecordedRun


def of(run: RecordedRun, callbacks: Sequence[Callback] = ()) -> list[Operation]:
    """The operations of a run, in the order in which they act at the end of a slice."""
    return [
        MeasureArrays(run),
        EndThermalization(run),
        *([] if run.experiment.population is None else [ResamplePopulation(run)]),
        *([] if run.experiment.tempering is None or not run.experiment.tempering.adapt else [AdaptLadder(run)]),
        EndAtLastStep(run),
        EndAtGoal(run),
        EndAtWallTime(run),
        *(CallFunction(run, callback, label) for callback, label in zip(callbacks, labels(callbacks), strict=True)),
        TakeSnapshots(run),
        WriteCheckpoints(run),
        *(ADDED[name](run) for name in run.experiment.run.operations),
        LogProgress(),
    ]
