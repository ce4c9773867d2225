"""A value and its standard error in the notation with parentheses."""

from __future__ import annotations

import math
from decimal import Decimal

from simcore.statistics.real import check_real

_DIGITS_OF_A_FLOAT = 16


def notation(value: float, error: float) -> str:
    """A value and its standard error in the notation of physics tables: 1.4337 with error 0.0012 is `1.4337(12)`.

    Args:
        value, error: real numbers in the same units.

    Returns:
        The error with two digits, in units of the last two of the value. An error with digits on both sides of the
        point shows it, `12.3(4.5)`. Below 10**-4, from 10**6 on, or if the error is 100 or more there is an exponent,
        `1.235(68)e+04`. Without a usable error (0, NaN, infinite, or below the precision of the value) the value has up
        to ten digits: `0.25(0)`, `0.25(nan)`.

    Raises:
        ValueError: the error is negative, or one of them is complex.

    Example:
        >>> notation(1.4337, 0.0012)
        '1.4337(12)'
    """
    check_real(value, "the value")
    check_real(error, "the error")
    value, error = float(value), float(error)
    if error < 0.0:
        raise ValueError(f"a standard error is not negative: {error}")
    if not math.isfinite(value):
        return str(value)
    if not math.isfinite(error) or error <= abs(value) * 10.0**-_DIGITS_OF_A_FLOAT:
        return f"{value:.10g}({error:g})"
    exponent = max(_exponent(Decimal(value)), _exponent(Decimal(error)))
    if -5 < exponent < 6 and _exponent(Decimal(error)) < 2:
        return _fixed(Decimal(value), Decimal(error))
    return f"{_fixed(Decimal(value).scaleb(-exponent), Decimal(error).scaleb(-exponent))}e{exponent:+03d}"


def _fixed(value: Decimal, error: Decimal) -> str:
    """Both rounded to the second digit of the error, without exponents."""
    decimals = max(0, 1 - _exponent(error))
    digits = f"{error:.{decimals}f}"
    if error < 1 and digits.startswith("0."):
        digits = digits.removeprefix("0.").lstrip("0")
    return f"{value:z.{decimals}f}({digits})"


def _exponent(number: Decimal) -> int:
    """The power of ten of the number rounded to two digits: 0 for 0.996, which becomes 1.0."""
    return int(f"{number:.1e}".partition("e")[2]) if number else -_DIGITS_OF_A_FLOAT
