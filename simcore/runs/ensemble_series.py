"""The series of several replicas in one run: each replica has its own, over the same steps."""

from __future__ import annotations

import numpy as np

from simcore.errors import CheckpointError
from simcore.runs.array_series import restore_arrays
from simcore.runs.experiment import Experiment
from simcore.runs.series import Series
from simcore.runs.walk import Walk
from simcore.storage.checkpoint import Checkpoint

WALK = "series/walk"


class EnsembleSeries(Series):
    """The samples of every replica. members: the series of each, as that of the run alone would be.

    values: float64, (replicas, samples, reduced observables).
    """

    def __init__(self, experiment: Experiment) -> None:
        super().__init__(experiment.observables)
        self.members = [Series(member.observables, member.array_observables) for member in experiment.members]
        self.walk = Walk(experiment.systems) if experiment.on_ladder else None

    def extend(self, steps: np.ndarray, values: np.ndarray) -> None:
        """Add samples, in order of step; values: (replicas, samples, reduced observables)."""
        for member, own in zip(self.members, values, strict=True):
            member.extend(steps, own)

    @property
    def steps(self) -> np.ndarray:
        return self.members[0].steps

    @property
    def values(self) -> np.ndarray:
        return np.stack([member.values for member in self.members])

    def times(self, dt: float) -> np.ndarray:
        """The time of each sample."""
        return self.members[0].times(dt)

    def columns(self, last: int | None = None, *, hidden: bool = False) -> dict[str, np.ndarray]:
        """Each observable by name, of shape (replicas, samples)."""
        every = [member.columns(last, hidden=hidden) for member in self.members]
        return {name: np.stack([columns[name] for columns in every]) for name in every[0]}

    def newest(self, observable: str) -> float:
        """The mean over the replicas of the newest value of an observable that is reduced in the workers."""
        return float(np.mean([member.newest(observable) for member in self.members]))

    def latest(self) -> dict[str, float]:
        """The newest value of each observable, as the mean over the replicas; nothing before the first sample."""
        columns = self.columns(last=1)
        return {name: float(np.mean(column[:, -1])) for name, column in columns.items() if column.shape[1]}


def series_of(experiment: Experiment) -> Series:
    """The empty series of an experiment."""
    return EnsembleSeries(experiment) if experiment.systems > 1 else Series.of(experiment)


def restored_series(experiment: Experiment, checkpoint: Checkpoint) -> Series:
    """The series of a checkpoint. Raises CheckpointError if it measures something else."""
    series = series_of(experiment)
    if checkpoint.attributes["observables"] != " ".join(series.reduced):
        raise CheckpointError(f"the checkpoint of step {checkpoint.step} holds other observables")
    restore_arrays([one.arrays for one in series.members], checkpoint)
    series.extend(checkpoint.arrays["series/step"].copy(), checkpoint.arrays["series/values"].copy())
    if series.walk is not None:
        if WALK not in checkpoint.arrays:
            raise CheckpointError(f"the checkpoint of step {checkpoint.step} does not hold the walk over the ladder")
        series.walk.extend(checkpoint.arrays[WALK].copy())
    return series
