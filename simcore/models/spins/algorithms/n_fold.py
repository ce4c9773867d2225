"""Rejection-free updates of discrete spins: A. B. Bortz, M. H. Kalos, J. L. Lebowitz, J. Comput. Phys. 17, 10 (1975).

Every site is attempted at the rate 1, and takes each of its other q - 1 states with the rate
min(1, exp(-dE/T))/(q - 1): Metropolis in continuous time. The waiting time for the next event is drawn from its
exponential distribution, and the event by its rate. So a step that accepts one attempt in a million costs no more than
one that accepts all.

A sweep is a fixed physical time, and what happens beyond its end is drawn again, which changes nothing: the waiting
time has no memory. Samples are then at equal distances in time, and plain means over them are right.

The rates of the cells are leaves of a tree of sums: J. L. Blue, I. Beichl, F. Sullivan, Phys. Rev. E 51, R867 (1995).
A sum is always worked out from all its parts, so that it is a function of the spins alone, whatever came before.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from simcore.formulas.tree import Binary, Call, Name, Negative, Number
from simcore.models.spins.algorithms.algorithm import ATTEMPTS, Algorithm, Quotient
from simcore.models.spins.algorithms.audit import Audit
from simcore.models.spins.algorithms.cost_audit import change_audit, spin_arguments
from simcore.models.spins.algorithms.energy_change import energy_change
from simcore.models.spins.algorithms.metropolis import successes
from simcore.models.spins.algorithms.rate_tree import RATES, SUMS, RateTree
from simcore.models.spins.clusters.whole_writer import WholeWriter
from simcore.models.spins.energy_table import EnergyTable
from simcore.models.spins.graphs.graph import near_table, start_table, stop_table
from simcore.models.spins.graphs.system import GraphSystem
from simcore.models.spins.graphs.table import table_of
from simcore.models.spins.kernel_writer import KernelWriter
from simcore.models.spins.spin import States
from simcore.random import next_uniform
from simcore.spec.arrays import CellFunction, StateArray
from simcore.spec.observables import Observable
from simcore.spec.phases import AnyPhase, SystemPhase

EVENTS, TIME = "n_fold_events", "n_fold_time"


class NFold(Algorithm):
    """A sweep makes all events of a physical time of `time`, in attempts of each site."""

    takes: ClassVar[tuple[str, ...]] = ("time",)

    def refuse(self) -> None:
        if not self.system.spin.discrete:
            reason = (
                f"lists the rates of all changes of a spin, and a spin of {self.system.spin.kind} has no end of them"
            )
            raise self.refusal(f"n_fold {reason}; use metropolis or heat_bath")

    def phases(self) -> Sequence[AnyPhase]:
        return [SystemPhase(self._sweep(), (*self.system.arrays.names, RATES, SUMS), tally=EVENTS)]

    def state(self) -> Sequence[StateArray]:
        shape = self.system.geometry.shape
        return [StateArray(name, shape, "float64", np.zeros(shape), hidden=True) for name in (RATES, SUMS)]

    def constants(self) -> Mapping[str, Any]:
        found: dict[str, Any] = {TIME: float(self.options.time)}
        for site, table in self._tables.items():
            others = self._spin.count - 1
            rates = successes(table, self.system.parameters["temperature"]) / others
            found[_table_name(site)] = rates
            if others > 1:
                found[_total_name(site)] = rates.reshape(-1, others).sum(axis=1)
        return found

    def observables(self) -> Sequence[Observable]:
        events = Observable("events_total", EVENTS, "sum", hidden=True)
        share = Quotient(self.system.geometry.sites * self.options.time)
        return events, Observable("events", share, of=("events_total",), doc="changes of each spin in a unit of time")

    def audits(self) -> Sequence[Audit]:
        sites = range(self.system.geometry.basis)
        return [
            self._table_audit(site) if site in self._tables else change_audit(self.system, self.system.local(site))
            for site in sites
        ]

    def _table_audit(self, site: int) -> Audit:
        function = KernelWriter("chance", self.system, "How often an attempt to take a state succeeds.")
        names, _, _ = spin_arguments(function)
        count = self._spin.count
        choice = f"({names['new0']} - {names['old0']} - 1) % {count}" if count > 2 else ""
        entry = self._entry(function, site, names["old0"], choice)
        written = function.returns(f"{ATTEMPTS * (count - 1)!r} * {entry}")
        return Audit(site, "chance", (written, {}), names, stored=True, alone=change_audit)

    # -- the rates of a site ----------------------------------------------------------------------------------------

    @property
    def _spin(self) -> States:
        assert isinstance(self.system.spin, States)
        return self.system.spin

    @cached_property
    def _tables(self) -> dict[int, EnergyTable]:
        """The tables of the basis sites that have one."""
        tables = {site: table_of(self.system, self.system.local(site)) for site in range(self.system.geometry.basis)}
        columns = self._spin.count * (self._spin.count - 1)
        return {site: table for site, table in tables.items() if table.fits(columns)}

    def _entry(self, function: KernelWriter, site: int, old: str, choice: str = "") -> str:
        """The text of a rate in a table. choice: how many states after the next one the new one comes."""
        entry = f"({self._tables[site].code(function)}) * {self._spin.count} + {old}"
        entry = f"({entry}) * {self._spin.count - 1} + {choice}" if choice else entry
        return f"{function.argument(_table_name(site))}[{entry}]"

    def _old(self, function: WholeWriter, site: int) -> str:
        return function.let("old", f"np.int64({function.read(self.system.arrays.name(site))})")

    def _rate(self, function: WholeWriter, site: int, old: str, new: str, choice: str) -> str:
        """Lines for the rate from one state to another: the text."""
        if site in self._tables:
            return self._entry(function, site, old, choice)
        states = [self.system.value_of(Name(name)) for name in (new, old)]
        cost = energy_change(self.system, self.system.local(site), [states[0]], [states[1]])
        known = Name(function.let("cost", function.work_out([cost])[0]))
        exponent = Binary("/", Call("min", (Negative(known), Number(0.0))), Name("temperature"))
        rate = Binary("*", Number(1.0 / (self._spin.count - 1)), Call("exp", (exponent,)))
        (text,) = function.work_out([rate])
        return text

    def _add_rates(self, function: WholeWriter, site: int, total: str) -> None:
        """Lines that add the rates of all changes of a site to a variable."""
        old, count = self._old(function, site), self._spin.count
        if count == 2:
            new = "" if site in self._tables else function.let("new", f"1 - {old}")
            function.line(f"{total} += {self._rate(function, site, old, new, '')}")
        elif site in self._tables:
            code = self._tables[site].code(function)
            function.line(f"{total} += {function.argument(_total_name(site))}[({code}) * {count} + {old}]")
        else:
            with self._each_new_state(function, old) as (new, choice):
                function.line(f"{total} += {self._rate(function, site, old, new, choice)}")

    def _choose_state(self, function: WholeWriter, site: int, where: str, site_name: str, new_name: str) -> None:
        """Lines that find the change whose rate, those before it added up, goes beyond `where`."""
        old = self._old(function, site)

        def take(new: str, choice: str) -> None:
            rate = function.let("rate", self._rate(function, site, old, new, choice))
            with function.block(f"if {where} >= 0.0 and {rate} > 0.0:"):
                function.line(f"{site_name} = {site}")
                function.line(f"{new_name} = {new}")
                function.line(f"{where} -= {rate}")

        if self._spin.count == 2:
            take(function.let("new", f"1 - {old}"), "")
            return
        with self._each_new_state(function, old) as (new, choice):
            take(new, choice)

    @contextmanager
    def _each_new_state(self, function: WholeWriter, old: str) -> Iterator[tuple[str, str]]:
        """A loop over all states but one: the names of the state, and of how many states after the next one it is."""
        count, choice = self._spin.count, function.local("choice")
        with function.block(f"for {choice} in range({count - 1}):"):
            following = function.let("following", f"{old} + 1 + {choice}")
            new = function.let("new", f"{following} - {count} if {following} >= {count} else {following}")
            yield new, choice

    # -- the sweep --------------------------------------------------------------------------------------------------

    def _sweep(self) -> CellFunction:
        system = self.system
        function = WholeWriter(
            "n_fold", system, "All events of a sweep, one after the other; returns how many.", ends=True
        )
        uniform = f"{function.use(next_uniform)}({function.argument('random')})"
        tree = RateTree(function)
        known = sorted(system.parameters)
        tree.begin(known if self.options.alone else None)
        touched = function.let("_touched", f"np.empty({self._most_touched(function)}, np.int64)")
        events, time = function.let("_events", "0"), function.let("_time", "0.0")
        with function.block("while True:"):
            number = function.local("_number")
            with function.block(f"for {number} in range({tree.count}):"):
                function.at_cell(function.let("_cell", f"{number} if {tree.all} else {touched}[{number}]"))
                rate = function.let("_rate", "0.0")
                for site in range(system.geometry.basis):
                    self._add_rates(function, site, rate)
                function.line(f"{function.argument(RATES)}[{', '.join(function.cell)}] = {rate}")
            tree.add_up(touched)
            total = tree.total()
            with function.block(f"if not {total} > 0.0:"):
                function.line("break")
            function.line(f"{time} -= np.log(1.0 - {uniform}) / {total}")
            with function.block(f"if {time} >= {function.argument(TIME)}:"):
                function.line("break")
            function.line(f"{events} += 1")
            chosen = tree.chosen(f"{uniform} * {total}")
            self._change(function, chosen, uniform, touched, tree.count)
        tree.end(known)
        return function.done(events)

    def _change(self, function: WholeWriter, chosen: str, uniform: str, touched: str, count: str) -> None:
        """Lines that make an event in the chosen cell, and list the cells whose rates it changes."""
        system, basis = self.system, self.system.geometry.basis
        function.at_cell(chosen)
        where = function.let("_within", f"{uniform} * {function.argument(RATES)}[{', '.join(function.cell)}]")
        site_name, new_name = function.let("_site", "0"), function.let("_new", "0")
        for site in range(basis):
            self._choose_state(function, site, where, site_name, new_name)
        for site in range(basis):
            with function.block(f"if {site_name} == {site}:"):
                array = function.argument(system.arrays.name(site))
                function.line(f"{array}[{', '.join(function.cell)}] = {new_name}")
                if isinstance(system, GraphSystem):
                    self._list_places(function, system, chosen, touched, count)
                else:
                    self._list_cells(function, site, touched, count)

    def _list_cells(self, function: WholeWriter, site: int, touched: str, count: str) -> None:
        offsets = sorted({offset for _, offset in self.system.local(site).sites})
        for number, offset in enumerate(offsets):
            there = function.there(offset)
            index = there[0]
            for axis, cell in enumerate(there[1:], 1):
                index = f"({index}) * {function.side(axis)} + {cell}"
            function.line(f"{touched}[{number}] = {index}")
        function.line(f"{count} = {len(offsets)}")

    def _list_places(self, function: WholeWriter, system: GraphSystem, chosen: str, touched: str, count: str) -> None:
        function.line(f"{touched}[0] = {chosen}")
        function.line(f"{count} = 1")
        for kind in system.geometry.kinds:
            edge = function.local("_edge")
            first, last = (function.read(table(kind)) for table in (start_table, stop_table))
            with function.block(f"for {edge} in range({first}, {last}):"):
                function.line(f"{touched}[{count}] = {function.argument(near_table(kind))}[{edge}]")
                function.line(f"{count} += 1")

    def _most_touched(self, function: WholeWriter) -> str:
        """How many cells an event may touch, each as often as it is listed."""
        if isinstance(self.system, GraphSystem):
            return " + ".join(
                ["1", *(f"{function.argument(near_table(kind))}.size" for kind in self.system.geometry.kinds)]
            )
        sites = range(self.system.geometry.basis)
        return str(max(len(self.system.local(site).sites) for site in sites))


def _table_name(site: int) -> str:
    return f"n_fold_table{site}"


def _total_name(site: int) -> str:
    return f"n_fold_total{site}"
