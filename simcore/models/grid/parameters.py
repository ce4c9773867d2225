"""Parameters of equations: numbers, numbers that change in time, or, those of any names, fields from files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any

from pydantic import (
    BeforeValidator,
    ConfigDict,
    GetJsonSchemaHandler,
    PlainSerializer,
    SerializerFunctionWrapHandler,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    WithJsonSchema,
    field_serializer,
    field_validator,
)

from simcore.config import hint
from simcore.models.array_file import SCHEMA, ArrayFile, UnnamedField, read_of_a_key
from simcore.models.in_time import FORMS, PROPERTIES, InTime, TimeTable, is_in_time, read_in_time
from simcore.models.in_time import SCHEMA as IN_TIME_SCHEMA
from simcore.spec.parameters import Parameters


def _read(value: object, info: ValidationInfo) -> float | ArrayFile | InTime | UnnamedField:
    if isinstance(value, ArrayFile | InTime | UnnamedField):
        return value
    if is_in_time(value):
        return read_in_time(value, _directory(info))  # type: ignore[arg-type]
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < float("inf"):
        return float(value)
    if isinstance(value, Mapping):
        _require_form(value, ("file", "schedule", "table"))
        return read_of_a_key(value, _directory(info))
    raise ValueError(f"must be a number, {{file: D.npy}}, {FORMS}, not {value!r:.60}")


def _require_form(value: Mapping[str, Any], forms: Sequence[str]) -> None:
    """Raise ValueError if the keys are those of none of these forms."""
    if not set(forms) & value.keys():
        key = next(map(str, value), "")
        raise ValueError(f"unknown key '{key}'; {hint(key, forms)}" if key else "is an empty section")


def _directory(info: ValidationInfo) -> Any:
    return (info.context or {}).get("directory", ".")


ParameterValue = Annotated[
    float | ArrayFile | InTime | UnnamedField,
    BeforeValidator(_read),
    PlainSerializer(lambda value: value.keys() if isinstance(value, ArrayFile | InTime | UnnamedField) else value),
    WithJsonSchema({"anyOf": [{"type": "number"}, SCHEMA, IN_TIME_SCHEMA]}),
]


def kernel_name(name: str) -> str:
    """What a parameter is called in kernels, where i, j and k are the indices of the cell."""
    return f"{name}_" if name in ("i", "j", "k") else name


class EquationParameters(Parameters):
    """Parameters, i, j and k allowed, each a number or `InTime`.

    Iterated over, as the contract wants it, it gives the names of the numbers in kernels.
    """

    @field_validator("*", mode="wrap")
    @classmethod
    def _in_time(cls, value: Any, handler: ValidatorFunctionWrapHandler, info: ValidationInfo) -> Any:
        """A table has no value that the parameter must not have."""
        if isinstance(value, InTime):
            return value
        if not isinstance(value, Mapping):
            return handler(value)
        _require_form(value, ("schedule", "table"))
        found = read_in_time(value, _directory(info))
        for extreme in (min(found.values), max(found.values)) if isinstance(found, TimeTable) else ():
            handler(extreme)
        return found

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: Any, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """A number may be a section, too."""
        found = handler(core_schema)
        for key in handler.resolve_ref_schema(found).get("properties", {}).values():
            if key.get("type") == "number":
                key |= {"type": ["number", "object"], "properties": PROPERTIES, "additionalProperties": False}
        return found

    @field_serializer("*", mode="wrap")
    def _written(self, value: Any, handler: SerializerFunctionWrapHandler) -> Any:
        return value.keys() if isinstance(value, InTime) else handler(value)

    def __iter__(self) -> Iterator[tuple[str, Any]]:  # type: ignore[override]
        yield from ((kernel_name(name), value) for name, value in self.numbers.items())

    @property
    def numbers(self) -> dict[str, Any]:
        """The numbers by their names in the experiment."""
        return {name: value for name, value in self._values.items() if isinstance(value, int | float)}

    @property
    def in_time(self) -> dict[str, InTime]:
        """The parameters that change in time."""
        return {name: value for name, value in self._values.items() if isinstance(value, InTime)}

    @property
    def _values(self) -> dict[str, Any]:
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
