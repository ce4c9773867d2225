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


@dataclass(frozen=True)
class MA1:
    """x(t) = noise(t) + theta noise(t - 1): rho(1) = theta / (1 + theta**2), and nothing beyond."""

    theta: float

    @property
    def tau(self) -> float:
        return 0.5 + self.theta / (1.0 + self.theta**2)

    def chains(self, number: int, n: int, seed: int) -> np.ndarray:
        noise = np.random.default_rng(seed).standard_normal((number, n + 1))
        return noise[:, 1:] + self.theta * noise[:, :-1]


@dataclass(frozen=True)
class TwoScales:
    """The sum of a fast and a slow AR(1) series, each with half of the variance: rho(t) is the mean of theirs."""

    fast: AR1
    slow: AR1

    @property
    def tau(self) -> float:
        return 0.5 * (self.fast.tau + self.slow.tau)

    def chains(self, number: int, n: int, seed: int) -> np.ndarray:
        return self.fast.chains(number, n, seed) + self.slow.chains(number, n, seed + 1)


@dataclass(frozen=True)
class Telegraph:
    """+1 or -1, changing sign with probability `flip` at each step: rho(t) = (1 - 2 flip)**t, and not Gaussian."""

    flip: float

    @property
    def tau(self) -> float:
        return AR1(1.0 - 2.0 * self.flip).tau

    def chains(self, number: int, n: int, seed: int) -> np.ndarray:
        draws = np.random.default_rng(seed).random((number, n))
        signs = np.where(draws < self.flip, -1.0, 1.0)
        signs[:, 0] = np.where(draws[:, 0] < 0.5, -1.0, 1.0)
        return np.cumprod(signs, axis=1)


PROCESSES = {
    "MA(1)": MA1(0.8),
    "anticorrelated MA(1)": MA1(-0.3),
    "two scales": TwoScales(AR1(0.5), AR1(0.95)),
    "telegraph": Telegraph(0.05),
}


@pytest.fixture(params=PROCESSES, scope="session")
def process(request):
    """Processes other than AR(1), all of mean 0, with exactly known tau."""
    return PROCESSES[request.param]


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
