"""New values for the places of a ladder, at which all neighbours exchange their states with equal probability.

If energies are normally distributed, neighbours whose inverse temperatures differ by d exchange with the probability
erfc(d s/2), where s is the standard deviation of the energy (C. Predescu, M. Predescu, C. V. Ciobanu, J. Chem. Phys.
120, 4119 (2004)). So x = 2 erfc^-1(p) is a distance along the ladder: distances add up, and places that are equally far
from each other exchange alike. Each round measures p of all pairs and moves the places between the two ends, which
stay. (K. Hukushima, Phys. Rev. E 60, 3606 (1999) has the same aim.)
"""

from __future__ import annotations

import math

import numpy as np

from simcore.config.generated import rounded
from simcore.runs.experiment import Experiment
from simcore.runs.tempering import PARAMETER

LEAST, MOST = 1e-6, 1.0 - 1e-4
"""The range of the probabilities: a pair that was never seen to exchange, and one that always does."""


def adapted_values(experiment: Experiment, chances: np.ndarray) -> np.ndarray:
    """The values of the next round, float64, (places, parameters), to 12 digits.

    chances: float64, (places, 2): of each pair the sum of the probabilities to exchange, and how many these are.
    """
    tempering = experiment.tempering
    assert tempering is not None
    values = experiment.ladder_values
    sums, counts = chances[:-1].T
    if not counts.all():
        return values
    distances = np.array([distance(p) for p in np.clip(sums / counts, LEAST, MOST).tolist()])
    along = np.concatenate(([0.0], np.cumsum(distances)))
    wanted = np.linspace(0.0, along[-1], len(along))[1:-1]
    found = values.copy()
    for column, path in enumerate(tempering.ladder):
        x = 1.0 / values[:, column] if path == PARAMETER else values[:, column]
        y = np.interp(wanted, along, x)
        found[1:-1, column] = 1.0 / y if path == PARAMETER else y
    return np.array([[rounded(value) for value in place] for place in found])


def distance(probability: float) -> float:
    """2 erfc^-1 of a probability to exchange."""
    from statistics import NormalDist  # not at the start of every run

    return -math.sqrt(2.0) * NormalDist().inv_cdf(0.5 * probability)
