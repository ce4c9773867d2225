"""The words of YAML 1.2: what a plain scalar means (core schema, https://yaml.org/spec/1.2.2/#103-core-schema)."""

from __future__ import annotations

import re

Scalar = None | bool | int | float | str

_WORDS: dict[str, Scalar] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
    **dict.fromkeys((s + w for s in ("", "+") for w in (".inf", ".Inf", ".INF")), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
}
_WHOLE = re.compile(r"([-+]?[0-9]+)(?:[eE]\+?([0-9]+))?", re.ASCII)
_BASED = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", re.ASCII)


def plain_scalar(text: str) -> Scalar:
    """The value of a plain (unquoted) scalar.

    `1e5` is the whole number 100000; whole numbers beyond 64 bits are floats, and what overflows them is infinite.
    """
    if text in _WORDS:
        return _WORDS[text]
    if match := _WHOLE.fullmatch(text):
        return _whole(match[1], match[2] or "0", text)
    if _BASED.fullmatch(text):
        return _bounded(int(text, 0)) if len(text) < 80 else float("inf")
    if _NUMBER.fullmatch(text):
        return float(text)
    return text


def _whole(digits: str, exponent: str, text: str) -> int | float:
    # the lengths are looked at first: 10**999999999 would take all memory
    if len(digits) > 40 or len(exponent) > 2:
        return float(text)
    value = _bounded(int(digits) * 10 ** int(exponent))
    return value if isinstance(value, int) else float(text)


def _bounded(value: int) -> int | float:
    return value if abs(value) < 2**64 else float(value)
