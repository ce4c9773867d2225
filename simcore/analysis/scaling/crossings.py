"""Crossings of the curves of two sizes: an estimate of the critical temperature.

K. Binder, Phys. Rev. Lett. 47, 693 (1981).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from simcore.analysis.scaling.curve import Curve, curve
from simcore.analysis.scaling.measured import Measured, measured
from simcore.analysis.scaling.roots import SIGNIFICANT, Root, roots
from simcore.analysis.scaling.verdict import about_a_curve
from simcore.analysis.scaling.warn import warn
from simcore.errors import UsageError
from simcore.statistics import notation

if TYPE_CHECKING:
    import xarray

_GRID = 501  # points at which curves are compared; linear interpolation between them
_MISSED = 0.01  # share of variations without the crossing, above which there is no error
_TENTH = 0.1
_CHANGES = 3.0  # standard errors: a curve that changes less over the crossing is flat there

_LONG_NAMES = {
    "roots": "number of crossings that the points tell apart",
    "chi2": "chi-square per degree of freedom of the points about both curves",
    "remark": "what is to be known of the crossing; empty: nothing",
}


@dataclass(frozen=True)
class _Found:
    """Of one pair of sizes. number: of roots."""

    crossing: float
    crossing_error: float
    value: float
    value_error: float
    roots: int
    chi2: float
    remark: str


def crossings(
    data: xarray.Dataset,
    observable: str = "binder",
    *,
    size: str = "size",
    temperature: str = "temperature",
    draws: int = 400,
    seed: int = 0,
) -> xarray.Dataset:
    """The crossings of the curves of successive sizes, with errors.

    Args:
        data: `x` and `x_error` over size and temperature: estimates of a sweep (replicas are pooled), or better, curves
            with `x_left_out` (`simcore.reweighting.curves(..., left_out=True)`).
        observable: name of x.
        size, temperature: names of the two coordinates.
        draws: number of random curves for the errors, if there is no `x_left_out`.
        seed: of these.

    Returns:
        A Dataset over `pair`, with the coordinates `smaller` and `larger`. For each pair: `crossing` (in units of the
        temperature), `value` of the observable there, and their errors; `roots`, the number of significant crossings;
        `chi2` per degree of freedom about both curves (NaN for interpolated ones), and `remark`. A crossing is
        significant if the curves differ by 4 standard errors on both sides; sign changes within the noise count as one.
        If there are several, the most certain one is given and the others are named. NaN if there is none.

    Raises:
        UsageError: a name is unknown, or there are fewer than two sizes or draws.

    Warns:
        ScalingWarning: each remark: no crossing, several, one in the last tenth of the common temperatures, one at
            which only one curve changes, one that is absent in some random curves (then without an error), points that
            scatter more or less than their errors.

    Example:
        >>> import warnings
        >>> T = np.linspace(2.0, 2.5, 11)
        >>> values = np.array([0.6 - L * (T - 2.27) / 40 for L in (8, 16)])  # straight lines that cross at 2.27
        >>> data = simcore.scaling.table([8, 16], T, {"binder": (values, np.full_like(values, 1e-4))})
        >>> with warnings.catch_warnings():  # points without scatter have a remark
        ...     warnings.simplefilter("ignore")
        ...     round(float(crossings(data).crossing[0]), 3)
        2.27

    Reweighted curves are interpolated by cubic splines, with jackknife errors. Independent points are fitted by a
    smooth curve whose length scale is inferred (`simcore.analysis.scaling.smooth`); the errors include the uncertainty
    between the points.
    """
    import xarray

    if draws < 2:
        raise UsageError(f"draws: 2 or more are needed for an error, not {draws}")
    sizes = measured(data, [observable], size, temperature)
    pairs = list(pairwise(sizes))
    found = [_crossing(pair, observable, draws, seed + k) for k, pair in enumerate(pairs)]
    for remark in dict.fromkeys(one.remark for one in found if one.remark):
        warn(remark)
    names = sorted(_Found.__dataclass_fields__)
    made = xarray.Dataset(
        {name: ("pair", [getattr(one, name) for one in found]) for name in names},
        {"smaller": ("pair", [a.label for a, _ in pairs]), "larger": ("pair", [b.label for _, b in pairs])},
    )
    units = data[temperature].attrs.get("units", "1")
    made["crossing"].attrs = {"units": units, "long_name": f"{temperature} at which {observable} crosses"}
    made["value"].attrs = {"units": data[observable].attrs.get("units", "1"), "long_name": f"{observable} there"}
    for name in ("crossing", "value"):
        made[f"{name}_error"].attrs = {**made[name].attrs, "long_name": f"standard error of {name}"}
    for name, text in _LONG_NAMES.items():
        made[name].attrs = {"long_name": text}
    return made


def _crossing(pair: Sequence[Measured], observable: str, draws: int, seed: int) -> _Found:
    a, b = pair
    name = f"{observable} of sizes {a.label} and {b.label}"
    low, high = max(one.temperature[0] for one in pair), min(one.temperature[-1] for one in pair)
    if not low < high:
        return _nothing(f"{name}: no crossing, the two have no temperatures in common")
    rng = np.random.default_rng(seed)
    grid = np.linspace(low, high, _GRID)
    first, second = (curve(one, grid, draws, rng) for one in pair)
    remarks, chi2 = _fits(pair, (first, second))
    difference = first.values - second.values
    found = roots(difference, np.sqrt(_variance(first, second)))
    if not found:
        return _nothing(_joined(name, [_no_crossing(difference, first, second, low, high), *remarks]), chi2)
    root = found[0]
    place, place_error, value, value_error = _place(root, grid, first, second)
    missed = _missed(root, first, second)
    if missed > _MISSED:
        remarks.append(f"{100 * missed:.0f} % of the variations of the data do not cross, so there is no error")
        place_error = value_error = np.nan
    if len(found) > 1:
        others = ", ".join(notation(*_place(each, grid, first, second)[:2]) for each in found)
        remarks.append(f"{len(found)} crossings, at {others}; the first is the most certain, narrow the temperatures")
    if min(place - low, high - place) < _TENTH * (high - low):
        remarks.append(
            f"the crossing at {place:.6g} lies in the last tenth of the temperatures, {low:.6g} to {high:.6g}"
        )
    changing = [_changes(each, root) for each in (first, second)]
    if changing.count(True) == 1:
        flat = pair[changing.index(False)].label
        remarks.append(f"the curve of size {flat} does not change over the crossing at {place:.6g}: no transition")
    return _Found(place, place_error, value, value_error, len(found), chi2, _joined(name, remarks))


def _nothing(remark: str, chi2: float = np.nan) -> _Found:
    return _Found(np.nan, np.nan, np.nan, np.nan, 0, chi2, remark)


def _joined(name: str, remarks: Sequence[str]) -> str:
    return f"{name}: {'; '.join(remarks)}" if remarks else ""


def _no_crossing(difference: np.ndarray, first: Curve, second: Curve, low: float, high: float) -> str:
    size = np.abs(difference) / np.sqrt(_variance(first, second))
    where = f"no crossing between {low:.6g} and {high:.6g}"
    if size.max() < SIGNIFICANT:
        return f"{where}: the two curves are nowhere significantly apart"
    larger = "larger" if difference[np.argmax(size)] < 0.0 else "smaller"
    return f"{where}: the curve of the {larger} size lies above the other wherever they are apart"


def _variance(first: Curve, second: Curve) -> np.ndarray:
    """Of the difference on the grid, (n,)."""
    return sum(one.factor * np.sum(one.deviations**2, axis=0) for one in (first, second))


def _missed(root: Root, first: Curve, second: Curve) -> float:
    """The share of the variations that do not cross there."""
    if first.fitted is not None and second.fitted is not None:
        return root.missed(first.varied - second.varied) / len(first.varied)
    one, other = first.varied - second.values, first.values - second.varied
    return (root.missed(one) + root.missed(other)) / (len(one) + len(other))


def _place(root: Root, grid: np.ndarray, first: Curve, second: Curve) -> tuple[float, float, float, float]:
    """Temperature, its error, the value there, its error."""

    def of(one: np.ndarray, other: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        one, other = np.atleast_2d(one), np.atleast_2d(other)
        places = root.places(grid, one - other)
        middle = np.broadcast_to(0.5 * (one + other), (len(places), len(grid)))
        return places, np.array([np.interp(at, grid, row) for at, row in zip(places, middle, strict=True)])

    (place,), (value,) = of(first.values, second.values)
    if first.fitted is not None and second.fitted is not None:
        groups = [(of(first.varied, second.varied), first.factor)]
    else:
        groups = [(of(first.varied, second.values), first.factor), (of(first.values, second.varied), second.factor)]
    variances = np.zeros(2)
    for varied, factor in groups:
        variances += [factor * np.sum((numbers - numbers.mean()) ** 2) for numbers in varied]
    place_error, value_error = np.sqrt(variances)
    return float(place), float(place_error), float(value), float(value_error)


def _changes(one: Curve, root: Root) -> bool:
    """Whether the curve has different values on the two sides of the crossing, for certain."""
    varied = one.varied[:, root.right] - one.varied[:, root.left]
    error = np.sqrt(one.factor * np.sum((varied - varied.mean()) ** 2))
    return bool(abs(one.values[root.right] - one.values[root.left]) > _CHANGES * error)


def _fits(pair: Sequence[Measured], curves: Sequence[Curve]) -> tuple[list[str], float]:
    """What the residuals say of the points about each curve, and chi2 per degree of freedom of both."""
    remarks, chi2, freedom = [], 0.0, 0.0
    for one, each in zip(pair, curves, strict=True):
        if each.fitted is not None:
            said = about_a_curve(each.fitted, one.temperature, one.values[0], one.errors[0])
            remarks += [f"size {one.label}: {said}"] if said else []
            chi2, freedom = chi2 + each.fitted.chi2, freedom + each.fitted.freedom
    return remarks, chi2 / freedom if freedom > 0.0 else np.nan
