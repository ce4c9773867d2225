"""Exact averages of the Ising model on lattices small enough to list all states. Independent of simcore's kernels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


def bonds(shape: tuple[int, int]) -> np.ndarray:
    """A pair of sites (in C order) a row: to the next site along each axis that has more than one."""
    places = np.arange(shape[0] * shape[1]).reshape(shape)
    pairs = [
        np.stack([places.ravel(), np.roll(places, -1, axis).ravel()], axis=1) for axis in (0, 1) if shape[axis] > 1
    ]
    return np.concatenate(pairs) if pairs else np.zeros((0, 2), int)


def all_states(sites: int) -> np.ndarray:
    """Every state, int8 of shape (2**sites, sites); bit b of the row's number is up (+1) or down (-1) for site b."""
    return np.where((np.arange(2**sites)[:, None] >> np.arange(sites)) & 1, 1, -1).astype(np.int8)


@dataclass(frozen=True)
class Enumeration:
    """Every state of a periodic square lattice under H = -J sum s s' - h sum s, and its weight at `temperature`."""

    shape: tuple[int, int]
    temperature: float
    J: float = 1.0
    h: float = 0.0

    @property
    def states(self) -> np.ndarray:
        return all_states(self.shape[0] * self.shape[1])

    @property
    def energies(self) -> np.ndarray:
        """H of every state."""
        states = self.states.astype(np.int64)
        coupled = sum((states[:, a] * states[:, b] for a, b in bonds(self.shape)), np.zeros(len(states), np.int64))
        return -self.J * coupled - self.h * states.sum(axis=1)

    @property
    def probabilities(self) -> np.ndarray:
        """Boltzmann's, summing to 1."""
        energies = self.energies
        weights = np.exp(-(energies - energies.min()) / self.temperature)
        return weights / weights.sum()

    def averages(self) -> dict[str, float]:
        """What a run estimates, under the same names (energies and magnetisations per site)."""
        sites, p = self.shape[0] * self.shape[1], self.probabilities
        e, m = self.energies / sites, self.states.mean(axis=1, dtype=float)
        m2 = p @ m**2
        return {
            "energy": p @ e,
            "magnetization": p @ m,
            "abs_magnetization": p @ np.abs(m),
            "specific_heat": sites * (p @ e**2 - (p @ e) ** 2) / self.temperature**2,
            "susceptibility": sites * (m2 - (p @ np.abs(m)) ** 2) / self.temperature,
            "binder": 1.0 - (p @ m**4) / (3.0 * m2**2),
        }
