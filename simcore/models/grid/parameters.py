"""Parameters of equations. Those of a user's own have any names; each is a number or a field from a file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, PlainSerializer, ValidationInfo, WithJsonSchema

from simcore.models.array_file import SCHEMA, ArrayFile, UnnamedField, read_of_a_key
from simcore.models.contract import Parameters


def _read(value: object, info: ValidationInfo) -> float | ArrayFile | UnnamedField:
    if isinstance(value, ArrayFile | UnnamedField):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < float("inf"):
        return float(value)
    if isinstance(value, Mapping):
        return read_of_a_key(value, (info.context or {}).get("directory", "."))
    raise ValueError(f"must be a number or {{file: D.npy}}, not {value!r:.60}")


ParameterValue = Annotated[
    float | ArrayFile | UnnamedField,
    BeforeValidator(_read),
    PlainSerializer(lambda value: value.keys() if isinstance(value, ArrayFile | UnnamedField) else value),
    WithJsonSchema({"anyOf": [{"type": "number"}, SCHEMA]}),
]


def kernel_name(name: str) -> str:
    """What a parameter is called in kernels, where i, j and k are the indices of the cell."""
    return f"{name}_" if name in ("i", "j", "k") else name


class EquationParameters(Parameters):
    """Parameters, i, j and k allowed. Iterated over, as the contract wants it, it gives their names in kernels."""

    def __iter__(self) -> Iterator[tuple[str, Any]]:  # type: ignore[override]
        yield from ((kernel_name(name), value) for name, value in self.numbers.items())

    @property
    def numbers(self) -> dict[str, Any]:
        """The numbers by their names in the experiment."""
        return {name: getattr(self, name) for name in type(self).model_fields}

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
    def numbers(self) -> dict[str, Any]:
        """The numbers by their names in the experiment."""
        return {name: value for name, value in self._values.items() if not isinstance(value, ArrayFile)}

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
    def _values(self) -> dict[str, float | ArrayFile | UnnamedField]:
        return self.__pydantic_extra__ or {}
