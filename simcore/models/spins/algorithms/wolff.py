"""Clusters that grow from a site and are turned over at once: U. Wolff, Phys. Rev. Lett. 62, 361 (1989).

A bond joins its second end to the cluster with the probability 1 - exp(-max(0, E(R a, b) - E(a, b))/T); R is the
reflection. The terms of a site alone are bonds to a ghost spin: a cluster that the ghost joins is left as it is.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from simcore.models.spins.algorithms.algorithm import ATTEMPTS, Algorithm, Quotient
from simcore.models.spins.clusters.bonds import Bonds, old_spin
from simcore.models.spins.clusters.reflections import Reflections, reflections_of
from simcore.models.spins.clusters.whole_writer import WholeWriter
from simcore.random import next_integer, next_uniform
from simcore.spec.arrays import CellFunction
from simcore.spec.observables import Observable
from simcore.spec.phases import AnyPhase, SystemPhase, Tuned

VISITED, CLUSTERS, SITES = "visited_sites", "wolff_clusters", "wolff_sites"
AUTO = "auto"
GAIN, HEAD_START = 8.0, 7.0


def tuned_clusters(wolff_clusters, step, visited_sites, wolff_sites):
    """The number of clusters after a step: log n grows by GAIN log(sites/visited)/(step + HEAD_START), at most twofold.

    So the clusters of a sweep visit as many sites as there are. A large factor could make one sweep very long.
    """
    missing = min(math.log(wolff_sites / max(visited_sites, 1.0)), 0.6931471805599453)
    wanted = wolff_clusters * math.exp(GAIN * missing / (step + HEAD_START))
    return min(max(wanted, 1.0), wolff_sites)


def following_clusters(wolff_clusters, visited_sites, wolff_sites):
    """The same where parameters change from step to step, with a gain that stays."""
    missing = min(math.log(wolff_sites / max(visited_sites, 1.0)), 0.6931471805599453)
    return min(max(wolff_clusters * math.exp(0.5 * missing), 1.0), wolff_sites)


@dataclass(frozen=True)
class Wolff(Algorithm):
    """A sweep grows and turns a number of clusters, one after the other, from sites that are drawn."""

    takes: ClassVar[tuple[str, ...]] = ("clusters",)

    def refuse(self) -> None:
        self._reflections.refuse("wolff")

    @property
    def unreached(self) -> str:
        return self._reflections.unreached("wolff")

    @cached_property
    def _reflections(self) -> Reflections:
        return reflections_of(self.system)

    def phases(self) -> Sequence[AnyPhase]:
        return [SystemPhase(self._sweep(), self.system.arrays.names, tally=VISITED)]

    def constants(self) -> Mapping[str, Any]:
        sites = {SITES: float(self.system.geometry.sites)} if self._automatic else {}
        return {**self._reflections.constants(), **sites}

    @property
    def _automatic(self) -> bool:
        return self.options.clusters == AUTO

    def tuned(self) -> Sequence[Tuned]:
        changing = bool(self.system.scheduled)
        update = following_clusters if changing else tuned_clusters
        return (Tuned(CLUSTERS, 1.0, update, always=changing),) if self._automatic else ()

    def observables(self) -> Sequence[Observable]:
        visited = Observable("visited_total", VISITED, "sum", hidden=True)
        share = Observable(
            "visited",
            Quotient(self.system.geometry.sites),
            of=("visited_total",),
            doc="sites in the clusters of a sweep",
        )
        if self._automatic:
            return visited, share
        count = int(self.options.clusters)
        size = Observable(
            "cluster_size", Quotient(count), of=("visited_total",), doc="mean number of sites in a cluster"
        )
        return visited, share, size

    def _sweep(self) -> CellFunction:
        system, basis = self.system, self.system.geometry.basis
        function = WholeWriter("wolff", system, "Grow and turn clusters; returns how many sites were in them.")
        integer, uniform, random = function.use(next_integer), function.use(next_uniform), function.argument("random")
        first = function.argument(system.arrays.names[0])
        sites = function.let("_sites", f"{first}.size * {basis}")
        inside = function.let("_inside", f"np.zeros({sites}, np.int8)")
        members = function.let("_members", f"np.empty({sites}, np.int64)")
        visited = function.let("_visited", "0")
        clusters = f"int({function.argument(CLUSTERS)} + 0.5)" if self._automatic else str(self.options.clusters)
        with function.block(f"for {function.local('_cluster')} in range({clusters}):"):
            drawn = self._reflections.draw(function)
            start = function.let("_start", f"{integer}({random}, 0, {sites})")
            function.line(f"{members}[0] = {start}")
            function.line(f"{inside}[{start}] = 1")
            count, done, held = (
                function.let(name, text) for name, text in (("_count", "1"), ("_done", "0"), ("_held", "False"))
            )
            with function.block(f"while {done} < {count} and not {held}:"):
                member = function.let("_member", f"{members}[{done}]")
                function.line(f"{done} += 1")
                function.at_cell(f"{member} // {basis}" if basis > 1 else member)
                for site in range(basis):
                    with function.block(f"if {member} % {basis} == {site}:" if basis > 1 else "if True:"):
                        self._grow(function, site, drawn, (members, inside, count, held))
            function.line(f"{visited} += {count}")
            turned = function.let("_turning", f"not {held} and {uniform}({random}) < {ATTEMPTS!r}")
            number = function.local("_number")
            with function.block(f"for {number} in range({count}):"):
                member = function.let("_turned_member", f"{members}[{number}]")
                function.line(f"{inside}[{member}] = 0")
                with function.block(f"if {turned}:"):
                    function.at_cell(f"{member} // {basis}" if basis > 1 else member)
                    for site in range(basis):
                        with function.block(f"if {member} % {basis} == {site}:" if basis > 1 else "if True:"):
                            self._turn(function, site, drawn)
        return function.done(visited)

    def _turn(self, function: WholeWriter, site: int, drawn: Sequence[str]) -> None:
        new = self._reflections.reflected(function, old_spin(function, site), drawn)
        for array, value in zip(self.system.arrays.of_site(site), new, strict=True):
            function.line(f"{array}[{', '.join(function.cell)}] = {value}")

    def _grow(self, function: WholeWriter, site: int, drawn: Sequence[str], names: Sequence[str]) -> None:
        """Lines that let the ghost and the neighbours of the present cell join."""
        members, inside, count, held = names
        bonds, basis = Bonds(self.system), self.system.geometry.basis
        uniform = f"{function.use(next_uniform)}({function.argument('random')})"
        temperature = function.argument("temperature")
        old = old_spin(function, site)
        new = self._reflections.reflected(function, old, drawn)
        if alone := bonds.alone(site):
            (text,) = function.work_out([bonds.cost(site, alone, new, old)])
            cost = function.let("_pull", text)
            with function.block(f"if {cost} > 0.0 and {uniform} < 1.0 - np.exp(-{cost} / {temperature}):"):
                function.line(f"{held} = True")
                function.line("break")
        for number, meeting in enumerate(bonds.of_site(site)):
            there = function.there(meeting.offset)
            index = there[0]
            for axis, cell in enumerate(there[1:], 1):
                index = f"({index}) * {function.side(axis)} + {cell}"
            other = function.let(f"_other{number}", f"({index}) * {basis} + {meeting.other}" if basis > 1 else index)
            with function.block(f"if {inside}[{other}] == 0:"):
                (text,) = function.work_out([bonds.cost(site, [meeting.term], new, old)])
                cost = function.let(f"_cost{number}", text)
                with function.block(f"if {cost} > 0.0 and {uniform} < 1.0 - np.exp(-{cost} / {temperature}):"):
                    function.line(f"{inside}[{other}] = 1")
                    function.line(f"{members}[{count}] = {other}")
                    function.line(f"{count} += 1")
