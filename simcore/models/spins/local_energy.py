"""The energy that depends on one spin: the form in which every algorithm takes a Hamiltonian.

For the site b of a cell it lists the sites that meet it and the terms that contain its spin. In the formulas, component
c of the spin of `sites[n]` is the variable `spin_name(n, c)`: n = 0 is the site itself, n > 0 a neighbour. Parameters
and named numbers keep their names; an array of disorder is a `Shifted`, read at an offset from the cell; the number of
the cell along an axis, from 0, is a `Name` of `INDICES`.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from functools import lru_cache, reduce

from simcore.formulas.tree import Binary, Name, Node, Number, Shifted, substitute, walk
from simcore.models.spins.formula_syntax import spin_name
from simcore.models.spins.geometry import Corner
from simcore.models.spins.interactions import INDICES, Interaction, Interactions, moved
from simcore.models.spins.proofs import unchanged
from simcore.models.spins.spin import Spin


@dataclass(frozen=True)
class Term:
    """One bond, site or plaquette that contains the spin.

    numbers: which of the sites it joins, 0 among them; if one lies beyond an open end, the term is left out.
    role: two terms of equal role are the same function of the spin and of their neighbours in order. counted: of the
    corners of a bond or plaquette, one counts its energy: summed over all sites, the counted terms are the energy.
    """

    tree: Node
    numbers: tuple[int, ...]
    role: Hashable
    counted: bool

    @property
    def neighbours(self) -> tuple[int, ...]:
        """The numbers of the other sites."""
        return tuple(number for number in self.numbers if number)


@dataclass(frozen=True)
class LocalEnergy:
    """sites: (basis site, offset of its cell), the site itself first, each once."""

    sites: tuple[Corner, ...]
    terms: tuple[Term, ...]

    @property
    def site(self) -> int:
        """The basis site whose spin it is."""
        return self.sites[0][0]

    @property
    def neighbours(self) -> tuple[int, ...]:
        """The numbers of the other sites."""
        return tuple(range(1, len(self.sites)))

    @property
    def uniform(self) -> bool:
        """Whether it is the same at every cell: no disorder, no formula of the place."""
        return not any(
            isinstance(node, Shifted) or (isinstance(node, Name) and node.name in INDICES)
            for term in self.terms
            for node in walk(term.tree)
        )


@lru_cache(maxsize=256)
def local_energy(interactions: Interactions, site: int) -> LocalEnergy:
    """The terms of all interactions that contain the spin of the site `site` of a cell."""
    spin, dimensions = interactions.spin, interactions.geometry.dimensions
    numbers: dict[Corner, int] = {(site, (0,) * dimensions): 0}
    terms: list[Term] = []
    symmetric = {kind: _symmetric(first, spin) for kind, first in _firsts(interactions.terms).items()}
    for interaction in interactions.terms:
        for corner, (basis, offset) in enumerate(interaction.corners):
            if basis != site:
                continue
            seen = [(b, tuple(o - s for o, s in zip(at, offset, strict=True))) for b, at in interaction.corners]
            joined = [numbers.setdefault(place, len(numbers)) for place in seen]
            spins = {
                spin_name(n, c).name: spin_name(number, c)
                for n, number in enumerate(joined)
                for c in range(spin.components)
            }
            role = (interaction.kind, 0 if symmetric[interaction.kind] else corner)
            tree = substitute(moved(interaction.tree, offset), spins)
            terms.append(Term(tree, tuple(joined), role, corner == 0))
    return LocalEnergy(tuple(numbers), tuple(terms))


def _firsts(interactions: Iterable[Interaction]) -> dict[Hashable, Interaction]:
    return {interaction.kind: interaction for interaction in reversed(list(interactions))}


def _symmetric(interaction: Interaction, spin: Spin) -> bool:
    """Whether the energy of a bond is proved to be the same when its spins change places."""
    if len(interaction.corners) != 2:
        return False
    pairs = [(spin_name(0, c), spin_name(1, c)) for c in range(spin.components)]
    swapped: dict[str, Node] = {**{a.name: b for a, b in pairs}, **{b.name: a for a, b in pairs}}
    return unchanged(interaction.tree, swapped, {})


def total(trees: Iterable[Node]) -> Node:
    """Their sum, in order; 0 of none."""
    listed = list(trees)
    return reduce(lambda left, right: Binary("+", left, right), listed) if listed else Number(0.0)
