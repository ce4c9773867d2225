"""Percolation on a lattice: each site, or each bond, is occupied with the same probability, independently.

D. Stauffer, A. Aharony, Introduction to Percolation Theory (1994). Every sweep is a new configuration, so that samples
are independent.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import BeforeValidator

from simcore.compiler.argument_names import CELL_INDICES
from simcore.config import parameter
from simcore.errors import InvalidValueError
from simcore.models.spins.clusters.labelling import BONDS, Link, dtype_of_bits
from simcore.models.spins.clusters.measures import (
    SIZES,
    Share,
    cluster_count,
    cluster_observables,
    size_distribution,
)
from simcore.models.spins.clusters.survey import Survey
from simcore.models.spins.geometry import Geometry
from simcore.models.spins.graphs.section import GraphLattice
from simcore.models.spins.lattice_section import Lattice, square_by_default
from simcore.spec.arrays import AXES, CellFunction, Periodic, Side, StateArray, Wall
from simcore.spec.model import Model
from simcore.spec.observables import ArrayObservable, Derived, Field, Observable
from simcore.spec.parameters import Parameters
from simcore.spec.phases import AnyPhase, Phase

OCCUPIED = "occupied_site"
MOST_BONDS = 62
"""Of a site, each counted at one end: so many bits does a number have."""


class PercolationParameters(Parameters):
    """The probability."""

    p: float = parameter(doc="probability that a site, or a bond, is occupied", at_least=0.0, at_most=1.0)


class Percolation(Model):
    """Site and bond percolation: clusters, their sizes, and whether one goes around the lattice or across it."""

    clock: ClassVar[Literal["sweep", "time"]] = "sweep"
    axes: ClassVar[tuple[str, ...]] = AXES
    reference: ClassVar[str] = "D. Stauffer, A. Aharony, Introduction to Percolation Theory (Taylor and Francis 1994)"
    example: ClassVar[str] = """\
name: percolation
model:
  type: percolation
  lattice: {type: square, size: 64}
  parameters: {p: 0.592746}
  occupy: sites
run: {seed: 1, sweeps: 2000}
"""

    lattice: Annotated[Lattice, BeforeValidator(square_by_default, json_schema_input_type=Any)]
    parameters: PercolationParameters
    occupy: Literal["sites", "bonds"] = parameter("sites", doc="what is occupied at random")

    @cached_property
    def geometry(self) -> Geometry:
        """The lattice with its bonds of the usual kinds: those that a formula for all bonds would apply to."""
        return self.lattice.geometry(self.lattice.usual_kinds)

    @cached_property
    def links(self) -> list[Link]:
        """The bonds of each basis site, numbered by bits."""
        counts = [0] * self.geometry.basis
        found = []
        for bond in self.geometry.bonds:
            found.append(Link(counts[bond.source], bond.source, bond.target, bond.offset))
            counts[bond.source] += 1
        return found

    @cached_property
    def survey(self) -> Survey:
        """What finds the clusters."""
        nobody = [None] * self.geometry.basis
        return Survey(self.geometry, self.links, nobody, occupied=OCCUPIED if self.occupy == "sites" else "")

    def check(self, dt: float | None) -> None:
        """Refuse graphs, and more bonds of a site than a number has bits."""
        if isinstance(self.lattice, GraphLattice):
            reason = "percolation follows bonds around and across the axes of a lattice, and a graph has none"
            raise InvalidValueError("model.lattice.type", reason)
        if not self.links:
            raise InvalidValueError(
                "model.lattice", "has no bonds of the nearest neighbours: no site joins another one"
            )
        if (most := max(link.bit for link in self.links) + 1) > MOST_BONDS:
            reason = f"has {most} bonds of a site, each counted at one end; percolation takes at most {MOST_BONDS}"
            raise InvalidValueError("model.lattice", reason)

    # -- what the contract asks ------------------------------------------------------------------------------------

    def state(self) -> Sequence[StateArray]:
        """Occupied sites, the bonds between them as bits, and what the survey finds."""
        shape = self.geometry.shape
        ends: dict[str, Side] = {"open": Wall(0, 0)}
        sides = tuple((ends.get(wrap, Periodic()),) * 2 for wrap in self.geometry.wrap)
        nothing = np.zeros(shape, np.int8)
        sites = self.occupy == "sites"
        halo = self.geometry.reach if sites else 0
        found = [StateArray(name, shape, "int8", nothing, sides, halo, hidden=True) for name in self._occupied]
        bits = max((link.bit for link in self.links), default=0) + 1
        dtype = dtype_of_bits(bits)
        found += [StateArray(name, shape, dtype, nothing, work=sites, hidden=True) for name in self._bonds]
        return [*found, *self.survey.state()]

    @property
    def _occupied(self) -> list[str]:
        return [self.survey.array(OCCUPIED, site) for site in self._sites] if self.occupy == "sites" else []

    @property
    def _bonds(self) -> list[str]:
        return [self.survey.array(BONDS, site) for site in self._sites]

    @property
    def _sites(self) -> range:
        return range(self.geometry.basis)

    def result_fields(self) -> Sequence[Field]:
        """Which sites are occupied; of bonds a bit for each of those that begin at a site."""
        name, arrays = ("occupied", self._occupied) if self.occupy == "sites" else ("bonds", self._bonds)
        doc = "1 if occupied" if self.occupy == "sites" else "a bit for each bond that begins at a site"
        several = len(arrays) > 1
        return [Field(name, tuple(arrays), side_by_side if several else None, ("basis",) if several else (), doc=doc)]

    def constants(self) -> dict[str, Any]:
        """The number of cells along open axes."""
        sides = zip(CELL_INDICES, self.geometry.shape, self.geometry.wrap, strict=False)
        return {_end(index): side for index, side, wrap in sides if wrap == "open" and self.occupy == "bonds"}

    def phases(self) -> Sequence[AnyPhase]:
        """A new configuration, and its clusters."""
        if self.occupy == "bonds":
            return [*(self._drawn_bonds(site) for site in self._sites), self.survey.phase()]
        occupy = CellFunction(
            'def occupy(random, p):\n    """Whether a site is occupied."""\n    return 1 if random[0] < p else 0\n'
        )
        drawn = [Phase(occupy, name, draws=1) for name in self._occupied]
        return [*drawn, *(self._bonds_between(site) for site in self._sites), self.survey.phase()]

    def _of_site(self, site: int) -> list[Link]:
        return [link for link in self.links if link.site == site]

    @property
    def _indices(self) -> tuple[str, ...]:
        return CELL_INDICES[: self.geometry.dimensions]

    def _drawn_bonds(self, site: int) -> AnyPhase:
        """A bond that leads beyond an open end is not there."""
        links, bits = self._of_site(site), []
        arguments = ["random", "p", *self._indices] if links else [*self._indices]
        for number, link in enumerate(links):
            inside = [f"random[{number}] < p"]
            for index, step, wrap in zip(self._indices, link.offset, self.geometry.wrap, strict=True):
                if wrap == "open" and step:
                    inside.append(f"{index} + {step} < {_end(index)}" if step > 0 else f"{index} >= {-step}")
                    arguments.append(_end(index))
            bits.append(f"(1 if {' and '.join(inside)} else 0) << {link.bit}")
        source = f"def occupy({', '.join(dict.fromkeys(arguments))}):\n"
        source += f'    """Which bonds of a site are occupied, as bits."""\n    return {_joined(bits)}\n'
        return Phase(CellFunction(source), self.survey.array(BONDS, site), draws=len(links))

    def _bonds_between(self, site: int) -> AnyPhase:
        """Both ends of which are occupied; beyond an open end nothing is."""
        links = self._of_site(site)
        here = f"{self.survey.array(OCCUPIED, site)}[{', '.join(self._indices)}]"
        arrays, bits = [self.survey.array(OCCUPIED, site)], []
        for link in links:
            other = self.survey.array(OCCUPIED, link.other)
            there = [f"{index} + {step}" for index, step in zip(self._indices, link.offset, strict=True)]
            arrays.append(other)
            bits.append(f"(1 if {here} == 1 and {other}[{', '.join(there)}] == 1 else 0) << {link.bit}")
        source = f"def join({', '.join(dict.fromkeys([*arrays, *self._indices]))}):\n"
        source += f'    """Which bonds of a site join occupied sites, as bits."""\n    return {_joined(bits)}\n'
        return Phase(CellFunction(source), self.survey.array(BONDS, site))

    def observables(self) -> Sequence[Observable]:
        """Of the clusters of occupied sites; of all sites, if bonds are occupied."""
        sites = self.geometry.sites
        found = [*cluster_count(self.survey), *cluster_observables(self.survey)]
        doc = "mean size of the cluster of a site, the largest one left out"
        of = ("cluster_squares", "largest_of_cells")
        found.append(Observable("finite_cluster_size", WithoutLargest(sites), of=of, doc=doc))
        if self.occupy == "sites":
            names = self._occupied
            read = " + ".join(f"{name}[{', '.join(self._indices)}]" for name in names)
            source = f"def occupied_sites({', '.join([*names, *self._indices])}):\n    return {read}\n"
            found.append(Observable("occupied_sites", CellFunction(source), "sum", hidden=True))
            doc = "share of the sites that are occupied"
            found.append(Observable("occupied", Share(sites), of=("occupied_sites",), doc=doc))
        return found

    def expressed(self, name: str, text: str) -> Sequence[Observable | ArrayObservable | Derived]:
        """The distribution of the sizes of clusters."""
        if text.replace(" ", "") != SIZES:
            raise InvalidValueError(f"output.observables.{name}", f"percolation takes the formula {SIZES} only")
        return [size_distribution(name, self.survey)]


class WithoutLargest(Share):
    """(sum of squares - largest squared) divided by a number."""

    def __call__(self, squares: Any, largest: Any = 0.0) -> Any:
        return (squares - largest * largest) / self.whole


def side_by_side(*arrays: np.ndarray) -> np.ndarray:
    """Arrays along a last axis."""
    return np.stack(arrays, axis=-1)


def _joined(bits: Sequence[str]) -> str:
    return " | ".join(f"({bit})" for bit in bits) or "0"


def _end(index: str) -> str:
    return f"cells_along_{index}"
