"""Lattices that would take minutes to compile, each basis site being a kernel of its own, and are graphs better."""

from __future__ import annotations

from simcore.models.spins.geometry import Geometry
from simcore.models.spins.interactions import Interactions

MOST_SITES = 8
"""Of a lattice of one cell."""

MOST_DRAWN = 128
"""Bonds of a cell that have an array of couplings each."""

MOST_SHOWN = 100


def better_as_graph(interactions: Interactions) -> str:
    """Why a lattice is to be written as a graph, and how; "" where it is not.

    Args:
        interactions: the terms of the energy on the lattice.
    """
    geometry = interactions.geometry
    if not geometry.axes or geometry.plaquettes:
        return ""
    if geometry.cells == 1 and geometry.basis > MOST_SITES and (edges := _edges(geometry)) is not None:
        return (
            f"one cell of {geometry.basis} sites would be compiled site by site, which takes minutes; as a graph it "
            f"takes seconds: lattice: {{type: graph, sites: {geometry.basis}, edges: {edges}}}"
        )
    drawn = len(interactions.arrays) - len(interactions.hamiltonian.fields) * geometry.basis
    if drawn > MOST_DRAWN:
        return (
            f"couplings of {drawn} bonds in a cell would be as many arrays, and take minutes to compile (at most "
            f"{MOST_DRAWN}); write all {geometry.sites} sites as a graph: "
            "lattice: {type: graph, edges: {file: edges.npy}}"
        )
    return ""


def _edges(geometry: Geometry) -> str | None:
    """The edges by kind, as YAML; None if two bonds join the same sites."""
    kinds: dict[str, list[list[int]]] = {}
    for bond in geometry.bonds:
        kinds.setdefault(bond.kind, []).append([bond.source, bond.target])
    for pairs in kinds.values():
        if len({frozenset(pair) for pair in pairs}) < len(pairs):
            return None
    shown = {
        kind: str(pairs) if len(geometry.bonds) <= MOST_SHOWN else f"[{str(pairs[:3])[1:-1]}, ...]"
        for kind, pairs in kinds.items()
    }
    return f"{{{', '.join(f'{kind}: {pairs}' for kind, pairs in shown.items())}}}"
