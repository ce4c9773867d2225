"""The fields over time: when they are kept, where they wait, and how they become `/fields`."""

from __future__ import annotations

import bisect
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from simcore.engine.directory import RunDirectory
from simcore.engine.experiment import Experiment
from simcore.storage.checkpoint import checkpoint_steps, read_checkpoint
from simcore.storage.result import Group, Variable


class Snapshots:
    """The steps at which fields are kept, and which."""

    def __init__(self, experiment: Experiment) -> None:
        fields = experiment.output.fields
        self._steps = fields.steps(experiment.dt, experiment.total_steps)
        self.names = fields.names or tuple(array.name for array in experiment.model.state())

    def next_step(self, step: int) -> int | None:
        """The first such step beyond `step`."""
        place = bisect.bisect_right(self._steps, step)
        return self._steps[place] if place < len(self._steps) else None

    def falls_on(self, step: int) -> bool:
        return step in self._steps

    def until(self, step: int) -> tuple[int, ...]:
        return tuple(self._steps[: bisect.bisect_right(self._steps, step)])


@dataclass(frozen=True)
class FieldHistory:
    """What `/fields` is made of.

    place: where the snapshots lie. steps: those that belong to it, ascending. last: the step of the final state.
    variables: dimensions behind time, unit and meaning of each field. labels: coordinates along the axes.
    """

    place: Path
    steps: tuple[int, ...]
    last: int
    dt: float | None
    variables: Mapping[str, tuple[tuple[str, ...], str, str]]
    labels: Mapping[str, Variable]

    def group(self, final: Mapping[str, np.ndarray]) -> Group:
        """Read the snapshots and put the final state behind them. Raises CheckpointError where one is damaged."""
        present = set(checkpoint_steps(self.place))
        steps = [step for step in self.steps if step in present and step < self.last]
        snapshots = [read_checkpoint(self.place / f"step-{step}.h5").arrays for step in steps]
        numbers = np.array([*steps, self.last], np.int64)
        when = "step" if self.dt is None else "time"
        moments = numbers if self.dt is None else numbers * self.dt
        variables = {
            name: Variable(
                (when, *dims), np.stack([*(arrays[f"state/{name}"] for arrays in snapshots), final[name]]), unit, doc
            )
            for name, (dims, unit, doc) in self.variables.items()
        }
        return Group(variables, {when: Variable((when,), moments, "1", when), **self.labels})


def field_history(experiment: Experiment, directory: RunDirectory, step: int) -> FieldHistory:
    """The fields of a run that is at `step`."""
    model, wanted = experiment.model, Snapshots(experiment)
    arrays = {array.name: array for array in model.state() if array.name in wanted.names}
    shape = next(iter(arrays.values())).shape
    axes = model.axes[: len(shape)]
    places = {axis: np.arange(n) for axis, n in zip(axes, shape, strict=True)} | dict(model.coordinates())
    return FieldHistory(
        place=directory.snapshots,
        steps=wanted.until(step),
        last=step,
        dt=experiment.dt,
        variables={name: (axes, array.unit, array.doc or name) for name, array in arrays.items()},
        labels={axis: Variable((axis,), places[axis], "1", axis) for axis in axes},
    )
