"""The energy of whole states: every bond and plaquette listed with its ends, every formula evaluated by NumPy.

It shares the formulas and the lattice with the kernels, and nothing of what these make of them: no local energies, no
ghost cells, no tables, no generated source.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from simcore.formulas import Expression
from simcore.formulas.evaluate import evaluate
from simcore.formulas.tree import Node, Number
from simcore.models.spins.checking.edge_energies import edge_contributions
from simcore.models.spins.formula_syntax import spin_name
from simcore.models.spins.geometry import Corner
from simcore.models.spins.graphs.system import GraphSystem
from simcore.models.spins.interactions import INDICES, Interactions
from simcore.models.spins.spin import Angle
from simcore.models.spins.system import SpinSystem


@dataclass(frozen=True)
class DirectEnergy:
    """The Hamiltonian of a system as a function of states: values of shape (number, *shape, basis, components)."""

    system: SpinSystem

    def __call__(self, states: np.ndarray) -> np.ndarray:
        """The energy of each, float64 of shape (number,)."""
        return sum((values.sum(axis=1) for values in self._contributions(states)), np.zeros(len(states)))

    def scale(self, states: np.ndarray) -> float:
        """The largest sum of the absolute values of all terms: by it one measures rounding errors."""
        parts = (np.abs(values).sum(axis=1) for values in self._contributions(states))
        return float(sum(parts, np.zeros(len(states))).max())

    def change(self, before: np.ndarray, after: np.ndarray) -> tuple[np.ndarray, float]:
        """What it costs to go from one state to the other, and the largest sum of the absolute values of what changes.

        All terms are worked out for both, and subtracted one by one.
        """
        costs, sizes = np.zeros(len(before)), np.zeros(len(before))
        for old, new in zip(self._contributions(before), self._contributions(after), strict=True):
            costs += (new - old).sum(axis=1)
            sizes += np.where(new == old, 0.0, np.abs(new) + np.abs(old)).sum(axis=1)
        return costs, float(sizes.max())

    @property
    def _interactions(self) -> Interactions:
        return self.system.interactions

    def _contributions(self, states: np.ndarray) -> Iterator[np.ndarray]:
        """For each bond, site and plaquette of a cell its energy in each state at each cell, (number, cells)."""
        if isinstance(self.system, GraphSystem):
            yield from edge_contributions(self.system, states)
            return
        geometry, hamiltonian = self._interactions.geometry, self._interactions.hamiltonian
        origin = (0,) * geometry.dimensions
        flat = np.asarray(states, float).reshape(len(states), geometry.cells, geometry.basis, -1)
        users: Counter[str] = Counter()
        bonds = [(b.kind, ((b.source, origin), (b.target, b.offset)), hamiltonian.bonds) for b in geometry.bonds]
        plaquettes = [(p.kind, p.corners, hamiltonian.plaquettes) for p in geometry.plaquettes]
        for kind, corners, formulas in (*bonds, *plaquettes):
            expression = formulas.of(kind)
            if expression is not None and expression.tree != Number(0.0):
                values = self._couplings(expression, kind, users) | self._at_corners(expression, corners)
                tree = self._interactions.meeting(expression, len(corners))
                yield self._meeting(tree, flat, corners, values)
        if hamiltonian.sites is not None:
            for site in range(geometry.basis):
                tree = self._interactions.placed(hamiltonian.sites, site, spins=1, known=hamiltonian.fields)
                yield self._meeting(tree, flat, ((site, origin),), self._places | self._fields(site))

    def _meeting(
        self, tree: Node, flat: np.ndarray, corners: Sequence[Corner], values: Mapping[str, Any]
    ) -> np.ndarray:
        spins: dict[str, Any] = {}
        present = np.ones(flat.shape[1], bool)
        for number, (site, offset) in enumerate(corners):
            cells, turned, within = self._neighbours(offset)
            spin = flat[:, cells, site]
            negative = spin + np.pi if isinstance(self.system.spin, Angle) else -spin
            spin = np.where(turned[:, np.newaxis], negative, spin)
            spins |= {spin_name(number, c).name: spin[..., c] for c in range(spin.shape[-1])}
            present &= within
        found = np.asarray(evaluate(tree, {**self.system.parameters, **values, **spins}), np.float64)
        # in C order, in which NumPy adds in pairs and loses less
        return np.where(present, np.broadcast_to(found, flat.shape[:2]), 0.0).copy("C")

    def _neighbours(self, offset: Sequence[int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The number of the cell at the offset from each cell, whether its spin is seen negative, and is there."""
        geometry = self.system.geometry
        shape = np.array(geometry.shape)
        places = np.indices(geometry.shape).reshape(len(shape), -1).T + np.array(offset, int)
        turns = np.floor_divide(places, shape)
        wrap = np.array(geometry.wrap)
        cells = np.ravel_multi_index(tuple((places % shape).T), geometry.shape)
        turned = (turns * (wrap == "antiperiodic")).sum(axis=1) % 2 == 1
        return cells, turned, ~((turns != 0) & (wrap == "open")).any(axis=1)

    def _couplings(self, expression: Expression, kind: str, users: Counter[str]) -> dict[str, Any]:
        """The couplings in the formula of a bond; `users` counts those that have a number for each bond."""
        found: dict[str, Any] = {}
        for name, coupling in self._interactions.hamiltonian.couplings.items():
            if name not in expression.names:
                continue
            if not isinstance(coupling, Mapping):
                found[name] = self._array(name, users[name])
                users[name] += 1
            else:
                found[name] = coupling[kind]
        return found

    @cached_property
    def _places(self) -> dict[str, np.ndarray]:
        """The number of each cell along each axis."""
        shape = self.system.geometry.shape
        return {name: index.ravel() for name, index in zip(INDICES, np.indices(shape), strict=False)}

    def _fields(self, site: int) -> dict[str, np.ndarray]:
        return {name: self._array(name, site) for name in self._interactions.hamiltonian.fields}

    def _at_corners(self, expression: Expression, corners: Sequence[Corner]) -> dict[str, np.ndarray]:
        """The fields that the formula of a bond names at its ends."""
        return {
            name: self._array(field, corners[number][0])[self._neighbours(corners[number][1])[0]]
            for name, (field, number) in self._interactions.at_corners(len(corners)).items()
            if name in expression.names
        }

    def _array(self, name: str, number: int) -> np.ndarray:
        names = {origin: array for array, origin in self._interactions.arrays.items()}
        return self._interactions.values(names[name, number], self.system.parameters).ravel()
