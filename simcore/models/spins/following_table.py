"""Tables of chances that are filled anew in each step, where parameters change from step to step.

The energies in them are E0 + sum over the changing parameters of p E_p, so that a few sums and exponentials for each
entry do; there are as many entries as sites at most.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from simcore.formulas.derivative import derivative
from simcore.formulas.simplify import mentions
from simcore.models.spins.energy_table import EnergyTable
from simcore.spec.arrays import CellFunction
from simcore.spec.phases import Refilled


def usable(table: EnergyTable, columns: int) -> bool:
    """Whether a table with so many columns serves, for parameters that stay or for those that change."""
    return can_follow(table, columns) if table.system.scheduled else table.fits(columns)


def can_follow(table: EnergyTable, columns: int) -> bool:
    """Whether the energies of a table are linear in the parameters that change, and it is smaller than the lattice."""
    changing = table.system.scheduled
    if not table.fits(columns, following=True) or table.codes * columns > table.system.geometry.sites:
        return False
    for term in table.local.terms:
        for name in changing:
            if not mentions(term.tree, [name]):
                continue
            try:
                slope = derivative(term.tree, name)
            except ValueError:
                return False
            if mentions(slope, changing):
                return False
    return True


@dataclass(frozen=True)
class FollowingTable:
    """One such table, called `name`."""

    table: EnergyTable
    name: str

    @cached_property
    def _names(self) -> list[str]:
        """Of the parameters that change and are in the energy."""
        trees = [term.tree for term in self.table.local.terms]
        return sorted(name for name in self.table.system.scheduled if any(mentions(tree, [name]) for tree in trees))

    def constants(self, entries: int) -> Mapping[str, np.ndarray]:
        """The table, not filled yet, and the energies that it is filled from."""
        zero = dict.fromkeys(self._names, 0.0)
        base = self.table.energies(zero)
        slopes = {name: self.table.energies({**zero, name: 1.0}) - base for name in self._names}
        parts = {f"{self.name}_by_{name}": slope.ravel() for name, slope in slopes.items()}
        return {self.name: np.zeros(entries), f"{self.name}_energy": base.ravel(), **parts}

    def refilled(self, lines: Sequence[str]) -> Refilled:
        """lines: of one code; `energy` holds the energies of its states, `count` is their number."""
        count = self.table.spin.count
        sums = [f"{self.name}_energy[_place]", *(f"{name} * {self.name}_by_{name}[_place]" for name in self._names)]
        given = [self.name, f"{self.name}_energy", *(f"{self.name}_by_{name}" for name in self._names)]
        arguments = dict.fromkeys([*given, "temperature", *self._names])
        body = [
            f"def fill_{self.name}({', '.join(arguments)}):",
            f"    _energy = np.empty({count})",
            "    _entry = 0",
            f"    for _code in range({self.name}_energy.size // {count}):",
            f"        for _state in range({count}):",
            f"            _place = _code * {count} + _state",
            f"            _energy[_state] = {' + '.join(sums)}",
            *(f"        {line}" for line in lines),
        ]
        return Refilled(self.name, CellFunction("\n".join(body) + "\n"))
