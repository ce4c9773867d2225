"""Replicas taken together: one estimate from several independent realisations of the same parameters.

Each replica counts by its number of steps, as if all were one run: U. Wolff, Comput. Phys. Commun. 156, 143 (2004),
section 2. Its own error is no weight: a replica that by chance strays little shows a small error, too, so that
1 / error**2 draws the mean towards it, and with errors from few samples the result is worse than the plain mean
(W. G. Cochran, Biometrics 10, 101 (1954)).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simcore.errors import UsageError

if TYPE_CHECKING:
    import xarray

REPLICA = "replica"
PARTS = ("", "_error", "_tau", "_ess")


def pooled(estimates: xarray.Dataset, dim: str = REPLICA) -> xarray.Dataset:
    """The estimates of all replicas together, without the dimension `dim`; replicas that are NaN are left out.

    estimates: `x`, `x_error`, `x_tau` and `x_ess` over `dim` and any others, as `/estimates` of a sweep or of several
    runs has them. A replica has 2 x_tau x_ess steps. For each observable `x` comes:

    - `x`: the mean, weighted by steps; `x_error`: from the replicas' own errors by the same weights;
    - `x_tau`: the mean, weighted by steps; `x_ess`: all steps over 2 `x_tau`;
    - `x_chi2`: chi-square per degree of freedom of the replicas about their mean, with the error per step that they
      share; about 1 if they agree, NaN for one replica alone;
    - `x_r_hat`: sqrt(1 - 1/n + B/W), B the variance of the replicas' means, W the mean variance of their samples, n
      the mean of their effective sample sizes; 1 if they agree (A. Gelman, D. B. Rubin, Stat. Sci. 7, 457 (1992), with
      independent samples in place of all). It says how much wider the spread over all replicas is than within one.

    A number that is no linear function of means (`binder`) keeps the bias of one replica, of the order 1 / its steps.
    Raises UsageError if there is no such dimension.
    """
    import xarray as xr

    if dim not in estimates.dims:
        dims = ", ".join(map(str, estimates.dims)) or "none"
        raise UsageError(f"there is no dimension '{dim}' to pool over; the dimensions are: {dims}")
    found: dict[str, xarray.DataArray] = {}
    for name in map(str, estimates.data_vars):
        if f"{name}_error" not in estimates:
            continue
        parts = [estimates[f"{name}{part}"] for part in PARTS]
        pool = xr.apply_ufunc(_pool, *parts, input_core_dims=[[dim]] * 4, output_core_dims=[[]] * 6)
        for part, given, made in zip(PARTS, parts, pool[:4], strict=True):
            found[f"{name}{part}"] = made.assign_attrs(given.attrs)
        text = f"chi-square per degree of freedom of the replicas of {name}"
        found[f"{name}_chi2"] = pool[4].assign_attrs(units="1", long_name=text)
        found[f"{name}_r_hat"] = pool[5].assign_attrs(units="1", long_name=f"R-hat of the replicas of {name}")
    return xr.Dataset(found, attrs=estimates.attrs)


def _pool(value: np.ndarray, error: np.ndarray, tau: np.ndarray, ess: np.ndarray) -> tuple[np.ndarray, ...]:
    """Value, error, tau, effective sample size, reduced chi-square and R-hat over the last axis."""
    there = np.isfinite(value)
    count = there.sum(axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        steps = 2.0 * tau * ess
        known = (~there | (steps > 0.0)).all(axis=-1)  # where one replica has too few samples to tell, all count alike
        steps = np.where(there, np.where(known[..., None], steps, 1.0), 0.0)
        total = steps.sum(axis=-1)
        weight = steps / total[..., None]
        mean = _sum(weight * value, there)
        # of one step, 2 tau times that of a sample: the same for all replicas of one system
        variance = _sum(weight * steps * error**2, there)
        mean_tau = _sum(weight * tau, there)
        squares = _sum(steps * (value - mean[..., None]) ** 2, there)
        chi_square = np.where(squares == 0.0, 0.0, squares / variance) / (count - 1)
        pool = mean, np.sqrt(variance / total), mean_tau, np.where(known, total / (2.0 * mean_tau), np.nan)
    empty = np.where(count > 0, 0.0, np.nan)
    several = count > 1
    return (
        *(part + empty for part in pool),
        np.where(several, chi_square, np.nan),
        np.where(several, _r_hat(value, error, ess, there, count), np.nan),
    )


def _r_hat(value: np.ndarray, error: np.ndarray, ess: np.ndarray, there: np.ndarray, count: np.ndarray) -> np.ndarray:
    """From means, errors and effective sample sizes: a sample has the variance error**2 ess."""
    with np.errstate(invalid="ignore", divide="ignore"):
        centre = _sum(value, there) / count
        between = _sum((value - centre[..., None]) ** 2, there) / (count - 1)
        within = _sum(error**2 * ess, there) / count
        return np.sqrt(1.0 - count / _sum(ess, there) + np.where(between == 0.0, 0.0, between / within))


def _sum(x: np.ndarray, there: np.ndarray) -> np.ndarray:
    """Over the replicas that are there; NaN if one of these is."""
    return np.where(there, x, 0.0).sum(axis=-1)
