"""The base of every section of an experiment file, and the declaration of one parameter."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field


class Section(BaseModel):
    """A section of an experiment: strict types, finite numbers, no unknown keys, frozen once made.

    fields_apart: whether the validators of a class without fields look at one field at a time.
    """

    fields_apart: ClassVar[bool] = False

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        allow_inf_nan=False,
        arbitrary_types_allowed=True,
        protected_namespaces=(),
    )


def parameter(
    default: Any = ...,
    *,
    unit: str = "1",
    doc: str = "",
    above: float | None = None,
    at_least: float | None = None,
    below: float | None = None,
    at_most: float | None = None,
) -> Any:
    """Declare a key of a model or a parameter: default, unit, description and range.

    Args:
        default: the default value; without it the key is required.
        unit: of the value, for results and plots; "1" if dimensionless.
        doc: description, for `simcore models` and the JSON Schema.
        above, at_least, below, at_most: the range, exclusive or inclusive.

    Returns:
        The field of a pydantic model, to assign to an annotated name of a class.

    Example:
        >>> class Growth(simcore.Parameters):
        ...     rate: float = simcore.parameter(0.1, unit="1/s", doc="growth rate", at_least=0.0)
        >>> Growth().rate
        0.1
    """
    return Field(
        default,
        gt=above,
        ge=at_least,
        lt=below,
        le=at_most,
        description=doc or None,
        json_schema_extra={"unit": unit},
    )
