"""The key `advection` of a model: which value of u the flux v*u has at a face."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

from simcore.config import hint
from simcore.models.grid.advection import LIMITERS
from simcore.models.grid.fluxes import Advection

PLAIN = ("central", "upwind")
FORMS = f"{', '.join(PLAIN)} or {{limited: {' | '.join(LIMITERS)}}}"


def read_advection(value: object) -> Any:
    """From the value of the key; raises ValueError."""
    if isinstance(value, Mapping):
        if set(value) != {"limited"}:
            raise ValueError(f"must be {FORMS}, not {dict(value)!r:.60}")
        if value["limited"] not in LIMITERS:
            limiter = str(value["limited"])
            raise ValueError(f"unknown limiter '{limiter:.60}'; {hint(limiter, list(LIMITERS))}")
        return {"limited": value["limited"]}
    if value not in PLAIN:
        raise ValueError(f"must be {FORMS}, not {value!r:.60}")
    return value


def advection_rule(value: Any) -> Advection:
    """The rule that a value of the key stands for."""
    return value["limited"] if isinstance(value, Mapping) else value


AdvectionKey = Annotated[
    Any,
    BeforeValidator(read_advection),
    WithJsonSchema(
        {
            "anyOf": [
                {"enum": list(PLAIN)},
                {
                    "type": "object",
                    "properties": {"limited": {"enum": list(LIMITERS)}},
                    "required": ["limited"],
                    "additionalProperties": False,
                },
            ]
        }
    ),
]
