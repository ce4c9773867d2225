"""Values in words, for errors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def described(value: Any) -> str:
    """A value in words: `the string 'abc'`, `true`, `a list`."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f"the string '{value[:60]}'" if len(value) <= 60 else f"the string '{value[:60]}...'"
    if isinstance(value, (int, float, complex)):
        return f"{value}"
    return "a section" if isinstance(value, Mapping) else "a list"
