"""Data collapse: the critical temperature and exponents for which all sizes fall on one curve.

With x = (T - tc) L**(1/nu), an observable y of size L is L**a times a function of x alone: a = 0 (Binder cumulant),
-beta/nu (magnetisation), gamma/nu (susceptibility), alpha/nu (specific heat). M. E. Fisher, M. N. Barber, Phys. Rev.
Lett. 28, 1516 (1972).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from simcore.analysis.scaling.checks import NOTHING, compared, larger_sizes, narrower
from simcore.analysis.scaling.fit import POWERS, Fit, Points
from simcore.analysis.scaling.master import fitted, reduced
from simcore.analysis.scaling.measured import Measured, measured
from simcore.analysis.scaling.parameters import parameter_errors
from simcore.analysis.scaling.verdict import about_a_collapse, sparse
from simcore.analysis.scaling.warn import warn
from simcore.errors import UsageError

if TYPE_CHECKING:
    import xarray

FEWEST_TEMPERATURES = 4


def collapse(
    data: xarray.Dataset,
    observables: Mapping[str, str | None],
    *,
    fixed: Mapping[str, float] | None = None,
    start: Mapping[str, float] | None = None,
    size: str = "size",
    temperature: str = "temperature",
) -> xarray.Dataset:
    """Fit tc, nu and the exponents of the observables by a simultaneous data collapse.

    Args:
        data: `x` and `x_error` over size and temperature, as for `crossings`; at least 4 temperatures per size.
        observables: name and exponent of each, `{"binder": None, "abs_magnetization": "beta", "susceptibility":
            "gamma"}`.
        fixed: known parameters, such as `{"nu": 1.0}`.
        start: starting points of the others; by default from a coarse grid.
        size, temperature: names of the two coordinates.

    Returns:
        A Dataset with `tc`, `nu` and the exponents, for each `x` also `x_error`, `x_narrower`, `x_narrower_error`,
        `x_larger`, `x_larger_error`: of the fits with the 60 % of the temperatures nearest to tc, and without the
        smallest size (NaN if too few points are left). `chi2` (per degree of freedom) and `quality` (S), both about 1;
        `chi2_by_size` over `size`; and over `size`, `point`: `scaled_temperature`, `scaled_x`, `scaled_x_error`,
        `residual_x` (in errors). Errors do not include corrections to scaling.

    Raises:
        UsageError: a name is unknown, a size has fewer than 4 temperatures, or no two sizes overlap.

    Warns:
        ScalingWarning: chi2 is improbable (the curve is too smooth, the sizes do not collapse, or the errors are too
            small); one of the other two fits differs by more than 4 standard errors; or the scaling functions use more
            than half of the points, so that errors are NaN.

    Example:
        >>> T, sizes = np.linspace(0.9, 1.1, 21), [8, 16, 32]
        >>> exact = np.array([np.tanh((T - 1.0) * L) for L in sizes])  # tc = 1, nu = 1
        >>> noise = 0.01 * np.random.default_rng(1).normal(size=exact.shape)
        >>> data = simcore.scaling.table(sizes, T, {"binder": (exact + noise, np.full_like(exact, 0.01))})
        >>> fit = collapse(data, {"binder": None})
        >>> bool(abs(fit.tc - 1) < 5 * fit.tc_error), bool(abs(fit.nu - 1) < 5 * fit.nu_error)
        (True, True)

    The starting point is that of the best quality S of J. Houdayer and A. K. Hartmann (2004), from local linear fits.
    The scaling functions are Gaussian processes (K. Harada, 2011); their length scales and the parameters maximise the
    evidence. Errors are from its second derivatives, or the jackknife for curves with `x_left_out`.
    """
    fit = Fit(tuple(observables.values()), dict(fixed or {}))
    _check(fit, observables, {**(fixed or {}), **(start or {})})
    sizes = measured(data, list(observables), size, temperature)
    _check_temperatures(sizes)
    points = Points.of(sizes)
    starts = fit.search(points, start or {})
    centred = points.centred()
    master, best = fitted(fit, centred, starts)
    look = master.look(best, centred)
    unknown = sparse(look)
    checks = {"narrower": NOTHING, "larger": NOTHING}
    if unknown:
        spread, remarks = np.where(fit.free, np.nan, 0.0), [unknown]
    else:
        said, factor = about_a_collapse(fit, best, sizes, look, observables)
        spread = factor * parameter_errors(master, best, sizes)
        checks = {"narrower": narrower(fit, best, sizes, factor), "larger": larger_sizes(fit, best, sizes, factor)}
        remarks = [said, *(compared(fit, best, spread, kind, check) for kind, check in checks.items())]
    for remark in filter(None, remarks):
        warn(remark)
    made = _scaled(fit, best, sizes, list(observables), look.residuals)
    for k, name in enumerate(fit.names):
        unit = data[temperature].attrs.get("units", "1") if name == "tc" else "1"
        made[name] = ((), best[k], {"units": unit, "long_name": name})
        made[f"{name}_error"] = ((), spread[k], {"units": unit, "long_name": f"standard error of {name}"})
        for kind, check in checks.items():
            long_name = f"{name} of the {kind.replace('larger', 'larger sizes').replace('narrower', 'narrower range')}"
            made[f"{name}_{kind}"] = ((), check.value(k), {"units": unit, "long_name": long_name})
            made[f"{name}_{kind}_error"] = ((), check.error(k), {"units": unit, "long_name": "its standard error"})
    chi2, freedom = reduced(look, fit)
    quality = fit.quality(best, points)
    made["quality"] = ((), quality, {"units": "1", "long_name": "mean square deviation from one curve, in errors"})
    made["chi2"] = ((), chi2 / max(freedom, 1.0), {"units": "1", "long_name": "chi-square per degree of freedom"})
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


def _check_temperatures(sizes: Sequence[Measured]) -> None:
    for one in sizes:
        there = len(one.temperature)
        if there < FEWEST_TEMPERATURES:
            raise UsageError(
                f"size {one.label} has {there} temperatures, but a collapse needs {FEWEST_TEMPERATURES} of each size,"
                " better 10: simulate more, take a wider range, or give curves of"
                " simcore.reweighting.curves(..., left_out=True)"
            )


def _scaled(
    fit: Fit, best: np.ndarray, sizes: Sequence[Measured], names: Sequence[str], residuals: np.ndarray
) -> xarray.Dataset:
    """The points of all sizes as they are compared, over `size` and `point`; NaN if a size has fewer."""
    import xarray

    parts, begin = [], 0
    for one in sizes:
        x, values, errors = fit.scaled(best, Points.of([one]))
        own = residuals[:, begin : begin + len(x)]
        begin += len(x)
        variables = {"scaled_temperature": ("point", x), "chi2_by_size": ((), float(np.mean(own**2)))}
        for name, value, error, left in zip(names, values, errors, own, strict=True):
            variables |= {f"scaled_{name}": ("point", value), f"scaled_{name}_error": ("point", error)}
            variables[f"residual_{name}"] = ("point", left)
        parts.append(xarray.Dataset(variables, {"point": np.arange(len(x))}))
    labels = xarray.Variable("size", [one.label for one in sizes])
    return xarray.concat(parts, labels, join="outer")
