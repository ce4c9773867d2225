"""Sets of sites without a bond among them, to be updated at once.

A periodic square lattice is the Cartesian product of two rings. A ring of n sites takes 1 colour for n = 1 (no bonds),
2 for even n, 3 for odd n. With colourings f and g of the two rings, (f(i) + g(j)) mod k colours the product with
k = the larger of the two numbers, the fewest there can be (G. Sabidussi, Canad. J. Math. 9, 515 (1957)).
"""

from __future__ import annotations

import numpy as np

from simcore.models.contract import Sites


def ring_colours(side: int) -> np.ndarray:
    """Colours 0, 1, 0, 1, ... of a ring of `side` sites; the last is 2 where the side is odd and above 1. int64."""
    colours = np.arange(side) % 2
    if side % 2 and side > 1:
        colours[-1] = 2
    return colours


def colour_classes(shape: tuple[int, int]) -> list[Sites]:
    """The colours of a periodic square lattice, each as runs of sites along the rows.

    In row i, the sites of colour c are those j with g(j) = (c - f(i)) mod k, where g runs 0, 1, 0, 1, ... but for its
    last site on an odd side: a run of stride 2, or that last site alone.
    """
    f, g = ring_colours(shape[0]), ring_colours(shape[1])
    colours = int(max(f.max(), g.max())) + 1
    runs = np.array([_run(g, colour) for colour in range(colours)])
    return [Sites(*np.ascontiguousarray(runs[(colour - f) % colours].T)) for colour in range(colours)]


def _run(colours: np.ndarray, colour: int) -> tuple[int, int, int]:
    """(first, stop, stride) of the places of one colour; an empty run where there are none."""
    places = np.flatnonzero(colours == colour)
    if places.size == 0:
        return 0, 0, 1
    return int(places[0]), int(places[-1]) + 1, 2
