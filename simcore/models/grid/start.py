"""Where a field starts: a formula, a number, a file, or random numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

import numpy as np
from pydantic import BeforeValidator, PlainSerializer, ValidationInfo, WithJsonSchema

from simcore.config import hint
from simcore.errors import InvalidValueError
from simcore.formulas import Expression, ExpressionError, parse
from simcore.models.array_file import SCHEMA, ArrayFile
from simcore.models.grid.grid import Grid
from simcore.random import Stream

MOST_CELLS = 2**40  # 8 TiB
DISTRIBUTIONS = ("uniform", "normal")
RANDOM = "{random: {uniform: [lo, hi]}} or {random: {normal: [mean, sd]}}"


@dataclass(frozen=True)
class RandomStart:
    """Independent random numbers: `uniform` in [first, second), or `normal` of that mean and standard deviation.

    A complex field has them in its real and in its imaginary part.
    """

    distribution: str
    first: float
    second: float

    def keys(self) -> dict[str, Any]:
        """As it is written in an experiment."""
        return {"random": {self.distribution: [self.first, self.second]}}

    def draw(self, shape: tuple[int, ...], dtype: str, stream: Stream) -> np.ndarray:
        """An array of that shape."""
        values = self._real(shape, stream)
        if np.dtype(dtype).kind == "c":
            values = values + 1j * self._real(shape, stream)
        return values.astype(dtype)

    def _real(self, shape: tuple[int, ...], stream: Stream) -> np.ndarray:
        if self.distribution == "normal":
            return self.first + self.second * stream.normal(shape)
        return self.first + (self.second - self.first) * stream.uniform(shape)


Initial = Expression | ArrayFile | RandomStart


def read_start(value: object, info: ValidationInfo) -> Initial:
    """From the value of a key such as `initial`; raises ValueError."""
    if isinstance(value, Expression | ArrayFile | RandomStart):
        return value
    if isinstance(value, str):
        return parse(value, complex_numbers=True)
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < float("inf"):
        return parse(repr(value))
    if isinstance(value, Mapping) and "random" in value:
        return _read_random(value)
    if isinstance(value, Mapping):
        return ArrayFile.read(value, (info.context or {}).get("directory", "."))
    raise ValueError(f"must be a formula, a number, {{file: start.npy}} or {RANDOM}, not {value!r}")


def _read_random(value: Mapping[str, Any]) -> RandomStart:
    given = value["random"]
    if len(value) > 1 or not isinstance(given, Mapping) or len(given) != 1:
        raise ValueError(f"must be {RANDOM}")
    distribution, numbers = next(iter(given.items()))
    if distribution not in DISTRIBUTIONS:
        raise ValueError(f"random: unknown distribution '{distribution}'; {hint(str(distribution), DISTRIBUTIONS)}")
    if not isinstance(numbers, list | tuple) or len(numbers) != 2 or not all(map(_is_finite, numbers)):
        raise ValueError(f"random: {distribution} takes two numbers, not {numbers!r}; {RANDOM}")
    first, second = map(float, numbers)
    if distribution == "normal" and second < 0.0:
        raise ValueError(f"random: normal: a standard deviation is not negative: {second:g}")
    if distribution == "uniform" and second < first:
        raise ValueError(f"random: uniform: the first number is the smaller one, not {first:g} and {second:g}")
    return RandomStart(distribution, first, second)


def _is_finite(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= 1e300


_PAIR = {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2}
_RANDOM_SCHEMA = {
    "type": "object",
    "properties": {
        "random": {
            "type": "object",
            "properties": dict.fromkeys(DISTRIBUTIONS, _PAIR),
            "minProperties": 1,
            "maxProperties": 1,
            "additionalProperties": False,
        }
    },
    "required": ["random"],
    "additionalProperties": False,
}

Start = Annotated[
    Initial,
    BeforeValidator(read_start),
    PlainSerializer(lambda start: start.text if isinstance(start, Expression) else start.keys()),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "number"}, _RANDOM_SCHEMA, SCHEMA]}),
]
"""A key that says where a field starts."""


def check_start(start: Initial, grid: Grid, parameters: Mapping[str, Any], path: str) -> None:
    """Refuse unknown names in its formula."""
    if isinstance(start, Expression):
        try:
            start.require((*grid.axes, *parameters))
        except ExpressionError as error:
            raise InvalidValueError(path, str(error)) from None


def start_values(
    start: Initial, grid: Grid, parameters: Mapping[str, Any], dtype: str, path: str
) -> np.ndarray | Callable[[Stream], np.ndarray]:
    """An array of the grid's shape and that dtype, or a function that draws it; raises InvalidValueError at `path`.

    parameters: numbers, or arrays of the grid's shape.
    """
    check_start(start, grid, parameters, path)
    if isinstance(start, RandomStart):
        return partial(start.draw, grid.shape, dtype)
    try:
        return _finite(_fixed(start, grid, parameters, dtype, path), path)
    except MemoryError:
        raise InvalidValueError("model.grid.shape", f"{list(grid.shape)} cells do not fit into the memory") from None


def _fixed(
    start: Expression | ArrayFile, grid: Grid, parameters: Mapping[str, Any], dtype: str, path: str
) -> np.ndarray:
    if math.prod(grid.shape) > MOST_CELLS:
        raise MemoryError
    field = np.empty(grid.shape, dtype)  # first, since it is the largest
    is_complex = field.dtype.kind == "c"
    if isinstance(start, ArrayFile):
        values = start.load(grid.shape, path, complex_numbers=is_complex)
    else:
        values = start.evaluate({**parameters, **grid.mesh()})
    if np.iscomplexobj(values) and not is_complex:
        raise InvalidValueError(path, f"is complex, but the field is of {dtype}; give it dtype: complex128")
    with np.errstate(over="ignore"):  # too large for float32: refused as infinite
        field[...] = values
    return field


def _finite(field: np.ndarray, path: str) -> np.ndarray:
    if not np.isfinite(field).all():
        cell = np.argwhere(~np.isfinite(field))[0].tolist()
        raise InvalidValueError(path, f"is {field[tuple(cell)]} at cell {cell}; every value must be finite")
    return field
