"""The energy that changes when the two spins of a bond are exchanged."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from simcore.formulas.tree import Binary, Node, substitute
from simcore.models.spins.algorithms.energy_change import energy_change
from simcore.models.spins.energy_table import EnergyTable
from simcore.models.spins.formula_syntax import spin_name
from simcore.models.spins.geometry import Bond, Corner
from simcore.models.spins.local_energy import LocalEnergy, Term
from simcore.models.spins.spin import MOST_COMPONENTS, States
from simcore.models.spins.system import SpinSystem


@dataclass(frozen=True)
class Exchange:
    """The terms that contain a spin of the bond, each once.

    first: those of the site `bond.source`, whose last neighbour is the partner, under one number even if several
    bonds lead to it around a short side. second: those of the partner that do not contain the first one.
    """

    system: SpinSystem
    bond: Bond

    @cached_property
    def first(self) -> LocalEnergy:
        partner = (self.bond.target, self.bond.offset)
        local = self.system.local(self.bond.source)
        return _renumbered(local, local.terms, partner, self._places(local, partner))

    @cached_property
    def second(self) -> LocalEnergy:
        local = self.system.local(self.bond.target)
        back = tuple(-step for step in self.bond.offset)
        shared = self._places(local, (self.bond.source, back))
        return _renumbered(local, [term for term in local.terms if not shared & set(term.numbers)])

    def _places(self, local: LocalEnergy, corner: Corner) -> set[int]:
        """The numbers of the neighbours that are this site, the ends of short sides counted."""
        return {number for number in local.neighbours if self._same(local.sites[number], corner)}

    def _same(self, one: Corner, other: Corner) -> bool:
        geometry = self.system.geometry
        return one[0] == other[0] and all(
            a == b or (wrap != "open" and (a - b) % side == 0)
            for a, b, side, wrap in zip(one[1], other[1], geometry.shape, geometry.wrap, strict=True)
        )

    def first_change(self, own: Sequence[Node], partner: Sequence[Node]) -> Node:
        """What the terms of `first` cost if the spins `own` and `partner` change places; readable."""
        number = len(self.first.sites) - 1
        alone = LocalEnergy(self.first.sites, tuple(t for t in self.first.terms if number not in t.numbers))
        shared = [term for term in self.first.terms if number in term.numbers]
        costs = [energy_change(self.system, alone, partner, own)]
        if shared:
            after, before = (
                self.system.energy(LocalEnergy(self.first.sites, _with_spin(shared, number, two)), one)
                for one, two in ((partner, own), (own, partner))
            )
            costs.append(Binary("-", after, before))
        return costs[0] if len(costs) == 1 else Binary("+", costs[0], costs[1])

    @cached_property
    def tables(self) -> tuple[EnergyTable, EnergyTable] | None:
        """Of both ends; None if a table of their codes, the spins of the bond included, would be too large."""
        spin = self.system.spin
        if not isinstance(spin, States):
            return None
        first, second = EnergyTable(self.system, self.first), EnergyTable(self.system, self.second)
        small = second.fits(1) and first.fits(second.codes * spin.count)
        return (first, second) if small else None


def costs(first: EnergyTable, second: EnergyTable) -> np.ndarray:
    """The cost for each code of `first` (the state of the partner is its last digit), code of `second`, own state.

    float64; for partners beyond an open end, which are never asked for, the cost is 0.
    """
    count = first.spin.count
    energies = first.energies().reshape(-1, first.bases[-1], count)
    found = np.zeros((len(energies), first.bases[-1], second.codes, count))
    swapped = energies[:, :count].transpose(0, 2, 1) - energies[:, :count]  # [rest, partner, own]
    alone = second.energies()
    received = alone[:, np.newaxis, :] - alone[:, :, np.newaxis]  # [code, partner, own]: own comes, the partner goes
    found[:, :count] = swapped[:, :, np.newaxis, :] + received.transpose(1, 0, 2)[np.newaxis]
    return found


def _renumbered(
    local: LocalEnergy, terms: Sequence[Term], partner: Corner | None = None, places: Collection[int] = ()
) -> LocalEnergy:
    """These terms alone, with the sites that they name; the numbers `places` become one, the last: the partner."""
    named = sorted({number for term in terms for number in term.neighbours}.difference(places))
    numbers = {0: 0} | {number: new for new, number in enumerate(named, 1)}
    sites = [local.sites[number] for number in numbers]
    if partner is not None:
        numbers |= dict.fromkeys(places, len(sites))
        sites.append(partner)
    return LocalEnergy(tuple(sites), tuple(_with_numbers(term, numbers, places) for term in terms))


def _with_numbers(term: Term, numbers: dict[int, int], places: Collection[int]) -> Term:
    """The role of a term that contains the partner is like that of no other: the partner has a digit of its own."""
    spins: dict[str, Node] = {
        spin_name(number, component).name: spin_name(numbers[number], component)
        for number in term.numbers
        for component in range(MOST_COMPONENTS)
    }
    role = ("exchanged", term.role) if set(places) & set(term.numbers) else term.role
    return Term(substitute(term.tree, spins), tuple(numbers[n] for n in term.numbers), role, term.counted)


def _with_spin(terms: Sequence[Term], number: int, spin: Sequence[Node]) -> tuple[Term, ...]:
    """The terms for a given spin of a neighbour."""
    spins = {spin_name(number, component).name: node for component, node in enumerate(spin)}
    return tuple(Term(substitute(term.tree, spins), term.numbers, term.role, term.counted) for term in terms)
