"""How far reweighting reaches: far away second moments are not covered, and it says so; log_z; frozen series.

False alarms of the warning at covered targets: none in 20 data sets of four temperatures each; it is certain far away.
"""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from simcore import reweighting

SITES = 64
COVERED = [2.0, 2.2, 2.6, 3.3]
SIMULATED = [1.8, 2.4, 3.0, 3.6]


def said(lattice, temperature) -> list[str]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        lattice.curves(temperature)
    return [str(one.message) for one in caught]


def test_second_moments_far_away_warn_and_covered_ones_do_not(ising):
    rng = np.random.default_rng(31)
    for _ in range(20):
        lattice = reweighting.lattice([ising.chain(t, 5_000, rng) for t in SIMULATED], SIMULATED, sites=SITES)
        assert said(lattice, COVERED) == []
        assert len(said(lattice, 50.0)) == 1


def test_a_large_effective_sample_size_far_away_is_not_believed():
    """All samples at the edge are alike there: ess 313 of 1,000 and more, and yet the target has none of its own."""
    rng = np.random.default_rng(32)
    x = np.minimum(rng.normal(0.0, 1.0, 20_000), 2.0)
    combined = reweighting.combine({"x": [x]}, {"x": [0.0]}, tau=[0.5])
    with pytest.warns(reweighting.ReweightingWarning, match=r"1 of 1 points lie so far .* second moments, such as"):
        found = combined.averages({"x": -4.0})
    assert found.ess.item() > 100.0
    assert found.expected_ess.item() < 100.0


def test_the_expected_size_is_that_of_normal_histograms():
    """n exp(-d**2) at d standard deviations, here 1."""
    x = np.random.default_rng(33).standard_normal(200_000)
    found = reweighting.combine({"x": [x]}, {"x": [0.0]}, tau=[0.5]).averages({"x": [0.0, 1.0]})
    assert found.expected_ess.values == pytest.approx([200_000, 200_000 * np.exp(-1.0)], rel=0.03)
    assert found.ess.values == pytest.approx(found.expected_ess.values, rel=0.05)


@pytest.mark.parametrize("order", [[1.8, 2.4, 3.0], [3.0, 1.8, 2.4], [2.4, 3.0, 1.8]])
def test_log_z_is_relative_to_the_first_simulation_as_given(ising, order):
    rng = np.random.default_rng(34)
    lattice = reweighting.lattice([ising.chain(t, 20_000, rng) for t in order], order, sites=SITES)
    found = lattice.curves([2.0, 2.7, order[0]])
    truth = np.array([ising.log_z(t) - ising.log_z(order[0]) for t in (2.0, 2.7, order[0])])
    assert np.abs((found.log_z - truth)[:2] / found.log_z_error[:2]).max() < 4.5
    assert found.log_z.values[2] == pytest.approx(0.0, abs=1e-9)
    assert found.log_z_error.values[2] == pytest.approx(0.0, abs=1e-9)


def test_a_frozen_series_has_no_known_error():
    frozen = np.full(2_000, -2.0)
    lattice = reweighting.lattice([frozen], [0.2], sites=SITES, magnetization=[np.ones(2_000)])
    with pytest.warns(reweighting.ReweightingWarning, match="energy, specific_heat, .*so the error is not known"):
        found = lattice.curves([0.2, 0.25])
    assert found.energy.values == pytest.approx([-2.0, -2.0])
    for name in ("energy", "specific_heat", "magnetization", "abs_magnetization", "susceptibility", "binder"):
        assert np.isnan(found[f"{name}_error"].values).all(), name
    with pytest.warns(reweighting.ReweightingWarning, match="x: constant in the samples that count there"):
        assert np.isnan(reweighting.combine({"x": [frozen]}, {"x": [1.0]}).averages({"x": 1.1}).x_error.item())


def test_a_frozen_observable_beside_one_that_changes_has_no_known_error_of_its_own(ising):
    e = ising.chain(2.4, 5_000, np.random.default_rng(35))
    lattice = reweighting.lattice([e], [2.4], sites=SITES, observables={"other": [np.full(5_000, 3.0)]})
    with pytest.warns(reweighting.ReweightingWarning, match="^other: constant"):
        found = lattice.curves(2.4)
    assert np.isnan(found.other_error.item())
    assert found.energy_error.item() > 0.0
