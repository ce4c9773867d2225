"""What a section type declares at a place: its keys, and a phrase for what belongs there."""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from simcore.config.section import Section

_PHRASES = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    complex: "a complex number such as 1+2j",
    str: "text",
    Path: "the path of a file",
    type(None): "null",
}


def sections_at(section_type: type[Section], location: Sequence[str | int]) -> list[type[Section]]:
    """The section types that may stand at a pydantic location (keys, indices and names of union branches)."""
    return [found for found in _types_at(section_type, location) if _is_section(found)]


def keys_of(sections: Sequence[type[Section]]) -> tuple[str, ...]:
    """The keys that any of the sections has, each once, in order."""
    return tuple(dict.fromkeys(key for section in sections for key, _ in _keys(section)))


def declared_paths(section: type[Section], at: str = "") -> Iterator[str]:
    """The dotted paths of all keys that a section type declares, with `at` in front of them."""
    yield from _declared(section, f"{at}." if at else "", (section,))


def _declared(section: type[Section], front: str, above: tuple[type[Section], ...]) -> Iterator[str]:
    for key in keys_of([section]):
        yield f"{front}{key}"
        for inner in sections_at(section, [key]):
            if inner not in above:
                yield from _declared(inner, f"{front}{key}.", (*above, inner))


def default_at(section_type: type[Section], location: Sequence[str | int]) -> tuple[bool, str]:
    """Whether a key may be left out, and its description."""
    for section in sections_at(section_type, location[:-1]) if location else []:
        for name, field in section.model_fields.items():
            if (field.alias or name) == location[-1]:
                return not field.is_required(), field.description or ""
    return False, ""


def words_of(sections: Sequence[type[Section]], key: str) -> tuple[str, ...]:
    """The words that a key of literal type may take in any of the sections."""
    types_ = [annotation for section in sections for annotation in _step(section, key)]
    return tuple(str(word) for found in types_ if get_origin(found) is Literal for word in get_args(found))


def phrase_at(section_type: type[Section], location: Sequence[str | int]) -> str:
    """What belongs at a location: `a number`, `one of a, b or a whole number`."""
    return " or ".join(dict.fromkeys(_phrase(found) for found in _types_at(section_type, location))) or "a value"


def number_at(section_type: type[Section], location: Sequence[str | int], text: str) -> bool:
    """Whether a number belongs at a location, or a list of them, and `text` is no word that may stand there."""
    found = [inner for annotation in _types_at(section_type, location) for inner in (annotation, *_items(annotation))]
    literals = [word for annotation in found if get_origin(annotation) is Literal for word in get_args(annotation)]
    if str in found or (text.isidentifier() and any(isinstance(word, str) for word in literals)):
        return False
    return float in found or int in found


def _items(annotation: Any) -> list[Any]:
    return _alternatives(get_args(annotation)[0]) if get_origin(annotation) in (tuple, list) else []


def _types_at(section_type: type[Section], location: Sequence[str | int]) -> list[Any]:
    current: list[Any] = [section_type]
    for part in location:
        # a part that is no key is the name of a branch of a union; any part may be a key of a dict
        below = [found for annotation in current for found in _step(annotation, part)]
        below = below or [found for found in current if _is_branch(found, str(part))]
        current = below or [found for annotation in current for found in _dict_values(annotation)] or current
    return current


def _step(annotation: Any, part: str | int) -> Iterator[Any]:
    arguments = get_args(annotation)
    origin = get_origin(annotation)
    if _is_section(annotation):
        for key, field in _keys(annotation):
            if key == part:
                yield from _alternatives(field)
        if annotation.model_config.get("extra") == "allow" and part not in (key for key, _ in _keys(annotation)):
            yield from _dict_values(get_type_hints(annotation, include_extras=True)["__pydantic_extra__"])
    elif origin is tuple and isinstance(part, int) and arguments:
        yield from _alternatives(arguments[0 if arguments[-1] is ... else min(part, len(arguments) - 1)])
    elif origin is list and isinstance(part, int):
        yield from _alternatives(arguments[0])


def _dict_values(annotation: Any) -> list[Any]:
    return _alternatives(get_args(annotation)[1]) if get_origin(annotation) in (dict, Mapping) else []


def _keys(section: type[Section]) -> Iterator[tuple[str, Any]]:
    for name, field in section.model_fields.items():
        yield field.alias or name, field.annotation


def _alternatives(annotation: Any) -> list[Any]:
    if hasattr(annotation, "__value__"):  # type X = ...
        return _alternatives(annotation.__value__)
    origin = get_origin(annotation)
    if origin is Annotated:
        return _alternatives(get_args(annotation)[0])
    if origin in (Union, types.UnionType):
        return [found for argument in get_args(annotation) for found in _alternatives(argument)]
    return [annotation]


def _is_section(annotation: Any) -> bool:
    return isinstance(annotation, type) and get_origin(annotation) is None and issubclass(annotation, Section)


def _is_branch(annotation: Any, label: str) -> bool:
    if _is_section(annotation):
        literals = (get_args(field) for _, field in _keys(annotation) if get_origin(field) is Literal)
        return annotation.__name__ == label or any(label in words for words in literals)
    origin = get_origin(annotation)
    return origin is not None and label.startswith(f"{origin.__name__}[")


def _phrase(annotation: Any) -> str:
    if get_origin(annotation) is Literal:
        words = [str(word) for word in get_args(annotation)]
        return f"one of {', '.join(words)}" if len(words) > 1 else f"'{words[0]}'"
    if _is_section(annotation):
        return f"a section with {', '.join(keys_of([annotation]))}"
    if get_origin(annotation) in (tuple, list):
        return "a list"
    if get_origin(annotation) in (dict, Mapping):
        return "a section"
    return _PHRASES.get(annotation, "a value")
