"""The estimates as tables, with their errors in the usual notation."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import xarray

from simcore.analysis.arrays import array_names
from simcore.analysis.plots.labels import plain, spoken, unit, value_text
from simcore.analysis.plots.source import observables, together
from simcore.analysis.plots.swept import swept
from simcore.analysis.report.cautions import words_of
from simcore.analysis.report.markup import paragraph, table
from simcore.statistics import notation

_MOST_ROWS = 200


def run_table(estimates: xarray.Dataset) -> str:
    """One row for each observable of a run: mean, unit, autocorrelation time, independent samples."""
    header = ("observable", "estimate", "unit", "autocorrelation time", "independent samples", "caution", "meaning")
    kinds = ("head", "estimate", "", "number", "number", "", "")
    rows = [_row(estimates, name) for name in observables(estimates)]
    kept = [column for column in range(len(header)) if any(row[column] for row in rows)]
    return table(_those(header, kept), [_those(row, kept) for row in rows], _those(kinds, kept))


def array_table(estimates: xarray.Dataset) -> str:
    """One row for each observable that is an array: dimensions, range of values, largest error; empty without any."""
    header = ("array", "dimensions", "values", "largest error", "longest autocorrelation time", "caution", "meaning")
    rows = []
    for name in array_names(estimates):
        found = estimates[name]
        dims = ", ".join(f"{spoken(str(dim))}: {size}" for dim, size in found.sizes.items())
        span = " to ".join(f"{float(x):.4g}".replace("-", "−") for x in (found.min(), found.max()))
        error, tau = (float(estimates[f"{name}_{part}"].max()) for part in ("error", "tau"))
        words = str(found.attrs.get("cautions", "")).replace(";", ",")
        meaning = plain(str(found.attrs.get("long_name", "")))
        rows.append((spoken(name), dims, span, _rounded(error), _rounded(tau, " steps"), words, meaning))
    return table(header, rows, ("head", "", "number", "number", "number", "", "")) if rows else ""


def _row(estimates: xarray.Dataset, name: str) -> tuple[str, ...]:
    found = estimates[name]
    error, tau, ess = (estimates[f"{name}_{part}"].item() for part in ("error", "tau", "ess"))
    return (
        spoken(name),
        written(found.item(), error),
        "" if unit(found) == "1" else plain(unit(found)),
        _rounded(tau, " steps"),
        _rounded(ess),
        ", ".join(words_of(estimates, name)),
        plain(str(found.attrs.get("long_name", ""))),
    )


def _those(row: Sequence[str], columns: Sequence[int]) -> list[str]:
    return [row[column] for column in columns]


def sweep_table(estimates: xarray.Dataset) -> str:
    """One row for each point that is there, its replicas taken together; of many points the first two hundred."""
    estimates = together(estimates)
    parameters, names = swept(estimates), observables(estimates)
    dims = estimates[names[0]].dims
    places = [estimates[name].broadcast_like(estimates[names[0]]).transpose(*dims).values for name in parameters]
    there = np.argwhere(np.any([np.isfinite(estimates[name].values) for name in names], axis=0)).tolist()
    rows = [
        [*(value_text(place[*index].item()) for place in places), *(_at(estimates, name, index) for name in names)]
        for index in there[:_MOST_ROWS]
    ]
    kinds = ["number"] * len(parameters) + ["estimate"] * len(names)
    header = [spoken(parameter) for parameter in parameters] + [_with_unit(estimates[name]) for name in names]
    shown = table(header, rows, kinds)
    if len(there) > _MOST_ROWS:
        shown += "\n" + paragraph(f"The first {_MOST_ROWS} of {len(there)} points; all of them are in estimates.h5.")
    return shown


def _at(estimates: xarray.Dataset, name: str, index: list[int]) -> str:
    return written(estimates[name].values[*index].item(), estimates[f"{name}_error"].values[*index].item())


def written(value: float, error: float) -> str:
    """`−1.4337(12)`; a dash if there is no value."""
    return notation(value, error).replace("-", "−") if math.isfinite(value) else "–"


def _with_unit(variable: xarray.DataArray) -> str:
    name = spoken(str(variable.name))
    return name if unit(variable) == "1" else f"{name} [{plain(unit(variable))}]"


def _rounded(value: float, suffix: str = "") -> str:
    if not math.isfinite(value):
        return "unknown"
    return f"{value:,.0f}{suffix}" if value >= 1000.0 else f"{value:.3g}{suffix}"
