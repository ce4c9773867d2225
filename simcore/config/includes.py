"""`include`: what several experiments share, in a file of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from simcore.config.document import Document, Node
from simcore.errors import ExperimentError

KEY = "include"
DEEPEST = 10
NOT_INHERITED = ("name",)
"""Keys at the top that an included file keeps for itself: results are named after the experiment that is run."""

Reading = Callable[[Path], Document]


def with_included(document: Document, file: Path, read: Reading, depth: int = 0) -> Document:
    """The document with the sections of the files that it includes below its own. Raises ExperimentError.

    Sections are merged key by key; what a file says itself holds against what it includes, and a later file of a list
    against an earlier one. Every key keeps its place, so that what is wrong in a file is told with that file's line.
    read: a file without its includes.
    """
    node = document.root.child(KEY)
    if node is None:
        return document
    root = Node({key: item for key, item in document.root.value.items() if key != KEY}, document.root.place)
    if depth >= DEEPEST:
        raise ExperimentError([document.problem((KEY,), f"files include each other more than {DEEPEST} deep")])
    below: Node | None = None
    problems = document.problems
    for name in _names(document, node):
        path = file.parent / name
        if not path.is_file():
            raise ExperimentError([document.problem((KEY,), f"there is no file {path}")])
        found = with_included(read(path), path, read, depth + 1)
        problems += found.problems
        kept = {key: item for key, item in found.root.value.items() if key not in NOT_INHERITED}
        part = Node(kept, found.root.place)
        below = part if below is None else merged(below, part)
    return Document(root if below is None else merged(below, root), document.source, document.directory, problems)


def _names(document: Document, node: Node) -> list[str]:
    given = node.plain()
    names = given if isinstance(given, list) else [given]
    if not names or not all(isinstance(name, str) and name for name in names):
        reason = "must be the path of a file, or a list of paths: include: shared.yaml"
        raise ExperimentError([document.problem((KEY,), reason)])
    return names


def merged(below: Node, above: Node) -> Node:
    """Two trees as one: mappings key by key, all else as it stands above."""
    if not (isinstance(below.value, dict) and isinstance(above.value, dict)):
        return above
    entries = dict(below.value)
    for key, item in above.value.items():
        entries[key] = merged(entries[key], item) if key in entries else item
    return Node(entries, above.place)
