"""The bootstrap against algebra and against coverage (|z| < 4.5: false alarms 7e-6 a test)."""

from __future__ import annotations

import math

import numpy as np
import pytest

from simcore.statistics import bootstrap, jackknife, standard_error

BOUND = 4.5
RESAMPLES = 100


def variance(mean_square, mean):
    return mean_square - mean**2


def test_the_error_of_a_mean_is_that_of_the_gamma_method(ar1):
    """Its own noise is 1 / sqrt(2 resamples)."""
    x = ar1(0.9).chains(1, 8_000, seed=1)[0]
    value, error = bootstrap(lambda m: 3.0 * m, [x], resamples=4_000)
    assert value == pytest.approx(3.0 * x.mean(), rel=1e-14)
    assert error == pytest.approx(3.0 * standard_error(x), rel=BOUND / math.sqrt(8_000))


@pytest.mark.parametrize("blocks", [60, 7])
def test_the_squared_error_of_independent_blocks_is_the_textbook_one(blocks, z_score):
    x = np.random.default_rng(2).standard_normal(60)
    means = np.array([piece.mean() for piece in np.split(x, np.arange(1, blocks) * 60 // blocks)])
    squares = [bootstrap(lambda m: m, [x], blocks, resamples=100, seed=seed)[1] ** 2 for seed in range(100)]
    weights = np.diff(np.arange(blocks + 1) * 60 // blocks) / 60
    exact = blocks / (blocks - 1.0) * np.sum((weights * (means - x.mean())) ** 2)
    if blocks == 60:
        assert exact == pytest.approx(x.var(ddof=1) / 60, rel=1e-12)
        assert abs(z_score(squares, exact)) < BOUND
    else:
        # Blocks of 8 and 9 samples: the number of samples drawn is random, too, and counts to 1 / blocks**2.
        assert np.mean(squares) == pytest.approx(exact, rel=0.05)


@pytest.mark.parametrize("phi", [pytest.param(0.0, marks=pytest.mark.slow), 0.9])
def test_the_error_of_a_variance_covers_the_truth(ar1, coverage_z, phi):
    chains = ar1(phi).chains(500, 2_000, seed=3)
    found = np.array([bootstrap(variance, [x**2, x], resamples=RESAMPLES) for x in chains])
    assert abs(coverage_z(found[:, 0] - 1.0, found[:, 1])) < BOUND


def test_blocks_shorter_than_the_correlation_would_not_cover(ar1, coverage_z):
    chains = ar1(0.9).chains(100, 1_000, seed=3)
    found = np.array([bootstrap(variance, [x**2, x], 1_000, resamples=RESAMPLES) for x in chains])
    assert coverage_z(found[:, 0] - 1.0, found[:, 1]) < -BOUND


def test_it_agrees_with_the_jackknife(ar1):
    """Each error has a noise of some 4 %."""
    x = ar1(0.8).chains(1, 20_000, seed=4)[0]
    by_jackknife, by_bootstrap = (method(variance, [x**2, x]) for method in (jackknife, bootstrap))
    assert by_jackknife[0] == by_bootstrap[0]
    assert by_bootstrap[1] == pytest.approx(by_jackknife[1], rel=0.15)


def test_the_seed_decides_the_draws():
    x = np.random.default_rng(5).standard_normal((1, 50))
    assert bootstrap(math.exp, x) == bootstrap(math.exp, x)
    assert bootstrap(math.exp, x) != bootstrap(math.exp, x, seed=1)


@pytest.mark.filterwarnings("error")
def test_what_has_no_value_has_no_error():
    assert all(map(math.isnan, bootstrap(variance, [[], []])))
    value, error = bootstrap(math.exp, [[2.0]])
    assert value == math.exp(2.0)
    assert math.isnan(error)
    assert math.isnan(bootstrap(math.sqrt, [np.array([3.0, -1.0, -1.0, -0.5])])[1])
    assert bootstrap(variance, np.ones((2, 100))) == (0.0, 0.0)


def test_too_few_resamples_or_blocks_are_refused():
    with pytest.raises(ValueError, match="resamples: 1, but there must be 2 or more"):
        bootstrap(math.exp, np.ones((1, 10)), resamples=1)
    with pytest.raises(ValueError, match="blocks: 11, but there must be 2 to 10"):
        bootstrap(math.exp, np.ones((1, 10)), 11)
