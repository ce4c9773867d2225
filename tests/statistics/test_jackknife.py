"""The jackknife against algebra (exactly) and against the delta method (|z| < 4.5: false alarms 7e-6 a test)."""

from __future__ import annotations

import math

import numpy as np
import pytest

from simcore.statistics import jackknife, standard_error

BOUND = 4.5


def variance(mean_square, mean):
    return mean_square - mean**2


def ratio(a, b):
    return a / b


@pytest.fixture(scope="module")
def pairs():
    """400 sets of 300 independent pairs with means (2, 4), variances (1, 1.25), covariance 0.5: shape (400, 2, 300)."""
    a, b = np.random.default_rng(1).standard_normal((2, 400, 300))
    return np.stack((2.0 + a, 4.0 + 0.5 * a + b), axis=1)


def test_the_error_of_a_mean_is_the_textbook_one():
    x = np.random.default_rng(2).standard_normal(60)
    value, error = jackknife(lambda m: m, [x], blocks=60)
    assert value == x.mean()
    assert error == pytest.approx(x.std(ddof=1) / math.sqrt(60), rel=1e-12)


def test_the_error_of_a_mean_of_blocks_is_that_of_the_block_means():
    x = np.random.default_rng(2).standard_normal(60)
    means = x.reshape(12, 5).mean(axis=1)
    error = jackknife(lambda m: 3.0 * m + 1.0, [x], blocks=12)[1]
    assert error == pytest.approx(3.0 * means.std(ddof=1) / math.sqrt(12), rel=1e-12)


@pytest.mark.parametrize("blocks", [2, 7, 20, 60, 61])
def test_the_corrected_mean_is_the_mean_for_blocks_of_any_length(blocks):
    x = np.random.default_rng(2).standard_normal(61)
    assert jackknife(lambda m: m, [x], blocks, bias_corrected=True)[0] == pytest.approx(x.mean(), rel=1e-12)


def test_the_corrected_variance_is_the_unbiased_one():
    x = np.random.default_rng(3).standard_normal(40)
    assert jackknife(variance, [x**2, x], 40)[0] == pytest.approx(x.var(), rel=1e-12)
    assert jackknife(variance, [x**2, x], 40, bias_corrected=True)[0] == pytest.approx(x.var(ddof=1), rel=1e-12)


@pytest.mark.parametrize("blocks", [None, 300, 97, 30])
def test_the_error_of_a_ratio_is_that_of_the_delta_method(pairs, z_score, blocks):
    squared = [jackknife(ratio, pair, blocks)[1] ** 2 for pair in pairs]
    expected = (1.0 + 0.5**2 * 1.25 - 2.0 * 0.5 * 0.5) / (300 * 4.0**2)
    assert abs(z_score(squared, expected)) < BOUND


@pytest.mark.parametrize("blocks", [None, 300, 100])
def test_the_error_of_a_ratio_covers_the_truth_in_68_percent(pairs, coverage_z, blocks):
    values, errors = np.array([jackknife(ratio, pair, blocks) for pair in pairs]).T
    assert abs(coverage_z(values - 0.5, errors)) < BOUND


def test_the_error_of_a_variance_is_its_kurtosis_formula(z_score):
    """Gaussian samples: Var(s**2) = 2 / (n - 1)."""
    samples = np.random.default_rng(4).standard_normal((400, 500))
    squared = [jackknife(variance, [x**2, x])[1] ** 2 for x in samples]
    assert abs(z_score(squared, 2.0 / 499)) < BOUND


@pytest.mark.parametrize("phi", [0.5, 0.9])
def test_the_error_of_a_variance_covers_the_truth_in_a_correlated_series(ar1, coverage_z, phi):
    chains = ar1(phi).chains(500, 8_000, seed=5)
    values, errors = np.array([jackknife(variance, [x**2, x]) for x in chains]).T
    assert abs(coverage_z(values - 1.0, errors)) < BOUND


def test_blocks_shorter_than_the_correlation_would_not_cover(ar1, coverage_z):
    chains = ar1(0.9).chains(200, 2_000, seed=5)
    values, errors = np.array([jackknife(variance, [x**2, x], blocks=2_000) for x in chains]).T
    assert coverage_z(values - 1.0, errors) < -BOUND


def test_correlation_left_between_few_short_blocks_is_counted(ar1):
    """150 samples are 8 pieces of two autocorrelation times, so that 20 blocks are shorter than they should be."""
    chains = ar1(0.9).chains(300, 150, seed=6)
    counted, independent = (
        np.mean([jackknife(lambda m: m, [x], blocks)[1] ** 2 for x in chains]) for blocks in (None, 20)
    )
    by_gamma = np.mean(standard_error(chains) ** 2)
    assert independent < 0.6 * by_gamma
    assert 0.9 * by_gamma < counted < 1.2 * by_gamma


def test_bias_of_order_one_over_n_is_removed(z_score):
    """exp(mean) of 20 standard normal numbers has the mean exp(1/40), its corrected value 1 up to O(1/n**2)."""
    samples = np.random.default_rng(7).standard_normal((3000, 20))
    plain, corrected = ([jackknife(math.exp, [x], 20, bias_corrected=on)[0] for x in samples] for on in (False, True))
    assert abs(z_score(plain, math.exp(1 / 40))) < BOUND
    assert abs(np.mean(corrected) - 1.0) < 0.5 * abs(np.mean(plain) - 1.0)


def test_an_array_and_a_list_are_the_same_samples():
    x = np.random.default_rng(8).standard_normal((2, 50))
    assert jackknife(ratio, x) == jackknife(ratio, list(x)) == jackknife(ratio, (x[0].tolist(), x[1].tolist()))


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("function", [lambda m: 1.0 / (m - m), lambda m: math.sqrt(-1.0 - m * m), lambda m: math.nan])
def test_a_function_without_a_value_gives_nan(function):
    value, error = jackknife(function, [np.arange(10.0)])
    assert not math.isfinite(value)
    assert math.isnan(error)


@pytest.mark.filterwarnings("error")
def test_a_block_without_which_there_is_no_value_gives_no_error():
    value, error = jackknife(lambda m: 1.0 / m, [np.array([0.0, 0.0, 0.0, 1.0])], blocks=4)
    assert value == 4.0
    assert math.isnan(error)


@pytest.mark.filterwarnings("error")
def test_one_sample_has_a_value_and_no_samples_have_none():
    value, error = jackknife(variance, [[4.0], [1.0]])
    assert value == 3.0
    assert math.isnan(error)
    assert all(map(math.isnan, jackknife(variance, [[], []])))


def test_a_constant_series_has_no_error():
    assert jackknife(variance, np.ones((2, 100))) == (0.0, 0.0)


@pytest.mark.parametrize("samples", [[[1.0, 2.0], [1.0]], [], [1.0, 2.0], [[[1.0]], [[1.0], [2.0]]]])
def test_series_of_unequal_length_or_none_are_refused(samples):
    with pytest.raises(ValueError, match="equally long"):
        jackknife(variance, samples)


@pytest.mark.parametrize("blocks", [-1, 0, 1, 11])
def test_a_number_of_blocks_out_of_range_is_refused(blocks):
    with pytest.raises(ValueError, match=f"{blocks}, but there must be 2 to 10"):
        jackknife(variance, np.ones((2, 10)), blocks)


def test_more_dimensions_are_as_many_sets_of_series(pairs):
    values, errors = jackknife(ratio, np.moveaxis(pairs[:6].reshape(2, 3, 2, 300), 2, 0))
    assert values.shape == errors.shape == (2, 3)
    assert (values[1, 2], errors[1, 2]) == jackknife(ratio, pairs[5])
