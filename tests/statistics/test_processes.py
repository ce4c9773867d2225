"""Processes other than AR(1), with exactly known autocorrelation, and arviz-stats as a second opinion.

Fixed seeds. |z| < 4.5: a false alarm has probability 7e-6 a test.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from arviz_stats.base import array_stats

from simcore.statistics import autocorrelation_time, effective_sample_size, estimate, jackknife, standard_error

BOUND = 4.5


@pytest.fixture(scope="module")
def chains(process):
    """500 chains of 10,000 samples."""
    return process.chains(500, 10_000, seed=1)


def test_tau_is_the_exact_one(request, process, chains, z_score):
    """But for equal parts of a fast and a slow process, of which the window cuts the slow: 2 to 4 % too small."""
    found = autocorrelation_time(chains)
    if "two scales" in request.node.name:
        assert 0.96 < found.mean() / process.tau < 0.98
    else:
        assert abs(z_score(found, process.tau)) < BOUND


def test_error_bars_cover_the_truth_in_68_percent(chains, coverage_z):
    found = estimate(chains)
    assert abs(coverage_z(found.value, found.error)) < BOUND


def test_twice_the_error_bars_cover_the_truth_in_95_percent(chains):
    """Of 500 chains 22.8 should miss, with a standard deviation of 4.7."""
    found = estimate(chains)
    assert abs(np.sum(np.abs(found.value) > 2.0 * found.error) - 500 * 0.0455) < BOUND * 4.66


def test_errors_of_a_function_of_two_means_cover_the_truth(process, coverage_z):
    """exp(a) / (2 + b) of two independent chains, 1/2 for their true means 0."""
    pairs = process.chains(1000, 2_000, seed=2).reshape(500, 2, 2_000)
    values, errors = jackknife(lambda a, b: math.exp(a) / (2.0 + b), np.moveaxis(pairs, 1, 0))
    assert abs(coverage_z(values - 0.5, errors)) < BOUND


@pytest.mark.parametrize(
    ("ours", "theirs", "of_mean", "of_each"),
    [(standard_error, array_stats.mcse, 0.01, 0.06), (effective_sample_size, array_stats.ess, 0.02, 0.12)],
)
def test_arviz_finds_the_same_on_the_same_chains(process, ours, theirs, of_mean, of_each):
    """Another window (Geyer's) and a split in halves: relative differences of the mean of 30 chains, and of each."""
    chains = process.chains(30, 50_000, seed=3)
    ratio = ours(chains) / theirs(chains, chain_axis=None, draw_axis=-1, method="mean")
    assert np.mean(ratio) == pytest.approx(1.0, abs=of_mean)
    assert np.abs(ratio - 1.0).max() < of_each
