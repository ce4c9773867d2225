"""An empty result before the first step: what could fail when the result is written fails here, and costs nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from graphlib import CycleError, TopologicalSorter
from typing import Any

import numpy as np

from simcore.config import hint
from simcore.errors import InvalidValueError
from simcore.runs.experiment import Experiment
from simcore.runs.result_names import check_fields
from simcore.spec.description import Description
from simcore.spec.observables import Derived, Field, Observable
from simcore.storage.fields import BEHIND_OF_VTK

MOST_CELLS = 2**22
"""More cells are not put together for a trial."""

_TRIES = (np.array([0.25, 0.5]), np.array([1.0, 2.0]))


def rehearse(experiment: Experiment) -> None:
    """Names, shapes and types of all that the result will hold. Raises InvalidValueError.

    The functions of a model of simcore's own are not called: they have their tests.
    """
    description = experiment.description
    shape, axes, arrays = description.shape, description.axes, description.arrays
    check_fields(experiment.model, experiment.fields, {array.name: array for array in arrays}, axes)
    if experiment.output.vtk:
        _check_vtk(experiment.fields)
    _check_coordinates(description, axes, shape)
    _check_texts([*experiment.observables, *experiment.derived, *experiment.fields])
    _check_needs(experiment.observables, experiment.derived)
    if not experiment.source:
        return
    for one in experiment.observables:
        if one.of and callable(one.value):
            _try_function(one.name, one.value, len(one.of))
    dtypes = {array.name: np.dtype(array.dtype) for array in arrays}
    for field in experiment.fields:
        _try_field(field, shape, dtypes)


def _check_vtk(fields: Sequence[Field]) -> None:
    for field in fields:
        if field.axes not in BEHIND_OF_VTK:
            known = " or ".join(str(list(axes)) for axes in BEHIND_OF_VTK)
            reason = f"has the axes {list(field.axes)} beyond x, y, z, and VTK shows {known}"
            raise InvalidValueError("output.vtk", f"the field '{field.name}' {reason}")


def _check_coordinates(description: Description, axes: Sequence[str], shape: Sequence[int]) -> None:
    for axis, numbers in description.coordinates.items():
        if axis not in axes:
            raise InvalidValueError(
                "model", f"coordinates() gives '{axis}', which is no axis of the state; {hint(axis, axes)}"
            )
        cells, found = shape[axes.index(axis)], np.shape(numbers)
        if found != (cells,) or np.asarray(numbers).dtype.kind not in "biuf":
            raise InvalidValueError("model", f"coordinates()['{axis}'] must be {cells} real numbers, not {found}")


def _check_texts(every: Iterable[Observable | Derived | Field]) -> None:
    for one in every:
        for part in ("unit", "doc"):
            if not isinstance(text := getattr(one, part), str):
                raise InvalidValueError("model", f"the {part} of '{one.name}' must be text, not {text!r:.60}")


def _check_needs(observables: Sequence[Observable], derived: Sequence[Derived]) -> None:
    """What is made of other observables names such as there are, in any order."""
    known = [one.name for one in observables]
    for one in observables:
        for name in one.of:
            if name not in known or name == one.name:
                raise InvalidValueError(
                    "model", f"the observable '{one.name}' is made of '{name}'; {hint(name, known)}"
                )
    try:
        TopologicalSorter({one.name: one.of for one in observables}).prepare()
    except CycleError as error:
        circle = " is made of ".join(f"'{name}'" for name in reversed(error.args[1]))
        raise InvalidValueError("model", f"observables are made of each other in a circle: {circle}") from None
    for each in derived:
        for name, power in each.moments:
            if name not in known:
                raise InvalidValueError(
                    "model", f"'{each.name}' follows from the means of '{name}'; {hint(name, known)}"
                )
            if not isinstance(power, int):
                raise InvalidValueError(
                    "model", f"'{each.name}' takes '{name}' to the power {power!r:.60}, no whole number"
                )


def _try_function(name: str, function: Callable[..., Any], arguments: int) -> None:
    found = _tried(f"the observable '{name}'", function, [[values] * arguments for values in _TRIES])
    if np.shape(found) != (2,) or np.asarray(found).dtype.kind not in "biuf":
        raise InvalidValueError(
            "model", f"the observable '{name}' must be one real number for each sample; for two, {_kind(found)}"
        )


def _try_field(field: Field, shape: tuple[int, ...], dtypes: dict[str, np.dtype]) -> None:
    if field.assemble is None or np.prod(shape, dtype=float) > MOST_CELLS:
        return
    tries = ([np.full(shape, value, dtypes[name]) for name in field.of] for value in (0, 1))
    found = _tried(f"the field '{field.name}'", field.assemble, tries)
    if np.ndim(found) != len(shape) + len(field.axes) or np.shape(found)[: len(shape)] != shape:
        beyond = f" and one axis more for each of {', '.join(field.axes)}" if field.axes else ""
        raise InvalidValueError(
            "model", f"assemble of '{field.name}' must return the shape {shape}{beyond}, not {np.shape(found)}"
        )
    if np.asarray(found).dtype.kind not in "biufc":
        raise InvalidValueError("model", f"assemble of '{field.name}' must return numbers: {_kind(found)}")


def _tried(what: str, function: Callable[..., Any], tries: Iterable[Sequence[Any]]) -> Any:
    """The value for the first arguments that it takes; a function that takes none of them is refused."""
    for arguments in tries:
        try:
            with np.errstate(all="ignore"):
                return function(*arguments)
        except Exception as error:
            failure = error
    raise InvalidValueError("model", f"{what} cannot be computed: {type(failure).__name__}: {failure}") from failure


def _kind(value: Any) -> str:
    return f"it is of type {np.asarray(value).dtype} and shape {np.shape(value)}"
