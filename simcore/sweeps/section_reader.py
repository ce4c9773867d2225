"""The `sweep` section of a document: validated, its blocks multiplied out."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from simcore.config import Document, Keys, dotted, validate
from simcore.errors import ExperimentError, Problem
from simcore.formulas import ExpressionError
from simcore.sweeps.blocks import BlockReader, Column, Combinations
from simcore.sweeps.conditions import chosen
from simcore.sweeps.layout import Layout, arranged
from simcore.sweeps.limit import MOST_POINTS, too_many
from simcore.sweeps.paths import clashes, known_paths, refusal
from simcore.sweeps.sections import Block, SweepSection


def combinations_of(document: Document) -> tuple[SweepSection, Layout]:
    """The section, and all combinations of its blocks. Raises ExperimentError."""
    section, blocks = _blocks(document)
    known = known_paths(document)
    found: list[Combinations] = []
    problems: list[Problem] = []
    for at, block in blocks:
        try:
            found.append(_combinations(document, at, block, known))
        except ExperimentError as error:
            problems += error.problems
    if problems:
        raise ExperimentError(problems)
    points = sum(len(one) * one.replicas for one in found)
    if points > MOST_POINTS:
        raise ExperimentError([document.problem(("sweep",), too_many(points))])
    return section, arranged(found)


def _blocks(document: Document) -> tuple[SweepSection, list[tuple[Keys, Block]]]:
    node = document.find(("sweep",))
    assert node is not None
    if isinstance(node.value, tuple):
        count, at = len(node.value), ("sweep",)
        if not count:
            raise ExperimentError([document.problem(at, "is empty; a list of blocks is expected")])
        found = [validate(document, Block, (*at, i)) for i in range(count)]
        problems = [problem for _, wrong in found for problem in wrong]
        if problems:
            raise ExperimentError(problems)
        blocks = [block for block, _ in found if block is not None]
        section = SweepSection.model_construct(blocks=blocks)
        return section, [(("sweep", i), block) for i, block in enumerate(blocks)]
    whole, problems = validate(document, SweepSection, ("sweep",))
    if whole is None:
        raise ExperimentError(problems)
    if whole.blocks is not None:
        return whole, [(("sweep", "blocks", i), block) for i, block in enumerate(whole.blocks)]
    return whole, [(("sweep",), whole)]


def _combinations(document: Document, at: Keys, block: Block, known: Collection[str]) -> Combinations:
    found = BlockReader(document, at, block, known).combinations()
    columns = [column for axis in found.axes for column in axis.columns]
    _refuse_paths(columns, known)
    if block.where is not None:
        found = _chosen(document, (*at, "where"), found, block.where)
    return found


def _chosen(document: Document, at: Keys, found: Combinations, condition: str) -> Combinations:
    try:
        left = chosen(found, condition)
    except ExpressionError as error:
        raise ExperimentError([document.problem(at, str(error))]) from None
    if not len(left):
        raise ExperimentError([document.problem(at, f"no point is left of {len(found):,}")])
    return left


def _refuse_paths(columns: Sequence[Column], known: Collection[str]) -> None:
    problems: list[Problem] = []
    seen: dict[str, Column] = {}
    for column in columns:
        path = column.path
        if reason := refusal(path, known):
            problems.append(Problem(column.head, dotted((path,)), reason))
        elif path in seen:
            problems.append(Problem(column.head, path, f"is swept twice; first at {seen[path].head}"))
        seen[path] = column
    for path, above in clashes(seen):
        problems.append(Problem(seen[path].head, path, f"lies within {above}, which is swept, too"))
    if problems:
        raise ExperimentError(problems)
