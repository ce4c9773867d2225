"""Where reweighting is not to be trusted it says so, and what does not fit is refused."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest
from scipy.signal import lfilter

from simcore import reweighting

SITES = 64


def test_far_away_it_warns(ising):
    lattice = reweighting.lattice([ising.chain(2.4, 20_000, np.random.default_rng(16))], [2.4], sites=SITES)
    with pytest.warns(reweighting.ReweightingWarning, match=r"1 of 2 points have fewer than 100 .*temperature 1\.3; "):
        lattice.curves([1.3, 2.4])


def test_histograms_that_do_not_overlap_warn_and_still_solve():
    rng = np.random.default_rng(17)
    couplings = [0.0, 9.0, 500.0]
    x = [rng.normal(-b, 1.0, 1_000) for b in couplings]
    with pytest.warns(reweighting.ReweightingWarning) as caught:
        combined = reweighting.combine({"x": x}, {"x": couplings}, blocks=50)
    told = sorted(str(warning.message) for warning in caught)
    assert [text.split(" hardly")[0] for text in told] == [
        "the histograms at x 0 and 9",
        "the histograms at x 9 and 500",
    ]
    assert np.isfinite(combined.free_energies().f).all()
    assert float(combined.averages({"x": 500.0}).x.item()) == pytest.approx(x[2].mean(), rel=1e-9)


def test_a_short_series_warns():
    noise = np.random.default_rng(18).standard_normal(400)
    slow = lfilter([1.0], [1.0, -0.95], noise)
    with pytest.warns(
        reweighting.ReweightingWarning, match=r"only \d+ autocorrelation times long: the errors come out"
    ):
        reweighting.combine({"x": [slow]}, {"x": [0.0]})


def test_a_cold_simulation_cannot_count_all_states(ising):
    lattice = reweighting.lattice([ising.chain(1.8, 20_000, np.random.default_rng(19))], [1.8], sites=SITES)
    with pytest.warns(reweighting.ReweightingWarning, match="effective samples at infinite temperature"):
        lattice.density_of_states(log_states=SITES * math.log(2.0))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        lattice.density_of_states(log_lowest=math.log(2.0))


X = np.arange(30.0) % 7


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: reweighting.combine({}, {}), "every conjugate variable needs its couplings: there are none"),
        (lambda: reweighting.combine({"E": [X]}, {"M": [0.0]}), "there are E, but couplings of M"),
        (lambda: reweighting.combine({"E": [X]}, {"E": [0.0, 1.0]}), "one entry for each simulation"),
        (lambda: reweighting.combine({"E": [X]}, {"E": [math.inf]}), "simulation 0: the couplings must be finite"),
        (
            lambda: reweighting.combine({"E": [X / 0.0]}, {"E": [1.0]}),
            "simulation 0: E has samples that are not finite",
        ),
        (lambda: reweighting.combine({"E": [X[:0]]}, {"E": [1.0]}), "one dimension and one length"),
        (lambda: reweighting.combine({"E": [X]}, {"E": [1.0]}, {"m": [X[1:]]}), "30 samples, observables 29"),
        (lambda: reweighting.combine({"E": [X]}, {"E": [1.0]}, blocks=31), "blocks: 31, but there must be 2 to 30"),
        (lambda: reweighting.combine({"E": [X]}, {"E": [1.0]}, tau=[0.0]), "tau: one positive number"),
        (lambda: reweighting.combine({"E": [X]}, {"E": [1.0]}).averages({"M": 1.0}), "must be given for E, not M"),
        (lambda: reweighting.lattice([X], [-1.0], sites=4), "temperature: a positive number"),
        (lambda: reweighting.lattice([X], [1.0], sites=4, h=[0.0]), "h: the magnetisation must be given too"),
        (lambda: reweighting.lattice([X], [1.0, 2.0], sites=4), "one entry for each simulation"),
        (lambda: reweighting.lattice([X], [1.0], sites=4).curves(1.0, h=0.0), "h: must be given where"),
        (
            lambda: reweighting.combine({"E": [X]}, {"E": [1.0]}).density_of_states(width=-1.0),
            "width: a positive number",
        ),
        (
            lambda: reweighting.combine({"E": [X]}, {"E": [1.0]}).density_of_states(log_states=1.0, log_lowest=0.0),
            "not both",
        ),
    ],
)
@pytest.mark.filterwarnings("ignore")
def test_what_does_not_fit_is_a_value_error(call, message):
    with pytest.raises(ValueError, match=message):
        call()
