"""Errors are honest: over many seeds, exact values lie within one of them as often as they should."""

import numpy as np
import pytest
from scipy.stats import binom, chi2

from tests.physics.oracles.exact import averages, states
from tests.physics.oracles.scores import z_scores
from tests.physics.oracles.spins import BruteForce

SEEDS = 200
WITHIN_ONE = 0.6827
TAIL = 0.5e-4  # on each side: a right program fails 1 test in 10,000 for each observable, by either bar


def assert_honest(scores):
    """scores: a dict of z-scores for each seed."""
    low, high = binom.ppf([TAIL, 1 - TAIL], SEEDS, WITHIN_ONE)
    for name in scores[0]:
        z = np.array([run[name] for run in scores])
        assert low <= np.sum(np.abs(z) < 1) <= high, (name, np.sum(np.abs(z) < 1))
        assert chi2.ppf(TAIL, SEEDS) < np.sum(z**2) < chi2.isf(TAIL, SEEDS), (name, np.sum(z**2))


def runs(model, estimate, every):
    for seed in range(SEEDS):
        yield estimate(
            {"model": model, "run": {"seed": seed, "thermalization": 500, "sweeps": 8000, "measure_every": every}}
        )


@pytest.mark.slow
def test_of_discrete_spins(estimate):
    """4 x 4 Ising at T = 2.5, where the magnetisation turns over every hundred sweeps or so."""
    from simcore.models.spins.presets.ising import Ising

    keys = {"lattice": {"shape": [4, 4]}, "parameters": {"temperature": 2.5}}
    geometry = Ising.model_validate(keys).geometry
    exact = averages(BruteForce(geometry, "states", {"nn": lambda a, b, _: -a[0] * b[0]}), states(-1, 1), 2.5)
    assert len(exact) == 6
    assert_honest([z_scores(found, exact) for found in runs({"type": "ising", **keys}, estimate, 2)])


@pytest.mark.slow
def test_of_continuous_spins(estimate):
    """The free field on 8 x 8 with m2 = 1/4: N/2 of energy, Gaussian modes, a width of proposals that is tuned."""
    model = {"type": "phi4", "lattice": {"shape": [8, 8]}, "parameters": {"m2": 0.25, "lam": 0.0}}
    exact = {"energy": 0.5, "specific_heat": 0.5, "magnetization": 0.0, "binder": 0.0}
    assert_honest([z_scores(found, exact) for found in runs(model, estimate, 4)])
