"""The same collapse with part of the data: what does not stay is no property of infinite size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from simcore.analysis.scaling.fit import Fit, Points
from simcore.analysis.scaling.master import fitted
from simcore.analysis.scaling.measured import Measured
from simcore.analysis.scaling.parameters import parameter_errors
from simcore.analysis.scaling.verdict import sparse

NEAREST = 0.6
"""Share of the temperatures, those nearest to tc, of the narrower fit."""

_FEWEST = 4  # temperatures of a size
_APART = 4.0  # standard errors

_ADVICE = {
    "narrower": "with the 60 % of the temperatures nearest to tc {}: the range is too wide for scaling, narrow it",
    "larger": "without the smallest size {}: corrections to scaling, leave out small sizes until nothing changes",
}


@dataclass(frozen=True)
class Check:
    """Parameters (p,) and their errors."""

    values: np.ndarray
    errors: np.ndarray

    def value(self, k: int) -> float:
        """Of parameter k."""
        return float(self.values[k]) if len(self.values) else np.nan

    def error(self, k: int) -> float:
        """Of parameter k."""
        return float(self.errors[k]) if len(self.errors) else np.nan


NOTHING = Check(np.zeros(0), np.zeros(0))
"""Too little is left."""


def narrower(fit: Fit, best: np.ndarray, sizes: Sequence[Measured], factor: float) -> Check:
    """Of the temperatures nearest to tc. factor: of the errors."""
    distances = np.sort(np.concatenate([np.abs(one.temperature - best[0]) for one in sizes]))
    reach = distances[int(NEAREST * (len(distances) - 1))]
    return _fitted(fit, best, [_where(one, np.abs(one.temperature - best[0]) <= reach) for one in sizes], factor)


def larger_sizes(fit: Fit, best: np.ndarray, sizes: Sequence[Measured], factor: float) -> Check:
    """Of all sizes but the smallest. factor: of the errors."""
    return _fitted(fit, best, sizes[1:], factor)


def compared(fit: Fit, best: np.ndarray, errors: np.ndarray, kind: str, check: Check) -> str:
    """One line if the parameters differ from those of all data by more than chance.

    The variance of the difference of a fit and one of part of its data is that of the variances (J. A. Hausman,
    Econometrica 46, 1251 (1978)); at least half of the larger one, since both are estimates.
    """
    if check is NOTHING:
        return ""
    with np.errstate(invalid="ignore", divide="ignore"):
        width = np.sqrt(np.maximum(check.errors**2 - errors**2, 0.5 * check.errors**2))
        off = np.where(fit.free, np.abs(check.values - best) / width, 0.0)
    if not np.nanmax(np.where(np.isfinite(off), off, 0.0)) > _APART:
        return ""
    k = int(np.nanargmax(off))
    return f"{fit.names[k]}: {best[k]:.6g}, but " + _ADVICE[kind].format(f"{check.values[k]:.6g} ({off[k]:.1f} errors)")


def _where(one: Measured, kept: np.ndarray) -> Measured:
    left_out = None if one.left_out is None else one.left_out[:, :, kept]
    return replace(
        one,
        temperature=one.temperature[kept],
        values=one.values[:, kept],
        errors=one.errors[:, kept],
        left_out=left_out,
    )


def _fitted(fit: Fit, best: np.ndarray, sizes: Sequence[Measured], factor: float) -> Check:
    if len(sizes) < 2 or any(len(one.temperature) < _FEWEST for one in sizes):
        return NOTHING
    points = Points.of(sizes).centred()
    if not fit.sensible(best, points):
        return NOTHING
    master, found = fitted(fit, points, [best])
    if sparse(master.look(found, points)):
        return NOTHING
    return Check(found, factor * parameter_errors(master, found, sizes))
