"""Order on sublattices: of the two of a bipartite lattice, and of each site of the unit cell."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

from simcore.formulas.tree import Binary, Call, Name, Node, Number
from simcore.models.spins.geometry import Bond, Geometry
from simcore.models.spins.local_energy import total
from simcore.models.spins.observables.asked import Asked
from simcore.models.spins.observables.reductions import of_cell, parity
from simcore.models.spins.thermodynamics import spin_components

Signs = tuple[tuple[int, ...], tuple[int, ...]]


def staggered_magnetization(asked: Asked) -> Node:
    """|mean of a with opposite signs on the two sublattices|; bonds of the first kind join sites of opposite sign."""
    geometry = asked.system.geometry
    signs = alternating(geometry)
    if signs is None:
        raise asked.error("needs a bipartite lattice: bonds of the first kind between two sublattices, even sides")
    along, of_basis = signs
    trees: list[list[Node]] = []
    for site in range(geometry.basis):
        steps = [Name(index) for index, odd in zip(asked.system.indices, along, strict=True) if odd]
        sign = asked.readable(parity(total([*steps, Number(float(of_basis[site]))])), site)
        trees.append([Binary("*", sign, component) for component in spin_components(asked.system, site)])
    return _length_of_mean(asked, trees)


def sublattice_magnetization(asked: Asked) -> Node:
    """|mean of a over one site of every cell|."""
    return _length_of_mean(asked, [spin_components(asked.system, asked.sublattice())])


def _length_of_mean(asked: Asked, sites: Sequence[Sequence[Node]]) -> Node:
    """Of a vector for each of some sites of a cell, readable."""
    count = Number(float(asked.system.geometry.cells * len(sites)))
    sums = (asked.behind.reduced(of_cell(asked, total(parts))) for parts in zip(*sites, strict=True))
    means: list[Node] = [Binary("/", part, count) for part in sums]
    if len(means) == 1:
        return Call("abs", (means[0],))
    return Call("sqrt", (total(Binary("**", mean, Number(2.0)) for mean in means),))


def alternating(geometry: Geometry) -> Signs | None:
    """Exponents p, q so that (-1)**(p x + q_b), of site b of cell x, differs at the two ends of every bond.

    Bonds of the first kind count. None if there is no such sign, or no bond.
    """
    bonds = [bond for bond in geometry.bonds if bond.kind == geometry.bonds[0].kind]
    odd = [n % 2 == 1 and wrap == "periodic" for n, wrap in zip(geometry.shape, geometry.wrap, strict=True)]
    for along in product((1, 0), repeat=geometry.dimensions):
        turned = any(p and uneven for p, uneven in zip(along, odd, strict=True))
        of_basis = None if turned or not bonds else _of_basis(along, bonds, geometry.basis)
        if of_basis is not None:
            return along, of_basis
    return None


def _of_basis(along: Sequence[int], bonds: Sequence[Bond], basis: int) -> tuple[int, ...] | None:
    """The exponents of the basis sites, found from bond to bond."""
    found = {0: 0}
    changes = [(b.source, b.target, 1 + sum(p * d for p, d in zip(along, b.offset, strict=True))) for b in bonds]
    for _ in range(basis):
        for source, target, change in changes:
            for known, other in ((source, target), (target, source)):
                if known in found:
                    found.setdefault(other, (found[known] + change) % 2)
    agree = all((found.get(a, 0) + found.get(b, 0) + change) % 2 == 0 for a, b, change in changes)
    return tuple(found.get(site, 0) for site in range(basis)) if agree else None
