"""The terms of a Hamiltonian on a graph: one for each kind of edges, with a coupling for each edge."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from simcore.errors import Refusal
from simcore.expressions import Expression
from simcore.expressions.evaluate import evaluate
from simcore.models.arrayfile import ArrayFile
from simcore.models.montecarlo.disorder import Disorder
from simcore.models.montecarlo.graphs.graph import GraphGeometry
from simcore.models.montecarlo.interactions import INDICES, Interactions
from simcore.models.montecarlo.spin import LARGEST


@dataclass(frozen=True, eq=False)
class GraphInteractions(Interactions):
    """`arrays` has an entry for each coupling of a kind of edges, and one for each field of the sites."""

    geometry: GraphGeometry

    @property
    def reach(self) -> int:
        """No cell beyond the end is read: neighbours stand in tables."""
        return 0

    @property
    def stored(self) -> tuple[str, ...]:
        """The fields; couplings are tables of the edges."""
        return tuple(array for array, (name, _) in self.arrays.items() if name in self.hamiltonian.fields)

    @property
    def couplings(self) -> tuple[str, ...]:
        """The arrays of couplings."""
        return tuple(array for array, (name, _) in self.arrays.items() if name not in self.hamiltonian.fields)

    def kinds_of(self, coupling: str) -> list[str]:
        """The kinds of edges whose formula names a coupling."""
        return [kind for kind, _ in self.members(coupling)]

    def values(self, array: str, numbers: Mapping[str, float]) -> np.ndarray:
        """What a field holds at each site, or a coupling at each edge of one kind, by their numbers; float64.

        Raises Refusal.
        """
        name, number = self.arrays[array]
        if name in self.hamiltonian.fields:
            return super().values(array, numbers)
        counts = [len(self.geometry.graph.edges[kind]) for kind in self.kinds_of(name)]
        first = sum(counts[:number])
        return self.of_edges(name, numbers)[first : first + counts[number]]

    def of_edges(self, coupling: str, numbers: Mapping[str, float]) -> np.ndarray:
        """What a coupling holds at each edge whose formula names it, kind after kind; float64. Raises Refusal."""
        source, path = self.hamiltonian.couplings[coupling], f"model.hamiltonian.couplings.{coupling}"
        pairs = np.concatenate([self.geometry.graph.edges[kind] for kind in self.kinds_of(coupling)])
        if isinstance(source, Disorder):
            return source.draw(coupling, 0, (len(pairs),))
        if isinstance(source, ArrayFile):
            values = np.asarray(source.load((len(pairs),), path), float)
        else:
            assert isinstance(source, Expression)
            tree = self.placed(source, 0)
            found = evaluate(tree, {**numbers, INDICES[0]: pairs[:, 0]})
            values = np.broadcast_to(np.asarray(found, float), (len(pairs),))
        if not (np.abs(values) <= LARGEST).all():
            raise Refusal(path, f"must be finite, between {-LARGEST:g} and {LARGEST:g}, at every edge")
        return values
