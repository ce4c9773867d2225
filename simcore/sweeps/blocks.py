"""Blocks of a sweep: the lists of values that its keys take, and which combinations of them are points."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from simcore.config import Document, Keys, dotted
from simcore.config.document import one_line
from simcore.config.generated import length, values
from simcore.errors import ExperimentError, Problem
from simcore.sweeps.limit import MOST_POINTS, too_many
from simcore.sweeps.paths import whole_path
from simcore.sweeps.sampling import sample
from simcore.sweeps.sections import Block, Generator
from simcore.sweeps.table import Table

Place = Callable[[int], str]


@dataclass(frozen=True)
class Column:
    """The values of one key, and the places in the file where they stand. head: the place of the key."""

    path: str
    values: Sequence[Any]
    head: str
    place: Place


@dataclass(frozen=True)
class Axis:
    """Columns of one length that are read side by side. named: a dimension of its own, from `grid`."""

    columns: tuple[Column, ...]
    named: bool

    def __len__(self) -> int:
        return len(self.columns[0].values)


@dataclass(frozen=True)
class Combinations:
    """The points of one block without their replicas.

    axes: one for each key of `grid`, then at most one for all else. indices: for each axis the row that a combination
    takes, int32 arrays of one length, the last axis fastest. replicas: how many of each combination.
    """

    axes: tuple[Axis, ...]
    indices: tuple[np.ndarray, ...]
    replicas: int

    def __len__(self) -> int:
        return len(self.indices[0]) if self.indices else 1


class BlockReader:
    """Reads one block. at: where it stands in the document; known: the keys that an experiment has."""

    def __init__(self, document: Document, at: Keys, block: Block, known: Collection[str]) -> None:
        self.document, self.at, self.block, self.known = document, at, block, known

    def combinations(self) -> Combinations:
        """All combinations, `where` not applied. Raises ExperimentError, before anything large is made."""
        self._refuse_if_too_many()
        axes = [Axis((column,), named=True) for column in self._swept("grid")]
        rows = [Axis(tuple(columns), named=False) for columns in self._row_columns() if columns]
        if rows:
            axes.append(_side_by_side(rows))
        shape = tuple(map(len, axes))
        if (points := math.prod(shape) * self.block.replicas) > MOST_POINTS:  # a table's length is known only now
            self._stop(self.at, too_many(points))
        indices = np.unravel_index(np.arange(math.prod(shape)), shape) if shape else ()
        return Combinations(tuple(axes), tuple(index.astype(np.int32) for index in indices), self.block.replicas)

    def _refuse_if_too_many(self) -> None:
        block = self.block
        grid = [self._length("grid", key) for key in block.grid or {}]
        sides = {key: self._length("zip", key) for key in block.zip or {}}
        if len(set(sides.values())) > 1:
            lengths = ", ".join(f"{key} has {count}" for key, count in sides.items())
            self._stop((*self.at, "zip"), f"lists read side by side must have one length: {lengths}")
        points = math.prod(grid) * max([*sides.values(), 1]) * (block.sample.points if block.sample else 1)
        points *= block.replicas
        if points > MOST_POINTS:
            self._stop(self.at, too_many(points))

    def _length(self, part: str, key: str) -> int:
        given = getattr(self.block, part)[key]
        count = length(given) if isinstance(given, Generator) else len(given)
        if count == 0:
            self._stop((*self.at, part, key), "has no values")
        return count

    def _row_columns(self) -> list[list[Column]]:
        block = self.block
        return [self._swept("zip"), self._sampled() if block.sample else [], self._table() if block.from_ else []]

    def _swept(self, part: str) -> list[Column]:
        return [self._column((*self.at, part, key), given) for key, given in (getattr(self.block, part) or {}).items()]

    def _column(self, at: Keys, given: Any) -> Column:
        key, head = str(at[-1]), self.document.place(at)
        if isinstance(given, Generator):
            return Column(key, values(given), head, partial(_everywhere, head))
        return Column(key, given, head, lambda index: self.document.place((*at, index)))

    def _sampled(self) -> list[Column]:
        assert self.block.sample is not None
        found = sample(self.block.sample)
        heads = {key: self.document.place((*self.at, "sample", "ranges", key)) for key in found}
        return [Column(key, column, heads[key], partial(_everywhere, heads[key])) for key, column in found.items()]

    def _table(self) -> list[Column]:
        assert self.block.from_ is not None
        table = Table(self.block.from_)
        return [
            Column(self._path(table, key), column, table.head(key), partial(table.place, key))
            for key, column in table.columns.items()
        ]

    def _path(self, table: Table, key: str) -> str:
        try:
            return whole_path(key, self.known)
        except ValueError as error:
            raise ExperimentError([Problem(table.head(key), "", one_line(str(error)))]) from None

    def _stop(self, at: Keys, message: str) -> None:
        raise ExperimentError([Problem(self.document.place(at), dotted(at), message)])


def _everywhere(place: str, index: int) -> str:
    return place


def _side_by_side(axes: Sequence[Axis]) -> Axis:
    """The product of several lists of rows as one list of rows."""
    if len(axes) == 1:
        return axes[0]
    shape = tuple(map(len, axes))
    picks = np.unravel_index(np.arange(math.prod(shape)), shape)
    columns = [
        _picked(column, pick.tolist()) for axis, pick in zip(axes, picks, strict=True) for column in axis.columns
    ]
    return Axis(tuple(columns), named=False)


def _picked(column: Column, rows: list[int]) -> Column:
    return Column(
        column.path, [column.values[row] for row in rows], column.head, lambda index: column.place(rows[index])
    )
