"""What is written at axes: long names and units, in typography instead of ASCII."""

from __future__ import annotations

import re
from typing import Any

import xarray

_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_POWER = re.compile(r"(?:\^|\*\*)(-?\d+)(?![\w.])")
_SUBSCRIPT = re.compile(r"(?<![\w$])([A-Za-z])_([A-Za-z0-9]+)(?!\w)")
_MEAN = re.compile(r"<(?![ =])([^<>=]+)(?<! )>")


def typeset(text: str) -> str:
    """The same as `plain`, and `k_B` with an index, for matplotlib."""
    return _SUBSCRIPT.sub(r"$\1_\\mathrm{\2}$", plain(text.replace("$", r"\$")))


def plain(text: str) -> str:
    """`N (<m^2> - <|m|>^2)/T` with superscripts, angle brackets and a minus sign."""
    while (bracketed := _MEAN.sub(r"⟨\1⟩", text)) != text:
        text = bracketed
    return _POWER.sub(lambda power: power[1].translate(_SUPERSCRIPTS), text).replace(" - ", " − ")


def spoken(name: str) -> str:
    """`abs_magnetization` as words."""
    return name.replace("_", " ")


def labelled(text: str, units: str) -> str:
    """A quantity with its unit in brackets, where it has one."""
    text = typeset(text)
    return text if units in ("", "1") else f"{text} [{typeset(units)}]"


def label(variable: xarray.DataArray) -> str:
    """The long name of a variable with its unit."""
    return labelled(str(variable.attrs.get("long_name", variable.name)), unit(variable))


def unit(variable: xarray.DataArray) -> str:
    return str(variable.attrs.get("units", "1"))


def value_text(value: Any) -> str:
    """A value of a coordinate."""
    return f"{value:.6g}" if isinstance(value, float) else str(value)
