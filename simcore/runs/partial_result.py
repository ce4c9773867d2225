"""The result that a run would have if it ended at one of its checkpoints."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from simcore.runs.directory import RunDirectory
from simcore.runs.ensemble_series import restored_series
from simcore.runs.experiment import Experiment, resolve
from simcore.runs.result_contents import result
from simcore.runs.resuming import recorded_experiment
from simcore.runs.returned import restored_numbers
from simcore.runs.simulation import LADDER, LADDER_VALUES, STEPPER
from simcore.runs.snapshots import field_history
from simcore.storage.checkpoint import Checkpoint
from simcore.storage.fields import FieldHistory
from simcore.storage.result import Result


@dataclass(frozen=True)
class Unfinished:
    """A run at a checkpoint. result: its series and estimates. fields: what its snapshots are made of, of which none
    is read yet. final: the arrays of the state that the last of the fields is made of.
    """

    result: Result
    fields: FieldHistory
    final: Mapping[str, np.ndarray]


def at_checkpoint(path: Path, checkpoint: Checkpoint) -> Unfinished:
    """The run in `path`, at `checkpoint`. Raises UsageError, ExperimentError."""
    directory = RunDirectory(path)
    experiment = resolve(recorded_experiment(directory))
    series = restored_series(experiment, checkpoint)
    returned, attributes = restored_numbers(checkpoint), {"wall_time": float(checkpoint.attributes["seconds"])}
    ladder = checkpoint.arrays.get(f"state/{LADDER}")
    if ladder is not None:
        experiment = experiment.adapted(checkpoint.arrays[f"state/{LADDER_VALUES}"])
    state = {name.removeprefix("state/"): array for name, array in checkpoint.arrays.items()}
    made = result(experiment, series, checkpoint.step, attributes, returned, ladder, state)
    fields = field_history(experiment, directory, checkpoint.step, _time(experiment, checkpoint))
    final = {name: state[name] for name in fields.arrays if name in state}
    return Unfinished(made, fields, final)


def _time(experiment: Experiment, checkpoint: Checkpoint) -> float | None:
    if experiment.end_time is not None:
        return float(checkpoint.arrays[f"state/{STEPPER}"][0])
    return None if experiment.dt is None else checkpoint.step * experiment.dt
