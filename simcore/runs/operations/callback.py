"""A user's function, called at the steps that the user names."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from simcore.errors import CallbackError
from simcore.runs.callbacks import Callback, StepView
from simcore.runs.operations.arrays import read_only
from simcore.runs.operations.operation import Operation
from simcore.runs.recorded_run import RecordedRun
from simcore.runs.result_names import returned_name_fault


class CallFunction(Operation):
    """Calls it with a read-only view of the run, and keeps the numbers that it returns."""

    def __init__(self, run: RecordedRun, callback: Callback, label: str) -> None:
        self._callback, self._label = callback, label
        self.trigger = callback.trigger(run.experiment)

    def act(self, run: RecordedRun) -> None:
        """Call it. Raises CallbackError."""
        view = view_of(run)
        try:
            found = self._callback.function(view)
        except Exception as error:
            run.checkpoints.hear(wait=True)
            step = run.checkpoints.kept
            kept = f"the checkpoint of step {step} is kept" if step >= 0 else "no checkpoint had been written"
            what = " ".join(f"{type(error).__name__}: {error}".splitlines())
            raise CallbackError(f"the callback {self._label} failed at step {run.step}: {what} ({kept})") from error
        if found is not None:
            run.returned.add(self._label, run.step, self._numbers(run, found))

    def _numbers(self, run: RecordedRun, found: Any) -> dict[str, float]:
        """What was returned, if it can become series. Raises CallbackError."""
        if not isinstance(found, Mapping):
            raise self._refusal(run, f"it returned {found!r:.60}; a callback returns None or a dict of numbers")
        if found and run.step % run.simulation.every:
            every = run.simulation.every
            raise self._refusal(
                run,
                f"it returned numbers, and this step is not measured: series have the multiples of run.measure_every "
                f"= {every}; call it at these, or return None at others",
            )
        for name in found:
            if fault := self._fault_of(run, name, [*found]):
                raise self._refusal(run, fault)
        return {name: self._number(run, name, value) for name, value in found.items()}

    def _fault_of(self, run: RecordedRun, name: Any, together: list[Any]) -> str:
        """What is wrong with a name; empty if nothing is."""
        owner = run.returned.owner(name) if isinstance(name, str) else None
        if owner == self._label:
            return ""
        if owner is not None:
            return f"'{name}' is what the callback {owner} returns; choose another name"
        if self._callback.names and name not in self._callback.names:
            return f"it returned '{name}' and declares names={list(self._callback.names)}"
        others = [*(other for names in run.returned.owners().values() for other in names), *together]
        return returned_name_fault(name, run.experiment.observables, run.experiment.derived, others)

    def _number(self, run: RecordedRun, name: str, value: Any) -> float:
        array = np.asarray(value)
        if array.shape != () or array.dtype.kind not in "biuf":
            kind = f"type {type(value).__name__}" if array.shape == () else f"shape {array.shape}"
            raise self._refusal(run, f"'{name}' must be one real number, not a value of {kind}")
        return float(array)

    def _refusal(self, run: RecordedRun, text: str) -> CallbackError:
        return CallbackError(f"the callback {self._label} at step {run.step}: {text}")


def view_of(run: RecordedRun) -> StepView:
    """What a callback sees now."""
    simulation = run.simulation
    names = [array.name for array in simulation.program.arrays if not array.work]
    arrays = {name: read_only(array) for name, array in simulation.arrays(names).items()}
    observables: dict[str, float | np.ndarray] = {**run.series.latest(), **run.series.latest_arrays()}
    return StepView(run.step, simulation.time, MappingProxyType(arrays), MappingProxyType(observables))
