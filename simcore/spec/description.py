"""What a model says of itself: each question asked once, and no data kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cached_property
from types import MappingProxyType
from typing import Any

import numpy as np

from simcore.spec.arrays import JointStart, StateArray
from simcore.spec.model import Model
from simcore.spec.observables import ArrayObservable, Derived, Field, Observable
from simcore.spec.phases import Adaptive, AnyPhase, Measurement, Refilled, Scheduled, Tuned

Initial = np.ndarray | Callable[..., np.ndarray] | JointStart | None


class Description:
    """The description of one model, immutable: compiler, runs, sweeps, analysis and commands read it.

    A question is put to the model when its answer is first read, and never again. The arrays are described without
    their initial values (`initial` is None): `initial_values` hands these out, and keeps none.
    """

    def __init__(self, model: Model) -> None:
        self.model = model
        self._initial: Mapping[str, Initial] | None = None

    def __reduce__(self) -> tuple[type[Description], tuple[Model]]:
        """A copy in another process asks its own model: answers hold functions that no pickle takes."""
        return type(self), (self.model,)

    @property
    def name(self) -> str:
        """The name of the model's class."""
        return type(self.model).__name__

    @property
    def parameters(self) -> Mapping[str, Any]:
        """The values of the model's parameters by name."""
        return MappingProxyType(dict(self.model.parameters))

    @property
    def axes(self) -> tuple[str, ...]:
        """The names of the axes of the state."""
        return self.model.axes[: len(self.shape)]

    @property
    def shape(self) -> tuple[int, ...]:
        """The cells along each axis of the state; empty if the state has no arrays."""
        return tuple(self.arrays[0].shape) if self.arrays else ()

    @cached_property
    def arrays(self) -> tuple[StateArray, ...]:
        """The arrays of the state."""
        state = tuple(self.model.state())
        self._initial = {array.name: array.initial for array in state}
        return tuple(replace(array, initial=None) for array in state)

    def initial_values(self) -> Mapping[str, Initial]:
        """Of each array what `StateArray.initial` says: an array, a function that makes one, or a joint start.

        The first call gives what `state()` has returned; each further one asks the model anew.
        """
        _ = self.arrays
        initial, self._initial = self._initial, None
        return initial if initial is not None else {array.name: array.initial for array in self.model.state()}

    @cached_property
    def phases(self) -> tuple[AnyPhase, ...]:
        """What one step does, in order."""
        return tuple(self.model.phases())

    @cached_property
    def observables(self) -> tuple[Observable, ...]:
        """What the model measures of its own accord."""
        return tuple(self.model.observables())

    @cached_property
    def array_observables(self) -> tuple[ArrayObservable, ...]:
        """The arrays that the model measures of its own accord."""
        return tuple(self.model.array_observables())

    @cached_property
    def derived(self) -> tuple[Derived, ...]:
        """What follows from means."""
        return tuple(self.model.derived())

    @cached_property
    def tuned(self) -> tuple[Tuned, ...]:
        """The numbers that the thermalisation adjusts."""
        return tuple(self.model.tuned())

    @cached_property
    def scheduled(self) -> tuple[Scheduled | Refilled, ...]:
        """The constants that have another value in each step."""
        return tuple(self.model.scheduled())

    @cached_property
    def measurement(self) -> Measurement:
        """What is worked out before anything is measured."""
        return self.model.measurement()

    @cached_property
    def adaptive(self) -> Adaptive | None:
        """How the length of a step is chosen; None if it is fixed."""
        return self.model.adaptive()

    @cached_property
    def constants(self) -> Mapping[str, Any]:
        """Numbers and arrays that kernels may name beside the parameters, and never write."""
        return MappingProxyType(dict(self.model.constants()))

    @cached_property
    def coordinates(self) -> Mapping[str, np.ndarray]:
        """Where the cells lie along each axis of the state; the numbers of the cells if the model does not say it."""
        given = dict(self.model.coordinates())
        return {**{axis: np.arange(cells) for axis, cells in zip(self.axes, self.shape, strict=True)}, **given}

    @cached_property
    def result_fields(self) -> tuple[Field, ...]:
        """The fields of a result for which nothing has to be asked."""
        given = self.model.result_fields()
        if given is None:
            return tuple(_field_of(array) for array in self.arrays if not array.work and not array.hidden)
        return tuple(given)

    @cached_property
    def available_fields(self) -> Mapping[str, Field]:
        """By name the fields that `output.fields.names` may list: every array that is kept, too."""
        plain = [_field_of(array) for array in self.arrays if not array.work]
        return {field.name: field for field in (*plain, *self.model.optional_fields(), *self.result_fields)}

    @cached_property
    def rate_of_change(self) -> Observable | None:
        """The largest rate of change of any field; None if the model knows none."""
        return self.model.rate_of_change()

    @cached_property
    def remarks(self) -> tuple[tuple[str, str, bool], ...]:
        """(name, text, whether a run warns of it, too): lines about the model for `simcore plan`."""
        return tuple(self.model.remarks())

    @cached_property
    def known_times(self) -> Mapping[str, tuple[float, float]]:
        """By the dotted path of a key the first and the last time of its table."""
        return self.model.known_times()

    @cached_property
    def stability_limit(self) -> float | None:
        """The largest stable time step; None if none is known."""
        return self.model.stability_limit()


def _field_of(array: StateArray) -> Field:
    """The field that is one array as it is."""
    return Field(array.name, (array.name,), unit=array.unit, doc=array.doc)
