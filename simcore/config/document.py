"""An experiment as it was written: plain data, and the place in the file of every key and item."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NoReturn

from simcore.errors import ExperimentError, Problem

DEPTH = 64  # pydantic reads JSON to a depth of 200, Python recurses to about 1,000
NODES = 100_000  # counted after aliases are expanded

Keys = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Node:
    """One value and the place of its key or item; `value` is a scalar, a dict of nodes or a tuple of nodes."""

    value: Any
    place: str

    def child(self, key: str | int) -> Node | None:
        """The node under a key or index; None if there is none."""
        if isinstance(self.value, dict):
            return self.value.get(key)
        if isinstance(self.value, tuple) and isinstance(key, int) and 0 <= key < len(self.value):
            return self.value[key]
        return None

    def plain(self) -> Any:
        """The value as dicts, lists and scalars, shared with nobody."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, tuple):
            return [node.plain() for node in self.value]
        return self.value


@dataclass(frozen=True)
class Document:
    """An experiment, read and not yet understood.

    root: the tree of nodes. source: the file, None for a dict. directory: what relative paths count from.
    problems: what is wrong in the text itself and did not keep it from being read (a duplicate key, `.nan`).
    """

    root: Node
    source: Path | None
    directory: Path
    problems: tuple[Problem, ...] = ()

    @cached_property
    def data(self) -> dict[str, Any]:
        """The whole experiment as dicts, lists and scalars."""
        return self.root.plain()

    def find(self, path: Keys) -> Node | None:
        """The node at a path; None if there is none."""
        node: Node | None = self.root
        for key in path:
            node = node.child(key) if node is not None else None
        return node

    def place(self, path: Keys) -> str:
        """`FILE:LINE:COLUMN` (from 1) of a key, or its nearest parent where it is absent; or `dict`, `--set`."""
        node = self.root
        for key in path:
            child = node.child(key)
            if child is None:
                break
            node = child
        return node.place

    def keys(self, text: str) -> Keys:
        """A dotted path as keys; a number is an index if a list stands."""
        keys: Keys = ()
        for part in text.split("."):
            node = self.find(keys)
            index = node is not None and isinstance(node.value, tuple) and part.isdecimal()
            keys = (*keys, int(part) if index else part)
        return keys

    def problem(self, path: Keys, message: str) -> Problem:
        """A problem with what stands at `path`."""
        return Problem(self.place(path), dotted(path), one_line(message))


def dotted(path: Keys) -> str:
    """`model.lattice.shape.0`."""
    return one_line(".".join(map(str, path)))


def one_line(text: str) -> str:
    """The text with line ends and other characters that cannot be seen written as escapes."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def from_dict(mapping: Mapping[str, Any], directory: Path | None = None) -> Document:
    """A document from Python values: mappings, lists, tuples, NumPy arrays and numbers; a class at `model.type`.

    directory: what relative paths count from, by default the working directory. Raises ExperimentError for any other
    value, all of them at once.
    """
    return Document(node_of(mapping), None, directory or Path.cwd())


def node_of(value: Any, path: Keys = (), place: str = "dict") -> Node:
    """Python values as nodes, all at one place. Raises ExperimentError."""
    reader = _Values(place)
    root = reader.node(value, path)
    if reader.problems:
        raise ExperimentError(reader.problems)
    return root


class _Values:
    """Turns Python values into nodes; collects what it cannot take."""

    def __init__(self, place: str) -> None:
        self.place = place
        self.problems: list[Problem] = []
        self.count = 0

    def node(self, value: Any, path: Keys) -> Node:
        self.count += 1
        if len(path) > DEPTH or self.count > NODES:
            self._stop(path[:3], "too deep or too large")
        if hasattr(value, "tolist") and hasattr(value, "dtype"):
            if value.size > NODES:
                self._stop(path, f"{value.size} numbers are too many")
            value = value.tolist()
        if isinstance(value, Mapping):
            return Node(self._mapping(value, path), self.place)
        if isinstance(value, (list, tuple)):
            return Node(tuple(self.node(item, (*path, i)) for i, item in enumerate(value)), self.place)
        return Node(self._scalar(value, path), self.place)

    def _stop(self, path: Keys, message: str) -> NoReturn:
        limits = (
            f"an experiment has at most {NODES:,} values, {DEPTH} levels deep; put large data in a file and name it"
        )
        raise ExperimentError([Problem(self.place, dotted(path), f"{message}; {limits}")])

    def _mapping(self, value: Mapping, path: Keys) -> dict[str, Node]:
        for key in value:
            if not isinstance(key, str) or scalar_problem(key):
                self.problems.append(Problem(self.place, dotted(path), f"a key must be text, not {key!r:.60}"))
        return {key: self.node(item, (*path, key)) for key, item in value.items() if isinstance(key, str)}

    def _scalar(self, value: Any, path: Keys) -> Any:
        if isinstance(value, Path):
            value = str(value)
        if isinstance(value, complex):
            value = str(value).strip("()")
        problem = scalar_problem(value)
        if problem and not (path == ("model", "type") and isinstance(value, type)):
            self.problems.append(Problem(self.place, dotted(path), problem))
        return value


def scalar_problem(value: Any) -> str | None:
    """Why a value cannot stand in an experiment; None if it can."""
    if isinstance(value, float) and not (float("-inf") < value < float("inf")):
        return f"must be a finite number, not {value}"
    if isinstance(value, int) and abs(value) >= 2**64:
        return "a whole number must fit in 64 bits"
    if isinstance(value, str) and ("\0" in value or any("\ud800" <= c <= "\udfff" for c in value)):
        return "text must not contain the null character or half of a surrogate pair"
    if value is not None and not isinstance(value, (bool, int, float, str)):
        return f"must be a number, text, true, false, null, a list or a mapping, not {type(value).__name__}"
    return None
