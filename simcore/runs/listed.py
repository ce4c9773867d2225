"""Formulas of observables that are one formula for several values: `c: {formula: "correlation(r, 0)", r: [1, 2, 4]}`.

It stands for `c_1: "correlation(1, 0)"`, `c_2: "correlation(2, 0)"` and so on.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

FORMULA = "formula"
FORM = '{formula: "correlation(r, 0)", r: [1, 2, 4]}'
MOST = 1000


def one_by_one(value: object) -> object:
    """The observables of an experiment, each with one formula; raises ValueError."""
    if not isinstance(value, Mapping):
        return value
    found: dict[str, Any] = {}
    for name, given in value.items():
        listed = _listed(str(name), given) if isinstance(given, Mapping) else {name: given}
        for each, text in listed.items():
            if each in found or (each != name and each in value):
                raise ValueError(f"{name}: the name '{each}' is given twice")
            found[each] = text
    return found


def _listed(name: str, given: Mapping[str, Any]) -> dict[str, str]:
    others = [key for key in given if key != FORMULA]
    formula = given.get(FORMULA)
    if not isinstance(formula, str) or len(others) != 1:
        raise ValueError(f"{name}: must be a formula, or one with the values of a variable: {FORM}")
    (variable,) = others
    values = given[variable]
    if not isinstance(variable, str) or not variable.isidentifier():
        raise ValueError(f"{name}: '{variable!s:.60}' is no name for a variable; letters, digits and _ are allowed")
    if not isinstance(values, Sequence) or isinstance(values, str) or not 1 <= len(values) <= MOST:
        raise ValueError(
            f"{name}: {variable} takes a list of 1 to {MOST} numbers, such as [1, 2, 4], not {values!r:.60}"
        )
    word = re.compile(rf"\b{re.escape(variable)}\b(?!\s*\()")
    if not word.search(formula):
        raise ValueError(f"{name}: the formula '{formula:.60}' does not name '{variable}'")
    found: dict[str, str] = {}
    for number in values:
        each = f"{name}_{_suffix(name, variable, number)}"
        if each in found:
            raise ValueError(f"{name}: {variable} has the value {number} twice")
        found[each] = word.sub(_text(number), formula)
    return found


def _text(number: Any) -> str:
    if isinstance(number, Sequence):
        return f"[{', '.join(map(str, number))}]"
    return f"({number})" if number < 0 else str(number)


def _suffix(name: str, variable: str, number: Any) -> str:
    """`2`, `m1` for -1, `0p5` for 0.5, `1_0` for [1, 0]."""
    parts = number if isinstance(number, Sequence) and not isinstance(number, str) else [number]
    for part in parts:
        if not isinstance(part, int | float) or isinstance(part, bool) or not abs(part) < float("inf"):
            raise ValueError(f"{name}: {variable} takes numbers, or lists of numbers, not {number!r:.60}")
    return "_".join(re.sub(r"\W", "", str(part).replace("-", "m").replace(".", "p")) for part in parts)


_VALUES = {"type": "array", "minItems": 1, "maxItems": MOST}
ObservableFormulas = Annotated[
    dict[str, str],
    BeforeValidator(one_by_one),
    WithJsonSchema(
        {
            "type": "object",
            "additionalProperties": {
                "anyOf": [
                    {"type": "string"},
                    {
                        "type": "object",
                        "properties": {FORMULA: {"type": "string"}},
                        "required": [FORMULA],
                        "additionalProperties": _VALUES,
                        "minProperties": 2,
                        "maxProperties": 2,
                    },
                ]
            },
        }
    ),
]
"""The key `output.observables`."""
