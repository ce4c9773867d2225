"""The energy of the terms that contain given sites of a graph, from the formulas as they are written.

It shares the formulas, the list of edges, the order of the sites in an array and the drawn numbers with the kernels:
none of the tables that these read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from simcore.formulas.tree import Number
from simcore.models.spins.graphs.colouring import adjacency
from simcore.models.spins.graphs.interactions import GraphInteractions
from simcore.models.spins.guard.written import Corners, Index, Instances, Values
from simcore.models.spins.interactions import INDICES

FEWEST = 4
MOST_EDGES = 2**15
"""Moves times the most edges of a site, which is what they take of time and memory."""


@dataclass(frozen=True)
class EdgeTerms(Instances):
    """The edges of one kind: of a site those that it is an end of, as many for each as the most have.

    couplings: how each is drawn or worked out, by name: the numbers of the edges, int64 of shape (I, moves).
    """

    interactions: GraphInteractions = field(kw_only=True)
    couplings: Mapping[str, np.ndarray] = field(default_factory=dict)

    def known(self, state: Values, numbers: Mapping[str, Any]) -> dict[str, Any]:
        """With the couplings of the edges."""
        given = {name: float(value) for name, value in numbers.items() if np.ndim(value) == 0}
        found = super().known(state, numbers)
        for name, edges in self.couplings.items():
            found[name] = self.interactions.of_edges(name, given, edges)[:, np.newaxis].astype(state.dtype)
        return found


@dataclass(frozen=True, eq=False)
class EdgeEnergy:
    """The terms of a Hamiltonian on its graph; as `WrittenEnergy` of a lattice."""

    interactions: GraphInteractions

    @cached_property
    def most_moves(self) -> int:
        """How many moves are looked at together: fewer if a site has very many edges."""
        return max(FEWEST, MOST_EDGES // max(1, int(self.interactions.geometry.graph.degrees(self._kinds).max())))

    def of_site(self, site: int, cells: np.ndarray) -> list[Instances]:
        """The terms that contain the sites at places of the arrays, int64 of shape (moves,)."""
        hamiltonian, geometry = self.interactions.hamiltonian, self.interactions.geometry
        numbers = geometry.order[cells]
        terms = (self._of_kind(kind, numbers) for kind in self._kinds)
        found: list[Instances] = [one for one in terms if one is not None]
        if hamiltonian.sites is not None:
            tree = self.interactions.placed(hamiltonian.sites, 0, spins=1, known=hamiltonian.fields)
            arrays = {name: (self._array(name),) for name in hamiltonian.fields if name in hamiltonian.sites.names}
            corner = self._corner(numbers[np.newaxis])
            index = {INDICES[0]: numbers[np.newaxis]}
            found.append(Instances(("sites",), tree, (corner,), None, corner.cells, arrays, {}, index))
        return found

    @cached_property
    def _kinds(self) -> list[str]:
        """Those that have an energy."""
        bonds = self.interactions.hamiltonian.bonds
        named = [(bond.kind, bonds.of(bond.kind)) for bond in self.interactions.geometry.bonds]
        return [kind for kind, expression in named if expression is not None and expression.tree != Number(0.0)]

    def _of_kind(self, kind: str, numbers: np.ndarray) -> EdgeTerms | None:
        """None if no site has such an edge."""
        interactions, pairs = self.interactions, self.interactions.geometry.graph.edges[kind]
        expression = interactions.hamiltonian.bonds.of(kind)
        assert expression is not None
        first, listed = self._edges_of_sites(kind, numbers)
        degrees = first[numbers + 1] - first[numbers]
        if not degrees.any():
            return None
        slots = np.arange(int(degrees.max()))[:, np.newaxis]
        present = slots < degrees
        edges = listed[np.where(present, first[numbers] + slots, 0)]
        ends = pairs[edges]
        corners = tuple(self._corner(ends[..., end]) for end in range(2))
        couplings, given = {}, {}
        for name, coupling in interactions.hamiltonian.couplings.items():
            if name in expression.names and isinstance(coupling, Mapping):
                given[name] = coupling[kind]
            elif name in expression.names:
                couplings[name] = edges + self._before(name, kind)
        named = {n: at for n, at in interactions.at_corners(2).items() if n in expression.names}
        return EdgeTerms(
            ("bonds", kind),
            interactions.meeting(expression, 2),
            corners,
            None if present.all() else present,
            corners[0].cells,
            {name: (self._array(of),) for name, (of, _) in named.items()},
            given,
            {},
            {name: end for name, (_, end) in named.items()},
            interactions=interactions,
            couplings=couplings,
        )

    def _before(self, coupling: str, kind: str) -> int:
        """How many edges of other kinds come before those of this one among the values of a coupling."""
        total = 0
        for other in self._kinds[: self._kinds.index(kind)]:
            expression = self.interactions.hamiltonian.bonds.of(other)
            if expression is not None and coupling in expression.names:
                total += len(self.interactions.geometry.graph.edges[other])
        return total

    def _edges_of_sites(self, kind: str, numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(first, edges): the numbers of the edges of site n, one of `numbers`, are edges[first[n]:first[n + 1]]."""
        sites, pairs = self.interactions.geometry.sites, self.interactions.geometry.graph.edges[kind]
        wanted = np.zeros(sites, bool)
        wanted[numbers] = True
        ends = pairs.ravel()
        found = np.flatnonzero(wanted[ends])
        first, listed, _ = adjacency(sites, ends[found], found // 2)
        return first, listed

    def _corner(self, numbers: np.ndarray) -> Corners:
        places: np.ndarray = self.interactions.geometry.rank[numbers]
        index: Index = (places,)
        return Corners(np.zeros(len(numbers), int), index, places, None)

    def _array(self, field_name: str) -> str:
        return next(array for array, (name, _) in self.interactions.arrays.items() if name == field_name)
