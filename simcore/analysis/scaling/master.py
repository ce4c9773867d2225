"""The scaling functions as smooth curves of any shape, and the parameters for which all sizes lie on them.

The quality of local linear fits jumps wherever a point gets other neighbours, by as much as it rises over one error of
a parameter: its minimum is a place to begin, but scatters more than any error drawn around it tells. Here the scaling
functions are Gaussian processes (K. Harada, Phys. Rev. E 84, 056704 (2011)) of `simcore.analysis.scaling.smooth`:
the most probable parameters are those of the largest evidence, which has no such jumps, and counts that a curve is not
known between the points.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simcore.analysis.scaling.fit import Fit, Points
from simcore.analysis.scaling.smooth import (
    COMPRESSIONS,
    SOFT,
    STIFF,
    Coordinate,
    design,
    design_slope,
    evidence,
    priors,
)

_ROUNDS = 4
_STEPS, _FIRST_STEPS = 30, 10
_HALVINGS = 12
_CONVERGED = 1e-4  # of a step, in errors of the parameters
_DIFFERENCE = 0.05  # of the parameters in second derivatives, in errors


@dataclass(frozen=True)
class Look:
    """At some parameters: -ln of the evidence, its gradient, and its second derivatives without those of curves, for
    all parameters (p,), (p, p). residuals: whitened, (o, n). taken: coefficients that the points determine, of all."""

    value: float
    gradient: np.ndarray
    curvature: np.ndarray
    residuals: np.ndarray
    taken: float


@dataclass(frozen=True)
class Function:
    """A scaling function. width: of its coordinate, in halves of the range. prior: of its coefficients."""

    width: float
    coordinate: Coordinate
    prior: np.ndarray

    @classmethod
    def likeliest(
        cls,
        x: np.ndarray,
        y: np.ndarray,
        errors: np.ndarray,
        widths: Sequence[float] = COMPRESSIONS,
        allowed: slice = slice(None),
    ) -> Function:
        """The coordinate, of these widths, and the prior, of those allowed, of the largest evidence, of points (n,)."""
        some = _priors(y)[allowed]
        coordinates = [_coordinate(x, width) for width in widths]
        found = [evidence(design(one.at(x)[0]) / errors[:, None], y / errors, some) for one in coordinates]
        logs = np.array([one.log for one in found])
        a, c = map(int, np.unravel_index(np.argmax(logs), logs.shape))
        return cls(widths[a], coordinates[a], some[c])

    @classmethod
    def stiff(cls, x: np.ndarray, y: np.ndarray) -> Function:
        """One that bends little."""
        return cls(math.inf, _coordinate(x, math.inf), _priors(y)[STIFF])

    @classmethod
    def soft(cls, x: np.ndarray, y: np.ndarray, errors: np.ndarray) -> Function:
        """One that bends as much as it can, in the coordinate that suits the points."""
        return cls.likeliest(x, y, errors, COMPRESSIONS, slice(SOFT, SOFT + 1))


@dataclass(frozen=True)
class Master:
    """functions: one for each observable."""

    fit: Fit
    functions: tuple[Function, ...]

    @classmethod
    def at(cls, parameters: np.ndarray, fit: Fit, points: Points, like: Master | None = None) -> Master:
        """The likeliest functions at these parameters; of the same widths as those of another, if it is given."""
        x, values, errors = fit.scaled(parameters, points)
        widths = [COMPRESSIONS] * len(values) if like is None else [(one.width,) for one in like.functions]
        rows = zip(values, errors, widths, strict=True)
        return cls(fit, tuple(Function.likeliest(x, y, e, some) for y, e, some in rows))

    @classmethod
    def stiff(cls, parameters: np.ndarray, fit: Fit, points: Points) -> Master:
        """Functions that bend little: far from the right parameters the likeliest ones follow what is no curve."""
        x, values, _ = fit.scaled(parameters, points)
        return cls(fit, tuple(Function.stiff(x, y) for y in values))

    @classmethod
    def soft(cls, parameters: np.ndarray, fit: Fit, points: Points) -> Master:
        """Functions that bend as much as there are columns for."""
        x, values, errors = fit.scaled(parameters, points)
        return cls(fit, tuple(Function.soft(x, y, e) for y, e in zip(values, errors, strict=True)))

    def look(self, parameters: np.ndarray, points: Points) -> Look:
        """The evidence of these parameters."""
        x, values, errors = self.fit.scaled(parameters, points)
        dx, dlog = self.fit.derivatives(parameters, points)
        p = len(parameters)
        value, gradient, curvature, residuals, taken = 0.0, np.zeros(p), np.zeros((p, p)), [], 0.0
        for o, function in enumerate(self.functions):
            u, slope = function.coordinate.at(x)
            weight = function.prior / errors[o][:, None]
            columns = design(u) * weight
            moved = design_slope(u) * weight * slope[:, None]
            white = values[o] / errors[o]
            precision = columns.T @ columns
            precision[np.diag_indices_from(precision)] += 1.0
            factor = np.linalg.cholesky(precision)
            solved = np.linalg.solve(precision, np.column_stack([columns.T @ white, columns.T]))
            coefficients, spread = solved[:, 0], solved[:, 1:]
            model = columns @ coefficients
            left = white - model
            value += 0.5 * (left @ left + coefficients @ coefficients) + np.log(np.diag(factor)).sum()
            towards = (moved @ coefficients) * dx + model * dlog[o]  # derivatives of the whitened model, (p, n)
            leverage = np.einsum("ij,ji->i", columns, spread)
            gradient += -towards @ left + dx @ np.einsum("ij,ji->i", moved, spread) + dlog[o] @ leverage
            curvature += towards @ towards.T - (towards @ columns) @ (spread @ towards.T)
            residuals.append(left)
            taken += float(leverage.sum())
        return Look(value, gradient, curvature, np.array(residuals), taken)

    def minimum(self, points: Points, start: np.ndarray, steps: int = _STEPS) -> np.ndarray:
        """The parameters of the largest evidence, from `start`, by damped Newton steps."""
        free, best = self.fit.free, start
        if not free.any():
            return start
        here = self.look(best, points)
        for _ in range(steps):
            step = np.zeros(len(best))
            inner = here.curvature[np.ix_(free, free)]
            step[free] = -np.linalg.lstsq(inner, here.gradient[free], rcond=1e-12)[0]
            closer = self._closer(points, best, here, step)
            if closer is None:
                break
            done = float(step @ here.curvature @ step) < _CONVERGED**2
            best, here = closer
            if done:
                break
        return best

    def covariance(self, parameters: np.ndarray, points: Points) -> np.ndarray:
        """Of all parameters (p, p), from the second derivatives of -ln evidence; zero of those that are fixed."""
        free = np.flatnonzero(self.fit.free)
        found = np.zeros((len(parameters), len(parameters)))
        if not len(free):
            return found
        inside = np.ix_(free, free)
        first = _inverse(self.look(parameters, points).curvature[inside])
        steps = _DIFFERENCE * np.sqrt(np.maximum(np.diag(first), 0.0))
        rows = []
        for k, step in zip(free, steps, strict=True):
            shift = np.zeros(len(parameters))
            shift[k] = step
            high, low = self.look(parameters + shift, points), self.look(parameters - shift, points)
            rows.append((high.gradient - low.gradient)[free] / (2.0 * step))
        second = 0.5 * (np.array(rows) + np.array(rows).T)
        found[inside] = _inverse(second) if np.linalg.eigvalsh(second)[0] > 0.0 else first
        return found

    def _closer(self, points: Points, best: np.ndarray, here: Look, step: np.ndarray) -> tuple[np.ndarray, Look] | None:
        """Along the step, halved until the evidence grows."""
        for _ in range(_HALVINGS):
            tried = best + step
            if self.fit.sensible(tried, points):
                there = self.look(tried, points)
                if there.value < here.value:
                    return tried, there
            step = 0.5 * step
        return None


def fitted(fit: Fit, points: Points, starts: Sequence[np.ndarray]) -> tuple[Master, np.ndarray]:
    """The scaling functions and the parameters of the largest evidence from several starts, chosen in turns."""
    tried = []
    for start in starts:
        for first in (Master.stiff(start, fit, points), Master.at(start, fit, points)):
            best = first.minimum(points, start, _FIRST_STEPS)
            master = Master.at(best, fit, points)
            tried.append((master.look(best, points).value, master, best))
    _, master, best = min(tried, key=lambda one: one[0])
    for _ in range(_ROUNDS):
        before, best = best, master.minimum(points, best)
        master = Master.at(best, fit, points, master)
        if np.allclose(before, best, rtol=1e-6, atol=1e-9):
            break
    return master, master.minimum(points, best)


def reduced(look: Look, fit: Fit) -> tuple[float, float]:
    """chi-square and degrees of freedom."""
    return float(np.sum(look.residuals**2)), look.residuals.size - look.taken - int(fit.free.sum())


def _priors(y: np.ndarray) -> np.ndarray:
    spread = float(y.std()) or float(np.abs(y).max()) or 1.0
    return priors(spread, max(spread, float(np.abs(y).max())))


def _coordinate(x: np.ndarray, width: float) -> Coordinate:
    low, high = float(x.min()), float(x.max())
    return Coordinate.over(low, high, 0.0, width * 0.5 * (high - low))


def _inverse(matrix: np.ndarray) -> np.ndarray:
    return np.linalg.pinv(matrix, rcond=1e-14, hermitian=True)
