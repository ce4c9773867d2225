"""One size as a curve over temperature."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.polynomial import Chebyshev

from simcore.analysis.scaling.measured import Measured

if TYPE_CHECKING:
    from scipy.interpolate import PPoly

HIGHEST_DEGREE = 8


def curve(one: Measured, degree: int | None) -> Callable[[np.ndarray], np.ndarray]:
    """A polynomial of this degree, weighted by the errors; without one, an interpolating spline."""
    x, y = one.temperature, one.values[0]
    return interpolated(x, y) if degree is None else Chebyshev.fit(x, y, degree, w=1.0 / one.errors[0])


def suitable_degree(one: Measured) -> int:
    """One more than the degree of the polynomial through independent points with the least AICc, at most 8.

    The one more keeps the bias, of which no error bar knows, well below the noise. AICc is
    chi**2 + 2 p + 2 p (p + 1) / (n - p - 1) for p coefficients: C. M. Hurvich, C.-L. Tsai, Biometrika 76, 297 (1989).
    """
    n = len(one.temperature)

    def criterion(degree: int) -> float:
        p, fitted = degree + 1, curve(one, degree)(one.temperature)
        chi2 = float(np.sum(((one.values[0] - fitted) / one.errors[0]) ** 2))
        return chi2 + 2.0 * p + 2.0 * p * (p + 1.0) / (n - p - 1.0)

    highest = min(HIGHEST_DEGREE, n - 3)
    return min(1 + min(range(1, highest), key=criterion, default=0), n - 1)


def interpolated(x: np.ndarray, y: np.ndarray) -> PPoly:
    """A cubic spline through the points, straight lines through two or three."""
    from scipy.interpolate import CubicSpline, PPoly

    if len(x) >= 4:
        return CubicSpline(x, y)
    return PPoly(np.array([np.diff(y) / np.diff(x), y[:-1]]), x)
