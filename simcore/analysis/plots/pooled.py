"""Estimates of a sweep with their replicas taken together."""

from __future__ import annotations

import numpy as np
import xarray

from simcore.analysis.plots.source import REPLICA


def pooled(estimates: xarray.Dataset, name: str) -> tuple[xarray.DataArray, xarray.DataArray]:
    """The mean of an estimate over the replicas that are there, and its standard error, without `replica`.

    All replicas of a point are equally long, so their weights are equal.
    """
    value, error = estimates[name], estimates[f"{name}_error"]
    if REPLICA not in value.dims:
        return value, error
    there = np.isfinite(value)
    count = there.sum(REPLICA)
    with xarray.set_options(keep_attrs=True):
        mean = value.mean(REPLICA)
        total = (error.where(there, 0.0) ** 2).sum(REPLICA, skipna=False)
    return mean, (np.sqrt(total) / count).where(count > 0)
