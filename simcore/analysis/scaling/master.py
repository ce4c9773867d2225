"""The scaling functions as polynomials, and the parameters for which all points lie on them by least squares.

The quality of local linear fits jumps wherever a point gets other neighbours, by as much as it rises over one error of
a parameter: its minimum is a place to begin, but scatters more than any error drawn around it tells. The sum of squares
about a smooth function has no such jumps.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.polynomial.chebyshev import chebvander

from simcore.analysis.scaling.fit import Fit, Points

HIGHEST_DEGREE = 10


@dataclass(frozen=True)
class Master:
    """degrees: of the polynomial in (T - tc) L**(1/nu) of each observable."""

    fit: Fit
    degrees: tuple[int, ...]

    @classmethod
    def at(cls, parameters: np.ndarray, fit: Fit, points: Points) -> Master:
        """For each observable one more than the degree with the least AICc at these parameters, at most 10."""
        n = len(points.temperature)

        def criterion(observable: int, degree: int) -> float:
            p = degree + 1
            chi2 = float(np.sum(_residuals(fit, parameters, points, observable, degree) ** 2))
            return chi2 + 2.0 * p + 2.0 * p * (p + 1.0) / (n - p - 1.0)

        candidates = range(1, max(2, min(HIGHEST_DEGREE, n - 3)))
        best = (min(candidates, key=lambda degree: criterion(o, degree)) for o in range(len(points.values)))
        return cls(fit, tuple(1 + degree for degree in best))

    def minimum(self, points: Points, start: np.ndarray) -> np.ndarray:
        """The parameters with the least sum of squares, from `start`; the coefficients are eliminated in each step."""
        from scipy.optimize import least_squares

        free = self.fit.free
        if not free.any():
            return start

        def parameters(values: np.ndarray) -> np.ndarray:
            moved = start.copy()
            moved[free] = values
            return moved

        found = least_squares(
            lambda values: self.residuals(parameters(values), points),
            start[free],
            x_scale=self.fit.steps(points)[free],
            xtol=1e-10,
        )
        return parameters(found.x)

    def residuals(self, parameters: np.ndarray, points: Points) -> np.ndarray:
        """Of all observables and points, in errors, (o n,)."""
        rows = [_residuals(self.fit, parameters, points, o, degree) for o, degree in enumerate(self.degrees)]
        return np.concatenate(rows)

    def reduced_chi2(self, parameters: np.ndarray, points: Points) -> float:
        """The sum of squares by degrees of freedom."""
        residuals = self.residuals(parameters, points)
        fitted = sum(degree + 1 for degree in self.degrees) + int(self.fit.free.sum())
        return float(np.sum(residuals**2)) / max(1, len(residuals) - fitted)


def _residuals(fit: Fit, parameters: np.ndarray, points: Points, observable: int, degree: int) -> np.ndarray:
    """Deviations from the best polynomial of this degree, in errors, (n,)."""
    x, values, errors = fit.scaled(parameters, points)
    matrix = chebvander(x / np.abs(x).max(), degree) / errors[observable][:, None]
    right = values[observable] / errors[observable]
    orthonormal = np.linalg.qr(matrix)[0]
    return right - orthonormal @ (orthonormal.T @ right)
