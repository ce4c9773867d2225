"""Callbacks of `simcore.run`: functions that are called between two steps, at steps that the user names.

simcore.run("heat.yaml", callbacks=[simcore.every(100, f), simcore.at(g, times=[1.0, 2.5])])
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from simcore.errors import UsageError
from simcore.runs.experiment import Experiment
from simcore.runs.result_names import returned_name_fault
from simcore.runs.sections import step_at
from simcore.runs.triggers import AtSteps, EverySteps

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class StepView:
    """The read-only view of a run after a step, for a callback; its arrays are valid during the call only.

    Args:
        step: steps made, including thermalisation.
        time: the current time; None for a model that counts sweeps.
        arrays: by name, the state without ghost cells, of the shape of the grid or lattice. They are views of the
            memory in which the run goes on: copy what is to be kept.
        observables: the newest measured values by name: those of this step if it is a multiple of
            `run.measure_every`; arrays are float64 of their shape. Empty before the first measurement.

    Example:
        >>> view = StepView(step=10, time=1.0, arrays={}, observables={"mean_u": 0.5})
        >>> view.observables["mean_u"]
        0.5
    """

    step: int
    time: float | None
    arrays: Mapping[str, np.ndarray]
    observables: Mapping[str, float | np.ndarray]


Function = Callable[[StepView], Mapping[str, float] | None]


@dataclass(frozen=True)
class Callback:
    """A function and when it is called, as `simcore.every` and `simcore.at` make it. names: those that it declares."""

    function: Function
    period: int | None = None
    steps: tuple[int, ...] | None = None
    times: tuple[float, ...] | None = None
    names: tuple[str, ...] = ()

    def __str__(self) -> str:
        name = getattr(self.function, "__name__", type(self.function).__name__)
        if self.period is not None:
            return f"every({self.period}, {name})"
        kind, given = ("times", self.times) if self.times is not None else ("steps", self.steps)
        return f"at({name}, {kind}=[{', '.join(f'{number:.12g}' for number in given or ())}])"

    def steps_in(self, experiment: Experiment) -> Sequence[int]:
        """The steps of `at`, ascending. Raises UsageError if a time of this experiment is no whole step."""
        if self.times is None:
            return sorted(set(self.steps or ()))
        if experiment.dt is None:
            raise UsageError(f"the callback {self}: this model counts sweeps and has no times; give steps")
        if experiment.end_time is not None:
            raise UsageError(f"the callback {self}: steps are adaptive and do not end at given times; give steps")
        try:
            return sorted({step_at(time, experiment.dt) for time in self.times})
        except ValueError as error:
            raise UsageError(f"the callback {self}: a time {error}") from None

    def trigger(self, experiment: Experiment) -> EverySteps | AtSteps:
        """When it is called. Raises UsageError."""
        return EverySteps(self.period) if self.period is not None else AtSteps(self.steps_in(experiment))


def every(steps: int, function: Function, *, names: Sequence[str] = ()) -> Callback:
    """Have `simcore.run` call a function every n steps.

    Args:
        steps: the function is called after multiples of this number of steps, including thermalisation.
        function: gets a `StepView`. It returns None, or a dict of numbers, which become series.
        names: the names that it returns, if they are to be checked before the run begins.

    Returns:
        A callback for `simcore.run(..., callbacks=[...])`.

    Raises:
        UsageError: `steps` is not an integer of at least 1, or the function cannot be called.

    Example:
        >>> import numpy as np
        >>> str(every(100, lambda view: {"spread": np.ptp(view.arrays["u"])}))
        'every(100, <lambda>)'
    """
    if not _is_whole(steps) or steps < 1:
        raise UsageError(f"every(steps, function): steps must be a whole number from 1, not {steps!r:.60}")
    return Callback(_callable(function), period=int(steps), names=_names(names))


def at(
    function: Function,
    *,
    steps: Sequence[int] | None = None,
    times: Sequence[float] | None = None,
    names: Sequence[str] = (),
) -> Callback:
    """Have `simcore.run` call a function after given steps, or at given times.

    Args:
        function: gets a `StepView`. It returns None, or a dict of numbers, which become series.
        steps: numbers of steps from 1, in any order.
        times: times, in place of steps; each a whole number of fixed steps.
        names: the names that it returns, if they are to be checked before the run begins.

    Returns:
        A callback for `simcore.run(..., callbacks=[...])`.

    Raises:
        UsageError: both or neither of `steps` and `times` are given, one of them is not above 0, or the function
            cannot be called.

    Example:
        >>> str(at(print, steps=[10, 200]))
        'at(print, steps=[10, 200])'
    """
    if (steps is None) == (times is None):
        raise UsageError("at(function, steps=[...]) or at(function, times=[...]): give one of steps and times")
    if steps is not None:
        steps = tuple(steps)
        if not steps or not all(_is_whole(step) and step >= 1 for step in steps):
            raise UsageError(f"at(function, steps=...): steps must be whole numbers from 1, not {list(steps)!r:.60}")
        return Callback(_callable(function), steps=tuple(map(int, steps)), names=_names(names))
    times = tuple(times or ())
    if not times or not all(_is_positive(time) for time in times):
        raise UsageError(f"at(function, times=...): times must be numbers above 0, not {list(times)!r:.60}")
    return Callback(_callable(function), times=tuple(map(float, times)), names=_names(names))


def checked(callbacks: Sequence[Callback], experiment: Experiment) -> tuple[Callback, ...]:
    """The callbacks of a run, before anything is created. Raises UsageError."""
    if isinstance(callbacks, Callback) or not isinstance(callbacks, Sequence):
        raise UsageError("callbacks: must be a list, as in callbacks=[simcore.every(100, f)]")
    if callbacks and experiment.systems > 1:
        raise UsageError(
            f"callbacks: they see one system, not {experiment.systems}; make a run with callbacks for each run.replica"
        )
    for callback in callbacks:
        if not isinstance(callback, Callback):
            raise UsageError(
                f"callbacks: must be made by simcore.every or simcore.at, as in simcore.every(100, f), not "
                f"{callback!r:.60}"
            )
        callback.trigger(experiment)
        for name in callback.names:
            if fault := returned_name_fault(name, experiment.observables, experiment.derived, ()):
                raise UsageError(f"the callback {callback}: {fault}")
    return tuple(callbacks)


def labels(callbacks: Sequence[Callback]) -> list[str]:
    """What each is called in messages and files: `every(100, f)`; `every(100, f) (2)` for a second of the same text."""
    texts = [str(callback) for callback in callbacks]
    counts = [texts[:number].count(text) for number, text in enumerate(texts)]
    return [f"{text} ({count + 1})" if count else text for text, count in zip(texts, counts, strict=True)]


def beyond_the_end(callbacks: Sequence[Callback], experiment: Experiment) -> list[str]:
    """A line for each callback that names steps which the run does not reach."""
    lines = []
    for callback in callbacks:
        late = [] if callback.period is not None else [*callback.steps_in(experiment)]
        late = [step for step in late if step > experiment.total_steps]
        if late:
            steps = f"step{'s' if len(late) > 1 else ''} {', '.join(map(str, late[:3]))}{' ...' if late[3:] else ''}"
            lines.append(f"the callback {callback}: the run ends at step {experiment.total_steps}, before {steps}")
    return lines


def _callable(function: Any) -> Function:
    if not callable(function):
        raise UsageError(f"a callback must be a function of one argument, not {function!r:.60}")
    return function


def _names(names: Any) -> tuple[str, ...]:
    if isinstance(names, str) or not all(isinstance(name, str) for name in names):
        raise UsageError(f"names: must be a list of texts, as in names=['width'], not {names!r:.60}")
    return tuple(names)


def _is_whole(value: Any) -> bool:
    if isinstance(value, bool):
        return False
    try:
        return value == int(value)
    except (TypeError, ValueError, OverflowError):
        return False


def _is_positive(value: Any) -> bool:
    try:
        return math.isfinite(value) and value > 0 and not isinstance(value, bool)
    except TypeError:
        return False
