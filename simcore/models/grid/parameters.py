"""Parameters of equations: numbers, numbers that change in time, or, those of any names, fields from files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, PlainSerializer, ValidationInfo, WithJsonSchema

from simcore.models.array_file import SCHEMA, ArrayFile, UnnamedField, read_of_a_key
from simcore.models.in_time import FORMS, InTime, is_in_time, read_in_time
from simcore.models.in_time import SCHEMA as IN_TIME_SCHEMA
from simcore.models.timed_parameters import TimedParameters, directory_of, require_form


def _read(value: object, info: ValidationInfo) -> float | ArrayFile | InTime | UnnamedField:
    if isinstance(value, ArrayFile | InTime | UnnamedField):
        return value
    if is_in_time(value):
        return read_in_time(value, directory_of(info))  # type: ignore[arg-type]
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < float("inf"):
        return float(value)
    if isinstance(value, Mapping):
        require_form(value, ("file", "schedule", "table"))
        return read_of_a_key(value, directory_of(info))
    raise ValueError(f"must be a number, {{file: D.npy}}, {FORMS}, not {value!r:.60}")


ParameterValue = Annotated[
    float | ArrayFile | InTime | UnnamedField,
    BeforeValidator(_read),
    PlainSerializer(lambda value: value.keys() if isinstance(value, ArrayFile | InTime | UnnamedField) else value),
    WithJsonSchema({"anyOf": [{"type": "number"}, SCHEMA, IN_TIME_SCHEMA]}),
]


def kernel_name(name: str) -> str:
    """What a parameter is called in kernels, where i, j and k are the indices of the cell."""
    return f"{name}_" if name in ("i", "j", "k") else name


class EquationParameters(TimedParameters):
    """Parameters, i, j and k allowed, each a number or `InTime`.

    Iterated over, as the contract wants it, it gives the names of the numbers in kernels.
    """

    def __iter__(self) -> Iterator[tuple[str, Any]]:  # type: ignore[override]
        yield from ((kernel_name(name), value) for name, value in self.numbers.items())

    @property
    def files(self) -> dict[str, ArrayFile]:
        """The parameters that vary in space."""
        return {}

    @property
    def unnamed(self) -> dict[str, UnnamedField]:
        """Those from a file of another run whose field is not named yet."""
        return {}

    def name_field(self, name: str, file: ArrayFile) -> None:
        """Let one of the `unnamed` parameters be a field."""
        raise TypeError(f"no parameter of {type(self).__name__} is a field")


class FreeParameters(EquationParameters):
    """Parameters of any names."""

    model_config = ConfigDict(extra="allow")

    __pydantic_extra__: dict[str, ParameterValue]

    @property
    def files(self) -> dict[str, ArrayFile]:
        """The parameters that vary in space."""
        return {name: value for name, value in self._values.items() if isinstance(value, ArrayFile)}

    @property
    def unnamed(self) -> dict[str, UnnamedField]:
        """Those from a file of another run whose field is not named yet."""
        return {name: value for name, value in self._values.items() if isinstance(value, UnnamedField)}

    def name_field(self, name: str, file: ArrayFile) -> None:
        """Let one of the `unnamed` parameters be a field."""
        self._values[name] = file

    @property
    def _values(self) -> dict[str, float | ArrayFile | InTime | UnnamedField]:
        return self.__pydantic_extra__ or {}
