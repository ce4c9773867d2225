"""The observables over time, as they come in."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from simcore.runs.array_series import ArraySeries
from simcore.runs.experiment import Experiment
from simcore.runs.walk import Walk
from simcore.spec.observables import ArrayObservable, Observable


class Series:
    """Samples of the observables that are reduced in the workers, and those that follow from them sample by sample.

    steps: int64, (samples,). values: float64, (samples, reduced observables), and the time behind them where `timed`
    (steps are adaptive). arrays: the observables that are arrays.
    members: of several replicas the series of each, else this one. walk: of a ladder.
    """

    walk: Walk | None = None

    def __init__(
        self, observables: Sequence[Observable], arrays: Sequence[ArrayObservable] = (), *, timed: bool = False
    ) -> None:
        self._observables = tuple(observables)
        self.reduced = tuple(o.name for o in observables if not o.of)
        self.arrays = ArraySeries(arrays)
        self.members: list[Series] = [self]
        self._timed = timed
        self._steps = [np.empty(0, np.int64)]
        self._values = [np.empty((0, len(self.reduced) + timed))]

    @classmethod
    def of(cls, experiment: Experiment) -> Series:
        """The empty series of an experiment."""
        return cls(experiment.observables, experiment.array_observables, timed=experiment.end_time is not None)

    def extend(self, steps: np.ndarray, values: np.ndarray) -> None:
        """Add samples, in order of step."""
        if len(steps):
            self._steps.append(steps)
            self._values.append(values)

    @property
    def steps(self) -> np.ndarray:
        self._steps = [np.concatenate(self._steps)]
        return self._steps[0]

    @property
    def values(self) -> np.ndarray:
        self._values = [np.concatenate(self._values)]
        return self._values[0]

    def times(self, dt: float) -> np.ndarray:
        """The time of each sample: the step times `dt`, where that is fixed."""
        return self.values[:, -1] if self._timed else self.steps * dt

    def columns(self, last: int | None = None, *, hidden: bool = False) -> dict[str, np.ndarray]:
        """Each observable by name, in the order of the model; if asked, only the `last` samples, hidden ones too."""
        values = self.values if last is None else self._values[-1][-last:]
        known = {name: values[:, column] for column, name in enumerate(self.reduced)}
        waiting = [observable for observable in self._observables if observable.of and callable(observable.value)]
        while waiting:  # one that is made of another may stand before it
            ready = [observable for observable in waiting if known.keys() >= set(observable.of)]
            assert ready, f"no value of {', '.join(one.name for one in waiting)}"
            for observable in ready:
                assert callable(observable.value)
                known[observable.name] = np.asarray(observable.value(*(known[name] for name in observable.of)))
            waiting = [observable for observable in waiting if observable.name not in known]
        return {one.name: known[one.name] for one in self._observables if hidden or not one.hidden}

    def newest(self, observable: str) -> float:
        """The newest value of an observable that is reduced in the workers, hidden or not."""
        return float(self._values[-1][-1, self.reduced.index(observable)])

    def latest(self) -> dict[str, float]:
        """The newest value of each observable; nothing before the first sample."""
        return {name: float(column[-1]) for name, column in self.columns(last=1).items() if len(column)}

    def array_columns(self) -> dict[str, np.ndarray]:
        """Each observable that is an array by name, (samples, *shape)."""
        return self.arrays.columns(lambda: self.columns(hidden=True), len(self.steps))

    def latest_arrays(self) -> dict[str, np.ndarray]:
        """The newest value of each of them; nothing before the first sample."""
        if not self.arrays.observables or not len(self.steps):
            return {}
        return self.arrays.latest(self.columns(last=1, hidden=True))
