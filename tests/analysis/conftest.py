"""The exact 8 x 8 Ising model, from which series are drawn and by which results are judged."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import logsumexp

SIDE = 8
SITES = SIDE * SIDE


def exact_counts() -> np.ndarray:
    """States of the periodic 8 x 8 lattice with 0, 1, ... 128 broken bonds, exactly, uint64 (129,).

    A transfer matrix that adds one site at a time, for every first row; the numbers are those of P. D. Beale, Phys.
    Rev. Lett. 76, 78 (1996). Each is below 2**64, so that uint64 holds it.
    """
    rows = np.arange(1 << SIDE)
    in_row = np.array([bin(row ^ ((row >> 1) | (row & 1) << (SIDE - 1))).count("1") for row in rows])
    counts = np.zeros(2 * SITES + 1, np.uint64)
    for first, multiplicity in _first_rows().items():
        lattices = np.zeros((1 << SIDE, 2 * SITES + 1), np.uint64)
        lattices[first, in_row[first]] = multiplicity
        for _ in range(SIDE - 1):
            for place in range(SIDE):
                lattices = _with_site(lattices, rows, place)
        for row in rows:
            closing = bin(row ^ first).count("1")
            counts[closing:] += lattices[row, : len(counts) - closing]
    return counts


def _first_rows() -> dict[int, int]:
    """One of each class of rows that translations and a flip of all spins turn into each other, and how many it has."""
    classes: dict[int, int] = {}
    for row in range(1 << SIDE):
        turned = [((row << k) | (row >> (SIDE - k))) & ((1 << SIDE) - 1) for k in range(SIDE)]
        least = min(min(each, each ^ ((1 << SIDE) - 1)) for each in turned)
        classes[least] = classes.get(least, 0) + 1
    return classes


def _with_site(lattices: np.ndarray, rows: np.ndarray, place: int) -> np.ndarray:
    """A new site below the one at `place` of the last row, which it replaces there."""
    grown = np.zeros_like(lattices)
    for old in (0, 1):
        here = rows[(rows >> place) & 1 == old]
        for new in (0, 1):
            broken = np.full(len(here), int(old != new))
            if place > 0:
                broken += (here >> (place - 1)) & 1 != new
            if place == SIDE - 1:
                broken += here & 1 != new
            target = here & ~(1 << place) | new << place
            for bonds in range(4):
                some = broken == bonds
                grown[target[some], bonds:] += lattices[here[some], : lattices.shape[1] - bonds]
    return grown


class Ising8:
    """The exact 8 x 8 Ising model. energies: (129,), counts: (129,)."""

    def __init__(self) -> None:
        self.counts = exact_counts()
        self.energies = -2.0 * SITES + 2.0 * np.arange(2 * SITES + 1)
        with np.errstate(divide="ignore"):
            self.log_g = np.log(self.counts.astype(np.float64))

    def probabilities(self, temperature: float) -> np.ndarray:
        exponents = self.log_g - self.energies / temperature
        return np.exp(exponents - logsumexp(exponents))

    def energy(self, temperature: float) -> float:
        """Per site."""
        return float(self.probabilities(temperature) @ self.energies) / SITES

    def specific_heat(self, temperature: float) -> float:
        """Per site."""
        p = self.probabilities(temperature)
        return float(p @ self.energies**2 - (p @ self.energies) ** 2) / (SITES * temperature**2)

    def log_z(self, temperature: float) -> float:
        return float(logsumexp(self.log_g - self.energies / temperature))

    def chain(self, temperature: float, n: int, rng: np.random.Generator, kept: float = 0.8) -> np.ndarray:
        """Energies per site (n,) of a Markov chain that stays with probability `kept`: tau = 4.5 for 0.8."""
        drawn = rng.choice(self.energies, size=n, p=self.probabilities(temperature)) / SITES
        fresh = rng.random(n) >= kept
        fresh[0] = True
        return drawn[np.maximum.accumulate(np.where(fresh, np.arange(n), 0))]


@pytest.fixture(scope="session")
def ising():
    return Ising8()
