"""Schemes in time, one a file; the visible list, to which installed packages may add."""

from simcore.models.grid.schemes.euler import Euler
from simcore.models.grid.schemes.euler_maruyama import EulerMaruyama
from simcore.models.grid.schemes.heun_stratonovich import HeunStratonovich
from simcore.models.grid.schemes.imex import Imex, Imex1, Imex2, Imex3
from simcore.models.grid.schemes.leapfrog import Leapfrog
from simcore.models.grid.schemes.rk2 import RK2
from simcore.models.grid.schemes.rk4 import RK4
from simcore.models.grid.schemes.rk45 import RK45
from simcore.models.grid.schemes.scheme import Scheme
from simcore.models.grid.schemes.ssprk3 import SSPRK3
from simcore.plugins import Registry

_OWN: dict[str, type[Scheme]] = {
    "euler": Euler,
    "rk2": RK2,
    "ssprk3": SSPRK3,
    "rk4": RK4,
    "rk45": RK45,
    "euler_maruyama": EulerMaruyama,
    "heun_stratonovich": HeunStratonovich,
    "leapfrog": Leapfrog,
    "imex": Imex2,
    "imex1": Imex1,
    "imex2": Imex2,
    "imex3": Imex3,
}
SCHEMES: Registry[type[Scheme]] = Registry("simcore.schemes", _OWN, Scheme)

__all__ = ["SCHEMES", "Imex", "Scheme"]
