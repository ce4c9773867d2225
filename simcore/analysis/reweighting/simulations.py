"""What was simulated: series at known couplings, cut in blocks and weighted by their autocorrelation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simcore.statistics import autocorrelation_time

BLOCK_TIMES = 20
"""A block is so many autocorrelation times long: its error is then too small by about 1/40."""

FEWEST_BLOCKS, MOST_BLOCKS = 20, 100


@dataclass(frozen=True)
class Series:
    """One simulation. couplings: (d,). conjugates: (d, n). observables: (o, n). tau: in samples.

    The probability of a state is proportional to exp(-couplings . conjugates).
    """

    couplings: np.ndarray
    conjugates: np.ndarray
    observables: np.ndarray
    tau: float

    @property
    def length(self) -> int:
        """Samples in it."""
        return self.conjugates.shape[1]

    @property
    def independent(self) -> float:
        """Its effective sample size, n / (2 tau), and n at most."""
        return self.length / max(1.0, 2.0 * self.tau)


def slowest(rows: Sequence[np.ndarray]) -> float:
    """The longest autocorrelation time among series, in samples; 1/2 if none of them changes."""
    return float(np.nanmax([0.5, *(autocorrelation_time(row) for row in rows)]))


def suitable_blocks(series: Sequence[Series]) -> int:
    """As many blocks of 20 autocorrelation times as the shortest series has, but 20 to 100 of them."""
    fitting = min(int(one.length / (BLOCK_TIMES * one.tau)) for one in series)
    shortest = min(one.length for one in series)
    return min(max(fitting, FEWEST_BLOCKS), MOST_BLOCKS, shortest)


def block_edges(length: int, blocks: int) -> np.ndarray:
    """Where the blocks of a series begin and end (blocks + 1,); their lengths differ by one at most."""
    return np.arange(blocks + 1) * length // blocks
