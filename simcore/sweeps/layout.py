"""All points of a sweep as columns of indices: a hundred thousand take a few megabytes, and none is an object yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from simcore.sweeps.blocks import Column, Combinations


@dataclass(frozen=True)
class Values:
    """One swept key over all combinations.

    columns: where its values come from, one column for each block that sweeps it, in order. codes: int32, for each
    combination the number of its value, the columns counted through; -1 if its block leaves the key alone.
    """

    columns: tuple[Column, ...]
    codes: np.ndarray

    @property
    def path(self) -> str:
        """The dotted path of the key."""
        return self.columns[0].path

    @property
    def head(self) -> str:
        """The first position of the key in the file."""
        return self.columns[0].head

    def listed(self) -> list[Any]:
        """All values by their numbers."""
        return [value for column in self.columns for value in column.values]

    def place(self, code: int) -> str:
        """Where in the file the value of a number stands."""
        for column in self.columns:
            if code < len(column.values):
                return column.place(code)
            code -= len(column.values)
        raise IndexError(code)


@dataclass(frozen=True)
class Layout:
    """The combinations of all blocks, one after the other.

    values: one for each swept key. replicas: int64, how many realisations of each combination. axes: for a sweep of
    one block with a grid, the length of each of its dimensions, else None: there is one dimension, `point`. indices:
    int32 of shape (combinations, dimensions), where a combination lies in the array. named: the key of each dimension
    from `grid`.
    """

    values: tuple[Values, ...]
    replicas: np.ndarray
    shape: tuple[int, ...]
    indices: np.ndarray
    named: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.replicas)

    @property
    def points(self) -> int:
        """Combinations times their replicas."""
        return int(self.replicas.sum())

    @property
    def listed(self) -> bool:
        """Whether the combinations stand along one dimension `point`, alone or after those of `grid`."""
        return len(self.shape) > len(self.named)

    def codes(self, combination: int) -> dict[str, int]:
        """path -> number of its value, for the keys that this combination sets."""
        found = {values.path: int(values.codes[combination]) for values in self.values}
        return {path: code for path, code in found.items() if code >= 0}


def arranged(blocks: Sequence[Combinations]) -> Layout:
    """The points of one block as the array of its axes, those of several in one line."""
    paths = dict.fromkeys(column.path for block in blocks for axis in block.axes for column in axis.columns)
    values = tuple(_values(path, blocks) for path in paths)
    replicas = np.concatenate([np.full(len(block), block.replicas, dtype=np.int64) for block in blocks])
    if len(blocks) == 1:
        axes = blocks[0].axes
        named = tuple(axis.columns[0].path for axis in axes if axis.named)
        indices = np.stack(blocks[0].indices, axis=1) if axes else np.zeros((1, 0), dtype=np.int32)
        return Layout(values, replicas, tuple(map(len, axes)), indices, named)
    line = np.arange(len(replicas), dtype=np.int32)[:, None]
    return Layout(values, replicas, (len(replicas),), line, ())


def kept(layout: Layout, which: np.ndarray) -> Layout:
    """Only the combinations in `which`, where all stand in one line."""
    values = tuple(Values(one.columns, one.codes[which]) for one in layout.values)
    line = np.arange(len(which), dtype=np.int32)[:, None]
    return Layout(values, layout.replicas[which], (len(which),), line, ())


def _values(path: str, blocks: Sequence[Combinations]) -> Values:
    columns: list[Column] = []
    codes: list[np.ndarray] = []
    before = 0
    for block in blocks:
        found = [
            (column, index)
            for axis, index in zip(block.axes, block.indices, strict=True)
            for column in axis.columns
            if column.path == path
        ]
        if not found:
            codes.append(np.full(len(block), -1, dtype=np.int32))
            continue
        column, index = found[0]
        columns.append(column)
        codes.append(index + np.int32(before))
        before += len(column.values)
    return Values(tuple(columns), np.concatenate(codes))
