"""How the spins start: ordered, random, or from a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Annotated, Any

import numpy as np
from pydantic import BeforeValidator, PlainSerializer, ValidationInfo, WithJsonSchema

from simcore.config import hint
from simcore.errors import Refusal
from simcore.models.arrayfile import SCHEMA, ArrayFile
from simcore.random import Stream

NAMED = ("ordered", "random")


def _read(value: object, info: ValidationInfo) -> object:
    if isinstance(value, Mapping):
        return ArrayFile.read(value, (info.context or {}).get("directory", "."))
    if isinstance(value, ArrayFile) or value in NAMED:
        return value
    raise ValueError(f"unknown start {value!r}; {hint(str(value), NAMED)}, or {{file: start.npy}}")


Start = Annotated[
    Any,
    BeforeValidator(_read),
    PlainSerializer(lambda start: start.keys() if isinstance(start, ArrayFile) else start),
    WithJsonSchema({"anyOf": [{"enum": list(NAMED)}, SCHEMA]}),
]
"""The `initial` key of a model of spins."""


def start_spins(start: str | ArrayFile, shape: tuple[int, ...]) -> np.ndarray | Callable[[Stream], np.ndarray]:
    """Spins -1 and 1 of that shape, int8, or a function that draws them; raises Refusal for a file of anything else."""
    if isinstance(start, ArrayFile):
        values = start.load(shape, "model.initial")
        if not np.isin(values, (-1, 1)).all():
            raise Refusal("model.initial", f"{start.file} must hold nothing but the spins -1 and 1")
        return values.astype(np.int8)
    return np.broadcast_to(np.int8(1), shape) if start == "ordered" else partial(_random_spins, shape)


def _random_spins(shape: tuple[int, ...], stream: Stream) -> np.ndarray:
    return np.where(stream.uniform(shape) < 0.5, -1, 1).astype(np.int8)
