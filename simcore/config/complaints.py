"""One error of pydantic's in the words of a scientist."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from simcore.config.document import Keys
from simcore.config.fields import keys_of, phrase_at, sections_at, words_of
from simcore.config.nearest import did_you_mean, hint
from simcore.config.section import Section
from simcore.config.words import described

_TYPES = {
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "int_parsing": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "string_type": "text",
    "bool_type": "true or false",
    "list_type": "a list",
    "tuple_type": "a list",
    "set_type": "a list",
    "dict_type": "a section",
    "path_type": "the path of a file",
    "complex_type": "a complex number such as 1+2j",
    "complex_str_parsing": "a complex number such as 1+2j",
    "none_required": "null",
}
_SECTIONS = ("model_type", "model_attributes_type", "dataclass_type")
_LIMITS = {
    "greater_than": ("above", "gt"),
    "greater_than_equal": ("at least", "ge"),
    "less_than": ("below", "lt"),
    "less_than_equal": ("at most", "le"),
    "multiple_of": ("a multiple of", "multiple_of"),
}
_LENGTHS = {"too_short": ("at least", "min_length"), "too_long": ("at most", "max_length")}


@dataclass(frozen=True)
class Complaint:
    """What is wrong with one key.

    path: of the key, from the section's top. branches: (length of path, name) of each union branch on the way to it.
    words, expected: what is allowed, as words to be written and as phrases; given: what stands there, in words.
    """

    kind: Literal["unknown", "missing", "type", "value"]
    path: Keys
    branches: tuple[tuple[int, str], ...] = ()
    words: tuple[str, ...] = ()
    expected: tuple[str, ...] = ()
    given: Any = None
    text: str = ""

    @property
    def message(self) -> str:
        """The line, without its place and path."""
        if self.kind == "unknown":
            return f"unknown key; {hint(str(self.path[-1]), self.words)}"
        if self.kind == "missing":
            return f"missing; {' or '.join(self.expected)} is required"
        if self.kind == "value":
            return self.text
        if isinstance(self.given, float) and abs(self.given) >= 2**63 and "a whole number" in self.expected:
            return f"must be a whole number below 2**63 (9.22e18), not {described(self.given)}"
        return f"must be {self._allowed()}, not {described(self.given)}{self._meant()}"

    def _allowed(self) -> str:
        if self.words and not self.expected:
            return f"one of {', '.join(self.words)}" if len(self.words) > 1 else f"'{self.words[0]}'"
        phrases = [*(f"'{word}'" for word in self.words), *self.expected]
        return ", ".join(phrases[:-1]) + " or " + phrases[-1] if len(phrases) > 1 else phrases[0]

    def _meant(self) -> str:
        meant = did_you_mean(self.given, self.words) if isinstance(self.given, str) else ""
        return f"; {meant}" if meant else ""


def from_error(error: Mapping[str, Any], value: Any, section_type: type[Section]) -> Complaint:
    """A complaint from one of `ValidationError.errors()`; value: the data that was validated."""
    kind, location = error["type"], error["loc"]
    path, branches = _locate(location, value, kind)
    if kind == "extra_forbidden":
        return Complaint("unknown", path, branches, words=keys_of(sections_at(section_type, location[:-1])))
    if location and location[-1] == "[key]":
        return Complaint("unknown", path, branches, words=_quoted(error["ctx"].get("expected", "")))
    if kind == "missing":
        return Complaint("missing", path, branches, expected=(phrase_at(section_type, location),))
    if kind.startswith("union_tag"):
        return _tag(error, path, branches, sections_at(section_type, location))
    if kind in ("literal_error", "enum"):
        return _literal(error, path, branches)
    if kind in _TYPES:
        return Complaint("type", path, branches, expected=(_TYPES[kind],), given=error["input"])
    if kind in _SECTIONS:
        keys = ", ".join(keys_of(sections_at(section_type, location)))
        return Complaint("type", path, branches, expected=(f"a section with {keys}",), given=error["input"])
    return Complaint("value", path, branches, text=_value_text(error))


def _locate(location: Sequence[str | int], value: Any, kind: str) -> tuple[Keys, tuple[tuple[int, str], ...]]:
    """The path in the data, and the union branches that pydantic mixes into it."""
    path: list[str | int] = []
    branches: list[tuple[int, str]] = []
    for position, part in enumerate(location):
        last = position == len(location) - 1
        is_key = isinstance(value, Mapping) and part in value
        if is_key or (isinstance(value, Sequence) and isinstance(part, int) and part < len(value)):
            path.append(part)
            value = value[part]
        elif last and kind == "missing":
            path.append(part)
        elif part != "[key]":
            branches.append((len(path), str(part)))
    return tuple(path), tuple(branches)


def _tag(error: Mapping[str, Any], path: Keys, branches: Any, sections: Sequence[type[Section]]) -> Complaint:
    """No kind, or an unknown one, where a key (`type`) picks between sections."""
    key = error["ctx"]["discriminator"].strip("'")
    if error["type"] == "union_tag_invalid":
        words = _quoted(error["ctx"]["expected_tags"])
        return Complaint("type", (*path, key), branches, words=words, given=error["ctx"]["tag"])
    if not isinstance(error["input"], Mapping):
        return Complaint("type", path, branches, expected=(f"a section with {key}",), given=error["input"])
    words = words_of(sections, key)
    given = error["input"].get(key)
    if given is not None:
        return Complaint("type", (*path, key), branches, words=words, given=given)
    return Complaint("missing", (*path, key), branches, expected=(f"one of {', '.join(words)}",))


def _literal(error: Mapping[str, Any], path: Keys, branches: Any) -> Complaint:
    expected = error["ctx"]["expected"]
    words = _quoted(expected)
    phrases = () if words else (expected,)
    return Complaint("type", path, branches, words=words, expected=phrases, given=error["input"])


def _quoted(text: str) -> tuple[str, ...]:
    return tuple(re.findall(r"'([^']*)'", text))


def _value_text(error: Mapping[str, Any]) -> str:
    kind, context = error["type"], error.get("ctx", {})
    if kind in _LIMITS:
        words, key = _LIMITS[kind]
        return f"must be {words} {context[key]:.15g}, not {described(error['input'])}"
    if kind in _LENGTHS and "actual_length" in context:
        words, key = _LENGTHS[kind]
        items = "item" if context[key] == 1 else "items"
        return f"must have {words} {context[key]} {items}, not {context['actual_length']}"
    if kind in ("value_error", "assertion_error"):
        return (str(context["error"]).splitlines() or ["is not allowed"])[0]
    text = error["msg"].splitlines()[0]
    return f"{text[:1].lower()}{text[1:]}, not {described(error['input'])}"
