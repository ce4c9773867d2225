"""A part of a document to a section; pydantic's errors to problems with a place."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Sequence
from typing import TypeVar

from simcore.config.document import Document, Keys
from simcore.config.section import Section
from simcore.errors import Problem

S = TypeVar("S", bound=Section)


def validate(
    document: Document,
    section_type: type[S],
    at: Keys = (),
    without: Collection[str] = (),
    elsewhere: Callable[[str], Sequence[str]] | None = None,
) -> tuple[S | None, list[Problem]]:
    """The section at a path, or None and all that is wrong, in the order of the file.

    An absent or null section counts as empty.

    without: keys at the top of the section that somebody else reads. elsewhere: where else in the experiment a key of a
    name stands, for messages.
    A field of type `InputFile` is relative to the document's directory.
    """
    from pydantic import ValidationError

    node = document.find(at)
    value = {} if node is None or node.value is None else node.plain()
    if isinstance(value, dict):
        value = {key: item for key, item in value.items() if key not in without}
    try:
        # as JSON, in which strict types mean what they mean in YAML: a list for a tuple, a text for a complex number
        context = {"directory": document.directory}
        return section_type.model_validate_json(json.dumps(value), context=context), []
    except ValidationError as error:
        # imported only once something is wrong: it would cost every run 6 ms
        from simcore.config.complaints import from_error
        from simcore.config.remarks import nowhere, remark
        from simcore.config.unions import settle

        found = [from_error(item, value, section_type) for item in error.errors(include_url=False)]
    problems: list[Problem] = []
    for c in settle(found):
        path = (*at, *c.path)
        there = document.find(path)
        more = remark(c, path, None if there is None else there.plain(), section_type, elsewhere or nowhere)
        problems.append(document.problem(path, f"{c.message}{more}"))
    return None, in_order(problems)


def in_order(problems: Collection[Problem]) -> list[Problem]:
    """One problem for each key, in the order of the file; those from `--set` last."""
    first: dict[tuple[str, str], Problem] = {}
    for problem in problems:
        first.setdefault((problem.place, problem.path), problem)
    return sorted(first.values(), key=_line_and_column)


def _line_and_column(problem: Problem) -> tuple[float, float]:
    match = re.search(r":(\d+):(\d+)$", problem.place)
    return (int(match[1]), int(match[2])) if match else (float("inf"), 0)
