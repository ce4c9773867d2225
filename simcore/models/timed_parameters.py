"""Parameters each of which is a number, or a number that changes in time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from pydantic import (
    GetJsonSchemaHandler,
    SerializerFunctionWrapHandler,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    field_serializer,
    field_validator,
)

from simcore.config import hint
from simcore.models.in_time import PROPERTIES, InTime, read_in_time
from simcore.spec.parameters import Parameters


class TimedParameters(Parameters):
    """Parameters, each a number or `InTime`. Iterated over, it gives the numbers alone.

    FORMS: the keys by which those that change are told. PROPERTIES: the schema of all their keys.
    """

    fields_apart: ClassVar[bool] = True
    FORMS: ClassVar[tuple[str, ...]] = ("schedule", "table")
    PROPERTIES: ClassVar[Mapping[str, Any]] = PROPERTIES

    @classmethod
    def read_changing(cls, value: Mapping[str, Any], directory: Any) -> InTime:
        """A parameter that changes, from the value of its key; raises ValueError."""
        return read_in_time(value, directory)

    @field_validator("*", mode="wrap")
    @classmethod
    def _in_time(cls, value: Any, handler: ValidatorFunctionWrapHandler, info: ValidationInfo) -> Any:
        """A table has no value that the parameter must not have."""
        if isinstance(value, InTime):
            return value
        if not isinstance(value, Mapping):
            return handler(value)
        require_form(value, cls.FORMS)
        found = cls.read_changing(value, directory_of(info))
        listed = getattr(found, "values", ())
        for extreme in (min(listed), max(listed)) if listed else ():
            handler(extreme)
        return found

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: Any, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """A number may be a section, too."""
        found = handler(core_schema)
        for key in handler.resolve_ref_schema(found).get("properties", {}).values():
            if key.get("type") == "number":
                key |= {"type": ["number", "object"], "properties": dict(cls.PROPERTIES), "additionalProperties": False}
        return found

    @field_serializer("*", mode="wrap")
    def _written(self, value: Any, handler: SerializerFunctionWrapHandler) -> Any:
        return value.keys() if isinstance(value, InTime) else handler(value)

    def __iter__(self) -> Iterator[tuple[str, Any]]:  # type: ignore[override]
        yield from self.numbers.items()

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
        return {name: getattr(self, name) for name in type(self).model_fields} | (self.__pydantic_extra__ or {})


def require_form(value: Mapping[str, Any], forms: Sequence[str]) -> None:
    """Raise ValueError if the keys are those of none of these forms."""
    if not set(forms) & value.keys():
        key = next(map(str, value), "")
        raise ValueError(f"unknown key '{key}'; {hint(key, forms)}" if key else "is an empty section")


def directory_of(info: ValidationInfo) -> Any:
    """The directory that paths in the experiment are relative to."""
    return (info.context or {}).get("directory", ".")
