"""What to add to a complaint: where a key belongs, that a list is a sweep, that a key can be left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from simcore.config.complaints import Complaint
from simcore.config.document import Keys, dotted
from simcore.config.fields import default_at, keys_of, sections_at
from simcore.config.nearest import nearest
from simcore.config.section import Section

NUMBERS = ("a number", "a whole number")
SWEPT = ("model", "run")
LEFT_OUT = ("auto", "default", "never", "no", "none", "null", "off", "random")
"""Words for which a key that takes none of them is left out."""
RULES = ("linspace", "geomspace", "logspace", "arange", "range")

Elsewhere = Callable[[str], Sequence[str]]
"""Where else in an experiment a key of this name stands: dotted paths."""


def nowhere(name: str) -> Sequence[str]:
    """Nothing is known of other sections."""
    return ()


def remark(complaint: Complaint, path: Keys, value: Any, section_type: type[Section], elsewhere: Elsewhere) -> str:
    """What to add to the line, or ''. path: of the key from the top of the experiment; value: what stands there."""
    if complaint.kind == "unknown" and nearest(str(path[-1]), complaint.words) is None:
        return stands_at(str(path[-1]), elsewhere)
    if complaint.kind == "value" and path[0] in SWEPT and isinstance(value, Mapping) and is_several(value):
        return _sweep(complaint.path, path, value, section_type)
    if complaint.kind != "type":
        return ""
    given = complaint.given
    if path[0] in SWEPT and any(phrase in NUMBERS for phrase in complaint.expected) and is_several(given):
        return _sweep(complaint.path, path, given, section_type)
    if "a list" in complaint.expected and "a number" not in complaint.expected and _is_number(given):
        return f"; write a list, such as [{given}] or [{given}, {given}]"
    if isinstance(given, str) and given.casefold() in LEFT_OUT and _wants_number(complaint):
        optional, description = default_at(section_type, complaint.path)
        return f"; leave the key out ({description})" if optional and description else ""
    return ""


def stands_at(name: str, elsewhere: Elsewhere) -> str:
    """`; it stands at output.observables`, or ''."""
    found = elsewhere(name)
    return f"; it belongs to {' or '.join(found)}" if 0 < len(found) <= 3 else ""


def is_several(given: Any) -> bool:
    """Whether a value is a list of numbers, or a rule that gives one."""
    if isinstance(given, Mapping):
        return len(given) == 1 and next(iter(given)) in RULES
    return isinstance(given, Sequence) and not isinstance(given, str) and all(map(_is_number, given)) and bool(given)


def _sweep(inner: Keys, path: Keys, given: Any, section_type: type[Section]) -> str:
    beside = keys_of(sections_at(section_type, inner[:-1])) if inner else ()
    shape = "; one number for each axis is shape: [...]" if "shape" in beside and inner[-1] == "size" else ""
    written = "[...]" if isinstance(given, Sequence) else "{" + f"{next(iter(given))}: [...]" + "}"
    return f"{shape}; several values are a sweep, sweep: {{grid: {{{dotted(path)}: {written}}}}}"


def _wants_number(complaint: Complaint) -> bool:
    return any(phrase in NUMBERS for phrase in complaint.expected)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
