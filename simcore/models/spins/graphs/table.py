"""The local energy of a spin of two states on a graph as a table: of its degree, and how many neighbours are up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from simcore.formulas.evaluate import evaluate
from simcore.models.spins.energy_table import LARGEST, EnergyTable
from simcore.models.spins.formula_syntax import spin_name
from simcore.models.spins.graphs.graph import near_table, row_table, start_table, stop_table
from simcore.models.spins.graphs.system import GraphSystem
from simcore.models.spins.kernel_writer import KernelWriter
from simcore.models.spins.local_energy import LocalEnergy
from simcore.models.spins.system import SpinSystem


@dataclass(frozen=True)
class DegreeTable(EnergyTable):
    """A row for each degree that a site has, and each number of neighbours in the upper state.

    For edges of one kind, the same at both ends, without disorder and formulas of the place.
    """

    system: GraphSystem

    @property
    def kind(self) -> str:
        """Of the edges."""
        return self.system.geometry.graph.kinds[abs(self.local.sites[1][1][0]) - 1]

    @property
    def codes(self) -> int:
        """How many rows the table has."""
        return int((self.system.geometry.degrees_of(self.kind) + 1).sum())

    def fits(self, columns: int, *, following: bool = False) -> bool:
        """Whether such a table holds the energy, and is small enough."""
        edges = [term for term in self.local.terms if len(term.numbers) == 2]
        if self.system.scheduled or self.spin.count > 2 or not self.local.uniform or len(edges) != 2:
            return False
        if self.system.readable_of(self.local, edges[0]) != self.system.readable_of(self.local, edges[1]):
            return False
        return self.codes * columns <= LARGEST

    def code(self, function: KernelWriter) -> str:
        """The text of the code at a site, after lines that count."""
        upper, edge = function.let("upper", "0"), function.local("edge")
        first, last = (function.read(table(self.kind)) for table in (start_table, stop_table))
        with function.block(f"for {edge} in range({first}, {last}):"):
            place = f"{function.argument(near_table(self.kind))}[{edge}]"
            function.line(f"{upper} += {function.argument(self.system.arrays.name(0))}[{place}]")
        return f"{function.read(row_table(self.kind))} + {upper}"

    def energies(self, changing: Mapping[str, float] | None = None) -> np.ndarray:
        """float64 of shape (codes, states): the energy of each state of the spin."""
        states = np.array(self.spin.states)
        own = {spin_name(0).name: states[:, np.newaxis]}
        found = np.zeros((self.codes, 2))
        degrees = self.system.geometry.degrees_of(self.kind)
        upper = np.concatenate([np.arange(degree + 1) for degree in degrees])
        counts = np.stack([np.repeat(degrees, degrees + 1) - upper, upper], axis=-1)
        for term in self.local.terms:
            numbers = [number for number in term.numbers if number]
            spins = {spin_name(number).name: states[np.newaxis] for number in numbers}
            known = {**self.system.numbers, **(changing or {}), **own, **spins}
            shape = (2, 2 if numbers else 1)
            values = np.broadcast_to(np.asarray(evaluate(term.tree, known), float), shape)
            if not numbers:
                found += values[:, 0]
            elif self.local.sites[numbers[0]][1][0] > 0:  # it stands for the edges that lead in, too
                found += counts @ values.T
        return found


def table_of(system: SpinSystem, local: LocalEnergy) -> EnergyTable:
    """The table of a local energy on a lattice or on a graph."""
    return DegreeTable(system, local) if isinstance(system, GraphSystem) else EnergyTable(system, local)
