"""The Metropolis algorithm for any spin: N. Metropolis et al., J. Chem. Phys. 21, 1087 (1953)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, ClassVar

import numpy as np

from simcore.formulas.tree import Name, Node
from simcore.models.spins.algorithms.algorithm import ATTEMPTS, sweep
from simcore.models.spins.algorithms.audit import Audit
from simcore.models.spins.algorithms.cost_audit import change_audit, spin_arguments
from simcore.models.spins.algorithms.energy_change import energy_change, limit
from simcore.models.spins.algorithms.proposals import propose
from simcore.models.spins.algorithms.tabled import Tabled
from simcore.models.spins.algorithms.width import width_constants, width_of
from simcore.models.spins.energy_table import EnergyTable
from simcore.models.spins.kernel_writer import KernelWriter
from simcore.models.spins.packed.rule import flip_rule
from simcore.models.spins.spin import States
from simcore.spec.arrays import CellFunction
from simcore.spec.observables import Observable
from simcore.spec.phases import Phase, Tuned

TALLY = "accepted"
DOC = "The new spin of a site, and whether it is a new one."


class Metropolis(Tabled):
    """A spin becomes a proposed one with probability min(1, exp(-dE/T)).

    Discrete states: each of the others is proposed equally often, and one random number serves the choice and the
    acceptance. Otherwise the proposal is `proposals.propose`, of a width that the thermalisation tunes.
    """

    takes: ClassVar[tuple[str, ...]] = ("width", "acceptance", "over_relaxation", "packed")
    packs: ClassVar[bool] = True
    table_prefix: ClassVar[str] = "acceptance_table"

    def phases(self) -> Sequence[Phase]:
        phases: list[Phase] = []
        discrete = self.system.spin.discrete
        for site in range(self.system.geometry.basis):
            function = KernelWriter("metropolis", self.system, DOC, gather=self.gathers(site))
            written, draws = self._discrete(site, function) if discrete else self._continuous(site, function)
            phases += sweep(self.system, site, written, draws, TALLY, function.reads)
        return phases

    def constants(self) -> Mapping[str, Any]:
        return super().constants() if self.system.spin.discrete else width_constants(self.system, self.options)

    def columns(self, count: int) -> int:
        return count * (count - 1)

    def chances(
        self, table: EnergyTable, temperature: float, changing: Mapping[str, float] | None = None
    ) -> np.ndarray:
        """ATTEMPTS min(1, exp(-dE/T)) for each code, state and other state (the next one first), in C order."""
        return ATTEMPTS * successes(table, temperature, changing)

    def fill(self, name: str, count: int) -> list[str]:
        return [
            f"for _old in range({count}):",
            f"    for _ahead in range(1, {count}):",
            f"        _cost = _energy[(_old + _ahead) % {count}] - _energy[_old]",
            f"        {name}[_entry] = {ATTEMPTS!r} * np.exp(-(_cost if _cost > 0.0 else 0.0) / temperature)",
            "        _entry += 1",
        ]

    def tuned(self) -> Sequence[Tuned]:
        return () if self.system.spin.discrete else (width_of(self.system, self.options),)

    def observables(self) -> Sequence[Observable]:
        return acceptance(self.system.geometry.basis)

    def rule(self) -> np.ndarray:
        chances = self.chances(self.tables[0], self.system.parameters["temperature"])
        return flip_rule(chances.reshape(-1, 2).T)

    def audits(self) -> Sequence[Audit]:
        sites = range(self.system.geometry.basis)
        return [
            self._table_audit(site) if site in self.tables else change_audit(self.system, self.system.local(site))
            for site in sites
        ]

    def _discrete(self, site: int, function: KernelWriter) -> tuple[CellFunction, int]:
        spin = self.system.spin
        assert isinstance(spin, States)
        function.argument("random")
        old = function.let("old", f"np.int64({function.read(self.system.arrays.name(site))})")
        chance, choice = "random[0]", ""
        if spin.count == 2:
            new = function.let("new", f"1 - {old}")
        else:
            scaled = function.let("scaled", f"random[0] * {spin.count - 1}")
            choice = function.let("choice", f"int({scaled})")
            chance = f"{scaled} - {choice}"
            next_one = function.let("following", f"{old} + 1 + {choice}")
            new = function.let("new", f"{next_one} - {spin.count} if {next_one} >= {spin.count} else {next_one}")
        if site in self.tables:
            limit = self._looked_up(function, site, old, choice)
        else:
            states = [self.system.value_of(Name(name)) for name in (new, old)]
            limit = self._limit(function, site, [states[0]], [states[1]])
        accepted = function.let("accepted", f"{chance} < {limit}")
        return function.returns(f"{new} if {accepted} else {old}", f"1 if {accepted} else 0"), 1

    def _looked_up(self, function: KernelWriter, site: int, old: str, choice: str) -> str:
        """The text of the entry of a table. choice: how many states after the next one the new one comes."""
        table = self.tables[site]
        entry = f"({table.code(function)}) * {table.spin.count} + {old}"
        entry = f"({entry}) * {table.spin.count - 1} + {choice}" if choice else entry
        return f"{function.argument(self.table_name(site))}[{entry}]"

    def _table_audit(self, site: int) -> Audit:
        function = KernelWriter("chance", self.system, "How often a proposed state is taken.")
        names, _, _ = spin_arguments(function)
        count = self.tables[site].spin.count
        choice = f"({names['new0']} - {names['old0']} - 1) % {count}" if count > 2 else ""
        written = function.returns(self._looked_up(function, site, names["old0"], choice))
        return Audit(site, "chance", (written, {}), names, stored=True, alone=change_audit)

    def _continuous(self, site: int, function: KernelWriter) -> tuple[CellFunction, int]:
        function.argument("random")
        spin, arrays = self.system.spin, self.system.arrays.of_site(site)
        old = [function.let(f"old{end}", function.read(a)) for end, a in zip(spin.suffixes, arrays, strict=True)]
        new, draws = propose(function, spin, old)
        limit = self._limit(function, site, [Name(name) for name in new], [Name(name) for name in old])
        accepted = function.let("accepted", f"random[{draws}] < {limit}")
        chosen = [f"{b} if {accepted} else {a}" for a, b in zip(old, new, strict=True)]
        return function.returns(*chosen, f"1 if {accepted} else 0"), draws + 1

    def _limit(self, function: KernelWriter, site: int, new: Sequence[Node], old: Sequence[Node]) -> str:
        """The text of ATTEMPTS min(1, exp(-dE/T))."""
        return limit(function, energy_change(self.system, self.system.local(site), new, old))


def successes(table: EnergyTable, temperature: float, changing: Mapping[str, float] | None = None) -> np.ndarray:
    """min(1, exp(-dE/T)) for each code, state and other state (the next one first), in C order; float64."""
    energies, count = table.energies(changing), table.spin.count
    others = (np.arange(count)[:, np.newaxis] + np.arange(1, count)) % count
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):  # infinite energy cost: exp(-inf) = 0
        cost = energies[:, others] - energies[:, :, np.newaxis]
        return np.exp(-np.maximum(cost, 0.0) / temperature).ravel()


def acceptance(moves: float) -> tuple[Observable, ...]:
    """The share of accepted moves among those attempted, from the tally of a sweep; moves: how many a cell has."""
    accepted = Observable("accepted_moves", TALLY, hidden=True)
    share = partial(_share, attempts=ATTEMPTS * moves)
    return accepted, Observable("acceptance", share, of=("accepted_moves",), doc="share of the moves")


def _share(accepted: Any, attempts: float) -> Any:
    return accepted / attempts
