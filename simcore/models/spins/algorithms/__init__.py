"""How a sweep changes the spins: one algorithm a file. This list is complete, but for what is mixed into others."""

from collections.abc import Mapping

from simcore.models.spins.algorithms.algorithm import ATTEMPTS, Algorithm, Options, sweep
from simcore.models.spins.algorithms.heat_bath import HeatBath
from simcore.models.spins.algorithms.kawasaki import Kawasaki
from simcore.models.spins.algorithms.metropolis import Metropolis
from simcore.models.spins.algorithms.over_relaxation import OverRelaxed

ALGORITHMS: Mapping[str, type[Algorithm]] = {
    "metropolis": Metropolis,
    "heat_bath": HeatBath,
    "kawasaki": Kawasaki,
}

__all__ = ["ALGORITHMS", "ATTEMPTS", "Algorithm", "Options", "OverRelaxed", "sweep"]
