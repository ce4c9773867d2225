"""Where a field starts, as an experiment writes it: a formula, a number, a file, or random numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from pydantic import BeforeValidator, PlainSerializer, ValidationInfo, WithJsonSchema

from simcore.config import hint
from simcore.errors import InvalidValueError
from simcore.formulas import Expression, ExpressionError, parse
from simcore.formulas.tree import Node, postorder
from simcore.models.array_file import SCHEMA, ArrayFile, UnnamedField, read_of_a_key
from simcore.models.grid.correlated import WAVE_NUMBER, amplitudes, gaussian_correlation, lengths_of, of_spectrum
from simcore.models.grid.equation import CALLABLE
from simcore.models.grid.grid import Grid
from simcore.models.grid.operators import is_operator, is_reduction
from simcore.random import Stream

DISTRIBUTIONS = ("uniform", "normal")
RANDOM_WORDS = ("normal", "uniform")
"""Random numbers of each cell in the formula of a start, unless the experiment calls something else so."""
RANDOM = "{random: {uniform: [lo, hi]}} or {random: {normal: [mean, sd]}}"
LENGTH, SPECTRUM = "correlation_length", "spectrum"
ONE_CELL = "a start is a formula of each cell alone"


@dataclass(frozen=True)
class RandomStart:
    """Random numbers: `uniform` in [first, second), or `normal` of that mean and standard deviation.

    They are independent, unless the normal ones have correlation_length (a number, or one for each axis) or spectrum (a
    formula of the wave number k). A complex field has them in its real and in its imaginary part.
    """

    distribution: str
    first: float
    second: float
    correlation_length: tuple[float, ...] = ()
    spectrum: Expression | None = None

    def keys(self) -> dict[str, Any]:
        """As it is written in an experiment."""
        found: dict[str, Any] = {"random": {self.distribution: [self.first, self.second]}}
        if self.correlation_length:
            several = len(self.correlation_length) > 1
            found[LENGTH] = list(self.correlation_length) if several else self.correlation_length[0]
        if self.spectrum is not None:
            found[SPECTRUM] = self.spectrum.text
        return found

    def check(self, grid: Grid, numbers: Mapping[str, Any], periodic: Sequence[bool], path: str) -> None:
        """Raise InvalidValueError if such a field cannot be made on the grid, as far as shows without its waves."""
        if self.correlation_length:
            lengths_of(self.correlation_length, grid, f"{path}.{LENGTH}")
        if self.spectrum is None:
            return
        path = f"{path}.{SPECTRUM}"
        walls = [axis for axis, wraps in zip(grid.axes, periodic, strict=True) if not wraps]
        if walls:
            raise InvalidValueError(
                path, f"needs periodic axes, and {walls[0]} has walls; {LENGTH} goes with walls, too"
            )
        if WAVE_NUMBER in numbers:
            raise InvalidValueError(
                path, f"'{WAVE_NUMBER}' is the wave number here, and a parameter, too; rename the parameter"
            )
        try:
            self.spectrum.require((WAVE_NUMBER, *numbers))
        except ExpressionError as error:
            raise InvalidValueError(path, str(error)) from None

    def check_waves(self, grid: Grid, numbers: Mapping[str, Any], path: str) -> None:
        """Raise InvalidValueError if the spectrum is no spectrum at some wave of the grid."""
        if self.spectrum is not None:
            amplitudes(grid, self.spectrum, numbers, f"{path}.{SPECTRUM}")

    def draw(
        self,
        grid: Grid,
        numbers: Mapping[str, Any],
        periodic: Sequence[bool],
        dtype: str,
        path: str,
        stream: Stream,
    ) -> np.ndarray:
        """An array of the grid's shape; of a stream it takes one draw, for a complex field two."""
        values = self._real(grid, numbers, periodic, path, stream)
        if np.dtype(dtype).kind == "c":
            values = values + 1j * self._real(grid, numbers, periodic, path, stream)
        return values.astype(dtype)

    def _real(
        self, grid: Grid, numbers: Mapping[str, Any], periodic: Sequence[bool], path: str, stream: Stream
    ) -> np.ndarray:
        if self.distribution == "uniform":
            return self.first + (self.second - self.first) * stream.uniform(grid.shape)
        if self.correlation_length:
            lengths = lengths_of(self.correlation_length, grid, f"{path}.{LENGTH}")
            return self.first + self.second * gaussian_correlation(stream.normal, grid, lengths, periodic)
        if self.spectrum is not None:
            amplitude = amplitudes(grid, self.spectrum, numbers, f"{path}.{SPECTRUM}")
            return self.first + self.second * of_spectrum(stream.normal, grid, amplitude)
        return self.first + self.second * stream.normal(grid.shape)


Initial = Expression | ArrayFile | UnnamedField | RandomStart


def read_start(value: object, info: ValidationInfo) -> Initial:
    """From the value of a key such as `initial`; raises ValueError."""
    if isinstance(value, Expression | ArrayFile | UnnamedField | RandomStart):
        return value
    if isinstance(value, str):
        return _of_cells(parse(value, CALLABLE, complex_numbers=True))
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < float("inf"):
        return parse(repr(value))
    if isinstance(value, Mapping) and "random" in value:
        return _read_random(value)
    if isinstance(value, Mapping):
        return read_of_a_key(value, (info.context or {}).get("directory", "."))
    raise ValueError(f"must be a formula, a number, {{file: start.npy}} or {RANDOM}, not {value!r}")


def _of_cells(start: Expression) -> Expression:
    """The same formula, unless something in it needs more than one cell."""
    if found := beyond_the_cell(start.tree):
        raise ExpressionError(start.text, found.column, f"{ONE_CELL}; {found.function} takes others, too")
    return start


def beyond_the_cell(tree: Node) -> Any:
    """The first operator or reduction in a formula; None if there is none."""
    return next((node for node in postorder([tree]) if is_operator(node) or is_reduction(node)), None)


def _read_random(value: Mapping[str, Any]) -> RandomStart:
    given = value["random"]
    for key in value:
        if key not in ("random", LENGTH, SPECTRUM):
            raise ValueError(f"unknown key '{key}'; {hint(str(key), ('random', LENGTH, SPECTRUM))}")
    if not isinstance(given, Mapping) or len(given) != 1:
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
    if distribution != "normal" and len(value) > 1:
        raise ValueError(f"{LENGTH} and {SPECTRUM} go with {{random: {{normal: [mean, sd]}}}}, not with {distribution}")
    if len(value) > 2:
        raise ValueError(f"give either {LENGTH} or {SPECTRUM}, not both")
    return RandomStart(distribution, first, second, _read_lengths(value.get(LENGTH)), _read_spectrum(value))


def _read_lengths(given: object) -> tuple[float, ...]:
    if given is None:
        return ()
    lengths: list[Any] = list(given) if isinstance(given, list | tuple) else [given]
    if not 1 <= len(lengths) <= 3 or not all(_is_finite(one) and 1e-100 <= one <= 1e100 for one in lengths):
        raise ValueError(f"{LENGTH} must be a positive number, or a list of one for each axis, not {given!r:.60}")
    return tuple(map(float, lengths))


def _read_spectrum(value: Mapping[str, Any]) -> Expression | None:
    given = value.get(SPECTRUM)
    if given is None:
        return None
    if isinstance(given, int | float) and not isinstance(given, bool):
        given = repr(given)
    if not isinstance(given, str):
        raise ValueError(f'{SPECTRUM} must be a formula of k, such as "k**-2", not {given!r:.60}')
    return parse(given)


def _is_finite(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= 1e300


_POSITIVE = {"type": "number", "exclusiveMinimum": 0}
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
        },
        LENGTH: {"anyOf": [_POSITIVE, {"type": "array", "items": _POSITIVE, "minItems": 1, "maxItems": 3}]},
        SPECTRUM: {"anyOf": [{"type": "string"}, {"type": "number"}]},
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
