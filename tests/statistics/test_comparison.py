"""z-scores of two results."""

from __future__ import annotations

import math

import numpy as np
import pytest
import xarray as xr

from simcore.statistics import Estimate, estimate, z_score

BOUND = 4.5


def test_a_z_score_is_the_difference_over_both_errors():
    a, b = Estimate(1.0, 0.3, 0.5, 100), Estimate(2.0, 0.4, 0.5, 100)
    assert z_score(a, b) == z_score((1.0, 0.3), (2.0, 0.4)) == pytest.approx(-2.0, rel=1e-15)
    assert z_score(a, 0.4) == pytest.approx(2.0, rel=1e-15)


@pytest.mark.filterwarnings("error")
def test_exact_numbers_agree_or_are_infinitely_apart():
    assert z_score((1.0, 0.0), 1.0) == 0.0
    assert z_score((1.0, 0.0), 2.0) == -math.inf
    assert math.isnan(z_score((1.0, math.nan), 1.0))


def test_arrays_broadcast(ar1):
    found = estimate(ar1(0.5).chains(3, 1_000, seed=1))
    assert np.array_equal(z_score(found, 0.0), found.value / found.error)


def test_z_scores_of_runs_that_agree_are_normal(ar1, coverage_z):
    """400 pairs, one series half as long and slower than the other: within one in 68.27 %."""
    fast, slow = ar1(0.3).chains(400, 4_000, seed=2), ar1(0.8).chains(400, 2_000, seed=3)
    assert abs(coverage_z(z_score(estimate(fast), estimate(slow)), np.ones(400))) < BOUND


def test_estimates_of_datasets_are_compared_name_by_name():
    one = xr.Dataset(
        {"m": ("T", [1.0, 2.0]), "m_error": ("T", [0.3, 0.3]), "only": 1.0, "only_error": 1.0}, {"T": [1, 2]}
    )
    two = xr.Dataset({"m": ("T", [1.0, 9.0]), "m_error": ("T", [0.4, 0.4])}, {"T": [2, 3]})
    z = z_score(one, two)
    assert list(z.data_vars) == ["m"]
    assert list(z["T"].values) == [2]
    assert z["m"].item() == pytest.approx(2.0, rel=1e-15)
