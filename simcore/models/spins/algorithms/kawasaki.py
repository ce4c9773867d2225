"""Exchanges of neighbouring spins: K. Kawasaki, Phys. Rev. 145, 224 (1966). The spins themselves never change."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, ClassVar, Literal

import numpy as np

from simcore.formulas.tree import Binary, Name, Node
from simcore.models.spins.algorithms.algorithm import ATTEMPTS, Algorithm
from simcore.models.spins.algorithms.audit import Audit, Written
from simcore.models.spins.algorithms.energy_change import energy_change, limit
from simcore.models.spins.algorithms.exchange import Exchange, costs
from simcore.models.spins.algorithms.metropolis import TALLY, acceptance
from simcore.models.spins.colouring.general import pair_classes
from simcore.models.spins.connectivity import connected
from simcore.models.spins.energy_table import EnergyTable
from simcore.models.spins.geometry import Bond, Offset
from simcore.models.spins.kernel_writer import KernelWriter
from simcore.spec.arrays import CellFunction, Periodic, Side, StateArray, Wall
from simcore.spec.observables import Observable
from simcore.spec.phases import Phase

INCOMING, PARTNER = "incoming", "partner"


class Kawasaki(Algorithm):
    """A sweep attempts to exchange the spins of every bond of `_bonds`, as Metropolis would accept it.

    In three phases for each class of bonds that do not meet: the partners, at the second ends, work out what they pay
    (or the number of their row in a table); the first ends decide, take the partner's spin, and leave theirs in
    `incoming`; the partners take it from there. So no end reads farther than its own neighbours.
    """

    takes: ClassVar[tuple[str, ...]] = ()

    @property
    def conserves(self) -> bool:
        return True

    def refuse(self) -> None:
        geometry = self.system.geometry
        if not self.system.fixed_neighbours:
            raise self.refusal("kawasaki exchanges the spins of cells at fixed offsets, not along the edges of a graph")
        if "antiperiodic" in geometry.wrap:
            raise self.refusal(
                "kawasaki exchanges spins, and across an antiperiodic end they would change their signs; use metropolis"
            )
        if not self._bonds:
            raise self.refusal("kawasaki exchanges the spins of bonds, and the energy names none")
        kind = self._bonds[0].kind
        if max(abs(step) for bond in self._bonds for step in bond.offset) > self.system.halo:
            raise self.refusal(f"kawasaki exchanges the spins of the bonds '{kind}', and these have no energy")
        if not connected(geometry, self._bonds):
            raise self.refusal(
                f"kawasaki exchanges the spins of the bonds '{kind}', and parts of the lattice are not joined by them"
            )

    @cached_property
    def _bonds(self) -> tuple[Bond, ...]:
        """Those along which spins are exchanged: of the lattice's first kind that the energy names.

        All bonds, if only all of them join the lattice (the directions `x` and `y` of a square one, say).
        """
        geometry = self.system.geometry
        first = tuple(bond for bond in geometry.bonds if bond.kind == geometry.bonds[0].kind)
        alone = connected(geometry, first) or not connected(geometry, geometry.bonds)
        return first if alone else geometry.bonds

    @cached_property
    def _exchanges(self) -> tuple[Exchange, ...]:
        return tuple(Exchange(self.system, bond) for bond in self._bonds)

    def state(self) -> Sequence[StateArray]:
        system = self.system
        shape, halo, spin = system.geometry.shape, system.halo, system.spin
        plain: dict[str, Side] = {"periodic": Periodic(), "open": Wall(0.0, 0.0)}
        sides = tuple((plain[wrap], plain[wrap]) for wrap in system.geometry.wrap)
        nothing = np.zeros(shape)
        return [
            StateArray(name, shape, dtype, nothing, sides, halo, work=True, hidden=True)
            for name, dtype in ((PARTNER, "float64"), *((name, spin.dtype) for name in self._incoming))
        ]

    @property
    def _incoming(self) -> tuple[str, ...]:
        return tuple(f"{INCOMING}{suffix}" for suffix in self.system.spin.suffixes)

    def constants(self) -> Mapping[str, Any]:
        temperature = self.system.parameters["temperature"]
        found = {}
        for number, exchange in enumerate(self._exchanges):
            if exchange.tables is not None:
                with np.errstate(over="ignore", under="ignore"):  # infinite energy cost: exp(-inf) = 0
                    shares = np.exp(-np.maximum(costs(*exchange.tables), 0.0) / temperature)
                found[_table_name(number)] = ATTEMPTS * shares.ravel()
        return found

    def observables(self) -> Sequence[Observable]:
        return acceptance(sum(map(self._pairs, self._bonds)) / self.system.geometry.cells)

    def _pairs(self, bond: Bond) -> int:
        """How many such bonds there are: one for each cell, but for those across an open end."""
        geometry = self.system.geometry
        sides = zip(geometry.shape, bond.offset, geometry.wrap, strict=True)
        return math.prod(n - abs(step) if wrap == "open" else n for n, step, wrap in sides)

    def phases(self) -> Sequence[Phase]:
        arrays, geometry = self.system.arrays, self.system.geometry
        phases: list[Phase] = []
        for number, (bond, exchange) in enumerate(zip(self._bonds, self._exchanges, strict=True)):
            ends = (bond.source, bond.target)
            meetings = {offset for a in ends for b in ends for offset in geometry.meetings(a, b)}
            given, taken = arrays.of_site(bond.source), arrays.of_site(bond.target)
            asked, asked_reads = self._asked(exchange)
            decided, decided_reads = self._decided(number, exchange)
            received = self._received(bond)
            for firsts, partners in pair_classes(geometry.shape, geometry.wrap, bond.offset, meetings):
                phases += [
                    Phase(asked, PARTNER, partners, reads=asked_reads),
                    Phase(decided, (*given, *self._incoming), firsts, 1, tally=TALLY, reads=decided_reads),
                    Phase(received, taken, partners),
                ]
        return phases

    def _function(self, exchange: Exchange, name: str, doc: str) -> KernelWriter:
        return KernelWriter(name, self.system, doc, gather=exchange.tables is None)

    def _asked(self, exchange: Exchange) -> Written:
        """What the partner pays for the spin of the first end, or the code of its neighbours."""
        bond = exchange.bond
        function = self._function(exchange, "ask", "What it costs a site to take the spin at the other end of a bond.")
        if exchange.tables is not None:
            return function.returns(exchange.tables[1].code(function)), function.reads
        back = tuple(-step for step in bond.offset)
        new = self._values(self._known(function, "new", bond.source, back))
        old = self._values(self._known(function, "old", bond.target))
        (cost,) = function.work_out([energy_change(self.system, exchange.second, new, old)])
        return function.returns(cost), function.reads

    def _decided(self, number: int, exchange: Exchange) -> Written:
        """The spin of the first end, what the partner gets, and whether two different spins were exchanged."""
        bond = exchange.bond
        function = self._function(exchange, "exchange", "The spins at both ends of a bond, and whether they changed.")
        function.argument("random")
        old = self._known(function, "old", bond.source)
        other = self._known(function, "other", bond.target, bond.offset)
        asked = function.read(PARTNER, bond.offset)
        if exchange.tables is not None:
            bound = self._looked_up(function, number, exchange.tables, old[0], asked)
        else:
            change = exchange.first_change(self._values(old), self._values(other))
            bound = limit(function, Binary("+", change, Name(function.let("asked", asked))))
        accepted = function.let("accepted", f"random[0] < {bound}")
        different = " | ".join(f"({a} != {b})" for a, b in zip(old, other, strict=True))
        own = [f"{b} if {accepted} else {a}" for a, b in zip(old, other, strict=True)]
        left = [f"{a} if {accepted} else {b}" for a, b in zip(old, other, strict=True)]
        return function.returns(*own, *left, f"1 if {accepted} & ({different}) else 0"), function.reads

    def _looked_up(
        self, function: KernelWriter, number: int, tables: tuple[EnergyTable, EnergyTable], old: str, asked: str
    ) -> str:
        """The text of the entry of a table."""
        first, second = tables
        place = f"(({first.code(function)}) * {second.codes} + int({asked})) * {first.spin.count} + {old}"
        return f"{function.argument(_table_name(number))}[{place}]"

    def audits(self) -> Sequence[Audit]:
        return [self._audit(number, exchange) for number, exchange in enumerate(self._exchanges)]

    def _audit(self, number: int, exchange: Exchange) -> Audit:
        bond = exchange.bond
        function = self._function(exchange, "exchange_audit", "What decides on an exchange.")
        old = self._known(function, "old", bond.source)
        asked = function.read(PARTNER, bond.offset)
        if exchange.tables is not None:
            found = self._looked_up(function, number, exchange.tables, old[0], asked)
        else:
            other = self._known(function, "other", bond.target, bond.offset)
            change = exchange.first_change(self._values(old), self._values(other))
            (found,) = function.work_out([Binary("+", change, Name(function.let("asked", asked)))])
        kind: Literal["cost", "chance"] = "cost" if exchange.tables is None else "chance"
        written = function.returns(found), function.reads
        return Audit(bond.source, kind, written, bond=bond, asked=self._asked(exchange))

    def _received(self, bond: Bond) -> CellFunction:
        function = KernelWriter("receive", self.system, "What the other end of a bond left.")
        back = tuple(-step for step in bond.offset)
        return function.returns(*(function.read(name, back) for name in self._incoming))

    def _known(self, function: KernelWriter, name: str, site: int, offset: Offset | None = None) -> list[str]:
        """Lines that read the spin of a site: the names of its components."""
        arrays = self.system.arrays.of_site(site)
        return [function.let(f"{name}{c}", function.read(array, offset)) for c, array in enumerate(arrays)]

    def _values(self, stored: Sequence[str]) -> list[Node]:
        return [self.system.value_of(Name(name)) for name in stored]


def _table_name(number: int) -> str:
    return f"acceptance_table{number}"
