"""Sites of one colour must not see each other: else a parallel sweep would depend on who goes first."""

from itertools import product

import numpy as np
import pytest

from simcore.models.montecarlo.colouring import colour_classes
from tests.physics.oracles.ising import bonds

SHAPES = list(product(range(1, 10), repeat=2))


def colours_of_sites(shape):
    """The colour of each site, and how many colours took it."""
    colours, taken = np.full(shape, -1), np.zeros(shape, int)
    for colour, sites in enumerate(colour_classes(shape)):
        for row in range(shape[0]):
            run = slice(sites.first[row], sites.stop[row], sites.stride[row])
            colours[row, run] = colour
            taken[row, run] += 1
    return colours, taken


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_every_site_has_one_colour_that_no_neighbour_has(shape):
    colours, taken = colours_of_sites(shape)
    assert (taken == 1).all()
    flat = colours.ravel()
    assert all(flat[a] != flat[b] for a, b in bonds(shape))


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_there_are_no_more_colours_than_the_rings_need(shape):
    needed = max(1 if side == 1 else 2 + side % 2 for side in shape)
    assert len(colour_classes(shape)) == needed


@pytest.mark.parametrize("shape", [(1, 1), (2, 2), (3, 8), (9, 1)])
def test_runs_are_what_the_contract_asks_for(shape):
    for sites in colour_classes(shape):
        for array in (sites.first, sites.stop, sites.stride):
            assert array.dtype == np.int64
            assert array.shape == (shape[0],)
            assert array.flags.c_contiguous
        assert (sites.stop <= shape[1]).all()
