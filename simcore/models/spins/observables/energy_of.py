"""`energy_of(kind)`: the share of the energy per site that bonds or plaquettes of one kind have, or the sites."""

from __future__ import annotations

from typing import cast

from simcore.config import hint
from simcore.formulas.tree import Binary, Name, Node, Number
from simcore.models.spins.local_energy import Term, total
from simcore.models.spins.observables.asked import Asked
from simcore.models.spins.observables.reductions import of_cell

SITES = "sites"


def energy_of(asked: Asked) -> Node:
    """Of `nn`, say, or of `sites`."""
    system = asked.system
    kinds = {_name(term.kind) for term in system.interactions.terms}
    (argument,) = asked.call.arguments
    if not isinstance(argument, Name) or argument.name not in kinds:
        given = argument.name if isinstance(argument, Name) else ""
        raise asked.error(f"finds no energy of the kind '{given}'; {hint(given, sorted(kinds))}", argument)
    trees: list[Node] = []
    for site in range(system.geometry.basis):
        local = system.local(site)
        terms = [term for term in local.terms if term.counted and _name(kind_of(term)) == argument.name]
        if terms:
            trees.append(system.energy(local, asked.spin(site), terms))
    found = asked.behind.reduced(of_cell(asked, total(trees)))
    return Binary("/", found, Number(float(system.geometry.sites)))


def _name(kind: tuple[str, ...]) -> str:
    return SITES if kind[0] == SITES else kind[1]


def kind_of(term: Term) -> tuple[str, ...]:
    """("bonds", "nn") and so on."""
    return cast(tuple[tuple[str, ...], int], term.role)[0]
