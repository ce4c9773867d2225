"""Strict YAML 1.2: text to nodes in which every key and item knows its place."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, NoReturn

from simcore.config.document import DEPTH, NODES, Keys, Node, dotted, one_line, scalar_problem
from simcore.config.scalars import plain_scalar
from simcore.errors import ExperimentError, Problem

Place = Callable[[int, int], str]


def parse(text: str, place: Place, path: Keys = ()) -> tuple[Node | None, list[Problem]]:
    """The one value in a YAML text (None if there is none), and what is wrong in it that did not stop the reading.

    place: turns a line and column (from 0) into a place; path: where the value stands. Raises ExperimentError.
    """
    from ruamel.yaml.error import MarkedYAMLError, YAMLError
    from ruamel.yaml.reader import ReaderError

    builder = _Builder(_events(text), place)
    try:
        return builder.document(path), builder.problems
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = (mark.line, mark.column) if mark else builder.position
        reason = f"not valid YAML: {_reason(error)}"
    except ReaderError as error:
        where = position(text, error.position)
        reason = f"the character {chr(error.character)!a} is not allowed"
    except (YAMLError, ValueError) as error:  # a bad \U escape is a bare ValueError in ruamel.yaml
        where = builder.position
        reason = f"not valid YAML after this: {error}"
    raise ExperimentError([*builder.problems, Problem(place(*where), dotted(path), one_line(reason))])


def _events(text: str) -> Iterator[Any]:
    from ruamel.yaml import YAML

    return YAML(typ="safe", pure=True).parse(text)


def position(text: str, offset: int) -> tuple[int, int]:
    """Line and column, from 0."""
    line, start = 0, 0
    for end in re.finditer("\r\n|[\n\r\x85\u2028\u2029]", text[:offset]):
        line, start = line + 1, end.end()
    return line, offset - start


def _reason(error: Any) -> str:
    reason = str(error.problem or error.context)
    if "'\\t'" in reason:
        return "a tab cannot indent a line; use spaces"
    return f"{reason}, {error.context}" if error.problem and error.context else reason


def _tag(event: Any) -> str:
    return str(event.tag).replace("tag:yaml.org,2002:", "!!")


def _is_plain(event: Any) -> bool:
    return type(event).__name__ == "ScalarEvent" and event.implicit[0] and event.tag is None


def _is_torn(text: str, key: Any, item: Any) -> bool:
    """Whether a key without a value is the rest of the value before it: `{a: 2,27}`, `{a: max(u, 0)}`."""
    if not (text and _is_plain(key) and _is_plain(item) and item.value == ""):
        return False
    digits = re.fullmatch(r"[-+]?[0-9]+", text) and re.fullmatch(r"[0-9]+(?:[eE][-+]?[0-9]+)?", key.value)
    return bool(digits) or text.count("(") > text.count(")")


class _Builder:
    """Builds nodes from the events of the parser: no recursion into unknown depth, no tag ever resolved."""

    def __init__(self, events: Iterator[Any], place: Place) -> None:
        self.events, self.place = events, place
        self.problems: list[Problem] = []
        self.position = (0, 0)
        self._anchors: dict[str, tuple[Node, int, int] | None] = {}
        self._count = 0

    def document(self, path: Keys) -> Node | None:
        self._next()
        if type(self._next()).__name__ == "StreamEndEvent":
            return None
        root, _ = self._node(self._next(), path)
        self._next()
        if type(event := self._next()).__name__ != "StreamEndEvent":
            self._stop(event, path, "a second document begins here; a file holds one experiment")
        return root

    def _next(self) -> Any:
        event = next(self.events)
        self.position = event.start_mark.line, event.start_mark.column
        return event

    def _place(self, event: Any) -> str:
        return self.place(event.start_mark.line, event.start_mark.column)

    def _stop(self, event: Any, path: Keys, message: str) -> NoReturn:
        raise ExperimentError([*self.problems, Problem(self._place(event), dotted(path), one_line(message))])

    def _complain(self, event: Any, path: Keys, message: str) -> None:
        self.problems.append(Problem(self._place(event), dotted(path), one_line(message)))

    def _node(self, event: Any, path: Keys, depth: int = 0) -> tuple[Node, int]:
        """The node that begins with `event`, and how many levels it has."""
        kind = type(event).__name__
        if kind == "AliasEvent":
            return self._alias(event, path, depth)
        self._counted(event, path, 1)
        if depth > DEPTH:
            self._stop(event, path[:3], f"nested more than {DEPTH} levels deep")
        if event.tag not in (None, "!"):
            self._complain(
                event, path, f"the tag {_tag(event)} is not allowed; write the value plainly, text in quotes"
            )
        before = self._count
        if event.anchor:
            self._anchors[event.anchor] = None
        node, levels = self._content(kind, event, path, depth)
        if event.anchor:
            self._anchors[event.anchor] = node, self._count - before + 1, levels
        return node, levels

    def _content(self, kind: str, event: Any, path: Keys, depth: int) -> tuple[Node, int]:
        if kind == "MappingStartEvent":
            return self._mapping(event, path, depth)
        if kind == "SequenceStartEvent":
            return self._sequence(event, path, depth)
        return self._scalar(event, path), 1

    def _alias(self, event: Any, path: Keys, depth: int) -> tuple[Node, int]:
        if event.anchor not in self._anchors:
            self._stop(event, path, f"no anchor &{event.anchor} stands before this alias")
        anchored = self._anchors[event.anchor]
        if anchored is None:
            self._stop(event, path, f"the alias *{event.anchor} contains itself")
        node, size, levels = anchored
        self._counted(event, path, size)
        if depth + levels > DEPTH:
            self._stop(event, path[:3], f"nested more than {DEPTH} levels deep")
        return replace(node, place=self._place(event)), levels

    def _counted(self, event: Any, path: Keys, size: int) -> None:
        self._count += size
        if self._count > NODES:
            self._stop(
                event, path, f"more than {NODES:,} values, aliases expanded; put large data in a file and name the file"
            )

    def _scalar(self, event: Any, path: Keys) -> Node:
        plain = event.implicit[0] and event.tag is None
        value = plain_scalar(event.value) if plain else event.value
        if problem := scalar_problem(value):
            given = f", not {event.value:.40}" if isinstance(value, float) else ""
            self._complain(event, path, "must be a finite number" + given if given else problem)
            value = None
        return Node(value, self._place(event))

    def _sequence(self, event: Any, path: Keys, depth: int) -> tuple[Node, int]:
        items: list[Node] = []
        deepest = 0
        while type(item := self._next()).__name__ != "SequenceEndEvent":
            node, levels = self._node(item, (*path, len(items)), depth + 1)
            items.append(node)
            deepest = max(deepest, levels)
        return Node(tuple(items), self._place(event)), deepest + 1

    def _mapping(self, event: Any, path: Keys, depth: int) -> tuple[Node, int]:
        entries: dict[str, Node] = {}
        deepest = 0
        text, last = "", ""  # of the value before, if it is plain, and of its key
        torn: list[Any] = []  # what commas have torn off that value
        while type(key := self._next()).__name__ != "MappingEndEvent":
            item = self._next()
            if event.flow_style and _is_torn(text, key, item):
                torn, text = [*torn, key], f"{text},{key.value}"
                continue
            if torn:
                self._torn(torn[0], (*path, last), text)
                torn = []
            name = self._key(key, path, depth)
            node, levels = self._node(item, (*path, name), depth + 1)
            deepest = max(deepest, levels)
            text, last = (item.value, name) if _is_plain(item) else ("", "")
            if name in entries:
                self._complain(key, (*path, name), f"duplicate key; the first stands at {entries[name].place}")
            else:
                entries[name] = replace(node, place=self._place(key))
        if torn:
            self._torn(torn[0], (*path, last), text)
        return Node(entries, self._place(event)), deepest + 1

    def _torn(self, key: Any, path: Keys, text: str) -> None:
        """A comma within a value ends it in a mapping in braces: say so, once for each value."""
        first, _, rest = text.partition(",")
        called = re.fullmatch(r"(?:np\.|numpy\.)?(linspace|geomspace|logspace|arange|range)\(([^()]*)\)?", text)
        if called and called[1] != "logspace":
            numbers = ", ".join(part.strip() for part in called[2].split(","))
            advice = f"a rule for values is written {{{called[1]}: [{numbers}]}}"
        elif called:
            advice = "a rule for values is written {geomspace: [first, last, how many]}, with the ends themselves"
        elif "(" in text:
            advice = "write the formula in quotes"
        else:
            grouped = f", or {first}{rest} without the comma" if len(rest) == 3 else ""
            advice = f"a decimal point is a point; write {first}.{rest}{grouped}"
        self._complain(key, path, f"the comma after '{first:.60}' ends the value; {advice}")

    def _key(self, event: Any, path: Keys, depth: int) -> str:
        if type(event).__name__ != "ScalarEvent":
            self._stop(event, path, "a key must be text, not a list, a mapping or an alias")
        self._counted(event, path, 1)
        value = self._scalar(event, path).value
        if not isinstance(value, str):
            self._complain(event, path, f"a key must be text; write '{event.value}' in quotes")
        return event.value
