"""Autocorrelation times and errors of AR(1) series against their exact values.

Fixed seeds. |z| < 4.5 where a z-score is taken: a false alarm has probability 7e-6 a test.
"""

from __future__ import annotations

import math
import tracemalloc

import numpy as np
import pytest

from simcore.statistics import autocorrelation_time, effective_sample_size, standard_error
from simcore.statistics.autocovariance import autocovariance_blocks

BOUND = 4.5
FINITE_BUT_EXTREME = [1e-320, 1e-300, 1e-5, 1.0, 1e5, 1e300]


@pytest.mark.parametrize(("phi", "tau"), [(0.9, 9.5), (0.5, 1.5), (0.0, 0.5), (-0.5, 1 / 6)])
def test_tau_of_an_ar1_series_is_half_of_one_plus_phi_over_one_minus_phi(ar1, z_score, phi, tau):
    assert ar1(phi).tau == pytest.approx(tau, rel=1e-15)
    assert abs(z_score(autocorrelation_time(ar1(phi).chains(200, 10_000, seed=1)), tau)) < BOUND


@pytest.mark.slow
def test_tau_of_a_slow_series_is_found(ar1, z_score):
    process = ar1(0.99)
    assert abs(z_score(autocorrelation_time(process.chains(100, 400_000, seed=2)), process.tau)) < BOUND


@pytest.mark.parametrize("phi", [0.9, 0.5, 0.0])
def test_the_squared_error_is_the_variance_of_the_mean(ar1, z_score, phi):
    errors = standard_error(ar1(phi).chains(200, 10_000, seed=3))
    assert abs(z_score(errors**2, ar1(phi).variance_of_mean(10_000))) < BOUND


@pytest.mark.parametrize(("phi", "n"), [(0.9, 10_000), (0.7, 3_000), (0.0, 1_000), (-0.3, 3_000)])
def test_error_bars_cover_the_truth_in_68_percent(ar1, coverage_z, phi, n):
    chains = ar1(phi).chains(500, n, seed=4)
    assert abs(coverage_z(chains.mean(axis=1), standard_error(chains))) < BOUND


def test_without_correlation_counted_the_error_bars_would_not_cover(ar1, coverage_z):
    chains = ar1(0.9).chains(500, 10_000, seed=4)
    assert coverage_z(chains.mean(axis=1), chains.std(axis=1) / 100.0) < -BOUND


@pytest.mark.parametrize(("samples_per_tau", "least"), [(5, 0.6), (10, 0.8), (20, 0.9)])
def test_error_bars_of_short_series_are_no_worse_than_documented(ar1, samples_per_tau, least):
    n = int(samples_per_tau * ar1(0.9).tau)
    errors = standard_error(ar1(0.9).chains(2000, n, seed=5))
    ratio = math.sqrt(np.mean(errors**2) / ar1(0.9).variance_of_mean(n))
    assert least < ratio < 1.05


def test_a_trend_is_one_correlated_piece():
    """A straight line says next to nothing about its mean: ess of a few, not of thousands."""
    assert 1.0 < effective_sample_size(np.arange(10_000.0)) < 10.0


@pytest.mark.parametrize("x", [[1.0, 5.0], [1.0, 5.0, 3.0]])
def test_two_or_three_samples_have_the_textbook_error(x):
    assert autocorrelation_time(x) == 0.5
    assert standard_error(x) == pytest.approx(np.std(x, ddof=1) / math.sqrt(len(x)), rel=1e-12)


@pytest.mark.filterwarnings("error")
def test_a_series_whose_bins_are_all_alike_needs_no_guess():
    """The means of 16 samples, from which the window is guessed, do not vary: nothing is divided by their variance."""
    assert math.isfinite(autocorrelation_time(np.tile([1.0, -1.0], 5_000)))


def test_the_guessed_window_changes_no_more_than_rounding(ar1, monkeypatch):
    for phi in (0.0, 0.9, 0.999):
        x = ar1(phi).chains(1, 100_000, seed=12)[0]
        guessed = autocorrelation_time(x)
        with monkeypatch.context() as patched:
            patched.setattr("simcore.statistics.autocorrelation._expected_window", lambda _: 0)
            assert autocorrelation_time(x) == pytest.approx(guessed, rel=1e-10)


def test_anticorrelated_samples_have_a_tau_below_one_half_but_not_zero():
    alternating = np.tile([1.0, -1.0], 500)
    tau = autocorrelation_time(alternating)
    assert 1.0 / (2.0 * math.log10(1000)) <= tau < 0.25
    assert standard_error(alternating) > 0.0


@pytest.mark.parametrize("scale", FINITE_BUT_EXTREME)
def test_scale_does_not_matter(ar1, scale):
    x = ar1(0.8).chains(1, 2_000, seed=6)[0]
    tolerance = 1e-9 if scale > 1e-310 else 1e-2  # subnormal numbers have few digits
    assert autocorrelation_time(scale * x) == pytest.approx(autocorrelation_time(x), rel=tolerance)
    assert standard_error(scale * x) == pytest.approx(scale * standard_error(x), rel=tolerance, abs=5e-324)


def test_neither_shift_nor_direction_matters(ar1):
    x = ar1(0.8).chains(1, 2_000, seed=6)[0]
    for same in (x + 100.0, -x, x[::-1]):
        assert autocorrelation_time(same) == pytest.approx(autocorrelation_time(x), rel=1e-9)


@pytest.mark.parametrize("value", [0.0, 0.1, -3e200, 7])
def test_a_constant_series_has_tau_one_half_and_no_error(value):
    x = np.full(1001, value)
    assert autocorrelation_time(x) == 0.5
    assert standard_error(x) == 0.0
    assert effective_sample_size(x) == 1001


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("x", [[], [1.0], [1.0, math.nan, 2.0], [1.0, math.inf, -math.inf]])
def test_too_few_or_not_finite_samples_give_nan(x):
    assert math.isnan(autocorrelation_time(np.array(x)))
    assert math.isnan(standard_error(np.array(x)))
    assert math.isnan(effective_sample_size(np.array(x)))


def test_integers_and_booleans_are_numbers_too():
    x = np.random.default_rng(8).integers(0, 2, 1000)
    assert autocorrelation_time(x) == autocorrelation_time(x.astype(bool)) == autocorrelation_time(x.astype(float))


@pytest.mark.parametrize("function", [autocorrelation_time, standard_error, effective_sample_size])
def test_an_axis_of_an_array_is_a_set_of_series(function, ar1):
    x = ar1(0.5).chains(6, 500, seed=9).reshape(2, 3, 500)
    expected = [[function(x[i, j]) for j in range(3)] for i in range(2)]
    assert isinstance(function(x[0, 0]), float)
    assert np.array_equal(function(x), expected)
    assert np.array_equal(function(np.moveaxis(x, 2, 1), axis=1), expected)


@pytest.mark.parametrize(("n", "lags"), [(2, 1), (7, 3), (64, 63), (5_000, 2_500), (40_000, 400)])
def test_blocks_of_autocovariance_are_the_direct_sums(n, lags):
    x = np.random.default_rng(10).standard_normal(n)
    direct = [np.dot(x[:-t], x[t:]) / (n - t) for t in range(1, lags + 1)]
    assert np.concatenate(list(autocovariance_blocks(x, lags))) == pytest.approx(direct, abs=1e-12)


@pytest.mark.parametrize("phi", [0.0, 0.99])
def test_memory_stays_below_twice_the_series(ar1, phi):
    x = ar1(phi).chains(1, 1_000_000, seed=11)[0]
    tracemalloc.start()
    standard_error(x)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2 * x.nbytes
