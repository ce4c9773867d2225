"""What the residuals of a fit say: too stiff a curve, too small errors, or points that are not independent."""

from __future__ import annotations

import math

import numpy as np

from simcore.analysis.scaling.smooth import Smooth

BEYOND = 4.5
"""Standard deviations of a chi-square at which it is spoken of: once in 300,000 right fits on either side."""

_STRETCHES = 3.0  # standard deviations of the correlation of neighbouring residuals, above which it is no noise


def excess(chi2: float, freedom: float) -> float:
    """How many standard deviations a chi-square is above what it should be.

    E. B. Wilson, M. M. Hilferty, Proc. Natl. Acad. Sci. 17, 684 (1931): the cube root is nearly normal.
    """
    if freedom < 1.0:
        return 0.0
    width = 2.0 / (9.0 * freedom)
    return ((chi2 / freedom) ** (1.0 / 3.0) - (1.0 - width)) / math.sqrt(width)


def in_stretches(residuals: np.ndarray) -> float:
    """The correlation of neighbouring residuals (n,), in standard deviations: large where the fit is too stiff."""
    squares = float(np.sum(residuals**2))
    if len(residuals) < 4 or squares == 0.0:
        return 0.0
    return float(np.sum(residuals[1:] * residuals[:-1])) / squares * math.sqrt(len(residuals))


def about_a_curve(fitted: Smooth, x: np.ndarray, y: np.ndarray, errors: np.ndarray) -> str:
    """One line if the points do not lie about their curve as their errors say; else nothing."""
    beyond, reduced = excess(fitted.chi2, fitted.freedom), fitted.chi2 / max(fitted.freedom, 1e-9)
    if beyond < -BEYOND:
        return (
            f"chi2/dof {reduced:.2g}: the points lie closer to a smooth curve than their errors allow; errors are too"
            " large, or the points are not independent (of curves from reweighting give left_out=True)"
        )
    if beyond <= BEYOND and fitted.scatter == 1.0:
        return ""
    if in_stretches((y - fitted.mean(x)) / errors) > _STRETCHES:
        return (
            f"chi2/dof {reduced:.3g}: the curve is too stiff, the points lie on one side of it over whole stretches;"
            " take a narrower range of temperatures, or more of them"
        )
    said = f"chi2/dof {reduced:.3g}: the errors are too small, the points scatter about any smooth curve"
    return said + (f" {fitted.scatter:.2g} times more (which is counted)" if fitted.scatter > 1.0 else "")
