"""Where an experiment gives a name to something of a model, and names that the generated code needs for itself."""

from __future__ import annotations

import builtins
import re
from collections.abc import Iterable, Mapping

from simcore.spec.model import Model

_SECTIONS = ("parameters", "fields", "expressions")
_DEFINED = re.compile(r"^(?:def (\w+)|(\w+) = |(?:from \S+ )?import (\w+)(?: as (\w+))?)", re.MULTILINE)


def place_of(model: Model, name: str) -> str:
    """The dotted path of the key that gives a name to an array or a number; `model` if there is none."""
    for section in _SECTIONS:
        part = getattr(model, section, None)
        if part is not None and name in (part if isinstance(part, Mapping) else dict(part)):
            return f"model.{section}.{name}"
    return "model"


def clash(text: str, names: Iterable[str]) -> str | None:
    """The first of these names that generated code defines or calls itself, so that nothing else may have it."""
    defined = {name for found in _DEFINED.finditer(text) for name in found.groups() if name}
    for name in names:
        if name in defined or (hasattr(builtins, name) and re.search(rf"(?<![\w.]){name}\(", text)):
            return name
    return None
