"""Occupying bonds or sites one after the other: M. E. J. Newman, R. M. Ziff, Phys. Rev. E 64, 016706 (2001).

A forest of clusters: the root of a tree has minus the size of its cluster in `parent`, any other site its parent, and
in `turns` how often the way to the parent goes around each axis. A bond between two sites of one cluster whose ways to
the root do not fit goes around: J. Machta et al., Phys. Rev. E 54, 1332 (1996). The functions are plain Python that
numba compiles, too.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from simcore.random import next_integer

EMPTY = -(2**62)
"""The parent of a site that is not occupied."""


def root_of(parent: Any, turns: Any, site: int, way: Any) -> int:
    """The root of a site; `way` becomes how often the way to it goes around. All sites on it are led to the root."""
    way[:] = 0
    root = site
    while parent[root] >= 0:
        for axis in range(way.size):
            way[axis] += turns[root, axis]
        root = parent[root]
    at = site
    while parent[at] >= 0 and parent[at] != root:
        above = parent[at]
        rest = 0
        for axis in range(way.size):
            rest = turns[at, axis]
            turns[at, axis] = way[axis]
            way[axis] -= rest
        parent[at] = root
        at = above
    if site != root:
        for axis in range(way.size):
            way[axis] = turns[site, axis]
    return root


def join(parent: Any, turns: Any, ends: Any, bond: Any, here: Any, there: Any) -> tuple[int, int, int]:
    """Join the clusters at both ends of a bond.

    Args:
        parent, turns: the forest, (sites,) and (sites, axes).
        ends: bits of each root: 2 axis, 2 axis + 1 if it has sites at the lower, upper end of an open axis.
        bond: the sites at its ends, and how often it goes around each axis, (2 + axes,).
        here, there: scratch memory, (axes,).

    Returns:
        The size of the cluster and of the smaller one that has joined it (0: it was the same), and a bit for each axis
        that it goes around or across by this bond.
    """
    one, two = root_of(parent, turns, bond[0], here), root_of(parent, turns, bond[1], there)
    along = 0
    if one == two:
        for axis in range(here.size):
            if bond[2 + axis] + there[axis] != here[axis]:
                along |= 1 << axis
        return -parent[one], 0, along
    sign = 1
    if parent[one] > parent[two]:
        one, two, sign = two, one, -1
    joined = -parent[two]
    for axis in range(here.size):
        turns[two, axis] = sign * (here[axis] - bond[2 + axis] - there[axis])
    parent[one] += parent[two]
    parent[two] = one
    ends[one] |= ends[two]
    return -parent[one], joined, across(ends[one], here.size)


def across(ends: int, axes: int) -> int:
    """A bit for each open axis at both ends of which there are sites. ends: as of a root in `join`."""
    along = 0
    for axis in range(axes):
        if (ends >> (2 * axis)) & 3 == 3:
            along |= 1 << axis
    return along


def note(along: int, first: Any, number: int) -> None:
    """Write a number to `first` for each axis whose bit is set, unless a smaller one stands there."""
    for axis in range(first.size):
        if (along >> axis) & 1 and first[axis] > number:
            first[axis] = number


def shuffled(count: int, random: Any) -> Any:
    """The numbers from 0 to count - 1 in random order."""
    order = np.arange(count)
    for last in range(count - 1, 0, -1):
        other = next_integer(random, 0, last + 1)
        kept = order[last]
        order[last] = order[other]
        order[other] = kept
    return order


def occupy_bonds(bonds: Any, faces: Any, random: Any, largest: Any, squares: Any, first: Any) -> None:
    """Occupy all bonds in random order.

    Args:
        bonds: int64 (bonds, 2 + axes), see `join`. faces: of each site the bits of `ends`.
        random: a stream. largest, squares: become the size of the largest cluster and the sum of the squares of all
            sizes with one bond, two, ... first: (axes,), becomes the number of bonds with which a cluster goes along
            each axis, more than all if none does.
    """
    sites, axes, count = faces.size, first.size, bonds.shape[0]
    parent = np.full(sites, -1, np.int64)
    turns = np.zeros((sites, axes), np.int64)
    ends = faces.copy()
    here, there = np.zeros(axes, np.int64), np.zeros(axes, np.int64)
    most, total = 1, float(sites)
    first[:] = count + 1
    for site in range(sites):
        note(across(ends[site], axes), first, 0)  # a single site may lie at both ends of an axis of one cell
    order = shuffled(count, random)
    for number in range(count):
        size, joined, along = join(parent, turns, ends, bonds[order[number]], here, there)
        total += 2.0 * joined * (size - joined)
        most = max(most, size)
        note(along, first, number + 1)
        largest[number] = most
        squares[number] = total


def occupy_sites(bonds: Any, begin: Any, faces: Any, random: Any, largest: Any, squares: Any, first: Any) -> None:
    """Occupy all sites in random order.

    Args:
        bonds: those of each site to all its neighbours, site by site; those of site s begin at begin[s].
        faces, random, largest, squares, first: as of `occupy_bonds`, with numbers of sites.
    """
    sites, axes = faces.size, first.size
    parent = np.full(sites, EMPTY, np.int64)
    turns = np.zeros((sites, axes), np.int64)
    ends = faces.copy()
    here, there = np.zeros(axes, np.int64), np.zeros(axes, np.int64)
    most, total = 0, 0.0
    first[:] = sites + 1
    order = shuffled(sites, random)
    for number in range(sites):
        site = order[number]
        parent[site] = -1
        total += 1.0
        most = max(most, 1)
        note(across(ends[site], axes), first, number + 1)
        for place in range(begin[site], begin[site + 1]):
            if parent[bonds[place, 1]] != EMPTY:
                size, joined, along = join(parent, turns, ends, bonds[place], here, there)
                total += 2.0 * joined * (size - joined)
                most = max(most, size)
                note(along, first, number + 1)
        largest[number] = most
        squares[number] = total
