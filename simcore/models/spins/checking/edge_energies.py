"""The terms of a Hamiltonian on a graph, for whole states, edge by edge as the experiment lists them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from simcore.formulas.evaluate import evaluate
from simcore.formulas.tree import Number
from simcore.models.spins.formula_syntax import spin_name
from simcore.models.spins.graphs.system import GraphSystem
from simcore.models.spins.interactions import INDICES


def edge_contributions(system: GraphSystem, states: np.ndarray) -> Iterator[np.ndarray]:
    """For each kind of edges, and for the sites, the energies in each state, of shape (states, edges or sites).

    states: values in the order of the arrays, of shape (states, sites, 1, components).
    """
    interactions, graph = system.interactions, system.geometry.graph
    hamiltonian = interactions.hamiltonian
    flat = np.asarray(states, float).reshape(len(states), graph.sites, -1)[:, system.geometry.rank]
    fields = {
        name: interactions.values(interactions.field_array(name, 0), system.parameters) for name in hamiltonian.fields
    }
    for bond in system.geometry.bonds:
        expression = hamiltonian.bonds.of(bond.kind)
        if expression is None or expression.tree == Number(0.0):
            continue
        pairs = graph.edges[bond.kind]
        known: dict[str, Any] = dict(system.parameters)
        for name, coupling in hamiltonian.couplings.items():
            if name in expression.names and isinstance(coupling, Mapping):
                known[name] = coupling[bond.kind]
            elif name in expression.names:
                kinds = interactions.kinds_of(name)
                array = next(a for a, at in interactions.arrays.items() if at == (name, kinds.index(bond.kind)))
                known[name] = interactions.values(array, system.parameters)
        for name, (field, corner) in interactions.at_corners(2).items():
            known[name] = fields[field][pairs[:, corner]]
        for corner in range(2):
            known |= _spins(flat[:, pairs[:, corner]], corner)
        yield _filled(evaluate(interactions.meeting(expression, 2), known), (len(states), len(pairs)))
    if hamiltonian.sites is not None:
        tree = interactions.placed(hamiltonian.sites, 0, spins=1, known=hamiltonian.fields)
        known = {**system.parameters, **fields, INDICES[0]: np.arange(graph.sites), **_spins(flat, 0)}
        yield _filled(evaluate(tree, known), (len(states), graph.sites))


def _spins(values: np.ndarray, corner: int) -> dict[str, np.ndarray]:
    return {spin_name(corner, c).name: values[..., c] for c in range(values.shape[-1])}


def _filled(values: Any, shape: tuple[int, int]) -> np.ndarray:
    return np.broadcast_to(np.asarray(values, np.float64), shape).copy("C")
