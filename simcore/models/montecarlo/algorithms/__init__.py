"""How a sweep changes the spins: one algorithm a file. This list is complete."""

from collections.abc import Mapping

from simcore.models.montecarlo.algorithms.algorithm import ATTEMPTS, Algorithm, Options, sweep
from simcore.models.montecarlo.algorithms.metropolis import Metropolis

ALGORITHMS: Mapping[str, type[Algorithm]] = {
    "metropolis": Metropolis,
}

__all__ = ["ALGORITHMS", "ATTEMPTS", "Algorithm", "Options", "sweep"]
