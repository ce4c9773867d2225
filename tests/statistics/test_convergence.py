"""R-hat against arviz-stats, number for number, and against what it must see."""

from __future__ import annotations

import math

import numpy as np
import pytest
from arviz_stats.base import array_stats

from simcore.statistics import r_hat


@pytest.mark.parametrize("n", [4, 5, 100, 501])
@pytest.mark.parametrize("replicas", [2, 5])
def test_it_is_that_of_arviz(n, replicas):
    x = np.random.default_rng(1).standard_normal((replicas, n)) ** 3
    x[0] += 0.3
    assert r_hat(x) == pytest.approx(float(array_stats.rhat(x, chain_axis=0, draw_axis=1, method="rank")), rel=1e-12)


def test_ties_are_ranked_as_by_arviz():
    x = np.random.default_rng(2).integers(0, 4, (3, 200))
    assert r_hat(x) == pytest.approx(float(array_stats.rhat(x, chain_axis=0, draw_axis=1, method="rank")), rel=1e-12)


def test_replicas_that_agree_have_one(ar1):
    assert 0.99 < r_hat(ar1(0.5).chains(4, 10_000, seed=3)) < 1.01


@pytest.mark.parametrize("change", [lambda x: np.add(x, [[0.0], [1.0]]), lambda x: np.multiply(x, [[1.0], [3.0]])])
def test_another_place_and_another_spread_are_seen(change):
    assert r_hat(change(np.random.default_rng(4).standard_normal((2, 1_000)))) > 1.05


def test_one_replica_that_drifts_is_seen_by_its_halves():
    x = np.random.default_rng(5).standard_normal((1, 1_000))
    assert r_hat(x) < 1.01
    assert r_hat(x + np.linspace(0.0, 2.0, 1_000)) > 1.1


def test_other_dimensions_stay(ar1):
    x = ar1(0.5).chains(6, 300, seed=6).reshape(3, 2, 300)
    expected = [r_hat(one) for one in x]
    assert np.array_equal(r_hat(x), expected)
    assert np.array_equal(r_hat(np.moveaxis(x, (1, 2), (2, 0)), axis=0, replica_axis=2), expected)


@pytest.mark.filterwarnings("error")
def test_constants_and_what_is_too_short_or_not_finite():
    assert r_hat(np.ones((2, 10))) == 1.0
    assert r_hat(np.array([np.ones(10), np.zeros(10)])) == math.inf
    assert math.isnan(r_hat(np.ones((2, 3))))
    assert math.isnan(r_hat(np.full((2, 10), math.nan)))
