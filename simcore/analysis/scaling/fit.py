"""The parameters of a data collapse, and their best values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product

import numpy as np

from simcore.analysis.scaling.measured import Measured
from simcore.errors import UsageError

POWERS = {"beta": -1.0, "gamma": 1.0, "alpha": 1.0}
"""An observable with this exponent grows as L**(power * exponent / nu) at the critical point."""

_GUESSES = {
    "nu": (0.5, 0.63, 0.8, 1.0, 1.3),
    "beta": (0.0, 0.125, 0.33),
    "gamma": (0.5, 1.2, 1.75),
    "alpha": (0.0, 0.4),
}
_TEMPERATURES = 21
_STARTS = 4
_APART = 0.1  # of the range of temperatures, between two starts with the same nu
_SMALLEST_NU = 0.01  # below, L**(1/nu) overflows


@dataclass(frozen=True)
class Points:
    """The points of all sizes in a row. temperature: (n,). values, errors: (o, n). begins: (sizes + 1,).

    log_length, log_stretch: ln L, (n,), in the factor of the observables and in that of the temperatures.
    """

    temperature: np.ndarray
    log_length: np.ndarray
    log_stretch: np.ndarray
    values: np.ndarray
    errors: np.ndarray
    begins: np.ndarray

    @classmethod
    def of(cls, sizes: Sequence[Measured]) -> Points:
        """One size after the other; where each begins, and n."""
        counts = [len(one.temperature) for one in sizes]
        log_length = np.repeat(np.log([one.length for one in sizes]), counts)
        return cls(
            np.concatenate([one.temperature for one in sizes]),
            log_length,
            log_length,
            np.concatenate([one.values for one in sizes], axis=1),
            np.concatenate([one.errors for one in sizes], axis=1),
            np.cumsum([0, *counts]),
        )

    def with_values(self, values: np.ndarray) -> Points:
        """The same points with other values, (o, n)."""
        return replace(self, values=values)

    def centred(self) -> Points:
        """With lengths in units of one of the sizes, which changes neither tc nor an exponent.

        What is assumed of a scaling function, its amplitude and how fast it may bend, then holds for that size, and
        does not favour exponents by which it would be narrower: for the amplitude at the geometric mean of all points,
        for the bending at the largest size, which alone reaches far from zero.
        """
        middle, largest = self.log_length.mean(), self.log_length.max()
        return replace(self, log_length=self.log_length - middle, log_stretch=self.log_stretch - largest)


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

    def scaled(self, parameters: np.ndarray, points: Points) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(T - tc) L**(1/nu), (n,); and the observables over L**a with their errors, (o, n) each."""
        given = dict(zip(self.names, parameters.tolist(), strict=True))
        powers = [0.0 if name is None else POWERS[name] * given[name] / given["nu"] for name in self.exponents]
        scale = np.exp(np.multiply.outer(powers, -points.log_length))
        x = (points.temperature - given["tc"]) * np.exp(points.log_stretch / given["nu"])
        return x, points.values * scale, points.errors * scale

    def derivatives(self, parameters: np.ndarray, points: Points) -> tuple[np.ndarray, np.ndarray]:
        """Of (T - tc) L**(1/nu) by each parameter, (p, n); and of ln L**a of each observable, (o, p, n)."""
        given = dict(zip(self.names, parameters.tolist(), strict=True))
        nu, log_length = given["nu"], points.log_length
        stretch = np.exp(points.log_stretch / nu)
        dx = np.zeros((len(parameters), len(log_length)))
        dx[0], dx[1] = -stretch, -(points.temperature - given["tc"]) * stretch * points.log_stretch / nu**2
        dlog = np.zeros((len(self.exponents), *dx.shape))
        for o, name in enumerate(self.exponents):
            if name is not None:
                dlog[o, 1] = -POWERS[name] * given[name] / nu**2 * log_length
                dlog[o, self.names.index(name)] = POWERS[name] / nu * log_length
        return dx, dlog

    def sensible(self, parameters: np.ndarray, points: Points) -> bool:
        """Whether tc lies among the temperatures and nu is positive."""
        inside = points.temperature.min() <= parameters[0] <= points.temperature.max()
        return bool(parameters[1] > _SMALLEST_NU and np.isfinite(parameters).all() and inside)

    def quality(self, parameters: np.ndarray, points: Points) -> float:
        """The quality of the collapse, see `simcore.analysis.scaling.quality`; infinite if nu is not positive."""
        from simcore.analysis.scaling.quality import quality

        if not parameters[1] > _SMALLEST_NU:
            return np.inf
        found = quality(*self.scaled(parameters, points), points.begins)
        return found if np.isfinite(found) else np.inf

    def search(self, points: Points, start: Mapping[str, float]) -> list[np.ndarray]:
        """The best places of the quality on a coarse grid of what is neither fixed nor in `start`, apart from others.

        Raises UsageError if no place has half of the points within the range of another size.
        """
        low, high = points.temperature.min(), points.temperature.max()
        guesses = {"tc": tuple(np.linspace(low, high, _TEMPERATURES + 2)[1:-1]), **_GUESSES}
        given = {**start, **self.fixed}
        grid = np.array(list(product(*((given[n],) if n in given else guesses[n] for n in self.names))), dtype=float)
        found = np.array([self.quality(place, points) for place in grid])
        if not np.isfinite(found).any():
            raise UsageError("no collapse: fewer than half of the points lie within the range of another size")
        chosen: list[np.ndarray] = []
        for place in grid[np.argsort(found, kind="stable")][: np.count_nonzero(np.isfinite(found))]:
            if all(abs(one[1] - place[1]) > 0.0 or abs(one[0] - place[0]) > _APART * (high - low) for one in chosen):
                chosen.append(place)
            if len(chosen) == _STARTS:
                break
        return chosen
