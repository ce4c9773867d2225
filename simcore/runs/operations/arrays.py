"""The observables that are arrays: functions of Python, called at every measurement."""

from __future__ import annotations

import numpy as np

from simcore.errors import MeasurementError
from simcore.runs.operations.operation import Operation
from simcore.runs.running import Running
from simcore.runs.triggers import EverySteps
from simcore.spec.observables import ArrayObservable


class MeasureArrays(Operation):
    """Works them out from the state, between two slices, in this process; it ends a slice at every measurement."""

    def __init__(self, run: Running) -> None:
        self._measured = [one for one in run.experiment.array_observables if not one.samples]
        if self._measured:
            self.trigger = EverySteps(run.simulation.every)
        self._names = tuple(dict.fromkeys(name for one in self._measured for name in one.of))

    def act(self, run: Running) -> None:
        """Measure. Raises MeasurementError if a function fails, or returns what its dimensions do not say."""
        simulation = run.simulation
        if simulation.program.expressed and any(name in simulation.program.expressed for name in self._names):
            simulation.express()
        every = {name: read_only(array) for name, array in simulation.arrays(self._names).items()}
        for replica, series in enumerate(run.series.members):
            arrays = simulation.of_replica(replica, every)
            series.arrays.add({one.name: measured(one, arrays, run.step) for one in self._measured})


def measured(one: ArrayObservable, arrays: dict[str, np.ndarray], step: int) -> np.ndarray:
    """The value of an observable, float64. Raises MeasurementError."""
    where = f"the observable '{one.name}' at step {step}"
    try:
        found = np.asarray(one.value(*(arrays[name] for name in one.of)))
    except Exception as error:
        what = " ".join(f"{type(error).__name__}: {error}".splitlines())
        raise MeasurementError(f"{where} failed: {what}") from error
    if found.shape != one.shape or found.dtype.kind not in "biuf":
        dims = ", ".join(f"{dim}: {len(places)}" for dim, places in one.dims)
        raise MeasurementError(
            f"{where} must be real numbers of shape {one.shape} ({dims}), not {found.dtype} of shape {found.shape}"
        )
    return found.astype(np.float64)


def read_only(array: np.ndarray) -> np.ndarray:
    """A view that nobody can make writeable."""
    return np.asarray(array.data.toreadonly())
