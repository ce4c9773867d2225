"""A random walk in energy that finds the density of states: F. Wang, D. P. Landau, Phys. Rev. Lett. 86, 2050 (2001).

A change of one spin at a random site is accepted with the probability min(1, g(E)/g(E')), and after each attempt ln g
of the present energy grows by ln f. ln f is halved when every known level has been visited often enough since the last
time, and follows 1/t, t the attempts for each level, when it comes below that: then the error of ln g falls as
1/sqrt(t) (R. E. Belardinelli, V. D. Pereyra, Phys. Rev. E 75, 046701 (2007)).

After `learning` sweeps ln f is 0: the walk is a multicanonical one from there on, with the fixed weights 1/g (B. A.
Berg, T. Neuhaus, Phys. Rev. Lett. 68, 9 (1992)).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from simcore.formulas.tree import Name
from simcore.models.spins.algorithms.algorithm import Algorithm
from simcore.models.spins.algorithms.audit import Audit
from simcore.models.spins.algorithms.cost_audit import change_audit
from simcore.models.spins.algorithms.energy_change import energy_change
from simcore.models.spins.clusters.whole_writer import WholeWriter
from simcore.models.spins.kernel_writer import KernelWriter
from simcore.models.spins.levels import Levels, levels_of
from simcore.models.spins.spin import States
from simcore.random import next_integer, next_uniform
from simcore.spec.arrays import CellFunction, StateArray
from simcore.spec.observables import Observable, ResultGroup
from simcore.spec.phases import AnyPhase, SystemPhase, Tuned

LN_F, STATUS = "ln_f", "wang_landau_status"
FIRST, STEP, LEVELS, SITES, LEARNING, CELL = (
    "wang_landau_first",
    "wang_landau_step",
    "wang_landau_levels",
    "wang_landau_sites",
    "wang_landau_learning",
    "wang_landau_cell",
)
LN_G, VISITS = "ln_g", "visits"
MOST_ARRAYS = 64
"""Levels are kept in arrays of the lattice's shape: so many of them at most."""
OFTEN = 20
"""So often every level is visited before ln f is halved."""
NEW, EVEN, MISSED = range(3)
"""What a sweep has found: a level that was not known; all known ones visited often enough; neither."""


def refined(ln_f, step, wang_landau_status, wang_landau_sites, wang_landau_learning):
    """ln f after a sweep. A new level makes a new beginning, since g there is not known at all."""
    if 0 < wang_landau_learning <= step:
        return 0.0
    known = wang_landau_status // 3
    found = wang_landau_status - 3 * known
    least = known / (step * wang_landau_sites)
    if found == 0 or least >= 1.0:
        return 1.0
    if ln_f <= 1.5 * least:
        return least
    return max(0.5 * ln_f, least) if found == 1 else ln_f


@dataclass(frozen=True)
class WangLandau(Algorithm):
    """A sweep attempts as many changes as there are sites."""

    takes: ClassVar[tuple[str, ...]] = ("learning",)
    canonical: ClassVar[bool] = False
    of_values: ClassVar[bool] = True

    def refuse(self) -> None:
        if not isinstance(self.system.spin, States):
            kind = self.system.spin.kind
            raise self.refusal(f"wang_landau walks from level to level, and the energy of a spin of {kind} has none")
        if not self.system.fixed_neighbours:
            raise self.refusal("wang_landau changes spins of cells at fixed offsets, not on the sites of a graph")
        if self.system.scheduled:
            name = min(self.system.scheduled)
            raise self.refusal(f"wang_landau finds the levels of one energy, and '{name}' changes from step to step")
        if isinstance(self._found, str):
            raise self.refusal(f"wang_landau walks from level to level: {self._found}")

    @cached_property
    def _found(self) -> Levels | str:
        return levels_of(self.system, MOST_ARRAYS * self.system.geometry.cells)

    @property
    def levels(self) -> Levels:
        """Those of the energy, which `refuse` has found to be there."""
        assert isinstance(self._found, Levels)
        return self._found

    @property
    def _arrays(self) -> range:
        """The numbers of the arrays that hold the levels."""
        cells = self.system.geometry.cells
        return range(-(-self.levels.count // cells))

    def state(self) -> Sequence[StateArray]:
        shape = self.system.geometry.shape
        nothing = np.zeros(shape)
        return [
            StateArray(f"{name}{number}", shape, dtype, nothing.astype(dtype), hidden=True)
            for name, dtype in ((LN_G, "float64"), (VISITS, "int64"))
            for number in self._arrays
        ]

    def constants(self) -> Mapping[str, Any]:
        levels, geometry = self.levels, self.system.geometry
        cell = {f"{CELL}{axis}": 0 for axis in range(geometry.dimensions)}
        walk = {FIRST: levels.first, STEP: levels.step, LEVELS: levels.count, SITES: float(geometry.sites)}
        walk[LEARNING] = self.options.learning
        return {**walk, **cell}

    def tuned(self) -> Sequence[Tuned]:
        return (Tuned(LN_F, 1.0, refined, always=True),)

    def observables(self) -> Sequence[Observable]:
        function = KernelWriter("present_ln_f", self.system, "The present ln f.")
        cell = tuple(f"{CELL}{axis}" for axis in range(self.system.geometry.dimensions))
        return [Observable(LN_F, function.returns(function.argument(LN_F)), doc="what ln g grows by", cell=cell)]

    def result_groups(self, states: Sequence[Mapping[str, np.ndarray]]) -> Mapping[str, ResultGroup]:
        flat = [self._levels_in(state) for state in states]
        visited = np.any([visits > 0 for _, visits in flat], axis=0)
        ln_g = np.array([self._normalised(*one)[visited] for one in flat])
        several = len(states) > 1
        sites = self.system.geometry.sites
        doc = "ln of the number of states, NaN if none was met"
        return {
            "density_of_states": ResultGroup(
                {
                    "ln_g": (("energy",), ln_g if several else ln_g[0], "1", doc),
                    "sites": ((), np.full(len(states) if several else (), sites), "1", "sites of the lattice"),
                },
                {"energy": (self.levels.energies[visited] / sites, "energy", "energy per site")},
            )
        }

    def _levels_in(self, state: Mapping[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """ln g and the visits of each level, float64 and int64."""
        ln_g, visits = (
            np.concatenate([state[f"{name}{number}"].ravel() for number in self._arrays])[: self.levels.count]
            for name in (LN_G, VISITS)
        )
        return ln_g, visits

    def _normalised(self, ln_g: np.ndarray, visits: np.ndarray) -> np.ndarray:
        """With the sum of g the number of all states; NaN at levels that were not visited."""
        spin, known = self.system.spin, visits > 0
        assert isinstance(spin, States)
        found = np.where(known, ln_g, -np.inf)
        largest = found.max() if known.any() else 0.0
        total = largest + np.log(np.exp(found - largest).sum())
        return np.where(known, ln_g - total + self.system.geometry.sites * math.log(spin.count), np.nan)

    def audits(self) -> Sequence[Audit]:
        return [change_audit(self.system, self.system.local(site)) for site in range(self.system.geometry.basis)]

    def phases(self) -> Sequence[AnyPhase]:
        names = [f"{name}{number}" for name in (LN_G, VISITS) for number in self._arrays]
        return [SystemPhase(self._sweep(), (*self.system.arrays.names, *names), tally=STATUS)]

    # -- the function of a sweep -----------------------------------------------------------------------------------

    def _sweep(self) -> CellFunction:
        system, basis = self.system, self.system.geometry.basis
        function = WholeWriter("wang_landau", system, "Attempts as many as there are sites; returns what was found.")
        integer, random = function.use(next_integer), function.argument("random")
        levels, step = function.argument(LEVELS), function.argument(STEP)
        cells = function.let("_cells", f"{function.argument(system.arrays.names[0])}.size")
        ln_g, visits = self._taken_out(function, cells, levels)
        place = self._place(function, cells)
        fresh = function.let("_fresh", "0")
        with function.block(f"if {visits}[{place}] == 0:"):
            function.line(f"{fresh} = 1")
            function.line(f"{visits}[{place}] = 1")
        with function.block(f"for {function.local('_attempt')} in range({cells} * {basis}):"):
            chosen = function.let("_chosen", f"{integer}({random}, 0, {cells} * {basis})")
            function.at_cell(f"{chosen} // {basis}" if basis > 1 else chosen)
            for site in range(basis):
                with function.block(f"if {chosen} % {basis} == {site}:" if basis > 1 else "if True:"):
                    self._attempt(function, site, (ln_g, visits, place, fresh, levels, step))
            function.line(f"{ln_g}[{place}] += {function.argument(LN_F)}")
            function.line(f"{visits}[{place}] += 1")
        return function.done(self._put_back(function, (ln_g, visits, fresh, cells, levels)))

    def _taken_out(self, function: WholeWriter, cells: str, levels: str) -> tuple[str, str]:
        """Lines that copy the levels out of their arrays into lines of memory."""
        ln_g = function.let("_ln_g", f"np.empty({levels})")
        visits = function.let("_visits", f"np.empty({levels}, np.int64)")
        cell = function.local("_copied")
        with function.block(f"for {cell} in range({cells}):"):
            function.at_cell(cell)
            for number in self._arrays:
                at = f"{cell} + {number} * {cells}"
                with function.block(f"if {at} < {levels}:"):
                    function.line(f"{ln_g}[{at}] = {function.read(f'{LN_G}{number}')}")
                    function.line(f"{visits}[{at}] = {function.read(f'{VISITS}{number}')}")
        return ln_g, visits

    def _place(self, function: WholeWriter, cells: str) -> str:
        """Lines that add up the energy; the number of its level."""
        system = self.system
        energy, cell = function.let("_energy", "0.0"), function.local("_counted")
        with function.block(f"for {cell} in range({cells}):"):
            function.at_cell(cell)
            for site in range(system.geometry.basis):
                local = system.local(site)
                counted = [term for term in local.terms if term.counted]
                (text,) = function.work_out([system.energy(local, [system.value(site)], counted)])
                function.line(f"{energy} += {text}")
        level = f"({energy} - {function.argument(FIRST)}) / {function.argument(STEP)}"
        return function.let("_place", f"int(np.rint({level}))")

    def _attempt(self, function: WholeWriter, site: int, names: Sequence[str]) -> None:
        ln_g, visits, place, fresh, levels, step = names
        system, spin = self.system, self.system.spin
        assert isinstance(spin, States)
        array, cell = system.arrays.name(site), ", ".join(function.cell)
        random, uniform = function.argument("random"), function.use(next_uniform)
        old = function.let("_old", f"np.int64({function.read(array)})")
        if spin.count == 2:
            new = function.let("_new", f"1 - {old}")
        else:
            draw = f"{function.use(next_integer)}({random}, 1, {spin.count})"
            new = function.let("_new", f"({old} + {draw}) % {spin.count}")
        states = [[system.value_of(Name(name))] for name in (new, old)]
        (cost,) = function.work_out([energy_change(system, system.local(site), *states)])
        to = function.let("_to", f"{place} + int(np.rint(({cost}) / {step}))")
        with function.block(f"if 0 <= {to} < {levels}:"):
            with function.block(f"if {visits}[{to}] == 0:"):
                function.line(f"{ln_g}[{to}] = {ln_g}[{place}]")
                function.line(f"{visits}[{to}] = 1")
                function.line(f"{fresh} = 1")
            gain = function.let("_gain", f"{ln_g}[{place}] - {ln_g}[{to}]")
            with function.block(f"if {gain} >= 0.0 or {uniform}({random}) < np.exp({gain}):"):
                function.line(f"{array}[{cell}] = {new}")
                function.line(f"{place} = {to}")

    def _put_back(self, function: WholeWriter, names: Sequence[str]) -> str:
        """Lines that count the levels and copy them back; the text of what was found. 0 visits: not known; 1: none."""
        ln_g, visits, fresh, cells, levels = names
        known, least, level = function.let("_known", "0"), function.let("_least", "1 << 62"), function.local("_level")
        with function.block(f"for {level} in range({levels}):"), function.block(f"if {visits}[{level}] > 0:"):
            function.line(f"{known} += 1")
            function.line(f"{least} = min({least}, {visits}[{level}] - 1)")
        found = function.let("_found", f"{NEW} if {fresh} == 1 else {EVEN} if {least} >= {OFTEN} else {MISSED}")
        cell = function.local("_returned")
        with function.block(f"for {cell} in range({cells}):"):
            function.at_cell(cell)
            for number in self._arrays:
                at = f"{cell} + {number} * {cells}"
                with function.block(f"if {at} < {levels}:"):
                    seen = f"{visits}[{at}] if {found} == {MISSED} else min({visits}[{at}], 1)"
                    function.line(f"{LN_G}{number}[{', '.join(function.cell)}] = {ln_g}[{at}]")
                    function.line(f"{VISITS}{number}[{', '.join(function.cell)}] = {seen}")
        return f"3 * {known} + {found}"
