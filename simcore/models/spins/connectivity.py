"""How many neighbours a site has, and into how many parts the terms of an energy divide the sites."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

from simcore.models.spins.geometry import Bond, Corner, Geometry
from simcore.models.spins.interactions import Interactions

MOST_OPEN_SITES = 2**18
"""Sites of a lattice with an open end that are followed one by one; the parts of a larger one are not counted."""

Remark = tuple[str, str, bool]
"""Name, text, and whether it is a warning."""

Step = tuple[int, int, tuple[int, ...]]
"""From a site of a cell to a site of the cell at an offset."""


def remarks(interactions: Interactions) -> list[Remark]:
    """The coordination number of each basis site, and the number of connected parts, with a warning if it exceeds 1.

    Args:
        interactions: the terms of the energy. A formula that is 0 is no term.

    Returns:
        Nothing for an energy of single sites.
    """
    geometry = interactions.geometry
    meetings = [term.corners for term in interactions.terms if len(term.corners) > 1]
    if not meetings:
        return []
    kinds = dict.fromkeys(term.kind[1] for term in interactions.terms if len(term.corners) == 2)
    found: list[Remark] = [("neighbours", _neighbours(interactions, list(kinds)), False)] if kinds else []
    parts = connected_parts(geometry, steps(meetings))
    if parts is None:
        return found
    if parts == 1:
        return [*found, ("connected parts", "1", False)]
    text = f"{parts}: the energy divides the {geometry.sites} sites into parts that do not interact"
    return [*found, ("connected parts", text, True)]


def coordination_numbers(interactions: Interactions) -> dict[str, list[int]]:
    """For each kind of bonds with an energy, the bonds of each basis site (away from open ends)."""
    counts: dict[str, list[int]] = {}
    for term in interactions.terms:
        if len(term.corners) == 2:
            of_kind = counts.setdefault(term.kind[1], [0] * interactions.geometry.basis)
            for site, _ in term.corners:
                of_kind[site] += 1
    return counts


def steps(meetings: Iterable[Sequence[Corner]]) -> list[Step]:
    """From the first corner of each term to the others."""
    return [
        (source, target, tuple(b - a for a, b in zip(start, end, strict=True)))
        for (source, start), *others in meetings
        for target, end in others
    ]


def connected_parts(geometry: Geometry, joined: Sequence[Step]) -> int | None:
    """The number of connected parts of the graph that has these edges at every cell.

    Args:
        geometry: shape and ends of the lattice.
        joined: the edges of one cell. Beyond an open end there are none.

    Returns:
        The exact number, 1 if every site can be reached from every other one; None of a lattice with an open end and
        more than `MOST_OPEN_SITES` sites.

    Without open ends the lattice is a group: a spanning tree of the basis sites leaves one closed walk for each other
    edge; the parts are as many as cosets of the group of translations that these generate.
    """
    if "open" in geometry.wrap:
        return _followed(geometry, joined) if geometry.sites <= MOST_OPEN_SITES else None
    places: dict[int, np.ndarray] = {}
    total = 0
    for root in range(geometry.basis):
        if root in places:
            continue
        members = _tree(root, geometry.dimensions, joined)
        places |= members
        total += _index([*np.diag(geometry.shape).tolist(), *_closed_walks(members, joined)], geometry.dimensions)
    return total


def connected(geometry: Geometry, bonds: Sequence[Bond]) -> bool:
    """Whether every site can be reached from every other along these bonds, far from open ends.

    So it is where the basis sites of a cell are joined and the closed walks through them lead to all cells: these
    walks, and the sides of closed axes, generate all whole-number vectors.
    """
    joined: list[Step] = [(bond.source, bond.target, bond.offset) for bond in bonds]
    members = _tree(0, geometry.dimensions, joined)
    closed = [end != "open" or side == 1 for side, end in zip(geometry.shape, geometry.wrap, strict=True)]
    sides = np.diag(geometry.shape)[closed].tolist()
    index = _index([*sides, *_closed_walks(members, joined)], geometry.dimensions)
    return len(members) == geometry.basis and index == 1


def _neighbours(interactions: Interactions, kinds: Sequence[str]) -> str:
    counts = coordination_numbers(interactions)
    sites = [", ".join(f"{counts[kind][site]} {kind}" for kind in kinds) for site in range(interactions.geometry.basis)]
    if len(set(sites)) == 1:
        return f"{sites[0]} of every site"
    grouped = Counter(sites)
    listed = {text: [str(site) for site, other in enumerate(sites) if other == text] for text in grouped}
    return "; ".join(f"{text} of basis site {', '.join(numbers)}" for text, numbers in listed.items())


def _tree(root: int, dimensions: int, joined: Sequence[Step]) -> dict[int, np.ndarray]:
    """The basis sites that are reached from one, each with the cell in which a walk comes to it."""
    found = {root: np.zeros(dimensions, np.int64)}
    waiting = [root]
    while waiting:
        site = waiting.pop()
        for source, target, offset in joined:
            for here, there, sign in ((source, target, 1), (target, source, -1)):
                if here == site and there not in found:
                    found[there] = found[site] + sign * np.array(offset)
                    waiting.append(there)
    return found


def _closed_walks(members: dict[int, np.ndarray], joined: Sequence[Step]) -> list[list[int]]:
    """How far each edge between sites of a tree leads from the cell that the tree names for its target."""
    return [
        (members[source] + np.array(offset) - members[target]).tolist()
        for source, target, offset in joined
        if source in members
    ]


def _index(rows: list[list[int]], dimensions: int) -> int:
    """The index in Z^d of the group that integer vectors generate, 0 if they leave out a direction.

    Euclid's algorithm brings the vectors to a triangle; the index is the product of its diagonal.
    """
    product = 1
    for column in range(dimensions):
        pivots = [row for row in rows if row[column]]
        rows = [row for row in rows if not row[column]]
        while len(pivots) > 1:
            least = min(pivots, key=lambda row: abs(row[column]))
            reduced = [
                [a - row[column] // least[column] * b for a, b in zip(row, least, strict=True)]
                for row in pivots
                if row is not least
            ]
            rows += [row for row in reduced if not row[column]]
            pivots = [least, *(row for row in reduced if row[column])]
        if not pivots:
            return 0
        product *= abs(pivots[0][column])
    return product


def _followed(geometry: Geometry, joined: Sequence[Step]) -> int:
    """Every site takes the least number among those that it is joined with, until nothing changes."""
    shape, basis = np.array(geometry.shape), geometry.basis
    is_open = np.array([end == "open" for end in geometry.wrap])
    cells = np.indices(geometry.shape).reshape(len(shape), -1).T
    edges = []
    for source, target, offset in joined:
        there = cells + np.array(offset)
        inside = ~(is_open & ((there < 0) | (there >= shape))).any(axis=1)
        ends = np.ravel_multi_index(tuple((there[inside] % shape).T), geometry.shape)
        edges.append((np.flatnonzero(inside) * basis + source, ends * basis + target))
    labels = np.arange(math.prod(geometry.shape) * basis)
    while True:
        before = labels.copy()
        for one, other in edges:
            least = np.minimum(labels[one], labels[other])
            np.minimum.at(labels, labels[one], least)  # the label of a label: whole parts join at once
            np.minimum.at(labels, labels[other], least)
            labels = labels[labels]
        if (labels == before).all():
            return len(np.unique(labels))
