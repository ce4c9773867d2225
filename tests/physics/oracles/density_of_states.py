"""The number of states of each energy of the Ising model on periodic squares, counted exactly.

P. D. Beale, Phys. Rev. Lett. 76, 78 (1996), gives these numbers for 32 x 32; here a transfer matrix counts with whole
numbers of 64 bits, which hold those of 8 x 8. Independent of simcore.
"""

from __future__ import annotations

import numpy as np


def numbers_of_states(side: int) -> tuple[np.ndarray, np.ndarray]:
    """The energies -2 N, -2 N + 2, ... that some state has, with J = 1, and how many states each has (int64).

    Row after row is added, spin by spin, to polynomials in the number of unequal neighbours, one for each first and
    last row. First rows that are rotations of each other count the same.
    """
    rows, most = 2**side, 2 * side * side
    spins = np.arange(rows)
    turned = (spins >> 1) | ((spins & 1) << (side - 1))
    unequal = _bits(spins ^ turned)  # within a row
    orbits = {min(_rotations(row, side)): len(_rotations(row, side)) for row in range(rows)}
    firsts, weights = np.array(list(orbits)), np.array(list(orbits.values()))
    counts = np.zeros((len(firsts), rows, most + 1), np.int64)
    counts[np.arange(len(firsts)), firsts, unequal[firsts]] = 1
    for _ in range(side - 1):
        for site in range(side):
            other = counts[:, spins ^ (1 << site)]  # the spin above was the opposite one
            counts[..., 1:] += other[..., :-1]
        counts = _moved(counts, unequal[np.newaxis, :])
    counts = _moved(counts, _bits(firsts[:, np.newaxis] ^ spins))  # the last row beside the first
    total = (counts.sum(axis=1) * weights[:, np.newaxis]).sum(axis=0)
    energies = -most + 2 * np.arange(most + 1)
    return energies[total > 0], total[total > 0]


def _moved(counts: np.ndarray, by: np.ndarray) -> np.ndarray:
    """Polynomials times a power of the variable, of shape (firsts or 1, rows)."""
    found = np.zeros_like(counts)
    by = np.broadcast_to(by, counts.shape[:2])
    for power in np.unique(by):
        chosen = by == power
        found[chosen, power:] = counts[chosen, : counts.shape[2] - power]
    return found


def _bits(numbers: np.ndarray) -> np.ndarray:
    return np.array([bin(int(number)).count("1") for number in numbers.ravel()]).reshape(numbers.shape)


def _rotations(row: int, side: int) -> set[int]:
    return {((row >> n) | (row << (side - n))) & (2**side - 1) for n in range(side)}
