"""The parameters of a data collapse, and their best values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np

from simcore.analysis.scaling.measured import Measured

POWERS = {"beta": -1.0, "gamma": 1.0, "alpha": 1.0}
"""An observable with this exponent grows as L**(power * exponent / nu) at the critical point."""

_GUESSES = {
    "nu": (0.5, 0.63, 0.8, 1.0, 1.3),
    "beta": (0.0, 0.125, 0.33),
    "gamma": (0.5, 1.2, 1.75),
    "alpha": (0.0, 0.4),
}
_TEMPERATURES = 21
_STARTS = 12
_FIRST_STEP = 0.03  # of a parameter, beside its own size; for tc, of the range of temperatures
_PRECISION = 1e-5
_SMALLEST_NU = 0.01  # below, L**(1/nu) overflows


@dataclass(frozen=True)
class Points:
    """The points of all sizes in a row. temperature, log_length: (n,). values, errors: (o, n). begins: (sizes + 1,)."""

    temperature: np.ndarray
    log_length: np.ndarray
    values: np.ndarray
    errors: np.ndarray
    begins: np.ndarray

    @classmethod
    def of(cls, sizes: Sequence[Measured]) -> Points:
        """One size after the other; where each begins, and n."""
        counts = [len(one.temperature) for one in sizes]
        return cls(
            np.concatenate([one.temperature for one in sizes]),
            np.repeat(np.log([one.length for one in sizes]), counts),
            np.concatenate([one.values for one in sizes], axis=1),
            np.concatenate([one.errors for one in sizes], axis=1),
            np.cumsum([0, *counts]),
        )


@dataclass(frozen=True)
class Fit:
    """exponents: of each observable, None for a dimensionless one. fixed: parameters that are not fitted."""

    exponents: tuple[str | None, ...]
    fixed: Mapping[str, float]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """All parameters: tc, nu, and each exponent once."""
        return ("tc", "nu", *dict.fromkeys(name for name in self.exponents if name is not None))

    @cached_property
    def free(self) -> np.ndarray:
        """Which parameters are fitted, (p,)."""
        return np.array([name not in self.fixed for name in self.names])

    def steps(self, points: Points) -> np.ndarray:
        """How far a fit tries each parameter at first, (p,)."""
        return _FIRST_STEP * np.where(np.array(self.names) == "tc", np.ptp(points.temperature), 1.0)

    def scaled(self, parameters: np.ndarray, points: Points) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(T - tc) L**(1/nu), (n,); and the observables over L**a with their errors, (o, n) each."""
        given = dict(zip(self.names, parameters.tolist(), strict=True))
        powers = [0.0 if name is None else POWERS[name] * given[name] / given["nu"] for name in self.exponents]
        scale = np.exp(np.multiply.outer(powers, -points.log_length))
        x = (points.temperature - given["tc"]) * np.exp(points.log_length / given["nu"])
        return x, points.values * scale, points.errors * scale

    def quality(self, parameters: np.ndarray, points: Points) -> float:
        """The quality of the collapse, see `simcore.analysis.scaling.quality`; infinite where nu is not positive."""
        from simcore.analysis.scaling.quality import quality

        if not parameters[1] > _SMALLEST_NU:
            return np.inf
        found = quality(*self.scaled(parameters, points), points.begins)
        return found if np.isfinite(found) else np.inf

    def search(self, points: Points, start: Mapping[str, float]) -> np.ndarray:
        """The best minimum from the best places on a coarse grid of what is neither fixed nor in `start`."""
        low, high = points.temperature.min(), points.temperature.max()
        guesses = {"tc": tuple(np.linspace(low, high, _TEMPERATURES + 2)[1:-1]), **_GUESSES}
        given = {**start, **self.fixed}
        grid = product(*((given[name],) if name in given else guesses[name] for name in self.names))
        places = sorted((np.array(place) for place in grid), key=lambda place: self.quality(place, points))
        minima = [self.minimum(points, place) for place in places[:_STARTS]]
        best = min(minima, key=lambda place: self.quality(place, points))
        return self.minimum(points, best)  # again with a large simplex, which may have shrunk too early

    def minimum(self, points: Points, start: np.ndarray) -> np.ndarray:
        """The parameters of the best collapse, from `start`; J. A. Nelder, R. Mead, Comput. J. 7, 308 (1965)."""
        from scipy.optimize import minimize

        free = self.free
        if not free.any():
            return start
        scale = self.steps(points)[free]

        def parameters(steps: np.ndarray) -> np.ndarray:
            moved = start.copy()
            moved[free] += scale * steps
            return moved

        corners = np.vstack([np.zeros(len(scale)), np.eye(len(scale))])
        options = {"initial_simplex": corners, "xatol": _PRECISION / _FIRST_STEP, "fatol": _PRECISION, "maxiter": 2000}
        found = minimize(
            lambda steps: self.quality(parameters(steps), points), corners[0], method="Nelder-Mead", options=options
        )
        return parameters(found.x)
