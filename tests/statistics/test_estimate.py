"""Estimates put together from means, errors and autocorrelation times."""

from __future__ import annotations

import math
from dataclasses import FrozenInstanceError

import numpy as np
import pytest

from simcore.statistics import (
    Estimate,
    autocorrelation_time,
    effective_sample_size,
    estimate,
    estimate_function,
    jackknife,
    standard_error,
)

BOUND = 4.5


def test_an_estimate_holds_the_mean_its_error_and_tau(ar1):
    x = ar1(0.7).chains(1, 3_000, seed=1)[0]
    result = estimate(x)
    assert result == Estimate(x.mean(), standard_error(x), autocorrelation_time(x), 3_000)
    assert result.ess == effective_sample_size(x)
    assert all(type(number) is float for number in (result.value, result.error, result.tau, result.ess))


def test_error_variance_and_ess_belong_together(ar1):
    """error**2 = variance / ess, with the variance of one sample, unbiased to O(1/n)."""
    x = ar1(0.7).chains(1, 100_000, seed=1)[0]
    result = estimate(x)
    assert result.error**2 * result.ess == pytest.approx(x.var(), rel=3.0 * result.tau / len(x))


def test_a_function_of_means_has_the_jackknife_error(ar1):
    x = ar1(0.7).chains(1, 3_000, seed=2)[0]
    result = estimate_function(lambda a, b: a - b * b, [x**2, x])
    value, error = jackknife(lambda a, b: a - b * b, [x**2, x])
    assert (result.value, result.error, result.samples) == (value, error, 3_000)
    assert result.value == pytest.approx(x.var(), rel=1e-12)


def test_a_linear_function_has_the_tau_of_its_series(ar1):
    x, y = ar1(0.7).chains(2, 3_000, seed=3)
    result = estimate_function(lambda a, b: 3.0 * a - 2.0 * b + 5.0, [x, y])
    assert result.tau == pytest.approx(autocorrelation_time(3.0 * x - 2.0 * y), rel=1e-6)


def test_the_tau_of_a_square_is_that_of_the_squares(ar1, z_score):
    """x**2 of an AR(1) series has rho(t) = phi**(2 t): the variance, whose mean square matters alone, too."""
    expected = ar1(0.9**2).tau
    taus = [estimate_function(lambda a, b: a - b * b, [x**2, x]).tau for x in ar1(0.9).chains(150, 10_000, seed=4)]
    assert abs(z_score(taus, expected)) < BOUND


@pytest.mark.filterwarnings("error")
def test_no_samples_have_no_value_and_one_has_no_error():
    for result in (estimate(np.array([])), estimate_function(lambda m: m, [[]])):
        assert all(map(math.isnan, (result.value, result.error, result.tau, result.ess)))
    for result in (estimate(np.array([2.5])), estimate_function(lambda m: m, [[2.5]])):
        assert result.value == 2.5
        assert all(map(math.isnan, (result.error, result.tau, result.ess)))


def test_a_function_without_a_value_has_neither_error_nor_tau():
    result = estimate_function(lambda a, b: a / b, [np.ones(50), np.zeros(50)])
    assert math.isinf(result.value)
    assert all(map(math.isnan, (result.error, result.tau, result.ess)))


def test_an_estimate_reads_as_value_and_error():
    assert str(Estimate(1.43374, 0.0012, 0.5, 100)) == "1.4337(12)"


def test_an_estimate_cannot_be_changed():
    with pytest.raises(FrozenInstanceError):
        Estimate(1.0, 0.1, 0.5, 10).value = 2.0


def test_an_axis_of_an_array_is_a_set_of_series(ar1):
    x = ar1(0.7).chains(6, 500, seed=5).reshape(2, 3, 500)
    together = estimate(np.moveaxis(x, 2, 1), axis=1)
    assert together.samples == 500
    for i, j in np.ndindex(2, 3):
        alone = estimate(x[i, j])
        assert (alone.value, alone.error, alone.tau, alone.ess) == (
            together.value[i, j],
            together.error[i, j],
            together.tau[i, j],
            together.ess[i, j],
        )
    assert str(alone) in str(together)


def test_a_function_of_means_takes_one_set_of_series():
    with pytest.raises(ValueError, match="one dimension"):
        estimate_function(lambda a: a, np.ones((1, 2, 2)))
