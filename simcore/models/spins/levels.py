"""The levels of an energy that takes equally spaced values only: from the values of each of its terms."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np

from simcore.config.generated import rounded
from simcore.formulas.evaluate import evaluate
from simcore.formulas.tree import Name, Node, Shifted, rewrite
from simcore.models.spins.formula_syntax import spin_name
from simcore.models.spins.interactions import INDICES, Interaction
from simcore.models.spins.spin import States
from simcore.models.spins.system import SpinSystem

CLOSE = 1e-9
MOST_VALUES = 2**24


@dataclass(frozen=True)
class Levels:
    """first, first + step, ...: `count` of them, among which all energies are; some may belong to no state."""

    first: float
    step: float
    count: int

    @property
    def energies(self) -> np.ndarray:
        """All of them, ascending."""
        return self.first + self.step * np.arange(self.count)


def levels_of(system: SpinSystem, most: int) -> Levels | str:
    """The levels of the energy of discrete spins on a lattice; if there are none, or more than `most`, the reason."""
    lowest = highest = 0.0
    steps: set[float] = set()
    for term in system.interactions.terms:
        values = _values(system, term)
        if values is None:
            return f"model.hamiltonian.{'.'.join(term.path)} has too many values"
        if not values.size:
            continue
        least = values.min(axis=0)
        lowest, highest = lowest + float(least.sum()), highest + float(values.max(axis=0).sum())
        steps |= {rounded(value) for value in np.unique(values - least)}
    step = _common(sorted(steps - {0.0}))
    if not step:
        return "the energy is the same for all states"
    count = round((highest - lowest) / step) + 1
    if count > most:
        return f"the energies are multiples of no step that is large enough: {step:.3g} would make {count} levels"
    return Levels(lowest, step, count)


def _values(system: SpinSystem, term: Interaction) -> np.ndarray | None:
    """Of a term in each cell where it is, for all states of its corners: shape (states, cells)."""
    spin, geometry = system.spin, system.geometry
    assert isinstance(spin, States)
    corners = len(term.corners)
    if spin.count**corners * geometry.cells > MOST_VALUES:
        return None
    listed = np.array(list(product(spin.states, repeat=corners)), float)
    known = {spin_name(number).name: listed[:, number, np.newaxis] for number in range(corners)}
    cells = np.indices(geometry.shape).reshape(geometry.dimensions, -1)
    known |= dict(zip(INDICES, cells, strict=False))

    def read(node: Node) -> Node:
        if not isinstance(node, Shifted):
            return node
        values = system.interactions.values(node.name, system.parameters)
        name = f"{node.name}{node.offsets}"
        known[name] = np.roll(values, [-step for step in node.offsets], range(geometry.dimensions)).ravel()
        return Name(name)

    (tree,) = rewrite([term.tree], read)
    found = np.broadcast_to(
        np.asarray(evaluate(tree, {**system.numbers, **known}), float), (len(listed), cells.shape[1])
    )
    present = np.ones(cells.shape[1], bool)
    for _, offset in term.corners:
        for axis, (step, side, wrap) in enumerate(zip(offset, geometry.shape, geometry.wrap, strict=True)):
            if wrap == "open":
                present &= (cells[axis] + step >= 0) & (cells[axis] + step < side)
    return found[:, present]


def _common(steps: list[float]) -> float:
    """The largest number of which all are multiples, to rounding; 0 of none."""
    found = 0.0
    for one in steps:
        found, rest = one, found
        while rest > CLOSE * steps[-1]:
            found, rest = rest, abs(found - rest * round(found / rest))
    return found
