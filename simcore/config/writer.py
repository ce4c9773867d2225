"""Plain data to YAML that `read` takes back value for value."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from simcore.config.scalars import plain_scalar

_PLAIN = re.compile(r"[A-Za-z0-9_/](?:[\w./+*()-]|(?<! ) (?=[\w./+*(-]))*", re.ASCII)


def to_text(data: Mapping[str, Any]) -> str:
    """The YAML text of dicts, lists and scalars: mappings in block style, lists on one line."""
    return "\n".join(_lines(data, "")) + "\n"


def _lines(data: Mapping[str, Any], indent: str) -> Iterator[str]:
    for key, value in data.items():
        if isinstance(value, Mapping) and value:
            yield f"{indent}{_text(key)}:"
            yield from _lines(value, indent + "  ")
        else:
            yield f"{indent}{_text(key)}: {_flow(value)}"


def _flow(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_text(key)}: {_flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return _text(value) if isinstance(value, str) else json.dumps(value, allow_nan=False)


def _text(text: str) -> str:
    """Plain if nothing can be misread, else in double quotes (JSON's strings are YAML's, some characters aside)."""
    if len(text) < 100 and _PLAIN.fullmatch(text) and isinstance(plain_scalar(text), str):
        return text
    quoted = json.dumps(text, ensure_ascii=False)
    return "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in quoted)
