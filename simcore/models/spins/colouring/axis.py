"""Colours of a lattice whose conflicts all run along an axis.

Such a conflict graph is the Cartesian product of one graph for each axis, a ring or an open chain. With colourings f_d
of them in at most k colours, the sum of f_d(x_d) modulo k colours the product, and no fewer colours than the largest
factor needs can do (G. Sabidussi, Canad. J. Math. 9, 515 (1957)).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np

from simcore.models.spins.colouring.strided import Runs, runs_by_label


@dataclass(frozen=True)
class Ring:
    """A coloured ring or chain of `side` places.

    The first `bulk` places have the colours 0, 1, ... period - 1 in turn; those of the seam behind them have colours of
    their own, in turn as well.
    """

    side: int
    period: int
    bulk: int

    @property
    def colours(self) -> int:
        return self.period + min(self.period, self.side - self.bulk)

    def values(self) -> np.ndarray:
        """The colour of every place, int64."""
        place = np.arange(self.side)
        return np.where(place < self.bulk, place % self.period, self.period + (place - self.bulk) % self.period)

    def run(self, colour: int) -> tuple[int, int, int]:
        """(first, stop, stride) of the places of a colour; an empty run for a colour that does not occur."""
        if colour < self.period:
            return colour, self.bulk, self.period
        if colour < self.colours:
            return self.bulk + colour - self.period, self.side, self.period
        return 0, 0, 1


def coloured_ring(side: int, distances: Sequence[int], is_open: bool) -> Ring:
    """The ring of fewest colours, of those of this kind, where places at any of `distances` differ.

    distances: from 1 to side/2 on a ring, to side - 1 on an open chain. A seam as long as the longest of them parts the
    ends of the bulk; no two places within the seam, or within the bulk, then meet around the ring.
    """
    longest = max(distances, default=0)
    best = Ring(side, side, side)
    for period in range(1, side):
        if period >= best.colours:
            break
        if all(distance % period for distance in distances):
            seamless = is_open or side % period == 0 or not distances
            ring = Ring(side, period, side if seamless else side - longest)
            best = min(best, ring, key=lambda candidate: candidate.colours)
    return best


def product_classes(rings: Sequence[Ring]) -> list[Runs]:
    """The classes of the product of the rings, one for each axis; none of them empty."""
    colours = max(ring.colours for ring in rings)
    labels = reduce(np.add.outer, [ring.values() for ring in rings[:-1]], np.zeros((), np.int64)) % colours
    table = np.array([rings[-1].run(colour) for colour in range(colours)])
    classes = [runs_by_label(labels, table[(colour - np.arange(colours)) % colours]) for colour in range(colours)]
    return [runs for runs in classes if runs.filled.any()]
