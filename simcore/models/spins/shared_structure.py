"""What models of spins share that differ in the values of their parameters alone.

A sweep makes thousands of them in one process, one after the other: formulas are read, and functions written, once.
"""

from __future__ import annotations

import math
from collections.abc import Hashable
from dataclasses import dataclass, replace
from functools import cached_property

from simcore.models.spins import connectivity, thermodynamics
from simcore.models.spins.algorithm_section import Algorithms, algorithm_of
from simcore.models.spins.checks import Checker
from simcore.models.spins.connectivity import Remark
from simcore.models.spins.geometry import Geometry
from simcore.models.spins.graphs.asgraph import better_as_graph
from simcore.models.spins.graphs.graph import GraphGeometry
from simcore.models.spins.graphs.interactions import GraphInteractions
from simcore.models.spins.graphs.remarks import graph_remarks
from simcore.models.spins.graphs.section import GraphLattice
from simcore.models.spins.graphs.system import FEW, system_of
from simcore.models.spins.guard.guard import Guard
from simcore.models.spins.hamiltonian import Hamiltonian, kinds_meant
from simcore.models.spins.interactions import Interactions, Path
from simcore.models.spins.lattice_section import CustomLattice, Lattice
from simcore.models.spins.spin import Spin
from simcore.models.spins.system import SpinSystem
from simcore.spec.observables import Observable
from simcore.spec.phases import AnyPhase

MOST = 64
REMEMBERED: dict[Hashable, Structure] = {}


@dataclass(frozen=True, eq=False)
class Structure:
    """A lattice, a spin, an energy and an algorithm. parameters: names of those of the model.

    scheduled: which of them change from step to step.
    """

    lattice: Lattice
    spin: Spin
    energy: Hamiltonian
    algorithm: Algorithms
    parameters: tuple[str, ...]
    scheduled: frozenset[str] = frozenset()

    @cached_property
    def geometry(self) -> Geometry:
        """The lattice with the bonds and plaquettes that the energy names."""
        known = (*self.lattice.bond_kinds, *self.lattice.plaquette_kinds)
        meant = kinds_meant(self.energy, self.lattice.usual_kinds, self.lattice.plaquette_kinds)
        return self.lattice.geometry([kind for kind in known if kind in meant])

    @cached_property
    def interactions(self) -> Interactions:
        """The terms of the energy."""
        kind = GraphInteractions if isinstance(self.geometry, GraphGeometry) else Interactions
        return kind(self.energy, self.geometry, self.spin, self.parameters)

    @cached_property
    def problems(self) -> list[tuple[Path, str]]:
        """(path below `model`, message) of all that is wrong with the energy on this lattice at any values."""
        found = Checker(self.interactions, self.lattice.bond_kinds, self.lattice.plaquette_kinds).run()
        if not found and isinstance(self.lattice, CustomLattice) and (reason := better_as_graph(self.interactions)):
            return [(("lattice",), reason)]
        return found

    @cached_property
    def phases(self) -> tuple[AnyPhase, ...]:
        """One sweep."""
        return tuple(algorithm_of(self.algorithm, self._system).phases())

    @cached_property
    def observables(self) -> tuple[Observable, ...]:
        """Energy and magnetisation per site, and what the algorithm measures of itself."""
        algorithm = algorithm_of(self.algorithm, self._system)
        magnetization = [replace(one, conserved=algorithm.conserves) for one in algorithm.magnetization()]
        values = thermodynamics.scheduled(self._system)
        return (algorithm.energy(), *magnetization, *values, *algorithm.observables())

    def observables_with(self, odd: frozenset[str]) -> tuple[Observable, ...]:
        """The same, those of these names marked as odd; the same objects for the same names."""
        known = self._by_odd.get(odd)
        if known is None:
            known = tuple(replace(one, odd=True) if one.name in odd else one for one in self.observables)
            self._by_odd[odd] = known
        return known

    @cached_property
    def _by_odd(self) -> dict[frozenset[str], tuple[Observable, ...]]:
        return {frozenset(): self.observables}

    @cached_property
    def remarks(self) -> tuple[Remark, ...]:
        """Coordination numbers, and the connected parts of the lattice."""
        if isinstance(self.interactions, GraphInteractions):
            return tuple(graph_remarks(self.interactions))
        algorithm = algorithm_of(self.algorithm, self._system)
        return (*connectivity.remarks(self.interactions), *algorithm.remarks())

    @cached_property
    def guard(self) -> Guard:
        """What the moves of a run are compared by with the energy as it is written."""
        return Guard(self._system, algorithm_of(self.algorithm, self._system).audits())

    @cached_property
    def _system(self) -> SpinSystem:
        """Without values, so that nothing here depends on one."""
        return system_of(self.interactions, dict.fromkeys(self.parameters, math.nan), self.scheduled)


def structure_of(
    lattice: Lattice,
    spin: Spin,
    energy: Hamiltonian,
    algorithm: Algorithms,
    parameters: tuple[str, ...],
    scheduled: frozenset[str] = frozenset(),
) -> Structure:
    """The structure of this content, the one that this process has already if it has."""
    key = (lattice.model_dump_json(), spin, energy.model_dump_json(), algorithm, parameters, scheduled)
    known = REMEMBERED.get(key)
    if known is None:
        if isinstance(lattice, GraphLattice):
            _forget_graphs(FEW - 1)
        if len(REMEMBERED) >= MOST:
            del REMEMBERED[next(iter(REMEMBERED))]
        known = REMEMBERED[key] = Structure(lattice, spin, energy, algorithm, parameters, scheduled)
    return known


def _forget_graphs(kept: int) -> None:
    """All but the newest: their tables may be large."""
    graphs = [key for key, known in REMEMBERED.items() if isinstance(known.lattice, GraphLattice)]
    for key in graphs[: max(0, len(graphs) - kept)]:
        del REMEMBERED[key]
