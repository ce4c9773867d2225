"""The values of the arrays of a state before the first step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from simcore.errors import InvalidValueError
from simcore.random import Stream
from simcore.spec.arrays import JointStart
from simcore.spec.description import Description, Initial

DRAWS_OF_AN_ARRAY = 8  # bits


def start_values(
    description: Description, initial: Mapping[str, Initial], shape: tuple[int, ...], key: int
) -> Iterator[tuple[str, Any]]:
    """(name, values) of each array that is kept, in order. initial: what the description says of them.

    The stream of array number n begins at draw n * 256: two arrays that are started by one function hold different
    numbers. A `JointStart` has the stream of the first of its arrays, and is asked once. Raises InvalidValueError.
    """
    joint: dict[int, Mapping[str, Any]] = {}
    for number, array in enumerate(description.arrays):
        if array.work:
            continue
        stream = Stream(key, draw=number << DRAWS_OF_AN_ARRAY)
        values: Any = initial[array.name]
        if isinstance(values, JointStart):
            if id(values) not in joint:
                joint[id(values)] = values.make(stream)
            values = _of(joint[id(values)], array.name)
        elif callable(values):
            values = values(stream)
        if np.shape(values) not in (shape, ()):
            raise InvalidValueError(
                "model", f"the initial '{array.name}' has the shape {np.shape(values)}, not {shape}"
            )
        yield array.name, values


def _of(made: Any, name: str) -> Any:
    if not isinstance(made, Mapping) or name not in made:
        found = f"gives {', '.join(map(repr, made))}" if isinstance(made, Mapping) else f"is a {type(made).__name__}"
        raise InvalidValueError(
            "model", f"the joint start of '{name}' {found}: it must return the values of each array by name"
        )
    return made[name]
