"""The values of `linspace`, `geomspace`, `arange` and `range`, the same on every machine.

Ends are taken as they are written (0.1 is a tenth), worked with exactly (to 20 digits if there is a power), and
rounded to 12 significant digits: the same value reached two ways is one number, and so one point.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from decimal import Context, Decimal
from fractions import Fraction
from typing import Annotated

from pydantic import Field, model_validator

from simcore.config.section import Section
from simcore.config.types import Count

Number = int | float
_EXACT = Context(prec=20)


class Generator(Section):
    """Values that follow from a rule: one of the keys."""

    linspace: tuple[Number, Number, Count] | None = Field(None, description="[first, last, how many]")
    geomspace: tuple[Number, Number, Count] | None = Field(
        None, description="[first, last, how many], each the same multiple of the one before"
    )
    arange: tuple[Number, Number, Number] | None = Field(None, description="[first, end, step], without the end")
    range: Annotated[tuple[int, ...], Field(min_length=2, max_length=3)] | None = Field(
        None, description="[first, end] or [first, end, step], whole numbers without the end"
    )

    @model_validator(mode="after")
    def _one_rule(self) -> Generator:
        given = self.model_fields_set
        if len(given) != 1:
            raise ValueError("must have exactly one of the keys linspace, geomspace, arange, range")
        name = next(iter(given))
        numbers = getattr(self, name)
        if numbers is None:
            raise ValueError(f"{name} must be a list of numbers")
        if name == "geomspace" and not numbers[0] * numbers[1] > 0:
            raise ValueError(
                f"geomspace needs two ends of the same sign and not 0, not {numbers[0]:.15g} and {numbers[1]:.15g}"
            )
        if name in ("arange", "range") and len(numbers) == 3 and numbers[2] == 0:
            raise ValueError(f"the step of {name} must not be 0")
        return self


def rounded(value: float) -> float:
    """To 12 significant digits; 0.0 for -0.0."""
    return float(f"{value:.12g}") + 0.0


def length(rule: Generator) -> int:
    """How many values there are, without making them."""
    if rule.arange is not None:
        first, end, step = map(_exact, rule.arange)
        return max(0, math.ceil((end - first) / step))
    if rule.range is not None:
        return len(range(*rule.range))
    return (rule.linspace or rule.geomspace)[2]  # type: ignore[index]


def values(rule: Generator) -> list[Number]:
    """The values; if the ends (and the step) are written as whole numbers, those that are whole are, too."""
    if rule.range is not None:
        return list(range(*rule.range))
    if rule.arange is not None:
        first, _, step = map(_exact, rule.arange)
        return _finished((first + i * step for i in range(length(rule))), rule.arange)
    if rule.linspace is not None:
        low, high, count = rule.linspace
        return _finished(_between(_exact(low), _exact(high), count), (low, high))
    low, high, count = rule.geomspace  # type: ignore[misc]
    at = geometric(low, high)
    return _finished((at(i / max(count - 1, 1)) for i in range(count)), (low, high))


def geometric(low: Number, high: Number) -> Callable[[float], Decimal]:
    """The function low (high/low)**x of x, to 20 digits: a power of the C library differs from machine to machine."""
    start = Decimal(repr(low))
    logarithm = _EXACT.ln(_EXACT.divide(Decimal(repr(high)), start))
    return lambda x: _EXACT.multiply(start, _EXACT.exp(_EXACT.multiply(logarithm, Decimal(x))))


LISTED = "a list, {geometric: [first, last, number]} or {linspace: [first, last, number]}"
"""How values are given that are taken one after the other."""
_RULES = {"geometric": "geomspace", "linspace": "linspace"}


def by_rule(given: Mapping[str, object], most: int, *, called: str = "", above_zero: bool = False) -> tuple[float, ...]:
    """The values of one of the rules of `LISTED`; raises ValueError.

    most: how many there may be. called: what the message begins with. above_zero: whether geometric ends must be that,
    and not only of one sign.
    """
    kind, numbers = next(iter(given.items())) if len(given) == 1 else ("", None)
    if kind not in _RULES or not isinstance(numbers, list | tuple) or len(numbers) != 3:
        raise ValueError(f"{called}must be {LISTED}")
    first, last, count = numbers
    if type(count) is not int or not 2 <= count <= most:
        raise ValueError(f"the number of values of {kind} must be from 2 to {most}")
    if not (is_finite(first) and is_finite(last)):
        raise ValueError(f"the ends of {kind} must be finite numbers")
    if kind == "geometric" and above_zero and min(first, last) <= 0.0:
        raise ValueError("the ends of geometric must be above 0")
    if kind == "geometric" and not first * last > 0.0:
        raise ValueError("the ends of geometric must have the same sign, and none is 0")
    return tuple(map(float, values(Generator(**{_RULES[kind]: (first, last, count)}))))


def is_finite(value: object) -> bool:
    """Whether it is a number, and neither infinite nor NaN."""
    return type(value) in (int, float) and math.isfinite(value)  # type: ignore[arg-type]


def _between(low: Fraction, high: Fraction, count: int) -> Iterable[Fraction]:
    step = (high - low) / max(count - 1, 1)
    return (low + i * step for i in range(count))


def _finished(exact: Iterable[Fraction | Decimal], given: tuple[Number, ...]) -> list[Number]:
    found = [rounded(float(value)) for value in exact]
    if all(isinstance(number, int) for number in given):
        return [int(value) if value.is_integer() else value for value in found]
    return list(found)


def _exact(number: Number) -> Fraction:
    return Fraction(repr(number))
