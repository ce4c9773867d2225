"""The base of every section of an experiment file, and the declaration of one parameter."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Section(BaseModel):
    """A section of an experiment: strict types, finite numbers, no unknown keys, frozen once made."""

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
    """One parameter of a model: its default (required where none is given), unit, meaning and range."""
    return Field(
        default,
        gt=above,
        ge=at_least,
        lt=below,
        le=at_most,
        description=doc or None,
        json_schema_extra={"unit": unit},
    )
