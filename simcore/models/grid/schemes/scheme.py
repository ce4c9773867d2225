"""What a scheme is: work arrays, phases, and how a mode grows in one step."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

import numpy as np

from simcore.models.grid.kernels import Kernels, Step, Work
from simcore.models.grid.system import System
from simcore.spec.phases import Adaptive

AT_ONCE = 5e-4  # of |z|: rk2 grows by z^4/8 on the imaginary axis, which rounding hides below 2e-4
FEW = 4


@dataclass(frozen=True)
class Tolerance:
    """Of an adaptive scheme: the error of a step is at most absolute + relative |u|, cell by cell."""

    relative: float = 1e-6
    absolute: float = 1e-9


@dataclass(frozen=True)
class Scheme(ABC):
    """A way to make one step of a system.

    growth: the coefficients of R(z) = 1 + z + ..., by which a mode of rate lambda grows in a step, z = lambda dt;
    empty if no step is too long. noisy: whether it takes noise; conserving: conserved noise, too. takes_firsts,
    takes_seconds: whether it takes equations of first, of second order in time; takes_velocities: whether equations
    may name the velocities of the latter. lag: how many steps these velocities are behind. stages: whether rates are
    taken at other times than that at the beginning of a step, too. adapts: whether steps differ in length (`adaptive`).
    """

    growth: ClassVar[tuple[float, ...]] = ()
    noisy: ClassVar[bool] = False
    conserving: ClassVar[bool] = False
    lag: ClassVar[float] = 0.0
    stages: ClassVar[bool] = True
    takes_firsts: ClassVar[bool] = True
    takes_seconds: ClassVar[bool] = True
    takes_velocities: ClassVar[bool] = True
    adapts: ClassVar[bool] = False

    tolerance: Tolerance = Tolerance()

    def work(self, system: System) -> Sequence[Work]:
        """The arrays that it needs beside the state."""
        return ()

    @abstractmethod
    def phases(self, kernels: Kernels) -> Sequence[Step]:
        """One step, in order."""

    def adaptive(self, kernels: Kernels) -> Adaptive | None:
        """How the length of a step is chosen; None if it is fixed."""
        return None

    def multiplier(self, z: np.ndarray) -> np.ndarray:
        """|R(z)|."""
        return np.abs(np.polyval(self.growth[::-1], z))

    def reach(self, rates: np.ndarray) -> float | None:
        """The largest dt with |R(lambda dt)| <= 1 for all complex rates lambda, by bisection; None without any.

        The end of the first stretch of each ray is looked for: R may come back below 1 further out. It is 0 if R
        leaves the unit circle at once (euler, for waves that do not fade).
        """
        rates = rates[rates != 0.0]
        if not self.growth or rates.size == 0:
            return None
        sizes = np.abs(rates)
        directions, places = np.unique(rates / sizes, return_inverse=True)
        known = len(directions) <= FEW
        low = [_end_of_ray(self, ray) for ray in directions.tolist()] if known else self.ends_of_rays(directions)
        low = np.asarray(low)[places]
        return float((np.where(low > AT_ONCE, low, 0.0) / sizes).min())

    def ends_of_rays(self, directions: np.ndarray) -> np.ndarray:
        """The distance from 0 at which R first leaves the unit circle along each ray."""
        radii = np.linspace(0.0, 4.0, 801)[1:, None]
        outside = self.multiplier(radii * directions) > 1.0 + 1e-12
        first = np.where(outside.any(axis=0), outside.argmax(axis=0), len(radii) - 1)
        high = radii[first, 0]
        low = np.where(first > 0, radii[first - 1, 0], 0.0)
        for _ in range(60):
            middle = 0.5 * (low + high)
            grows = self.multiplier(middle * directions) > 1.0
            low, high = np.where(grows, low, middle), np.where(grows, middle, high)
        return low


@lru_cache(maxsize=256)  # diffusion has one ray, whatever its strength
def _end_of_ray(scheme: Scheme, direction: complex) -> float:
    return float(scheme.ends_of_rays(np.array([direction]))[0])


def named(role: str, variables: Sequence[str]) -> dict[str, str]:
    """The work array of that role for each variable."""
    return {variable: f"{role}_{variable}" for variable in variables}


def arrays(role: str, system: System, *, sampled: bool = False) -> list[Work]:
    """One work array of that role for each variable."""
    return [Work(name, variable, sampled) for variable, name in named(role, system.variables).items()]
