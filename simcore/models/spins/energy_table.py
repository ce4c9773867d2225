"""The local energy of a discrete spin as a table over the states of its neighbours.

A row of the table is a code: a number with one digit for each group of neighbours. A group is one neighbour, its digit
the index of its state (the number of states where it lies beyond an open end). Of two states, neighbours that meet the
spin in terms of one kind form a group together, and its digit counts how many of them are in the upper state.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from simcore.formulas.evaluate import evaluate
from simcore.models.spins.formula_syntax import spin_name
from simcore.models.spins.kernel_writer import KernelWriter
from simcore.models.spins.local_energy import LocalEnergy
from simcore.models.spins.spin import States
from simcore.models.spins.system import SpinSystem

LARGEST = 2**15  # entries: beyond it a table no longer fits beside the spins into the nearest caches


@dataclass(frozen=True)
class EnergyTable:
    """The codes of the neighbours of one basis site, and the energy for each."""

    system: SpinSystem
    local: LocalEnergy

    @property
    def spin(self) -> States:
        assert isinstance(self.system.spin, States)
        return self.system.spin

    @cached_property
    def groups(self) -> tuple[tuple[int, ...], ...]:
        """The numbers of the neighbours that share a digit."""
        if self.spin.count > 2 or "open" in self.system.geometry.wrap:
            return tuple((number,) for number in self.local.neighbours)
        grouped: dict[Hashable, list[int]] = {}
        for number in self.local.neighbours:
            grouped.setdefault(self._sole_role(number), []).append(number)
        return tuple(map(tuple, grouped.values()))

    def _sole_role(self, number: int) -> Hashable:
        """The role of the one pair term that a neighbour has; else the number itself, like that of no other."""
        terms = [term for term in self.local.terms if number in term.numbers]
        return terms[0].role if len(terms) == 1 and len(terms[0].numbers) == 2 else number

    @cached_property
    def bases(self) -> tuple[int, ...]:
        """How many values each digit has."""
        missing = "open" in self.system.geometry.wrap
        alone = self.spin.count + missing
        return tuple(alone if len(group) == 1 else len(group) + 1 for group in self.groups)

    @property
    def codes(self) -> int:
        """How many rows the table has."""
        return math.prod(self.bases)

    def fits(self, columns: int, *, following: bool = False) -> bool:
        """Whether a table with so many columns is small enough, and the same for every cell and step.

        If one axis is open and another antiperiodic, the cell beyond both would be minus "no neighbour": no digit.
        """
        if self.system.scheduled and not following:
            return False
        corners = {"open", "antiperiodic"} <= set(self.system.geometry.wrap)
        return self.local.uniform and not corners and self.codes * columns <= LARGEST

    def code(self, function: KernelWriter) -> str:
        """The text of the code at a cell."""
        text = ""
        for group, base in zip(self.groups, self.bases, strict=True):
            sites = (self.local.sites[number] for number in group)
            reads = [function.read(self.system.arrays.name(site), offset) for site, offset in sites]
            if not text:
                reads[0] = f"np.int64({reads[0]})"  # eight bits hold a state, and no code
            text = f"({text}) * {base} + {' + '.join(reads)}" if text else " + ".join(reads)
        return text or "0"

    def energies(self, changing: Mapping[str, float] | None = None) -> np.ndarray:
        """float64 of shape (codes, states): the energy of each state of the spin.

        changing: values of the parameters that change from step to step.
        """
        states = np.array(self.spin.states)
        found = np.zeros((self.codes, self.spin.count))
        digits = dict(self._states_of_neighbours())
        spins: dict[str, np.ndarray] = {spin_name(0).name: states[np.newaxis, :]}
        for number, index in digits.items():
            spins[spin_name(number).name] = states[np.minimum(index, self.spin.count - 1)][:, np.newaxis]
        for term in self.local.terms:
            values = np.asarray(evaluate(term.tree, {**self.system.numbers, **(changing or {}), **spins}), float)
            present = np.ones((self.codes, 1), bool)
            for number in term.neighbours:
                present &= (digits[number] < self.spin.count)[:, np.newaxis]
            found += np.where(present, values, 0.0)
        return found

    def _states_of_neighbours(self) -> Iterator[tuple[int, np.ndarray]]:
        """For each neighbour, the index of its state in each code."""
        if not self.groups:
            return
        digits = np.unravel_index(np.arange(self.codes), self.bases)
        for group, digit in zip(self.groups, digits, strict=True):
            if len(group) == 1:
                yield group[0], digit
            else:
                yield from ((number, (place < digit).astype(int)) for place, number in enumerate(group))
