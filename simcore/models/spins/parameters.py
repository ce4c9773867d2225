"""Parameters of models of spins: the temperature, and numbers that the energy names."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, PlainSerializer, ValidationInfo, WithJsonSchema

from simcore.config import parameter
from simcore.models.in_time import FORMS, SCHEMA, InTime, is_in_time, read_in_time
from simcore.models.timed_parameters import TimedParameters, directory_of


class SpinParameters(TimedParameters):
    """The temperature; a named model adds its own."""

    temperature: float = parameter(unit="energy", doc="temperature, k_B = 1", above=0.0)


def _read(value: object, info: ValidationInfo) -> Any:
    if isinstance(value, InTime):
        return value
    if is_in_time(value):
        return read_in_time(value, directory_of(info))  # type: ignore[arg-type]
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < float("inf"):
        return float(value)
    raise ValueError(f"must be a number, {FORMS}, not {value!r:.60}")


ParameterValue = Annotated[
    float | InTime,
    BeforeValidator(_read),
    PlainSerializer(lambda value: value.keys() if isinstance(value, InTime) else value),
    WithJsonSchema({"anyOf": [{"type": "number"}, SCHEMA]}),
]


class FreeParameters(SpinParameters):
    """The temperature, and numbers of any names."""

    model_config = ConfigDict(extra="allow", arbitrary_types_allowed=True)

    __pydantic_extra__: dict[str, ParameterValue]
