"""How the spins start: ordered, random (of a given composition, too), all with one value, or from a file."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Annotated, Any

import numpy as np
from pydantic import BeforeValidator, PlainSerializer, ValidationInfo, WithJsonSchema

from simcore.config import hint
from simcore.errors import InvalidValueError
from simcore.models.array_file import SCHEMA, ArrayFile
from simcore.models.spins.composition import COMPOSITION_SCHEMA, KEY, Composition
from simcore.models.spins.geometry import Geometry
from simcore.models.spins.spin import Spin, States, Vector
from simcore.random import Stream

NAMED = ("ordered", "random")
PATH = "model.initial"

Value = tuple[float, ...]


def _read(value: object, info: ValidationInfo) -> object:
    if isinstance(value, Mapping):
        if KEY in value:
            return Composition.read(value)
        return ArrayFile.read(value, (info.context or {}).get("directory", "."))
    if _is_number(value):
        return (float(value),)  # type: ignore[arg-type]
    if isinstance(value, Sequence) and not isinstance(value, str) and value and all(map(_is_number, value)):
        return tuple(map(float, value))
    if isinstance(value, ArrayFile | Composition) or value in NAMED:
        return value
    also = 'a number, the components of a vector, {file: start.npy} or {composition: {"-1": 0.5, "1": 0.5}}'
    raise ValueError(f"unknown start {value!r:.60}; {hint(str(value), NAMED)}, or {also}")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < float("inf")


def _written(start: Any) -> Any:
    if isinstance(start, tuple):
        return list(start) if len(start) > 1 else start[0]
    return start.keys() if isinstance(start, ArrayFile | Composition) else start


_NUMBER = {"type": "number"}
Start = Annotated[
    Any,
    BeforeValidator(_read),
    PlainSerializer(_written),
    WithJsonSchema(
        {"anyOf": [{"enum": list(NAMED)}, _NUMBER, {"type": "array", "items": _NUMBER}, SCHEMA, COMPOSITION_SCHEMA]}
    ),
]
"""The `initial` key of a model of spins."""


def start_spins(
    start: str | Value | ArrayFile | Composition, spin: Spin, geometry: Geometry
) -> np.ndarray | Callable[[Stream], np.ndarray]:
    """Spins as their arrays hold them, of shape (*shape, basis, components) or one that broadcasts to it.

    A function draws them if they are random. Raises InvalidValueError for values that no such spin has.
    """
    if start == "random":
        return partial(_drawn, spin, (*geometry.shape, geometry.basis))
    if isinstance(start, Composition):
        return _composed(start, spin, (*geometry.shape, geometry.basis))
    if isinstance(start, ArrayFile):
        if start.is_of_a_run and start.snapshot(PATH).kind == "checkpoint":
            reason = "a checkpoint holds spins as the kernels have them; take the result of the run"
            raise InvalidValueError(PATH, f"{start.file}: {reason}")
        axes = [length for length in (geometry.basis, spin.components) if length > 1]
        values = np.asarray(start.load((*geometry.shape, *axes), PATH), float)
        values = geometry.arranged(values.reshape(*geometry.shape, geometry.basis, spin.components))
    else:
        value = spin.ordered if start == "ordered" else start
        if len(value) != spin.components:
            wanted = f"a list of {spin.n} numbers" if isinstance(spin, Vector) else "one number"
            raise InvalidValueError(PATH, f"must be {wanted} for a spin of this kind, not {_written(value)}")
        values = np.array(value, float)
    try:
        return spin.stored(values)
    except ValueError as error:
        raise InvalidValueError(PATH, f"{start.file} {error}" if isinstance(start, ArrayFile) else f"{error}") from None


def refuse_uniform(start: str | Value | ArrayFile | Composition) -> None:
    """Raise InvalidValueError for a start in which all spins are equal, where an algorithm only exchanges them."""
    if not isinstance(start, Composition | ArrayFile) and start != "random":
        shown = "an ordered start" if start == "ordered" else f"a start with {_written(start)} everywhere"
        hints = 'random, {composition: {"-1": 0.5, "1": 0.5}} or {file: start.npy}'
        raise InvalidValueError(PATH, f"{shown} has no two spins to exchange; take {hints}")


def _composed(start: Composition, spin: Spin, shape: tuple[int, ...]) -> Callable[[Stream], np.ndarray]:
    if not isinstance(spin, States):
        raise InvalidValueError(
            PATH, f"{KEY} counts states, and a spin of {spin.kind} has none; random is what it can be"
        )
    try:
        start.counts(spin, math.prod(shape))
    except ValueError as error:
        raise InvalidValueError(PATH, f"{KEY} {error}") from None
    return partial(start.draw, spin, shape)


def _drawn(spin: Spin, shape: tuple[int, ...], stream: Stream) -> np.ndarray:
    return spin.random(shape, stream)
