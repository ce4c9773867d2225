"""Data collapse: the critical temperature and exponents for which all sizes fall on one curve.

With x = (T - tc) L**(1/nu), an observable y of size L is L**a times a function of x alone: a = 0 (Binder cumulant),
-beta/nu (magnetisation), gamma/nu (susceptibility), alpha/nu (specific heat). M. E. Fisher, M. N. Barber, Phys. Rev.
Lett. 28, 1516 (1972).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from simcore.analysis.scaling.fit import POWERS, Fit, Points
from simcore.analysis.scaling.master import Master
from simcore.analysis.scaling.measured import Measured, measured
from simcore.analysis.scaling.variations import errors, variations
from simcore.analysis.scaling.warn import warn
from simcore.errors import UsageError

if TYPE_CHECKING:
    import xarray

BAD_FIT = 2.0


def collapse(
    data: xarray.Dataset,
    observables: Mapping[str, str | None],
    *,
    fixed: Mapping[str, float] | None = None,
    start: Mapping[str, float] | None = None,
    size: str = "size",
    temperature: str = "temperature",
    draws: int = 200,
    seed: int = 0,
) -> xarray.Dataset:
    """Fit tc, nu and the exponents of the observables by one collapse of all of them.

    data: `x` and `x_error` over size and temperature, as for `crossings`. observables: the name of each and its
    exponent, `{"binder": None, "abs_magnetization": "beta", "susceptibility": "gamma"}`. fixed: parameters that are
    known (`{"nu": 1.0}`). start: where to look for the others; a coarse grid by default.

    The quality S of J. Houdayer and A. K. Hartmann (2004), from local linear fits, is minimised by the method of Nelder
    and Mead to find where to look; from there the scaling functions are polynomials (of the least AICc, and one degree
    more) and the parameters those of least squares. Errors come from the same fit to variations of the data: by the
    jackknife, or by `draws` normal draws with `seed`. Take temperatures so near to tc that corrections to scaling are
    small: no error bar knows of them.

    A Dataset with `tc`, `nu`, each exponent, `x_error` of each, `chi2` (per degree of freedom) and `quality` (S), both
    about 1; and, for plots, over `size`, `point`: `scaled_temperature`, `scaled_x`, `scaled_x_error`. ScalingWarning
    where chi2 is above 2.

    Raises UsageError for names that are not known or data without two sizes that can be compared.
    """
    fit = Fit(tuple(observables.values()), dict(fixed or {}))
    _check(fit, observables, {**(fixed or {}), **(start or {})})
    sizes = measured(data, list(observables), size, temperature)
    points = Points.of(sizes)
    start_at = fit.search(points, start or {})
    if not np.isfinite(fit.quality(start_at, points)):
        raise UsageError("no collapse: fewer than half of the points lie within the range of another size")
    master = Master.at(start_at, fit, points)
    best = master.minimum(points, start_at)
    quality, chi2 = fit.quality(best, points), master.reduced_chi2(best, points)
    if chi2 > BAD_FIT:
        warn(f"chi2/dof {chi2:.3g}: the points do not fall on one curve within their errors; the fit's are too small")
    groups = variations(sizes, draws, seed)
    spread = errors(
        [np.array([master.minimum(Points.of(one), best) for one in group.variants]) for group in groups], groups
    )
    made = _scaled(fit, best, sizes, list(observables))
    for name, value, error in zip(fit.names, best, spread, strict=True):
        unit = data[temperature].attrs.get("units", "1") if name == "tc" else "1"
        made[name] = ((), value, {"units": unit, "long_name": name})
        made[f"{name}_error"] = ((), error, {"units": unit, "long_name": f"standard error of {name}"})
    made["quality"] = ((), quality, {"units": "1", "long_name": "mean square deviation from one curve, in errors"})
    made["chi2"] = ((), chi2, {"units": "1", "long_name": "chi-square per degree of freedom"})
    return made


def _check(fit: Fit, observables: Mapping[str, str | None], given: Mapping[str, float]) -> None:
    if not observables:
        raise UsageError("observables: at least one, such as {'binder': None}")
    for name, exponent in observables.items():
        if exponent is not None and exponent not in POWERS:
            raise UsageError(f"{name}: the exponent is one of {', '.join(POWERS)} or None, not {exponent!r}")
    for name in given:
        if name not in fit.names:
            raise UsageError(f"no parameter of this collapse is called '{name}', only {', '.join(fit.names)}")


def _scaled(fit: Fit, best: np.ndarray, sizes: Sequence[Measured], names: Sequence[str]) -> xarray.Dataset:
    """The points of all sizes as they are compared, over `size` and `point`; NaN where a size has fewer."""
    import xarray

    parts = []
    for one in sizes:
        x, values, errors = fit.scaled(best, Points.of([one]))
        variables = {"scaled_temperature": ("point", x)}
        for name, value, error in zip(names, values, errors, strict=True):
            variables |= {f"scaled_{name}": ("point", value), f"scaled_{name}_error": ("point", error)}
        parts.append(xarray.Dataset(variables, {"point": np.arange(len(x))}))
    labels = xarray.Variable("size", [one.label for one in sizes])
    return xarray.concat(parts, labels, join="outer")
