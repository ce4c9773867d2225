"""One size as a curve over temperature, with its variations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from simcore.analysis.scaling.measured import Measured
from simcore.analysis.scaling.smooth import Smooth, smooth

if TYPE_CHECKING:
    from scipy.interpolate import PPoly


@dataclass(frozen=True)
class Curve:
    """On a grid: the curve (n,), and variations of it (m, n), whose squared deviations times `factor` add up to its
    variance. fitted: what was fitted to independent points; None of an interpolated curve."""

    values: np.ndarray
    varied: np.ndarray
    factor: float
    fitted: Smooth | None

    @property
    def deviations(self) -> np.ndarray:
        """Of the variations from their mean, (m, n)."""
        return self.varied - self.varied.mean(axis=0)


def curve(one: Measured, grid: np.ndarray, draws: int, rng: np.random.Generator) -> Curve:
    """Through independent points a smooth curve and `draws` others that are as probable; else an interpolating spline.

    If the size brings its values without each block of samples (the points of a curve from reweighting are
    correlated, and smooth of themselves), the variations are the splines through those.
    """
    if one.left_out is not None and len(one.left_out) > 1:
        blocks = len(one.left_out)
        varied = interpolated(one.temperature, one.left_out[:, 0].T)(grid).T
        return Curve(interpolated(one.temperature, one.values[0])(grid), varied, (blocks - 1.0) / blocks, None)
    fitted = smooth(one.temperature, one.values[0], one.errors[0])
    return Curve(fitted.mean(grid), fitted.draws(grid, draws, rng), 1.0 / (draws - 1.0), fitted)


def interpolated(x: np.ndarray, y: np.ndarray) -> PPoly:
    """A cubic spline through the points y (n, ...), straight lines through two or three."""
    from scipy.interpolate import CubicSpline, PPoly

    if len(x) >= 4:
        return CubicSpline(x, y)
    steps = np.diff(x).reshape(-1, *[1] * (y.ndim - 1))
    return PPoly(np.array([np.diff(y, axis=0) / steps, y[:-1]]), x)
