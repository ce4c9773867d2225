"""Replicas taken together: one estimate from several independent realisations of the same parameters.

Each replica counts by its number of steps, as if all were one run: U. Wolff, Comput. Phys. Commun. 156, 143 (2004),
section 2. Its own error is no weight: a replica that by chance strays little shows a small error, too, so that
1 / error**2 draws the mean towards it, and with errors from few samples the result is worse than the plain mean
(W. G. Cochran, Biometrics 10, 101 (1954)).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simcore.errors import UsageError
from simcore.statistics.pool import pool
from simcore.storage.dataset import REPLICA

if TYPE_CHECKING:
    import xarray

PARTS = ("", "_error", "_tau", "_ess")


def pooled(estimates: xarray.Dataset, dim: str = REPLICA) -> xarray.Dataset:
    """The estimates of all replicas together, without the dimension `dim`; replicas that are NaN are left out.

    estimates: `x`, `x_error`, `x_tau` and `x_ess` over `dim` and any others, as `/estimates` of a sweep or of several
    runs has them. A replica has 2 x_tau x_ess steps. For each observable `x` comes:

    - `x`: the mean, weighted by steps; `x_error`: from the replicas' own errors by the same weights, and from 20
      replicas on from their spread about the mean, which asks nothing of autocorrelation times;
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
        together = xr.apply_ufunc(pool, *parts, input_core_dims=[[dim]] * 4, output_core_dims=[[]] * 6)
        for part, given, made in zip(PARTS, parts, together[:4], strict=True):
            found[f"{name}{part}"] = made.assign_attrs(given.attrs)
        text = f"chi-square per degree of freedom of the replicas of {name}"
        found[f"{name}_chi2"] = together[4].assign_attrs(units="1", long_name=text)
        found[f"{name}_r_hat"] = together[5].assign_attrs(units="1", long_name=f"R-hat of the replicas of {name}")
    return xr.Dataset(found, attrs=estimates.attrs)
