"""The key `spin` of a model: a kind of spin as it is written in an experiment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

from simcore.config import hint
from simcore.models.spins.spin import LARGEST, MOST_COMPONENTS, MOST_STATES, Angle, Real, Spin, States, Vector

FORMS = "{states: [-1, 1]}, {angle: true}, {vector: 3} or {real: true}"
KINDS = ("states", "angle", "vector", "real")


def read_spin(value: object) -> Spin:
    """From the value of the key `spin`; raises ValueError."""
    if isinstance(value, Spin):
        return value
    if not isinstance(value, Mapping) or len(value) != 1:
        raise ValueError(f"must be one of {FORMS}, not {value!r:.60}")
    kind, given = next(iter(value.items()))
    if kind == "states":
        return States(_read_states(given))
    if kind == "vector":
        if not isinstance(given, int) or isinstance(given, bool) or not 2 <= given <= MOST_COMPONENTS:
            raise ValueError(f"vector takes the number of components, from 2 to {MOST_COMPONENTS}, not {given!r:.60}")
        return Vector(given)
    if kind not in KINDS:
        raise ValueError(f"unknown kind of spin '{kind}'; {hint(str(kind), KINDS)}")
    if given is not True:
        raise ValueError(f"{kind} is written {{{kind}: true}}, not {given!r:.60}")
    return Angle() if kind == "angle" else Real()


def _read_states(given: object) -> tuple[float, ...]:
    if not isinstance(given, Sequence) or isinstance(given, str) or not all(map(_is_number, given)):
        raise ValueError(f"states takes a list of numbers up to {LARGEST:g} such as [-1, 1], not {given!r:.60}")
    states = tuple(sorted(float(state) + 0.0 for state in given))
    if not 2 <= len(states) <= MOST_STATES:
        raise ValueError(f"states takes from 2 to {MOST_STATES} numbers, not {len(states)}")
    if len(set(states)) < len(states):
        raise ValueError(f"states takes different numbers, not {given!r:.60}")
    return states


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= LARGEST


def _one(key: str, form: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": {key: form}, "required": [key], "additionalProperties": False}


SPIN_SCHEMA = {
    "anyOf": [
        _one("states", {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": MOST_STATES}),
        _one("angle", {"const": True}),
        _one("vector", {"type": "integer", "minimum": 2, "maximum": MOST_COMPONENTS}),
        _one("real", {"const": True}),
    ]
}


def _written(spin: Spin) -> dict[str, Any]:
    return spin.keys()


SpinKey = Annotated[Spin, BeforeValidator(read_spin), PlainSerializer(_written), WithJsonSchema(SPIN_SCHEMA)]
"""The key `spin` of a model."""
