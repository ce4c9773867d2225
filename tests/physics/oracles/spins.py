"""Energies of spins on a lattice, summed bond by bond in plain Python. Independent of simcore's kernels.

A state is an array of shape (*shape, basis, components): values, not indices of states.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from simcore.models.spins.geometry import Geometry

Place = tuple[int, ...]


def negative(kind: str, value: np.ndarray) -> np.ndarray:
    """A spin beyond an antiperiodic end."""
    return value + np.pi if kind == "angle" else -value


@dataclass(frozen=True)
class BruteForce:
    """H as Python functions: bonds[kind](a, b, J), sites(a, place), plaquettes[kind](*corners).

    A spin comes as its components, each a number, or an array over many states at once (`energies`). J is the coupling
    of that bond: `couplings[number of the bond][cell]`, 1 where there are none.
    """

    geometry: Geometry
    kind: str
    bonds: Mapping[str, Callable[..., float]] = field(default_factory=dict)
    sites: Callable[..., float] = lambda a, place: 0.0
    plaquettes: Mapping[str, Callable[..., float]] = field(default_factory=dict)
    couplings: tuple[Any, ...] = ()

    def cells(self) -> Iterator[Place]:
        return itertools.product(*map(range, self.geometry.shape))

    def spin(self, state: np.ndarray, cell: Place, site: int, offset: Place) -> np.ndarray | None:
        """The value at the cell at `offset`, as it is seen from `cell`; None beyond an open end."""
        place, turns = [], 0
        for x, d, n, wrap in zip(cell, offset, self.geometry.shape, self.geometry.wrap, strict=True):
            if wrap == "open" and not 0 <= x + d < n:
                return None
            place.append((x + d) % n)
            turns += ((x + d) // n) * (wrap == "antiperiodic")
        value = state[(*place, site)]
        return negative(self.kind, value) if turns % 2 else value

    def energy(self, state: np.ndarray) -> float:
        """H of the whole lattice."""
        return float(self._total(state))

    def energies(self, states: np.ndarray) -> np.ndarray:
        """H of each state, of shape (states, *shape, basis, components)."""
        return np.broadcast_to(self._total(np.moveaxis(states, 0, -1)), len(states))

    def _total(self, state: np.ndarray) -> Any:
        total: Any = 0.0
        origin = (0,) * self.geometry.dimensions
        for cell in self.cells():
            for number, bond in enumerate(self.geometry.bonds):
                a = self.spin(state, cell, bond.source, origin)
                b = self.spin(state, cell, bond.target, bond.offset)
                if b is not None and bond.kind in self.bonds:
                    coupling = self.couplings[number][cell] if self.couplings else 1.0
                    total = total + self.bonds[bond.kind](a, b, coupling)
            for plaquette in self.geometry.plaquettes:
                corners = [self.spin(state, cell, site, offset) for site, offset in plaquette.corners]
                if plaquette.kind in self.plaquettes and all(corner is not None for corner in corners):
                    total = total + self.plaquettes[plaquette.kind](*corners)
            for site in range(self.geometry.basis):
                total = total + self.sites(self.spin(state, cell, site, origin), (*cell, site))
        return total


def all_states(geometry: Geometry, values: tuple[float, ...]) -> np.ndarray:
    """Every state of discrete spins, of shape (states, *shape, basis, 1); the last site changes fastest."""
    listed = np.array(list(itertools.product(values, repeat=geometry.sites)))
    return listed.reshape(-1, *geometry.shape, geometry.basis, 1)


def boltzmann(energies: np.ndarray, temperature: float) -> np.ndarray:
    """Probabilities of states."""
    weights = np.exp(-(energies - energies.min()) / temperature)
    return weights / weights.sum()
