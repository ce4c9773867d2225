"""All clusters of a lattice at once: R. H. Swendsen, J.-S. Wang, Phys. Rev. Lett. 58, 86 (1987).

A bond is active with the probability 1 - exp(-max(0, E(R a, b) - E(a, b))/T), R the reflection of this sweep, and each
cluster that active bonds join is reflected with probability 1/2. The terms of a site alone are bonds to a ghost spin,
whose cluster stays as it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from simcore.errors import InvalidValueError
from simcore.formulas.evaluate import evaluate
from simcore.formulas.tree import Call, Name, Node
from simcore.models.spins.algorithms.algorithm import Algorithm, Quotient
from simcore.models.spins.clusters.bonds import Bonds, old_spin
from simcore.models.spins.clusters.labelling import BONDS, LABEL, TURN, Labelling, Link, dtype_of_bits
from simcore.models.spins.clusters.measures import (
    SIZES,
    cluster_observables,
    improved_susceptibility,
    size_distribution,
)
from simcore.models.spins.clusters.reflections import TURN_COUNT, OfStates, Reflections, reflections_of
from simcore.models.spins.clusters.survey import PART, REST, Survey
from simcore.models.spins.clusters.whole_writer import WholeWriter
from simcore.models.spins.formula_syntax import spin_name
from simcore.models.spins.kernel_writer import KernelWriter
from simcore.models.spins.spin import Angle, States
from simcore.spec.arrays import CellFunction, Periodic, StateArray
from simcore.spec.observables import ArrayObservable, Observable
from simcore.spec.phases import AnyPhase, Phase, Reduction, SystemPhase

COUNT = "cluster_count"
SCALE = 2.0**30
"""A number between -1 and 1 is kept in an array of whole numbers, times this."""
MOST_BONDS = 61
MOST_LISTED = 8
"""Of so many states or fewer the chances of a bond stand in a table."""


class SwendsenWang(Algorithm):
    """A sweep makes every bond active or not, finds the clusters, and turns each or not."""

    takes: ClassVar[tuple[str, ...]] = ("measure",)

    def refuse(self) -> None:
        self._reflections.refuse("swendsen_wang")
        geometry = self.system.geometry
        for site in range(geometry.basis):
            if (count := len(Bonds(self.system).of_site(site, counted=True))) > MOST_BONDS:
                reason = f"takes at most {MOST_BONDS} bonds of a site, each counted at one end, not {count}"
                raise self.refusal(f"swendsen_wang {reason}; use wolff")
        if geometry.cells < self._reflections.numbers:
            reason = f"needs at least {self._reflections.numbers} cells for this spin"
            raise self.refusal(f"swendsen_wang {reason}; use wolff")
        if sum(self._labelling.bits) > 62:
            raise self.refusal("swendsen_wang labels at most 2**62 sites; use a smaller lattice")

    @property
    def unreached(self) -> str:
        return self._reflections.unreached("swendsen_wang")

    @cached_property
    def _reflections(self) -> Reflections:
        return reflections_of(self.system)

    @cached_property
    def _labelling(self) -> Labelling:
        bonds, basis = Bonds(self.system), range(self.system.geometry.basis)
        links = [
            Link(bit, site, meeting.other, meeting.offset)
            for site in basis
            for bit, meeting in enumerate(bonds.of_site(site, counted=True))
        ]
        counts = [sum(link.site == site for link in links) for site in basis]
        ghost = [counts[site] if bonds.alone(site) else None for site in basis]
        coin = [count + (bit is not None) for count, bit in zip(counts, ghost, strict=True)]
        return Labelling(self.system.geometry, links, ghost, coin)

    @cached_property
    def _survey(self) -> Survey:
        spin = self.system.spin
        return Survey(
            self.system.geometry,
            self._labelling.links,
            self._labelling.ghost,
            parts=2 if isinstance(spin, Angle) else spin.components,
        )

    def state(self) -> Sequence[StateArray]:
        shape, basis = self.system.geometry.shape, range(self.system.geometry.basis)
        halo = self.system.halo
        sides = ((Periodic(), Periodic()),) * len(shape)
        bits = max(self._labelling.coin) + 1
        kinds = ((BONDS, dtype_of_bits(bits)), (LABEL, self._labelling.dtype), (TURN, "int8"))
        nothing = np.zeros(shape, np.int8)
        found = [
            StateArray(self._labelling.array(name, site), shape, dtype, nothing, sides, halo, work=True, hidden=True)
            for name, dtype in kinds
            for site in basis
        ]
        return [*found, *self._survey.state()] if self.options.measure else found

    def constants(self) -> Mapping[str, Any]:
        cells: dict[str, int] = {}
        for number in range(self._reflections.numbers):
            place = np.unravel_index(number, self.system.geometry.shape)
            cells |= {name: int(at) for name, at in zip(self._cell_of(number), place, strict=True)}
        sites = range(self.system.geometry.basis)
        tables = {_table_name(site): self._chances(site) for site in sites if self._listed(site)}
        return {**self._reflections.constants(), **self._labelling.constants(), **cells, **tables}

    def observables(self) -> Sequence[Observable]:
        total = Observable("clusters_in_cells", COUNT, "mean", hidden=True)
        basis = float(self.system.geometry.basis)
        share = Observable("clusters", Quotient(basis), of=("clusters_in_cells",), doc="number of clusters per site")
        if not self.options.measure:
            return total, share
        return total, share, *cluster_observables(self._survey), *improved_susceptibility(self._survey)

    def array_observable(self, name: str, text: str) -> ArrayObservable | None:
        if text.replace(" ", "") != SIZES:
            return None
        if not self.options.measure:
            reason = f"{SIZES} needs algorithm: {{type: swendsen_wang, measure: true}}"
            raise InvalidValueError(f"output.observables.{name}", reason)
        return size_distribution(name, self._survey)

    def phases(self) -> Sequence[AnyPhase]:
        basis = range(self.system.geometry.basis)
        drawn = [f"reflection{number}" for number in range(self._reflections.numbers)]
        phases: list[AnyPhase] = []
        if drawn:
            phases.append(SystemPhase(self._draw(), self._labelling.array(LABEL, 0)))
            phases += [
                Reduction(name, self._drawn(), cell=tuple(self._cell_of(number))) for number, name in enumerate(drawn)
            ]
        for site in basis:
            function, draws = self._activate(site, drawn)
            phases.append(Phase(function, self._labelling.array(BONDS, site), draws=draws))
        phases.append(self._labelling.phase())
        if self.options.measure:
            phases += [Phase(*self._parts(site, drawn), own_cell=True) for site in basis]
            phases.append(self._survey.phase())
        for site in basis:
            phases.append(Phase(self._turn(site, drawn), self.system.arrays.of_site(site), own_cell=True, tally=COUNT))
        return phases

    def _cell_of(self, number: int) -> list[str]:
        """The names of the indices of the cell that keeps a number of the reflection."""
        return [f"reflection{number}_cell{axis}" for axis in range(self.system.geometry.dimensions)]

    def _draw(self) -> CellFunction:
        function = WholeWriter("draw_reflection", self.system, "The numbers of a reflection, in the first cells.")
        label = function.argument(self._labelling.array(LABEL, 0))
        drawn = self._reflections.draw(function)
        scale = 1.0 if self.system.spin.discrete else SCALE
        for number, value in enumerate(drawn):
            cell = ", ".join(map(function.argument, self._cell_of(number)))
            function.line(f"{label}[{cell}] = int(np.rint({value} * {scale!r}))")
        return function.done()

    def _drawn(self) -> CellFunction:
        function = KernelWriter("drawn", self.system, "A number of the reflection.")
        scale = 1.0 if self.system.spin.discrete else SCALE
        return function.returns(f"{function.read(self._labelling.array(LABEL, 0))} / {scale!r}")

    def _activate(self, site: int, drawn: Sequence[str]) -> tuple[CellFunction, int]:
        function = KernelWriter("activate", self.system, "Which bonds of a site are active, and the coin of a cluster.")
        bonds = Bonds(self.system)
        random, temperature = function.argument("random"), function.argument("temperature")
        old = old_spin(function, site)
        if self._listed(site):
            return self._looked_up(function, site, old[0], drawn)
        terms = [[meeting.term] for meeting in bonds.of_site(site, counted=True)]
        terms += [bonds.alone(site)] if bonds.alone(site) else []
        new = self._reflections.reflected(function, old, [function.argument(name) for name in drawn])
        texts = function.work_out([bonds.cost(site, each, new, old) for each in terms]) if terms else []
        found = [f"(1 if {random}[{len(texts)}] < 0.5 else 0) << {len(texts)}"]
        for bit, text in enumerate(texts):
            cost = function.let(f"cost{bit}", text)
            chance = f"1.0 - np.exp(-({cost} if {cost} > 0.0 else 0.0) / {temperature})"
            found.append(f"(1 if {random}[{bit}] < {chance} else 0) << {bit}")
        return function.returns(" | ".join(f"({each})" for each in found)), len(texts) + 1

    def _listed(self, site: int) -> bool:
        """Whether the chances of the bonds of a site stand in a table: few states, the same energy in every cell."""
        spin, geometry = self.system.spin, self.system.geometry
        corners = {"open", "antiperiodic"} <= set(geometry.wrap)  # beyond both lies minus "no neighbour"
        if self.system.scheduled:
            return False
        return (
            isinstance(spin, States) and spin.count <= MOST_LISTED and self.system.local(site).uniform and not corners
        )

    def _chances(self, site: int) -> np.ndarray:
        """For each term, reflection, own state and neighbour's (one more: none) how often it is active; in C order."""
        spin, bonds = self.system.spin, Bonds(self.system)
        assert isinstance(spin, States)
        assert isinstance(self._reflections, OfStates)
        states, turns = np.array(spin.states), self._reflections.turns
        found = []
        for terms in (*([m.term] for m in bonds.of_site(site, counted=True)), bonds.alone(site)):
            energy = np.zeros((spin.count, spin.count + 1))
            for term in terms:
                own = {spin_name(0).name: states[:, np.newaxis]}
                other = {spin_name(number).name: states for number in term.neighbours}
                energy[:, : spin.count] += evaluate(term.tree, {**self.system.numbers, **own, **other})
            cost = energy[turns] - energy
            found.append(-np.expm1(-np.maximum(cost, 0.0) / self.system.parameters["temperature"]))
        return np.array(found).ravel()

    def _looked_up(self, function: KernelWriter, site: int, old: str, drawn: Sequence[str]) -> tuple[CellFunction, int]:
        bonds, spin = Bonds(self.system), self.system.spin
        assert isinstance(spin, States)
        random, table = function.argument("random"), function.argument(_table_name(site))
        count = spin.count
        turns = function.argument(TURN_COUNT) if drawn else "1"
        which = f"np.int64({function.argument(drawn[0])})" if drawn else "0"
        row = function.let("row", f"({which} * {count} + {old}) * {count + 1}")
        meetings = bonds.of_site(site, counted=True)
        entries = []
        for number, meeting in enumerate(meetings):
            other = function.read(self.system.arrays.name(meeting.other), meeting.offset)
            entries.append(f"{row} + {other}" + (f" + {number} * {turns} * {count * (count + 1)}" if number else ""))
        if bonds.alone(site):
            entries.append(f"{row} + {len(meetings)} * {turns} * {count * (count + 1)}")
        found = [f"(1 if {random}[{len(entries)}] < 0.5 else 0) << {len(entries)}"]
        found += [f"(1 if {random}[{bit}] < {table}[{entry}] else 0) << {bit}" for bit, entry in enumerate(entries)]
        return function.returns(" | ".join(f"({each})" for each in found)), len(entries) + 1

    def _parts(self, site: int, drawn: Sequence[str]) -> tuple[CellFunction, tuple[str, ...]]:
        """The part of a spin that turns, and the rest: of it less its reflection, and of their sum, the half."""
        function = KernelWriter("parts", self.system, "The part of a spin that a reflection turns, and the rest.")
        old = old_spin(function, site)
        new = self._reflections.reflected(function, old, [function.argument(name) for name in drawn])
        values = []
        for names in (old, new):
            spin: list[Node] = [self.system.value_of(Name(name)) for name in names]
            if isinstance(self.system.spin, Angle):
                spin = [Call("cos", (spin[0],)), Call("sin", (spin[0],))]
            values.append(function.work_out(spin))
        parts = [f"0.5 * (({a}) {sign} ({b}))" for sign in "-+" for a, b in zip(*values, strict=True)]
        components = range(self._survey.parts)
        arrays = tuple(self._survey.part(kind, site, component) for kind in (PART, REST) for component in components)
        return function.returns(*parts), arrays

    def _turn(self, site: int, drawn: Sequence[str]) -> CellFunction:
        function = KernelWriter(
            "turn", self.system, "The spin of a site, reflected or not, and whether it is a first one."
        )
        old = old_spin(function, site)
        turn = function.let("turn", f"np.int64({function.read(self._labelling.array(TURN, site))})")
        new = self._reflections.reflected(function, old, [function.argument(name) for name in drawn])
        chosen = [f"{b} if {turn} & 1 else {a}" for a, b in zip(old, new, strict=True)]
        return function.returns(*chosen, f"{turn} >> 1")


def _table_name(site: int) -> str:
    return f"active_table{site}"
