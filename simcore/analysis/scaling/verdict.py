"""Diagnostics of the residuals of a fit: too smooth a curve, too small errors, or points that are not independent."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np

from simcore.analysis.scaling.fit import Fit, Points
from simcore.analysis.scaling.master import Look, Master, reduced
from simcore.analysis.scaling.measured import Measured
from simcore.analysis.scaling.smooth import Smooth, smooth

BEYOND = 4.5
"""Standard deviations of a chi-square at which it is spoken of: once in 300,000 right fits on either side."""

MOST_TAKEN = 0.5
"""Share of the points that scaling functions may take up."""

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
    """The correlation of neighbouring residuals (n,), in standard deviations: large if the fit is too stiff."""
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


def sparse(look: Look) -> str:
    """One line if the scaling functions take up more than half of the points; else nothing."""
    points = look.residuals.size
    if look.taken <= MOST_TAKEN * points:
        return ""
    return (
        f"the scaling functions alone take up {look.taken:.0f} of {points} points: they are not known between them, and"
        " there are no errors; take more temperatures, a narrower range, or curves of"
        " simcore.reweighting.curves(..., left_out=True)"
    )


def about_a_collapse(
    fit: Fit, best: np.ndarray, sizes: Sequence[Measured], look: Look, names: Iterable[str]
) -> tuple[str, float]:
    """One line if chi-square is beyond chance, else nothing; and what the errors of the parameters are multiplied by.

    Three causes are distinguished. If curves that may bend as they like go through the points of all sizes, the scaling
    functions were too stiff. If the points of each size lie on a smooth curve of its own, the sizes do not collapse.
    Else they lie on no smooth curve, and the errors are too small; those of the parameters then grow with them.
    """
    chi2, freedom = reduced(look, fit)
    beyond = excess(chi2, freedom)
    correlated = all(one.left_out is not None for one in sizes)
    if abs(beyond) <= BEYOND or (beyond < 0.0 and correlated):
        return "", 1.0
    said = f"chi2/dof {chi2 / freedom:.3g}: "
    if beyond < 0.0:
        return (
            f"{said}the points lie closer to one curve than their errors allow; errors are too large, or the points are"
            " not independent (of curves from reweighting give left_out=True)"
        ), 1.0
    points = Points.of(sizes).centred()
    if excess(*reduced(Master.soft(best, fit, points).look(best, points), fit)) <= BEYOND:
        return (
            f"{said}the scaling function is too stiff for the points, which do collapse; take a narrower range of"
            " temperatures, or more of them in it"
        ), 1.0
    own = [
        smooth(one.temperature, y, errors) for one in sizes for y, errors in zip(one.values, one.errors, strict=True)
    ]
    if excess(sum(each.chi2 for each in own), sum(each.freedom for each in own)) > BEYOND or any(
        each.scatter > 1.0 for each in own
    ):
        return (
            f"{said}the errors are too small, the points of single sizes scatter about any smooth curve; those of the"
            " parameters are multiplied by its root"
        ), math.sqrt(chi2 / freedom)
    worst = max(zip(_by_size(look, sizes), (one.label for one in sizes), strict=True), key=lambda pair: pair[0])
    which = ", ".join(f"{name} {float(np.mean(row**2)):.3g}" for name, row in zip(names, look.residuals, strict=True))
    return (
        f"{said}the points do not fall on one curve within their errors, although those of each size lie on a smooth"
        f" one (mean squares: {which}; largest at size {worst[1]}, {worst[0]:.3g}): corrections to scaling, or"
        " a wrong exponent; the errors of the parameters are too small; leave out the smallest sizes, or temperatures"
        " far from tc"
    ), 1.0


def _by_size(look: Look, sizes: Sequence[Measured]) -> list[float]:
    cuts = np.cumsum([len(one.temperature) for one in sizes])[:-1]
    return [float(np.mean(part**2)) for part in np.split(look.residuals, cuts, axis=1)]
