"""The terms of a Hamiltonian on a graph: one for each kind of edges, with a coupling for each edge."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from simcore.errors import InvalidValueError
from simcore.formulas import Expression
from simcore.formulas.evaluate import evaluate
from simcore.models.array_file import ArrayFile
from simcore.models.spins.disorder import Disorder
from simcore.models.spins.graphs.graph import GraphGeometry
from simcore.models.spins.interactions import INDICES, Interactions
from simcore.models.spins.spin import LARGEST


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

        Raises InvalidValueError.
        """
        name, number = self.arrays[array]
        if name in self.hamiltonian.fields:
            return super().values(array, numbers)
        counts = [len(self.geometry.graph.edges[kind]) for kind in self.kinds_of(name)]
        first = sum(counts[:number])
        return self.of_edges(name, numbers, np.arange(first, first + counts[number]))

    def of_edges(self, coupling: str, numbers: Mapping[str, float], edges: np.ndarray | None = None) -> np.ndarray:
        """What a coupling holds at edges whose formula names it; float64. Raises InvalidValueError.

        edges: their numbers, kind after kind; all by default.
        """
        source, path = self.hamiltonian.couplings[coupling], f"model.hamiltonian.couplings.{coupling}"
        pairs = self._pairs(coupling)
        edges = np.arange(len(pairs)) if edges is None else edges
        if isinstance(source, Disorder | ArrayFile):
            values = self._kept_values(coupling, source, len(pairs), path)[edges]
        else:
            assert isinstance(source, Expression)
            found = evaluate(self.placed(source, 0), {**numbers, INDICES[0]: pairs[edges, 0]})
            values = np.broadcast_to(np.asarray(found, float), edges.shape)
        if not (np.abs(values) <= LARGEST).all():
            raise InvalidValueError(path, f"must be finite, between {-LARGEST:g} and {LARGEST:g}, at every edge")
        return values

    def _pairs(self, coupling: str) -> np.ndarray:
        return np.concatenate([self.geometry.graph.edges[kind] for kind in self.kinds_of(coupling)])

    def _kept_values(self, coupling: str, source: Disorder | ArrayFile, count: int, path: str) -> np.ndarray:
        """Numbers that depend on no parameter: they are drawn or read once."""
        if coupling not in self._known:
            if isinstance(source, Disorder):
                self._known[coupling] = source.draw(coupling, 0, (count,))
            else:
                self._known[coupling] = np.asarray(source.load((count,), path), float)
        return self._known[coupling]

    @cached_property
    def _known(self) -> dict[str, np.ndarray]:
        return {}
