"""The disorder of a Hamiltonian, as a result shows it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from simcore.models.spins.geometry import Corner
from simcore.models.spins.graphs.interactions import GraphInteractions
from simcore.models.spins.interactions import BASIS, Interactions

Quenched = tuple[np.ndarray, tuple[str, ...], str]
"""Values of the shape of the lattice and of the axes beyond it, the names of these axes, and a description."""


def quenched(interactions: Interactions, numbers: Mapping[str, float]) -> dict[str, Quenched]:
    """Couplings and fields that have a number for each bond or site, by the names of the experiment.

    Args:
        interactions: the terms of the energy.
        numbers: the values of the parameters.

    Returns:
        Fields of the lattice's shape, with an axis `basis` if a cell has several sites; couplings with an axis for the
        bonds of a cell that name them, if there are several. In this form `{file: ...}` takes them.
    """
    if isinstance(interactions, GraphInteractions):
        return _of_graph(interactions, numbers)
    arrays: dict[str, list[str]] = {}
    for array, (name, _) in interactions.arrays.items():
        arrays.setdefault(name, []).append(array)
    found: dict[str, Quenched] = {}
    for name, parts in arrays.items():
        values = [interactions.values(part, numbers) for part in parts]
        is_field = name in interactions.hamiltonian.fields
        axes = () if len(parts) == 1 else (BASIS,) if is_field else (_axis(name, arrays),)
        doc = f"{name} of each site" if is_field else f"{name} of each bond: {_listed(interactions.members(name))}"
        found[name] = (np.stack(values, axis=-1) if axes else values[0], axes, doc)
    return found


def _of_graph(interactions: GraphInteractions, numbers: Mapping[str, float]) -> dict[str, Quenched]:
    """Couplings have one axis, the edges, kind after kind; fields the axis of the sites."""
    found: dict[str, Quenched] = {}
    names = list(dict.fromkeys(name for name, _ in interactions.arrays.values()))
    for name in names:
        if name in interactions.hamiltonian.fields:
            found[name] = (interactions.values(name, numbers), (), f"{name} of each site")
        else:
            kinds = ", ".join(interactions.kinds_of(name))
            doc = f"{name} of each edge: those of {kinds}, in the order of the experiment"
            found[name] = (interactions.of_edges(name, numbers), (_axis(name, names, "edge"),), doc)
    return found


def _axis(name: str, taken: Collection[str], what: str = "bond") -> str:
    axis = f"{name}_{what}"
    while axis in taken:
        axis += "_"
    return axis


def _listed(members: Sequence[tuple[str, tuple[Corner, ...]]]) -> str:
    """`0: nn 0 [0, 0] - 0 [1, 0]; ...`: kind, and (basis site, offset of its cell) of the corners."""
    shown = (
        f"{number}: {kind} {' - '.join(f'{site} {list(offset)}' for site, offset in corners)}"
        for number, (kind, corners) in enumerate(members)
    )
    return "; ".join(shown)
