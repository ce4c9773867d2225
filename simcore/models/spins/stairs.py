"""A parameter of spins that takes one value after the other, each for a number of sweeps: annealing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from simcore.config import hint
from simcore.config.generated import LISTED, by_rule, is_finite
from simcore.formulas.tree import STEPPED, Call, Name, Node
from simcore.models.in_time import PROPERTIES as OF_TIME
from simcore.models.in_time import InTime, is_in_time, read_in_time

KEYS = ("values", "sweeps_each", "after")
MOST_VALUES, MOST_SWEEPS = 100_000, 10**15
IN_STEPS = '{schedule: "0.1*sin(step/9)"}, {table: field.csv} or {values: [3.0, 2.0], sweeps_each: 100}'
PROPERTIES: dict[str, Any] = {
    **OF_TIME,
    "values": {"description": f"one after the other: {LISTED}"},
    "sweeps_each": {"type": "integer", "minimum": 1, "description": "sweeps with each of the values"},
    "after": {"type": "integer", "minimum": 0, "description": "sweeps with the first value before they begin"},
}
SCHEMA = {"type": "object", "properties": PROPERTIES, "additionalProperties": False}


@dataclass(frozen=True)
class Stairs(InTime):
    """values: each holds for `sweeps_each` sweeps, the first one for `after` more before, the last one for ever."""

    values: tuple[float, ...]
    sweeps_each: int
    after: int = 0

    def keys(self) -> dict[str, Any]:  # type: ignore[override]
        """As it is written in an experiment."""
        return {"values": list(self.values), "sweeps_each": self.sweeps_each, "after": self.after}

    def tree(self, table: str) -> Node:
        """The entry of the table at the step."""
        return Call(STEPPED, (Name(table), Name("t")))

    @cached_property
    def array(self) -> np.ndarray:
        """The first step of each value and the values, of shape (2, values)."""
        first = 1.0 + self.after + np.arange(len(self.values)) * float(self.sweeps_each)
        return np.array([first, self.values])

    @classmethod
    def read(cls, keys: Mapping[str, Any]) -> Stairs:
        """From the keys in an experiment; raises ValueError."""
        for key in keys:
            if key not in KEYS:
                raise ValueError(f"unknown key '{key}'; {hint(str(key), KEYS)}")
        return cls(listed(keys["values"]), _count(keys, "sweeps_each", 1), _count(keys, "after", 0))


def read_in_steps(value: Mapping[str, Any], directory: str | Path) -> InTime:
    """A parameter that changes from step to step, from the value of its key; raises ValueError."""
    return Stairs.read(value) if "values" in value else read_in_time(value, directory)


def is_in_steps(value: object) -> bool:
    """Whether the value of a key is written as one of `IN_STEPS`."""
    return is_in_time(value) or (isinstance(value, Mapping) and "values" in value)


def listed(given: object) -> tuple[float, ...]:
    """The values in a list, or made by a rule; raises ValueError."""
    if isinstance(given, Mapping):
        return by_rule(given, MOST_VALUES, called="values ")
    if not isinstance(given, list | tuple) or not 1 <= len(given) <= MOST_VALUES or not all(map(is_finite, given)):
        raise ValueError(f"values must be {LISTED}, of finite numbers")
    return tuple(map(float, given))


def _count(keys: Mapping[str, Any], key: str, least: int) -> int:
    value = keys.get(key, least)
    if type(value) is not int or not least <= value <= MOST_SWEEPS:
        raise ValueError(f"{key} must be a whole number of sweeps, {least} or more, not {value!r:.60}")
    return value
