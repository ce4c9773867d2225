"""Each caution is given if, and only if, its reason is there."""

from __future__ import annotations

import doctest
import sys

import numpy as np
import pytest

from simcore.statistics import cautions, effective_sample_size, estimate_function, jackknife
from simcore.statistics.cautions import ORDER, Caution, as_mask, in_order, of_mask


def found(series: np.ndarray, **what: bool) -> tuple[Caution, ...]:
    return cautions.cautions(series, effective_sample_size(series), **what)


@pytest.fixture
def noise() -> np.ndarray:
    return np.random.default_rng(1).normal(size=2000)


def test_a_good_series_has_none(noise):
    assert found(noise) == found(noise, odd=True) == found(noise, in_time=True) == ()


def test_a_series_that_never_changed_is_marked_unless_it_may_be_constant():
    assert found(np.ones(100)) == (Caution.NEVER_CHANGED,)
    assert found(np.ones(100), may_be_constant=True) == ()


def test_a_series_that_changed_a_few_times_is_marked():
    x = np.zeros(1000)
    x[[100, 300, 500, 700]] = 1.0  # eight changes
    assert Caution.FEW_CHANGES in found(x)
    x[900] = 1.0  # ten
    assert Caution.FEW_CHANGES not in found(x)


def test_few_independent_samples_are_marked(noise):
    assert Caution.FEW_SAMPLES in found(noise[:40])
    assert Caution.FEW_SAMPLES in found(np.repeat(noise[:40], 50))
    assert Caution.FEW_SAMPLES not in found(noise[:400])


def test_signs_count_only_for_what_has_a_symmetry(noise):
    magnetized = np.abs(noise) + 0.1
    assert found(magnetized) == ()
    assert found(magnetized, odd=True) == (Caution.NO_SIGN_CHANGE,)
    magnetized[1000:] *= -1.0
    assert Caution.FEW_SIGN_CHANGES in found(magnetized, odd=True)
    assert found(np.zeros(100), odd=True, may_be_constant=True) == ()


def test_a_drift_means_another_thing_in_time(noise):
    drifting = noise + 3.0 * np.exp(-np.arange(2000) / 500.0)
    assert Caution.NOT_THERMALIZED in found(drifting)
    assert found(drifting, in_time=True) == (Caution.NOT_STATIONARY,)


def test_a_short_series_in_time_that_only_rises_is_a_transient():
    assert found(np.array([1.0, 2.0, 4.0, 7.0]), in_time=True) == (Caution.NOT_STATIONARY,)
    assert Caution.NOT_STATIONARY not in found(np.array([1.0, 2.0, 1.5, 1.7]), in_time=True)


def test_no_samples_and_what_is_not_finite_come_alone():
    assert found(np.empty(0)) == (Caution.NO_SAMPLES,)
    assert found(np.array([1.0, np.nan, 2.0])) == (Caution.NOT_FINITE,)


def test_masks_and_words_are_the_same():
    for mask in range(1 << len(ORDER)):
        assert as_mask(of_mask(mask)) == mask
    assert in_order(["few samples", "never changed", "few samples"]) == (Caution.NEVER_CHANGED, Caution.FEW_SAMPLES)
    assert all(caution.meaning for caution in ORDER)


def test_false_alarms_are_rare():
    """Of 2,000 series of 400 independent samples: 2.9 standard deviations of a count with probability 1e-3."""
    series = np.random.default_rng(2).normal(size=(2000, 400))
    alarms = sum(bool(found(x)) for x in series)
    assert alarms <= 2 + 2.9 * np.sqrt(2.0)


@pytest.mark.parametrize("phi", [0.0, 0.9])
def test_the_bias_of_a_variance_is_removed(ar1, phi):
    """1,000 chains of about 50 independent samples: the plain variance is too small by 1/ess, which is what is added.

    The false-alarm rate is 5e-4 for each phi. Ten blocks of five autocorrelation times leave a tenth of the bias.
    """
    n = 50 if phi == 0.0 else 1000
    chains = ar1(phi).chains(1000, n, seed=9)
    bias = -ar1(phi).variance_of_mean(n)

    def variance(m2, m):
        return m2 - m**2

    plain = np.array([jackknife(variance, [x**2, x])[0] for x in chains])
    corrected = np.array([estimate_function(variance, [x**2, x], bias_corrected=True).value for x in chains])
    added = corrected - plain
    error = added.std() / np.sqrt(len(chains))
    assert abs(added.mean() + bias) < 3.5 * error + (0.1 * abs(bias) if phi else 0.0)
    assert abs(bias) > 10.0 * error  # else nothing would be seen


@pytest.mark.parametrize("module", [cautions, sys.modules[estimate_function.__module__]])
def test_the_examples_run(module):
    assert doctest.testmod(module, extraglobs={"np": np}).failed == 0
