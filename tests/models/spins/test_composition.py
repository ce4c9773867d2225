"""Random starts of an exact composition."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chisquare

from simcore.models.spins.composition import Composition
from simcore.models.spins.spin import States
from simcore.random import Stream


@pytest.mark.parametrize(
    ("shares", "sites", "wanted"),
    [
        ({"-1": 0.5, "1": 0.5}, 9, [5, 0, 4]),
        ({"-1": 0.1, "0": 0.2, "1": 0.7}, 10, [1, 2, 7]),
        ({"1": 1.0}, 7, [0, 0, 7]),
        ({"-1": 1 / 3, "0": 1 / 3, "1": 1 / 3}, 8, [3, 3, 2]),
    ],
)
def test_a_composition_is_met_exactly(shares, sites, wanted):
    start = Composition.read({"composition": shares})
    spin = States((-1.0, 0.0, 1.0))
    assert start.counts(spin, sites).tolist() == wanted
    drawn = start.draw(spin, (sites, 1), Stream(3))
    assert drawn.dtype == np.int8
    assert np.bincount(drawn.ravel(), minlength=3).tolist() == wanted
    assert Composition.read(start.keys()) == start


def test_the_places_of_a_composition_are_random():
    spin, start = States((-1.0, 1.0)), Composition.read({"composition": {"-1": 0.25, "1": 0.75}})
    counts = sum((start.draw(spin, (8, 1), Stream(seed)) == 0).ravel().astype(int) for seed in range(4000))
    assert chisquare(counts).pvalue > 1e-4  # positions are anticorrelated, which makes the sum smaller, if anything


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"-1": 0.5, "1": 0.4}, "add up to 0.9"),
        ({"up": 1.0}, "'up' is no state"),
        ({"-1": 1.5}, "number from 0 to 1"),
        ({"1": 0.5, "1.0": 0.5}, "twice"),
        (0.5, "a share for each state"),
    ],
)
def test_a_wrong_composition_is_one_error(keys, words):
    with pytest.raises(ValueError, match=words):
        Composition.read({"composition": keys})
