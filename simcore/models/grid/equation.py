"""The formulas of an experiment: equations, named expressions, noise."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

from simcore.config import hint
from simcore.formulas import Expression, ExpressionError, parse
from simcore.formulas.tree import Binary, is_boolean
from simcore.formulas.vocabulary import Arity
from simcore.models.grid.boundary import BOUNDARY_SCHEMA, Boundary, read_boundary
from simcore.models.grid.domain import read_domain_wall
from simcore.models.grid.operators import OPERATORS
from simcore.models.grid.whole_field import BASIC, MACROS

CALLABLE: Mapping[str, Arity] = ChainMap(MACROS, {**OPERATORS, **BASIC})  # type: ignore[arg-type]


def formula(text: str) -> Expression:
    """A formula with operators on fields, reductions, lists and complex numbers; raises ExpressionError."""
    return parse(text, CALLABLE, complex_numbers=True, lists=True)


@dataclass(frozen=True)
class Equation:
    """What the first (or, `second`, the second) derivative in time of a field is."""

    rate: Expression
    second: bool = False

    def keys(self) -> Any:
        """As it is written in an experiment."""
        return {"tt": self.rate.text} if self.second else self.rate.text

    @property
    def path(self) -> tuple[str, ...]:
        """Where the formula stands, below the key of the field."""
        return ("tt",) if self.second else ()


@dataclass(frozen=True)
class NamedExpression:
    """An intermediate formula; boundary: the walls of its array, the grid's if None; domain: at faces of the domain."""

    value: Expression
    boundary: Boundary | None = None
    domain: Boundary | None = None

    @property
    def walled(self) -> bool:
        """Whether it says something of its walls."""
        return self.boundary is not None or self.domain is not None

    def keys(self) -> Any:
        """As it is written in an experiment."""
        if not self.walled:
            return self.value.text
        given = {"boundary": self.boundary, "domain": self.domain}
        return {"value": self.value.text, **{key: one.keys() for key, one in given.items() if one is not None}}

    @property
    def path(self) -> tuple[str, ...]:
        """Where the formula stands, below its name."""
        return ("value",) if self.walled else ()


@dataclass(frozen=True)
class Formulas:
    """All formulas of a model: equations and noise by field, expressions by name."""

    equations: Mapping[str, Equation]
    expressions: Mapping[str, NamedExpression] = field(default_factory=dict)
    noise: Mapping[str, Expression] = field(default_factory=dict)


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return repr(value)
    raise ValueError(f"must be a formula, not {value!r:.60}")


def read_formula(value: object) -> Expression:
    """From text or a number; raises ValueError."""
    return value if isinstance(value, Expression) else formula(_text(value))


def read_equation(value: object) -> Equation:
    """From text, or `{tt: text}`; raises ValueError."""
    if isinstance(value, Equation):
        return value
    if isinstance(value, Mapping):
        if set(value) != {"tt"}:
            key = next((str(key) for key in value if key != "tt"), "")
            raise ValueError(f"unknown key '{key}'; {hint(key, ['tt'])}: {{tt: formula}} gives the second derivative")
        return Equation(_rate(read_formula(value["tt"])), True)
    return Equation(_rate(read_formula(value)))


def _rate(found: Expression) -> Expression:
    """The formula, unless it is a comparison, which would be the numbers 0 and 1."""
    if not is_boolean(found.tree):
        return found
    reason = "is a comparison, and a rate of change is a number"
    if isinstance(found.tree, Binary) and found.tree.operator == "==":
        raise ExpressionError(found.text, found.tree.column, f"{reason}; write the right side of du/dt = ... alone")
    raise ExpressionError(found.text, 1, f"{reason}; 1 where it holds is where(comparison, 1, 0)")


def read_named(value: object) -> NamedExpression:
    """From text, or `{value: text, boundary: ...}`; raises ValueError."""
    if isinstance(value, NamedExpression):
        return value
    if not isinstance(value, Mapping):
        return NamedExpression(read_formula(value))
    for key in value:
        if key not in ("value", "boundary", "domain"):
            raise ValueError(f"unknown key '{key}'; {hint(str(key), ['value', 'boundary', 'domain'])}")
    if "value" not in value:
        raise ValueError("the key 'value' is missing: {value: formula, boundary: ...}")
    boundary, domain = value.get("boundary"), value.get("domain")
    return NamedExpression(
        read_formula(value["value"]),
        None if boundary is None else read_boundary(boundary),
        None if domain is None else read_domain_wall(domain),
    )


_FORMULA = {"anyOf": [{"type": "string"}, {"type": "number"}]}


def _section(required: str, **properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": [required], "additionalProperties": False}


_NAMED = {"value": _FORMULA, "boundary": BOUNDARY_SCHEMA, "domain": BOUNDARY_SCHEMA["anyOf"][0]}

FormulaKey = Annotated[
    Expression, BeforeValidator(read_formula), PlainSerializer(str, return_type=str), WithJsonSchema(_FORMULA)
]
EquationKey = Annotated[
    Equation,
    BeforeValidator(read_equation),
    PlainSerializer(Equation.keys),
    WithJsonSchema({"anyOf": [*_FORMULA["anyOf"], _section("tt", tt=_FORMULA)]}),
]
NamedKey = Annotated[
    NamedExpression,
    BeforeValidator(read_named),
    PlainSerializer(NamedExpression.keys),
    WithJsonSchema({"anyOf": [*_FORMULA["anyOf"], _section("value", **_NAMED)]}),
]
