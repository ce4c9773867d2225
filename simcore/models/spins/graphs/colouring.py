"""Colours of the sites of a graph, and the order in which an array holds them.

Sites of one colour have no edge between them, so that they may be updated at once. Kernels take a colour as one run of
places in every row of `ROW_SITES`; every row has its share of every colour, so that all workers share each colour.
"""

from __future__ import annotations

import numpy as np

from simcore.compiler.layout import ROW_SITES
from simcore.spec.phases import Sites


def adjacency(sites: int, owners: np.ndarray, others: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(first, others by owner, number of the pair), int64: those of site n are [first[n], first[n + 1]).

    Args:
        sites: how many there are.
        owners: whose neighbours they are, int64 of shape (pairs,).
        others: the neighbours.

    Returns:
        Neighbours of one site in the order of the pairs.
    """
    order = np.argsort(owners, kind="stable")
    first = np.zeros(sites + 1, np.int64)
    np.cumsum(np.bincount(owners, minlength=sites), out=first[1:])
    return first, others[order], order


def greedy_colours(sites: int, pairs: np.ndarray) -> np.ndarray:
    """A colour from 0 on for every site, int64: that of the two ends of an edge differs.

    One after the other, those of most neighbours first, then by number, each site takes the least colour that no
    neighbour has yet: at most one more than the largest degree. It depends on the edges alone.

    Args:
        sites: how many there are.
        pairs: the edges, int64 of shape (edges, 2); equal ones do no harm.
    """
    first, near, _ = adjacency(sites, np.concatenate([pairs[:, 0], pairs[:, 1]]), pairs[:, ::-1].T.ravel())
    colours = np.full(sites, -1, np.int64)
    seen = np.full(sites + 2, -1, np.int64)  # the last site that has seen a neighbour of each colour; -1: none yet
    starts, used = first.tolist(), 0
    for site in np.argsort(-np.diff(first), kind="stable").tolist():
        seen[colours[near[starts[site] : starts[site + 1]]]] = site
        colour = int(np.argmax(seen[: used + 1] != site))
        colours[site] = colour
        used = max(used, colour + 1)
    return colours


def arranged_sites(colours: np.ndarray) -> np.ndarray:
    """The sites in the order of an array, int64: in each row colour after colour, all of them in their proportions."""
    sites = len(colours)
    by_colour = np.argsort(colours, kind="stable")
    counts = np.bincount(colours)
    within = np.arange(sites) - np.repeat(np.cumsum(counts) - counts, counts)
    share = np.empty(sites)
    share[by_colour] = (within + 0.5) / np.repeat(counts, counts)
    spread = np.lexsort((np.arange(sites), colours, share))
    row = np.empty(sites, np.int64)
    row[spread] = np.arange(sites) // ROW_SITES
    return np.lexsort((np.arange(sites), colours, row))


def classes(colours: np.ndarray) -> list[Sites]:
    """The places of each colour in every row, for colours in the order of the array."""
    rows = -(-len(colours) // ROW_SITES)
    row = np.arange(len(colours)) // ROW_SITES
    number = int(colours.max()) + 1
    counts = np.zeros((number, rows), np.int64)
    np.add.at(counts, (colours, row), 1)
    ends = np.cumsum(counts, axis=0) + np.arange(rows) * ROW_SITES
    ones = np.ones(rows, np.int64)
    return [Sites(end - count, end, ones) for end, count in zip(ends, counts, strict=True)]
