"""The binning analysis against explicit bins and against the exact curve of an AR(1) series (|z| < 4.5)."""

from __future__ import annotations

import math

import numpy as np
import pytest

from simcore.statistics import binning

BOUND = 4.5


def test_each_size_gives_the_naive_error_of_its_bin_means():
    x = np.random.default_rng(1).standard_normal(1000)
    result = binning(x)
    assert list(result.sizes) == [2**k for k in range(9)]
    assert list(result.bins) == [1000 // 2**k for k in range(9)]
    for size, bins, error, uncertainty in zip(
        result.sizes, result.bins, result.errors, result.uncertainties, strict=True
    ):
        means = x[: bins * size].reshape(bins, size).mean(axis=1)
        assert error == pytest.approx(means.std(ddof=1) / math.sqrt(bins), rel=1e-12)
        assert uncertainty == pytest.approx(error / math.sqrt(2 * (bins - 1)), rel=1e-12)


def test_the_error_grows_with_the_bins_as_it_must_for_an_ar1_series(ar1, z_score):
    """E[error(B)**2] = (Var(mean of B) - Var(mean of all)) / (bins - 1), exactly, at every size."""
    process, n = ar1(0.9), 1 << 13
    results = [binning(x) for x in process.chains(200, n, seed=2)]
    squares = np.array([result.errors for result in results]) ** 2
    of_all = process.variance_of_mean(n)
    for level, (size, bins) in enumerate(zip(results[0].sizes, results[0].bins, strict=True)):
        exact = (process.variance_of_mean(int(size)) - of_all) / (bins - 1)
        assert abs(z_score(squares[:, level], exact)) < BOUND


def test_the_plateau_is_the_error_of_the_mean(ar1, coverage_z):
    chains = ar1(0.9).chains(500, 1 << 14, seed=3)
    assert abs(coverage_z(chains.mean(axis=1), np.array([binning(x).plateau for x in chains]))) < BOUND


def test_the_plateau_lies_where_the_bins_are_long_against_the_correlation(ar1):
    results = [binning(x) for x in ar1(0.9).chains(50, 1 << 14, seed=3)]
    sizes = {int(result.sizes[result.plateau_index]) for result in results}
    assert sizes <= {128, 256, 512}  # B**3 > 2 n (2 tau)**2 is B > 228


def test_the_plateau_of_independent_samples_is_the_naive_error_within_its_uncertainty(z_score):
    chains = np.random.default_rng(4).standard_normal((200, 4096))
    assert abs(z_score([binning(x).plateau ** 2 for x in chains], 1.0 / 4096)) < BOUND


def test_a_series_shorter_than_its_correlation_has_no_plateau():
    result = binning(np.arange(64.0))
    assert result.plateau_index is None
    assert math.isnan(result.plateau)


def test_a_constant_series_has_no_error():
    assert binning(np.ones(100)).plateau == 0.0


@pytest.mark.parametrize("x", [[], [1.0]])
def test_fewer_than_two_samples_have_no_bins(x):
    assert len(binning(x).sizes) == 0
    assert math.isnan(binning(x).plateau)


def test_an_axis_of_an_array_is_a_set_of_series(ar1):
    x = ar1(0.5).chains(6, 500, seed=5).reshape(2, 3, 500)
    x[1, 2] = np.arange(500.0)
    together = binning(np.moveaxis(x, 2, 1), axis=1)
    assert together.errors.shape == (2, 3, 8)
    for i, j in np.ndindex(2, 3):
        alone = binning(x[i, j])
        assert np.array_equal(alone.sizes, together.sizes)
        assert np.array_equal(alone.errors, together.errors[i, j])
        assert np.array_equal(alone.plateau, together.plateau[i, j], equal_nan=True)
        assert together.plateau_index[i, j] == (-1 if alone.plateau_index is None else alone.plateau_index)


def test_a_sample_that_is_not_finite_has_no_plateau():
    assert math.isnan(binning(np.array([1.0, math.nan, 2.0, 3.0])).plateau)
