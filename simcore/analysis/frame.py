"""Estimates as a table of pandas."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simcore.analysis.arrays import numbers
from simcore.analysis.pooling import PARTS

if TYPE_CHECKING:
    import pandas
    import xarray

_DESCRIBED = ("units", "long_name")


def to_dataframe(results: xarray.DataTree | xarray.Dataset) -> pandas.DataFrame:
    """The estimates of what `simcore.load` returns.

    results: a tree with `/estimates`, or such a dataset. Of one run: a line for each observable, with `value`, `error`,
    `tau`, `ess`, `unit` and `long_name`. Of a sweep or several runs: a line for each point that has a result, called by
    its dimensions, with `x`, `x_error`, `x_tau` and `x_ess` of each observable, and its other coordinates.
    """
    import pandas as pd
    import xarray as xr

    estimates = numbers(results["estimates"].to_dataset() if isinstance(results, xr.DataTree) else results)
    names = [str(name) for name in estimates.data_vars if f"{name}_error" in estimates]
    if estimates.dims:
        return estimates.to_dataframe().dropna(how="all", subset=names)
    rows = [
        [*(float(estimates[f"{name}{part}"]) for part in PARTS), *(estimates[name].attrs[key] for key in _DESCRIBED)]
        for name in names
    ]
    index = pd.Index(names, name="observable")
    return pd.DataFrame(rows, index=index, columns=["value", "error", "tau", "ess", "unit", "long_name"])
