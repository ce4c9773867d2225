"""Series of known autocorrelation."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pytest
from scipy.signal import lfilter


@dataclass(frozen=True)
class AR1:
    """x(t + 1) = phi x(t) + noise, stationary, mean 0, variance 1: rho(t) = phi**t, and all that follows exactly."""

    phi: float

    @property
    def tau(self) -> float:
        return 0.5 * (1.0 + self.phi) / (1.0 - self.phi)

    def variance_of_mean(self, n: int) -> float:
        lags = np.arange(1, n)
        return (1.0 + 2.0 * np.sum((1.0 - lags / n) * self.phi**lags)) / n

    def chains(self, number: int, n: int, seed: int) -> np.ndarray:
        """Independent realisations, shape (number, n)."""
        noise = np.random.default_rng(seed).standard_normal((number, n))
        noise[:, 1:] *= math.sqrt(1.0 - self.phi**2)
        return lfilter([1.0], [1.0, -self.phi], noise, axis=1)


@pytest.fixture(scope="session")
def ar1():
    return AR1


@pytest.fixture(scope="session")
def z_score():
    """How many standard errors the mean of independent numbers is off an exact value."""

    def score(numbers: np.ndarray, exact: float) -> float:
        return float((np.mean(numbers) - exact) / (np.std(numbers, ddof=1) / math.sqrt(len(numbers))))

    return score


@pytest.fixture(scope="session")
def coverage_z():
    """How far the share of |deviation| < error is off the normal 68.27 %, in binomial standard deviations."""

    def score(deviations: np.ndarray, errors: np.ndarray) -> float:
        share, n = math.erf(math.sqrt(0.5)), len(errors)
        return float((np.sum(np.abs(deviations) < errors) - n * share) / math.sqrt(n * share * (1.0 - share)))

    return score
