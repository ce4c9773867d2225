"""Where an observable is the same for two sizes: an estimate of the critical temperature.

K. Binder, Phys. Rev. Lett. 47, 693 (1981).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from simcore.analysis.scaling.curve import curve, interpolated, suitable_degree
from simcore.analysis.scaling.measured import Measured, measured
from simcore.analysis.scaling.variations import errors, variations
from simcore.analysis.scaling.warn import warn

if TYPE_CHECKING:
    import xarray

_NONE = np.full(2, np.nan)


def crossings(
    data: xarray.Dataset,
    observable: str = "binder",
    *,
    size: str = "size",
    temperature: str = "temperature",
    draws: int = 400,
    seed: int = 0,
) -> xarray.Dataset:
    """The crossings of the curves of successive sizes: `crossing`, `value` of the observable there, and their errors.

    data: `x` and `x_error` over size and temperature (estimates of a sweep, replicas are pooled), best with
    `x_left_out` (`simcore.reweighting.curves(..., left_out=True)`): then the errors are the jackknife's, else those of
    `draws` normal draws of independent points, with `seed`. Curves from reweighting are cubic splines through their
    points; through independent points goes a polynomial, see `simcore.analysis.scaling.curve`.

    A Dataset over `pair`, with the coordinates `smaller` and `larger`. NaN where two curves do not cross. Where they do
    several times, the steepest crossing is taken; in variations of the data, the nearest to it. ScalingWarning, and no
    error, where some variations do not cross.

    Raises UsageError for names that are not in the data or fewer than two sizes.
    """
    import xarray

    sizes = measured(data, [observable], size, temperature)
    pairs = list(pairwise(sizes))
    found = np.array([_with_errors(pair, draws, seed + k) for k, pair in enumerate(pairs)])
    names = ("crossing", "value", "crossing_error", "value_error")
    variables = {name: ("pair", column) for name, column in zip(names, found.T, strict=True)}
    units = data[temperature].attrs.get("units", "1")
    made = xarray.Dataset(
        {name: variables[name] for name in sorted(names)},
        {"smaller": ("pair", [a.label for a, _ in pairs]), "larger": ("pair", [b.label for _, b in pairs])},
    )
    made["crossing"].attrs = {"units": units, "long_name": f"{temperature} at which {observable} crosses"}
    made["value"].attrs = {"units": data[observable].attrs.get("units", "1"), "long_name": f"{observable} there"}
    return made


def _with_errors(pair: Sequence[Measured], draws: int, seed: int) -> np.ndarray:
    """Crossing, value and their errors, (4,)."""
    degrees = [None if one.left_out is not None else suitable_degree(one) for one in pair]
    place = _crossing(pair, degrees, None)
    if np.isnan(place).any():
        return np.concatenate([place, _NONE])
    groups = variations(pair, draws, seed)
    found = [np.array([_crossing(variant, degrees, place[0]) for variant in group.variants]) for group in groups]
    missed = sum(int(np.isnan(each).any(axis=1).sum()) for each in found)
    if missed:
        a, b = pair
        warn(f"sizes {a.label} and {b.label}: {missed} variations of the data do not cross, so there is no error")
    return np.concatenate([place, errors(found, groups)])


def _crossing(pair: Sequence[Measured], degrees: Sequence[int | None], near: float | None) -> np.ndarray:
    """Temperature and value where two curves cross, (2,): the steepest place, or the nearest to `near`."""
    low = max(one.temperature[0] for one in pair)
    high = min(one.temperature[-1] for one in pair)
    if not low < high:
        return _NONE
    first, second = (curve(one, degree) for one, degree in zip(pair, degrees, strict=True))
    knots = np.unique(np.clip(np.concatenate([one.temperature for one in pair]), low, high))
    difference = interpolated(knots, first(knots) - second(knots))
    roots = difference.roots(extrapolate=False)
    roots = roots[np.isfinite(roots)]
    if not len(roots):
        return _NONE
    order = np.abs(roots - near) if near is not None else -np.abs(difference(roots, 1))
    place = roots[np.argmin(order)]
    return np.array([place, 0.5 * (first(place) + second(place))])
