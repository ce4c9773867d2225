"""Overrides: `--set model.parameters.temperature=2.0` on top of a document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from simcore.config.document import DEPTH, Document, Keys, Node, dotted, node_of, one_line
from simcore.config.nearest import hint
from simcore.config.syntax import parse
from simcore.errors import ExperimentError, Problem

PLACE = "--set"
FORMULAS = "formulas"
"""The section of a resolved experiment that holds the formulas of numbers, by dotted path."""


def override(document: Document, overrides: Mapping[str, Any] | Sequence[str]) -> Document:
    """The document with values replaced or added; what was read stays as it is.

    overrides: `["a.b=YAML", ...]` or `{"a.b": value, ...}`; a number in the path counts in a list from 0.
    Raises ExperimentError for all overrides that cannot be applied; problems of the values have the place `--set`.
    """
    problems: list[Problem] = []
    for assignment in overrides.items() if isinstance(overrides, Mapping) else overrides:
        try:
            document = _apply(document, assignment)
        except ExperimentError as error:
            problems += error.problems
    if problems:
        raise ExperimentError(problems)
    return document


def put(document: Document, path: str, value: Any, place: str) -> Document:
    """The document with one value replaced or added, as if it stood at `place`. Raises ExperimentError."""
    try:
        keys = _keys(path)
        root = _put(_without_formula(document.root, keys), keys, node_of(value, keys, place), ())
    except ExperimentError as error:
        raise ExperimentError([replace(problem, place=place) for problem in error.problems]) from None
    return replace(document, root=root)


def without(document: Document, section: str) -> Document:
    """The document without one of its sections."""
    entries = {key: node for key, node in document.root.value.items() if key != section}
    return replace(document, root=Node(entries, document.root.place))


def _apply(document: Document, assignment: str | tuple[str, Any]) -> Document:
    if isinstance(assignment, str):
        text, yaml = _split(assignment)
        keys = _keys(text)
        node, lesser = parse(yaml, lambda line, column: PLACE, keys)
    else:
        keys, lesser = _keys(assignment[0]), []
        node = node_of(assignment[1], keys, PLACE)
    root = _put(_without_formula(document.root, keys), keys, node or Node(None, PLACE), ())
    return replace(document, root=root, problems=(*document.problems, *lesser))


def _without_formula(root: Node, keys: Keys) -> Node:
    """Without the formula of the number at a path, or below it, in the section `formulas` of a resolved experiment."""
    formulas = root.child(FORMULAS)
    if formulas is None or not isinstance(formulas.value, dict) or keys[0] == FORMULAS:
        return root
    path = dotted(keys)
    left = {key: node for key, node in formulas.value.items() if key != path and not key.startswith(f"{path}.")}
    return replace(root, value={**root.value, FORMULAS: replace(formulas, value=left)})


def _split(assignment: str) -> tuple[str, str]:
    text, equals, value = assignment.partition("=")
    if not equals:
        raise _wrong(assignment, "must be written KEY=VALUE, as in model.parameters.temperature=2.0")
    return text.strip(), value


def _keys(text: str) -> tuple[str, ...]:
    keys = tuple(text.split(".")) if isinstance(text, str) else ()
    if not all(keys) or not 0 < len(keys) <= DEPTH:
        raise _wrong(f"{text!s:.60}", "must be a dotted path, as in model.parameters.temperature")
    return keys


def _put(parent: Node, keys: tuple[str, ...], value: Node, above: Keys) -> Node:
    """`parent` with `value` at `keys` below it; mappings on the way are made if there are none."""
    if not keys:
        return value
    if isinstance(parent.value, tuple):
        return _put_item(parent, keys, value, above)
    if parent.value is not None and not isinstance(parent.value, dict):
        raise _wrong(dotted((*above, *keys)), f"'{dotted(above)}' is neither a mapping nor a list")
    entries = parent.value or {}
    key, rest = _next_key(entries, keys)
    child = entries.get(key, Node(None, value.place))
    below = _put(child, rest, value, (*above, key))
    return replace(parent, value={**entries, key: below})


def _put_item(parent: Node, keys: tuple[str, ...], value: Node, above: Keys) -> Node:
    items = parent.value
    if not keys[0].isascii() or not keys[0].isdigit() or len(keys[0]) > 6 or int(keys[0]) >= len(items):
        allowed = hint(keys[0], [str(i) for i in range(min(len(items), 10))])
        raise _wrong(dotted((*above, *keys)), f"'{dotted(above)}' is a list of {len(items)}; {allowed}")
    index = int(keys[0])
    below = _put(items[index], keys[1:], value, (*above, index))
    return replace(parent, value=(*items[:index], below, *items[index + 1 :]))


def _next_key(entries: Mapping[str, Node], keys: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """The key to go down by; a key that holds dots itself (`sweep.grid` has such) is found whole."""
    for length in range(len(keys), 1, -1):
        if (key := ".".join(keys[:length])) in entries:
            return key, keys[length:]
    return keys[0], keys[1:]


def _wrong(path: str, message: str) -> ExperimentError:
    return ExperimentError([Problem(PLACE, one_line(path), one_line(message))])
