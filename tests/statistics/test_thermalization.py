"""Drift and thermalisation of series whose beginning is known (|z| < 4.5: false alarms 7e-6 a test)."""

from __future__ import annotations

import math

import numpy as np
import pytest

from simcore.statistics import drift, estimate, thermalization_cut

BOUND = 4.5


def relaxing(ar1, number: int, n: int, seed: int, height: float = 10.0) -> np.ndarray:
    """Series of tau 9.5 that begin `height` standard deviations too high and forget it in n / 20 steps."""
    return ar1(0.9).chains(number, n, seed) + height * np.exp(-20.0 * np.arange(n) / n)


def test_the_drift_of_stationary_series_is_a_normal_number(ar1, coverage_z, z_score):
    z = drift(ar1(0.8).chains(500, 10_000, seed=1))
    assert abs(coverage_z(z, np.ones(500))) < BOUND
    assert abs(z_score(z, 0.0)) < BOUND


def test_the_drift_is_the_difference_of_the_parts_over_its_error():
    x = np.random.default_rng(2).standard_normal(20_000)
    a, b = x[:4_000].mean(), estimate(x[10_000:])
    expected = (a - b.value) / (b.error * math.sqrt(1.0 + 10_000 / 4_000))
    assert drift(x, first=0.2) == pytest.approx(expected, rel=1e-12)


def test_false_alarms_of_short_series_are_no_more_than_documented(ar1):
    """100 tau: 1 % beyond 3; 20 tau: 3.5 %. Of 1,000 series, with 4.5 binomial standard deviations."""
    for n, share in ((950, 0.011), (190, 0.035)):
        alarms = np.sum(np.abs(drift(ar1(0.9).chains(1_000, n, seed=3))) > 3.0)
        assert abs(alarms - 1_000 * share) < BOUND * math.sqrt(1_000 * share)


def test_a_beginning_that_is_too_high_is_seen_with_its_sign(ar1):
    assert drift(relaxing(ar1, 20, 10_000, seed=4)).min() > 10.0
    assert drift(-relaxing(ar1, 20, 10_000, seed=4)).max() < -10.0


def test_after_the_cut_the_mean_is_right_and_before_it_is_not(ar1):
    """What is left of the beginning moves the mean by less than its error bar; uncut, it moves it by far more."""
    chains = relaxing(ar1, 200, 10_000, seed=5)
    cuts = thermalization_cut(chains)
    assert cuts.max() < 5_000
    assert cuts.min() > 300
    cut = [estimate(x[cut:]) for x, cut in zip(chains, cuts, strict=True)]
    deviations = np.array([one.value / one.error for one in cut])
    assert abs(deviations.mean()) < 1.0
    assert np.mean(chains.mean(axis=1) / [one.error for one in cut]) > 5.0


@pytest.mark.parametrize(
    ("height", "share", "most"), [(10.0, 10, 0.8), (3.0, 10, 0.5), (10.0, 30, 0.3), (3.0, 30, 0.4)]
)
def test_a_beginning_that_takes_a_tenth_of_the_series_leaves_little_behind(ar1, height, share, most):
    """In errors of the mean; 0.08 is the noise of 150 series. Without moving the cut on, 0.5 to 1.05 were left."""
    n = 9_500
    chains = ar1(0.9).chains(150, n, seed=11) + height * np.exp(-np.arange(n) * share / n)
    cuts = thermalization_cut(chains)
    there = cuts < n
    assert there.mean() > 0.9
    found = [estimate(x[cut:]) for x, cut in zip(chains[there], cuts[there], strict=True)]
    assert abs(np.mean([one.value / one.error for one in found])) < most


def test_a_beginning_that_ends_at_once_is_cut_where_it_ends():
    x = np.random.default_rng(12).standard_normal(2_000)
    x[:100] += 20.0
    assert 100 <= thermalization_cut(x) < 125


def test_little_of_a_stationary_series_is_cut(ar1):
    cuts = thermalization_cut(ar1(0.9).chains(300, 9_500, seed=6))
    assert np.median(cuts) == 0
    assert cuts.mean() < 0.01 * 9_500


def test_a_trend_has_no_cut(ar1):
    chains = ar1(0.9).chains(50, 9_500, seed=7) + np.linspace(0.0, 5.0, 9_500)
    assert np.all(thermalization_cut(chains) == 9_500)


def test_the_cut_minimises_the_error_of_the_rest():
    """The rule itself, spelled out: independent samples, of which the first 60 lie elsewhere."""
    x = np.random.default_rng(8).standard_normal(1_000)
    x[:60] += 20.0
    means = x.reshape(200, 5).mean(axis=1)
    spread = [means[d:].var() / (200 - d) for d in range(101)]
    assert thermalization_cut(x) == 5 * np.argmin(spread) >= 60


def test_samples_before_the_first_whole_batch_are_cut_with_it():
    x = np.random.default_rng(8).standard_normal(1_003)
    x[:63] += 20.0
    assert thermalization_cut(x) % 5 == 3
    assert thermalization_cut(x) >= 63


@pytest.mark.filterwarnings("error")
def test_series_without_an_answer():
    assert drift(np.ones(10)) == 0.0
    assert drift(np.array([1.0] + [0.1] * 99)) == math.inf
    assert all(math.isnan(drift(np.array(x))) for x in ([], [1.0, 2.0, 3.0], [1.0, math.nan] * 10))
    assert thermalization_cut(np.ones(100)) == 0
    assert thermalization_cut(np.array([1.0, math.nan] * 10)) == 20
    assert thermalization_cut(np.array([1.0, 2.0])) == 2
    assert thermalization_cut(np.array([])) == 0


def test_an_axis_of_an_array_is_a_set_of_series(ar1):
    x = ar1(0.9).chains(6, 500, seed=9).reshape(2, 3, 500)
    for function in (drift, thermalization_cut):
        expected = [[function(x[i, j]) for j in range(3)] for i in range(2)]
        assert np.array_equal(function(np.moveaxis(x, 2, 0), axis=0), expected)
    assert type(thermalization_cut(x[0, 0])) is int
    assert thermalization_cut(x).dtype == np.int64


@pytest.mark.parametrize(("first", "last"), [(0.0, 0.5), (0.6, 0.5), (0.1, -1.0)])
def test_parts_that_overlap_or_are_empty_are_refused(first, last):
    with pytest.raises(ValueError, match="positive parts"):
        drift(np.ones(10), first=first, last=last)
