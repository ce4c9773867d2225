"""Spins on a graph as algorithms and observables need them: sums over edges in place of neighbours at offsets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from simcore.formulas.simplify import simplify
from simcore.formulas.tree import Node, Shifted, rewrite, substitute
from simcore.models.spins.formula_syntax import spin_name
from simcore.models.spins.graphs.edge_sums import Way, along, edge_sum, near
from simcore.models.spins.graphs.graph import (
    SITE,
    GraphGeometry,
    middle_table,
    near_table,
    row_table,
    start_table,
    stop_table,
)
from simcore.models.spins.graphs.interactions import GraphInteractions
from simcore.models.spins.interactions import INDICES, Interactions
from simcore.models.spins.local_energy import LocalEnergy, Term, local_energy
from simcore.models.spins.proofs import same
from simcore.models.spins.system import SpinSystem
from simcore.spec.phases import Sites

HERE = (0,)
FEW = 4
"""So many graphs are remembered: one may have millions of edges."""


@dataclass(frozen=True)
class GraphSystem(SpinSystem):
    """One Hamiltonian on one graph.

    In a local energy the edges of a kind that lead out of a site are one neighbour, at the offset of the kind's bond,
    and those that lead in another one, at its negative. `readable` makes a sum over edges of a term with such a one.
    """

    interactions: GraphInteractions

    @property
    def geometry(self) -> GraphGeometry:
        return self.interactions.geometry

    @property
    def fixed_neighbours(self) -> bool:
        """A site has as many as it has."""
        return False

    def classes(self, site: int) -> list[Sites | None]:
        """The places of each colour."""
        return list(self.geometry.classes)

    @cached_property
    def names(self) -> frozenset[str]:
        """All names that kernels may be given: parameters, constants, arrays."""
        tables = (table(kind) for kind in self.geometry.graph.kinds for table in _TABLES)
        known = (*self.parameters, *super().constants(), *self.arrays.names, *self.interactions.arrays)
        return frozenset((*known, *self.indices, SITE, *tables))

    def constants(self) -> dict[str, Any]:
        """With the tables of the edges, and of the couplings along them."""
        found = {**super().constants(), SITE: self.geometry.order}
        for kind, tables in self.geometry.neighbours.items():
            found[start_table(kind)], found[middle_table(kind)] = tables.start, tables.middle
            found[stop_table(kind)], found[near_table(kind)] = tables.stop, tables.near
            found[row_table(kind)] = self.geometry.rows_of(kind)
        for array in self.interactions.couplings:
            name, number = self.interactions.arrays[array]
            edge = self.geometry.neighbours[self.interactions.kinds_of(name)[number]].edge
            found[array] = self.interactions.values(array, self.parameters)[edge]
        return found

    def local(self, site: int) -> LocalEnergy:
        """The energy of the spin of a site; of a formula that does not tell the ends of an edge apart, equal terms."""
        return _local(self.interactions)

    def readable(self, local: LocalEnergy, tree: Node, numbers: Iterable[int]) -> Node:
        """A formula of the neighbour that stands for edges, as the sum over these; the own spin is `spin_name(0, c)`.

        One without a neighbour is left as it is.
        """
        others = [number for number in numbers if number]
        if not others:
            return simplify(substitute(tree, {INDICES[0]: Shifted(SITE, HERE)}))
        (number,) = others
        ((_, (offset,)),) = [local.sites[number]]
        way: Way = "out" if offset > 0 else "in"
        return edge_sum(self.geometry.graph.kinds[abs(offset) - 1], way, simplify(self._of_edge(tree, number, offset)))

    def _of_edge(self, tree: Node, number: int, offset: int) -> Node:
        """What one edge adds."""
        spins = {spin_name(number, c).name: self.value_of(near(name)) for c, name in enumerate(self.arrays.of_site(0))}
        couplings = frozenset(self.interactions.couplings)

        def read(node: Node) -> Node:
            if isinstance(node, Shifted) and node.name in couplings:
                return along(node.name)
            return near(node.name) if isinstance(node, Shifted) and node.offsets == (offset,) else node

        return substitute(rewrite([tree], read)[0], spins)

    def readable_of(self, local: LocalEnergy, term: Term) -> Node:
        """What one edge of a term adds, in the same form for edges that lead out and in."""
        (number,) = [number for number in term.numbers if number]
        return simplify(self._of_edge(term.tree, number, local.sites[number][1][0]))

    def over_edges(self, tree: Node, kind: str) -> Node:
        """A formula of the spins at both ends of an edge and fields there (`h_a`), summed over those that lead out."""
        spins: dict[str, Node] = {}
        for c, name in enumerate(self.arrays.of_site(0)):
            spins |= {spin_name(0, c).name: self.value(0, c), spin_name(1, c).name: self.value_of(near(name))}
        for name, (field, corner) in self.interactions.at_corners(2).items():
            array = self.interactions.field_array(field, 0)
            spins[name] = near(array) if corner else Shifted(array, HERE)
        return edge_sum(kind, "out", simplify(substitute(tree, spins)))

    def times(self, local: LocalEnergy, term: Term) -> np.ndarray | int:
        """The number of edges of each site that lead out, or in, for a term of edges; int64 of shape (sites,)."""
        numbers = [number for number in term.numbers if number]
        if not numbers:
            return 1
        offset = local.sites[numbers[0]][1][0]
        ends = self.geometry.graph.edges[self.geometry.graph.kinds[abs(offset) - 1]][:, 0 if offset > 0 else 1]
        return np.bincount(ends, minlength=self.geometry.sites)

    def with_equal_ends(self, local: LocalEnergy) -> LocalEnergy:
        """The same energy, the terms of edges that lead in written as those that lead out if that is proved."""
        leading_out: dict[tuple[int, ...], Term] = {
            term.numbers: term for term in local.terms if len(term.numbers) == 2
        }
        terms = []
        for term in local.terms:
            partner = self._partner(local, term, leading_out)
            terms.append(term if partner is None else self._turned(local, term, partner))
        return replace(local, terms=tuple(terms))

    def _partner(self, local: LocalEnergy, term: Term, known: Mapping[tuple[int, ...], Term]) -> Term | None:
        """The term of the edges of this kind that lead out, if it is the same function."""
        if len(term.numbers) < 2 or not term.numbers[0]:
            return None
        other = local.sites.index((0, (-local.sites[term.numbers[0]][1][0],)))
        partner = known[0, other]
        trees = (self._of_edge(t.tree, n, local.sites[n][1][0]) for t, n in ((partner, other), (term, term.numbers[0])))
        return partner if same(*trees) else None

    def _turned(self, local: LocalEnergy, term: Term, partner: Term) -> Term:
        (number, _), (_, other) = term.numbers, partner.numbers
        offset = local.sites[other][1]
        spins: dict[str, Node] = {spin_name(other, c).name: spin_name(number, c) for c in range(self.spin.components)}
        back = tuple(-step for step in offset)
        moved = rewrite(
            [partner.tree],
            lambda node: replace(node, offsets=back) if isinstance(node, Shifted) and node.offsets == offset else node,
        )[0]
        return replace(term, tree=substitute(moved, spins))


_TABLES = (start_table, middle_table, stop_table, near_table, row_table)


@lru_cache(maxsize=FEW)
def _local(interactions: GraphInteractions) -> LocalEnergy:
    """Not by the cache of `local_energy`, which would keep hundreds of graphs with all their tables."""
    return GraphSystem(interactions, {}).with_equal_ends(local_energy.__wrapped__(interactions, 0))


def system_of(
    interactions: Interactions, parameters: Mapping[str, float], scheduled: frozenset[str] = frozenset()
) -> SpinSystem:
    """The system of a Hamiltonian on a lattice or on a graph."""
    kind = GraphSystem if isinstance(interactions, GraphInteractions) else SpinSystem
    return kind(interactions, parameters, scheduled)  # type: ignore[arg-type]
