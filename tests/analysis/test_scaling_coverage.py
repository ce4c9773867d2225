"""Errors of crossings and collapses over many data sets: fair in windows from narrow to wide, and without bias.

Coverage is held within 4.5 binomial standard deviations (false alarms 7e-6 a number), the mean of z within 0.35 for all
windows of a function together, beside 4.5 of its own standard errors.
"""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest
from scipy.special import erfc

from simcore import scaling
from simcore.analysis.scaling.fit import Fit, Points
from simcore.analysis.scaling.master import fitted
from simcore.analysis.scaling.measured import measured
from simcore.analysis.scaling.parameters import parameter_errors

pytestmark = pytest.mark.slow

TC, NU, GAMMA = 2.269, 1.0, 1.75
BOUND, BIAS = 4.5, 0.35
FUNCTIONS = {
    "tanh": lambda x: 0.32 * (1.0 - np.tanh(0.35 * x - 0.9)),
    "logistic": lambda x: 0.6 / (1.0 + np.exp(0.2 * x)),
    "one-sided": lambda x: 2.0 / 3.0 / (1.0 + np.exp(0.9 * (x - 1.0))) ** 0.6,
    "arctan": lambda x: 0.33 - 0.2 * np.arctan(x / 1.5),
    "erfc": lambda x: 0.33 * erfc(0.25 * x - 0.3),
}
PEAKS = {
    "tanh": lambda x: np.exp(-(((x - 1.0) / 5.0) ** 2)),
    "logistic": lambda x: 1.0 / np.cosh(0.3 * (x - 1.0)),
    "one-sided": lambda x: 1.0 / (1.0 + ((x - 1.0) / 3.0) ** 2),
    "arctan": lambda x: 1.0 / (1.0 + (x / 4.0) ** 2) ** 0.875,
    "erfc": lambda x: np.exp(-0.08 * (x - 1.0) ** 2) + 0.3 / (1.0 + (x / 5.0) ** 2),
}


def fair(z: np.ndarray) -> None:
    """Two thirds within 1, 95 % within 2, no bias: of independent z (n,)."""
    assert np.isfinite(z).all()
    for reach in (1.0, 2.0):
        share = math.erf(reach / math.sqrt(2.0))
        width = math.sqrt(share * (1.0 - share) / len(z))
        assert abs(np.mean(np.abs(z) < reach) - share) < BOUND * width, (reach, np.mean(np.abs(z) < reach))
    assert abs(z.mean()) < max(BIAS, BOUND / math.sqrt(len(z)))
    assert 0.75 < z.std() < 1.25


WINDOWS = {"narrow": (0.05, 11), "middle": (0.2, 21), "wide": (0.5, 41)}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_errors_of_crossings_are_fair(name):
    """100 seeds in each of three windows; warnings in at most 1 % of them."""
    rng = np.random.default_rng(20)
    everything, told = [], 0
    for half, count in WINDOWS.values():
        T = np.linspace(TC - 0.9 * half, TC + 1.1 * half, count)
        truth = np.array([FUNCTIONS[name]((T - TC) * length) for length in (32, 64)])
        errors = np.full(truth.shape, 0.003)
        z = []
        for _ in range(100):
            data = scaling.table((32, 64), T, {"binder": (truth + errors * rng.standard_normal(truth.shape), errors)})
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                found = scaling.crossings(data, draws=100)
            told += len(caught)
            z.append(((found.crossing - TC) / found.crossing_error).item())
        everything.append(z)
        assert np.mean(np.abs(z) < 2.0) > 0.954 - BOUND * 0.021
    fair(np.concatenate(everything))
    assert told <= 3


COLLAPSES = {
    "narrow": ((16, 32, 64), np.linspace(TC - 0.125, TC + 0.125, 41)),
    "wide": ((16, 32, 64, 128), np.linspace(2.0, 2.54, 41)),
    "six temperatures": ((16, 32, 64), np.linspace(2.2, 2.34, 6)),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_errors_of_a_collapse_are_fair(name):
    """33 seeds in each of three windows, two observables."""
    rng = np.random.default_rng(21)
    fit = Fit((None, "gamma"), {})
    truth = np.array([TC, NU, GAMMA])
    everything = []
    for sizes, T in COLLAPSES.values():
        L = np.array(sizes, dtype=float)[:, None]
        x = (T - TC) * L ** (1.0 / NU)
        curves = {"binder": FUNCTIONS[name](x), "susceptibility": L ** (GAMMA / NU) * PEAKS[name](x)}
        for _ in range(33):
            noisy = {}
            for key, y in curves.items():
                errors = np.broadcast_to(0.005 * y.max(axis=1, keepdims=True), y.shape)
                noisy[key] = (y + errors * rng.standard_normal(y.shape), errors)
            data = measured(scaling.table(sizes, T, noisy), list(noisy), "size", "temperature")
            master, best = fitted(fit, Points.of(data).centred(), [truth])
            everything.append((best - truth) / parameter_errors(master, best, data))
    for z in np.array(everything).T:
        fair(z)
