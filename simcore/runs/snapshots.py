"""The fields over time: when they are kept, where they wait, and how they become `/fields`."""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from pathlib import Path

from simcore.models.function_transport import FromModules
from simcore.models.needed_modules import modules_of
from simcore.parallel.process import Parcel
from simcore.runs.directory import RunDirectory
from simcore.runs.experiment import Experiment
from simcore.spec.observables import Field
from simcore.storage.fields import FieldHistory, FieldSource
from simcore.storage.result import Variable


class Snapshots:
    """When fields are kept, and which. A snapshot has a mark, under which it is filed.

    The mark is the step; if steps are adaptive and times are given, it is the number of the time in their list.
    times, steps: when, one of them empty. start: whether the initial state is kept, under the mark 0.
    """

    def __init__(self, experiment: Experiment) -> None:
        fields = experiment.output.fields
        self.arrays = tuple(dict.fromkeys(name for field in experiment.fields for name in field.of))
        self.times: Sequence[float] = ()
        self.steps: Sequence[int] = ()
        self.start = fields.at_start
        if experiment.end_time is not None and (times := fields.times_to(experiment.end_time)):
            self.times = times
        else:
            dt = None if experiment.end_time is not None else experiment.dt
            self.steps = fields.marks(dt, experiment.total_steps)
            self.start = 0 in self.steps[:1]

    def times_within(self, after: float | None, until: float | None) -> list[tuple[int, float]]:
        """The marks and times of those beyond `after` and up to `until`."""
        if after is None or until is None:
            return []
        return [(mark, time) for mark, time in enumerate(self.times, 1) if after < time <= until]

    def marks_until(self, step: int, time: float | None) -> tuple[int, ...]:
        """The marks of all that are taken up to a step, or a time."""
        if self.times and time is not None:
            return tuple(range(0 if self.start else 1, bisect.bisect_right(self.times, time) + 1))
        return tuple(self.steps[: bisect.bisect_right(self.steps, step)])


def state_shape(experiment: Experiment) -> tuple[int, ...]:
    """The cells along each axis."""
    return tuple(experiment.description.shape)


def field_history(
    experiment: Experiment, directory: RunDirectory | None, step: int, time: float | None
) -> FieldHistory:
    """The fields of a run that is at `step`, and at `time` where it has one.

    directory: where snapshots lie; None if they are in memory.
    """
    description = experiment.description
    axes, places = description.axes, description.coordinates
    return FieldHistory(
        place=Path() if directory is None else directory.snapshots,
        marks=() if directory is None else Snapshots(experiment).marks_until(step, time),
        when="step" if time is None else "time",
        last=step if time is None else time,
        fields={field.name: _source(field, axes, experiment) for field in experiment.fields},
        labels={**_replicas(experiment), **{axis: Variable((axis,), places[axis], "1", axis) for axis in axes}},
    )


def _replicas(experiment: Experiment) -> dict[str, Variable]:
    """The coordinate of several replicas; nothing for one."""
    if experiment.systems == 1:
        return {}
    return dict(experiment.system_axis[1])


def _source(field: Field, axes: tuple[str, ...], experiment: Experiment) -> FieldSource:
    modules, systems = modules_of(experiment.model_class), experiment.systems
    assemble = None if field.assemble is None else Parcel(FromModules(modules, field.assemble))
    dims = (*((experiment.system_axis[0],) if systems > 1 else ()), *axes, *field.axes)
    several = systems if systems > 1 else 0
    return FieldSource(field.of, assemble, dims, field.unit, field.doc or field.name, several)
