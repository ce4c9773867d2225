"""Which simulations lie next to each other, and a first guess of their free energies along the way."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class SpanningTree:
    """The shortest tree that joins all simulations. edges: (K - 1, 2), from one that is joined already to a new one.

    divergences: (K - 1,), of each edge: (couplings_l - couplings_k) . (<x>_k - <x>_l), the symmetrised Kullback-Leibler
    divergence of the two distributions; for two normal ones of equal width, the squared distance in standard
    deviations.
    """

    edges: np.ndarray
    divergences: np.ndarray


def spanning_tree(couplings: np.ndarray, means: np.ndarray) -> SpanningTree:
    """Prim's tree over simulations at couplings (K, d) with mean conjugate variables (K, d)."""
    steps = couplings[None] - couplings[:, None]
    distance = np.maximum(np.sum(steps * (means[:, None] - means[None]), axis=2), 0.0)
    nearest, joined = np.zeros(len(means), dtype=int), np.zeros(len(means), dtype=bool)
    best = distance[0].copy()
    joined[0] = True
    edges, divergences = [], []
    for _ in range(len(means) - 1):
        new = int(np.argmin(np.where(joined, np.inf, best)))
        edges.append((nearest[new], new))
        divergences.append(best[new])
        joined[new] = True
        closer = distance[new] < best
        nearest[closer], best[closer] = new, distance[new][closer]
    return SpanningTree(np.array(edges, dtype=int).reshape(-1, 2), np.array(divergences))


def integrated_free_energies(tree: SpanningTree, couplings: np.ndarray, means: np.ndarray) -> np.ndarray:
    """f = -ln Z relative to the first simulation, (K,): df = <x> . dcouplings by the trapezoidal rule along the tree.

    Even if two histograms have nothing in common this lies between them, where no exponential overflows.
    """
    free_energies = np.zeros(len(means))
    for old, new in tree.edges:
        step = couplings[new] - couplings[old]
        free_energies[new] = free_energies[old] + 0.5 * step @ (means[old] + means[new])
    return free_energies
