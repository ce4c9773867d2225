"""How a sweep changes the spins: one algorithm a file. Installed packages may add to the list."""

from simcore.models.spins.algorithms.algorithm import ATTEMPTS, Algorithm, Options, sweep
from simcore.models.spins.algorithms.heat_bath import HeatBath
from simcore.models.spins.algorithms.in_turn import InTurn
from simcore.models.spins.algorithms.kawasaki import Kawasaki
from simcore.models.spins.algorithms.metropolis import Metropolis
from simcore.models.spins.algorithms.n_fold import NFold
from simcore.models.spins.algorithms.over_relaxation import OverRelaxation
from simcore.models.spins.algorithms.packed import Packed, fits
from simcore.models.spins.algorithms.swendsen_wang import SwendsenWang
from simcore.models.spins.algorithms.wang_landau import WangLandau
from simcore.models.spins.algorithms.wolff import Wolff
from simcore.plugins import Registry

_OWN: dict[str, type[Algorithm]] = {
    "metropolis": Metropolis,
    "heat_bath": HeatBath,
    "kawasaki": Kawasaki,
    "over_relaxation": OverRelaxation,
    "wolff": Wolff,
    "swendsen_wang": SwendsenWang,
    "n_fold": NFold,
    "wang_landau": WangLandau,
}
ALGORITHMS: Registry[type[Algorithm]] = Registry("simcore.algorithms", _OWN, Algorithm)

__all__ = ["ALGORITHMS", "ATTEMPTS", "Algorithm", "InTurn", "Options", "OverRelaxation", "Packed", "fits", "sweep"]
