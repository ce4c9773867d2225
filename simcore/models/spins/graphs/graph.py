"""A graph: numbered sites, and edges of one kind or several, each between two different sites."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from simcore.models.spins.geometry import Bond, Geometry
from simcore.models.spins.graphs.colouring import adjacency, arranged_sites, classes, greedy_colours
from simcore.spec.phases import Sites

RESERVED = "graph_"
"""What the names of the tables of a graph begin with."""

SITE = f"{RESERVED}site"
"""The table of the numbers of the sites, by their places in the arrays."""


@dataclass(frozen=True, eq=False)
class Graph:
    """sites: how many there are. edges: int64 of shape (edges, 2) for each kind, in the order of the experiment."""

    sites: int
    edges: Mapping[str, np.ndarray]

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of edges."""
        return tuple(self.edges)

    def of_kinds(self, kinds: Collection[str]) -> np.ndarray:
        """The edges of some kinds, one kind after the other."""
        return np.concatenate([np.empty((0, 2), np.int64), *(self.edges[k] for k in self.kinds if k in kinds)])

    def degrees(self, kinds: Collection[str]) -> np.ndarray:
        """How many edges of these kinds each site has, int64."""
        return np.bincount(self.of_kinds(kinds).ravel(), minlength=self.sites)

    def parts(self, kinds: Collection[str]) -> int:
        """The number of connected parts along edges of these kinds."""
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import connected_components

        one, other = self.of_kinds(kinds).T
        joined = coo_array((np.ones(len(one), np.int8), (one, other)), shape=(self.sites, self.sites))
        return int(connected_components(joined, directed=False, return_labels=False))


@dataclass(frozen=True)
class Neighbours:
    """Edges of one kind as they are read at the places of an array.

    The entries of place p are [start[p], stop[p]), int64 each of shape (sites,): up to middle[p] the edges of which it
    is the first end, then those of which it is the second. near: the place of the other end, uint32. edge: the number
    of the edge, int64.
    """

    start: np.ndarray
    middle: np.ndarray
    stop: np.ndarray
    near: np.ndarray
    edge: np.ndarray


@dataclass(frozen=True, eq=False)
class GraphGeometry(Geometry):
    """The sites of a graph as a row of cells, each with one site; not where they lie, for they lie nowhere.

    A kind of edges is one bond here, from each site to a site at an offset that only stands for its edges: that of
    kind number k is k + 1. Nothing may look for the cell at this offset. graph: with the edges of all kinds.
    """

    graph: Graph

    @classmethod
    def of(cls, graph: Graph, kinds: Collection[str]) -> GraphGeometry:
        """The graph with the bonds of these kinds, those that the energy names."""
        bonds = tuple(Bond(kind, 0, 0, (number + 1,)) for number, kind in enumerate(graph.kinds) if kind in kinds)
        return cls((graph.sites,), ("periodic",), ((1.0,),), ((0.0,),), bonds, (), graph)

    @property
    def axes(self) -> tuple[str, ...]:
        """None: a site of a graph has a number, `i`, and no coordinates."""
        return ()

    @cached_property
    def colours(self) -> np.ndarray:
        """Of every site, int64: no two sites of one colour have an edge of these bonds."""
        return greedy_colours(self.graph.sites, self.graph.of_kinds(self.kinds))

    @cached_property
    def order(self) -> np.ndarray:
        """The number of the site at each place of an array, int64."""
        return arranged_sites(self.colours)

    @cached_property
    def rank(self) -> np.ndarray:
        """The place of each site in an array, int64."""
        rank = np.empty(self.graph.sites, np.int64)
        rank[self.order] = np.arange(self.graph.sites)
        return rank

    @cached_property
    def classes(self) -> list[Sites]:
        """The places of each colour."""
        return classes(self.colours[self.order])

    @cached_property
    def neighbours(self) -> dict[str, Neighbours]:
        """The tables of the edges of every kind."""
        return {kind: self._neighbours(pairs) for kind, pairs in self.graph.edges.items()}

    def _neighbours(self, pairs: np.ndarray) -> Neighbours:
        sites, (one, other) = self.graph.sites, self.rank[pairs].T
        first, near, order = adjacency(sites, np.concatenate([one, other]), np.concatenate([other, one]))
        start, stop = first[:-1].copy(), first[1:].copy()
        edge = order % max(1, len(pairs))
        return Neighbours(start, start + np.bincount(one, minlength=sites), stop, near.astype(np.uint32), edge)

    def degrees_of(self, kind: str) -> np.ndarray:
        """The different numbers of edges of a kind that sites have, ascending, int64."""
        return np.unique(self.graph.degrees([kind]))

    def rows_of(self, kind: str) -> np.ndarray:
        """At each place where the rows of its degree begin, in tables that have degree + 1 rows for each; int64."""
        degrees = self.degrees_of(kind)
        begin = np.cumsum(degrees + 1) - (degrees + 1)
        return begin[np.searchsorted(degrees, self.arranged(self.graph.degrees([kind])))]

    def arranged(self, values: np.ndarray) -> np.ndarray:
        """Values by the numbers of the sites, in the order of an array."""
        return values[self.order]

    def site_at(self, cell: tuple[int, ...]) -> tuple[int, ...]:
        """The number of the site at a place of an array."""
        return (int(self.order[cell[0]]),)


def start_table(kind: str) -> str:
    """The table where the edges of a place begin."""
    return f"{RESERVED}start_{kind}"


def middle_table(kind: str) -> str:
    """The table where those begin of which it is the second end."""
    return f"{RESERVED}middle_{kind}"


def stop_table(kind: str) -> str:
    """The table where they end."""
    return f"{RESERVED}stop_{kind}"


def row_table(kind: str) -> str:
    """The table of the rows of the degrees, for `table.DegreeTable`."""
    return f"{RESERVED}row_{kind}"


def near_table(kind: str) -> str:
    """The table of the places of the other ends."""
    return f"{RESERVED}near_{kind}"
