"""Parameters of models of spins: the temperature, and numbers that the energy names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, ConfigDict, PlainSerializer, ValidationInfo, WithJsonSchema

from simcore.config import parameter
from simcore.models.in_time import InTime
from simcore.models.spins.stairs import IN_STEPS, PROPERTIES, SCHEMA, is_in_steps, read_in_steps
from simcore.models.timed_parameters import TimedParameters, directory_of


class SteppedParameters(TimedParameters):
    """Parameters each of which is a number, or a number that changes from sweep to sweep."""

    FORMS: ClassVar[tuple[str, ...]] = ("schedule", "table", "values")
    PROPERTIES: ClassVar[Mapping[str, Any]] = PROPERTIES

    @classmethod
    def read_changing(cls, value: Mapping[str, Any], directory: Any) -> InTime:
        """A schedule, a table or one value after the other; raises ValueError."""
        return read_in_steps(value, directory)


class SpinParameters(SteppedParameters):
    """The temperature; a named model adds its own."""

    temperature: float = parameter(unit="energy", doc="temperature, k_B = 1", above=0.0)


def _read(value: object, info: ValidationInfo) -> Any:
    if isinstance(value, InTime):
        return value
    if is_in_steps(value):
        return read_in_steps(value, directory_of(info))  # type: ignore[arg-type]
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < float("inf"):
        return float(value)
    raise ValueError(f"must be a number, {IN_STEPS}, not {value!r:.60}")


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
