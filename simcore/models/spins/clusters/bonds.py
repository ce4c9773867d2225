"""The bonds and site terms of an energy as cluster algorithms take them: what a reflected spin costs in each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from simcore.errors import InvalidValueError
from simcore.formulas.tree import Binary, Name, Node
from simcore.models.spins.geometry import Offset
from simcore.models.spins.kernel_writer import KernelWriter
from simcore.models.spins.local_energy import Term
from simcore.models.spins.system import SpinSystem

PATH = "model.algorithm"


@dataclass(frozen=True)
class Meeting:
    """A bond of the spin at the site `site` of a cell with the site `other` of the cell at `offset`."""

    term: Term
    site: int
    other: int
    offset: Offset


@dataclass(frozen=True)
class Bonds:
    """Of one system. Between its two ends a term is listed at each of them; `counted` ones once."""

    system: SpinSystem

    def of_site(self, site: int, *, counted: bool = False) -> list[Meeting]:
        """Those of a basis site; counted: only those of which it is the first end."""
        local = self.system.local(site)
        return [
            Meeting(term, site, *local.sites[term.neighbours[0]])
            for term in local.terms
            if len(term.numbers) == 2 and (term.counted or not counted)
        ]

    def alone(self, site: int) -> list[Term]:
        """The terms of a spin alone."""
        return [term for term in self.system.local(site).terms if len(term.numbers) == 1]

    def cost(self, site: int, terms: Sequence[Term], new: Sequence[str], old: Sequence[str]) -> Node:
        """What these terms cost more with the new spin, readable. new, old: names of what the arrays would hold."""
        local = self.system.local(site)
        turned, present = ([self.system.value_of(Name(name)) for name in names] for names in (new, old))
        return Binary("-", self.system.energy(local, turned, terms), self.system.energy(local, present, terms))


def old_spin(function: KernelWriter, site: int) -> list[str]:
    """Lines that read the spin of a site as the arrays hold it: the name of each component."""
    system = function.system
    cast = "np.int64({})" if system.spin.discrete else "{}"  # eight bits hold a state, and no sum of states
    arrays = system.arrays.of_site(site)
    return [function.let(f"old{c}", cast.format(function.read(array))) for c, array in enumerate(arrays)]


def refuse_unless_bonds(system: SpinSystem, name: str) -> None:
    """Raise InvalidValueError for an energy of which an algorithm of this name cannot make clusters."""
    if not system.fixed_neighbours:
        reason = "joins cells at fixed offsets, not along the edges of a graph; use metropolis or heat_bath"
        raise InvalidValueError(PATH, f"{name} {reason}")
    for term in system.interactions.terms:
        if len(term.corners) > 2:
            path = ".".join(term.path)
            reason = f"needs an energy of bonds and sites, and model.hamiltonian.{path} joins {len(term.corners)} spins"
            raise InvalidValueError(PATH, f"{name} {reason}; use metropolis or heat_bath")
