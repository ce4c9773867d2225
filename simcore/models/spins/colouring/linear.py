"""Colours of a lattice with conflicts in any direction.

The colour of cell x is the sum of w_d x_d modulo k, with weights w that give no conflict offset the value 0. Around an
axis of n places the colours close up if k divides n w_d. If it does not, the last cells along the axis are a seam
as thick as the reach r of the conflicts along it, set apart from the bulk of the other n - r. Offsets are at most n/2
there, so that no two places of the bulk, nor of the seam, meet around the axis: in each, the colours hold without it.
A class is a colour in the bulk or the seam of each axis, or several of them that do not conflict.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from itertools import count
from math import gcd

import numpy as np

from simcore.models.spins.colouring.strided import Runs, runs_by_label

WORK = 2_000_000  # how many sums of a search are looked at for each axis and number of colours
NODES = 512  # more classes than that are not looked through for those that could be one


@dataclass(frozen=True)
class LinearColours:
    """Colours of a lattice of `shape`, `number` of them; bulk: places along each axis that are in no seam.

    A node is a colour in the bulk (0) or the seam (1) of each axis: the integer zones * number + colour, where bit d of
    `zones` stands for axis d. A label says of a line all but what its last axis adds: a node's first zones and colour.
    """

    shape: tuple[int, ...]
    number: int
    weights: tuple[int, ...]
    bulk: tuple[int, ...]

    @property
    def seams(self) -> int:
        """How many axes have one."""
        return sum(m < n for m, n in zip(self.bulk, self.shape, strict=True))

    @property
    def stride(self) -> int:
        """From a cell to the next one of its colour, along a line."""
        return self.number // gcd(self.weights[-1], self.number)

    @cached_property
    def labels(self) -> np.ndarray:
        """Of every line, int64 of shape `shape[:-1]`."""
        zones = [(np.arange(n) >= m) << d for d, (n, m) in enumerate(zip(self.shape, self.bulk, strict=True))]
        colours = [np.arange(n) * w % self.number for n, w in zip(self.shape, self.weights, strict=True)]
        zone, colour = (reduce(np.add.outer, parts[:-1]) for parts in (zones, colours))
        return zone * self.number + colour % self.number

    def run(self, node: int, label: int) -> tuple[int, int, int]:
        """(first, stop, stride) of the cells of a node in a line with that label; 0, 0, 1 if there are none."""
        zones, colour = divmod(node, self.number)
        line_zones, line_colour = divmod(label, self.number)
        last = len(self.shape) - 1
        if zones & ~(1 << last) != line_zones:
            return 0, 0, 1
        low, high = (self.bulk[-1], self.shape[-1]) if zones >> last else (0, self.bulk[-1])
        common = gcd(self.weights[-1], self.number)
        turns, rest = divmod((colour - line_colour) % self.number, common)
        place = turns * pow(self.weights[-1] // common, -1, self.stride) % self.stride
        first = low + (place - low) % self.stride
        return (first, high, self.stride) if rest == 0 and first < high else (0, 0, 1)

    def conflicts(self, offset: Sequence[int]) -> set[tuple[int, int]]:
        """The pairs of nodes that have cells at `offset` from each other, axis by axis."""
        found = np.zeros((1, 4), np.int64)  # zones and colour of a cell, zones and colour of the cell at the offset
        for axis, (n, w, m, shift) in enumerate(zip(self.shape, self.weights, self.bulk, offset, strict=True)):
            place = np.arange(n)
            other = (place + shift) % n
            here = [(place >= m) << axis, place * w % self.number, (other >= m) << axis, other * w % self.number]
            found = found[:, np.newaxis] + np.unique(np.stack(here, axis=-1), axis=0)
            found[..., 1::2] %= self.number
            found = np.unique(found.reshape(-1, 4), axis=0)
        return {(a * self.number + b, c * self.number + d) for a, b, c, d in found.tolist()}


def linear_classes(shape: tuple[int, ...], offsets: np.ndarray, is_open: Sequence[bool]) -> list[Runs]:
    """Classes of cells no two of which lie at one of `offsets`; none of them empty.

    offsets: int64 of shape (number, axes), not zero, one of each pair d and -d, at most half a side on a closed axis.
    The fewest colours are taken, or more of them if without seams there are fewer classes.
    """
    reach = np.abs(offsets).max(axis=0)
    fewest = next(found for number in count(2) if (found := _best(shape, number, offsets, reach, is_open, False)))
    groups = _groups(fewest, offsets)
    if fewest.seams:
        for number in range(fewest.number + 1, len(groups) + 1):
            if found := _best(shape, number, offsets, reach, is_open, True):
                return _classes(found, _groups(found, offsets))
    return _classes(fewest, groups)


def _best(
    shape: tuple[int, ...], number: int, offsets: np.ndarray, reach: np.ndarray, is_open: Sequence[bool], seamless: bool
) -> LinearColours | None:
    """Of the colourings in so many colours the one with fewest seams, then with the shortest stride along lines."""
    closing = [
        [w for w in range(number) if open_axis or w * n % number == 0 or r == 0]
        for n, r, open_axis in zip(shape, reach, is_open, strict=True)
    ]
    choices = closing if seamless else [list(range(number))] * len(shape)
    found = [
        LinearColours(
            shape,
            number,
            weights,
            tuple(int(n if w in c else n - r) for n, w, c, r in zip(shape, weights, closing, reach, strict=True)),
        )
        for weights in _weights(number, offsets, choices)
    ]
    return min(found, key=lambda colours: (colours.seams, colours.stride), default=None)


def _weights(number: int, offsets: np.ndarray, choices: Sequence[Sequence[int]]) -> list[tuple[int, ...]]:
    """Weights that give no offset the value 0 modulo `number`, found axis by axis; not all if there are very many.

    Some are always found for a prime number above the number and the components of the offsets: on each axis every
    offset then rules out one weight at most.
    """
    last = offsets.shape[1] - 1 - np.argmax(offsets[:, ::-1] != 0, axis=1)
    partial = np.zeros((1, 0), np.int64)
    for axis, values in enumerate(choices):
        ending = offsets[last == axis, : axis + 1]
        kept = max(1, WORK // (len(values) * max(1, len(ending))))
        partial = partial[:kept]
        grown = np.hstack([np.repeat(partial, len(values), axis=0), np.tile(values, len(partial))[:, np.newaxis]])
        partial = grown[((grown @ ending.T) % number != 0).all(axis=1)]
    return [tuple(weights) for weights in partial[: WORK // 1000].tolist()]


def _groups(colours: LinearColours, offsets: np.ndarray) -> list[list[int]]:
    """Nodes that make up a class each: without conflicts, no two with cells in the same line; the bulk comes first."""
    places = _places(colours)
    if not colours.seams or len(places) > NODES:
        return [[node] for node in places]
    pairs = set().union(*(colours.conflicts(offset) for offset in offsets.tolist()))

    def agree(node: int, other: int) -> bool:
        return not ((node, other) in pairs or (other, node) in pairs or places[node] & places[other])

    groups: list[list[int]] = []
    for node in places:
        fitting = (group for group in groups if all(agree(node, other) for other in group))
        if group := next(fitting, None):
            group.append(node)
        else:
            groups.append([node])
    return groups


def _places(colours: LinearColours) -> dict[int, set[int]]:
    """The labels of the lines in which a node has cells, for every node that has any, those of fewest seams first."""
    lines = np.unique(colours.labels).tolist()
    nodes = range((1 << len(colours.shape)) * colours.number)
    found = {node: {label for label in lines if colours.run(node, label)[1]} for node in nodes}
    order = sorted(nodes, key=lambda node: (node // colours.number).bit_count())
    return {node: found[node] for node in order if found[node]}


def _classes(colours: LinearColours, groups: Sequence[Sequence[int]]) -> list[Runs]:
    lines = np.unique(colours.labels).tolist()
    classes = []
    for group in groups:
        table = np.zeros((lines[-1] + 1, 3), np.int64)
        for label in lines:
            table[label] = max((colours.run(node, label) for node in group), key=lambda run: run[1])
        classes.append(runs_by_label(colours.labels, table))
    return classes
