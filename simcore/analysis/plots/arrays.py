"""Observables that are arrays: a curve with error bars over one dimension, an image over two."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import xarray
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from simcore.analysis.arrays import array_names, own_dims
from simcore.analysis.plots.colours import bar, scale_of
from simcore.analysis.plots.heatmap import edges
from simcore.analysis.plots.labels import label, labelled, spoken, unit
from simcore.analysis.plots.source import Names, chosen, only_one, opened, whole_estimates
from simcore.analysis.plots.style import PALETTE, figure_of, style, tiles
from simcore.analysis.plots.swept import axis_of, is_number
from simcore.errors import UsageError

if TYPE_CHECKING:
    from simcore.analysis.plots.source import Source

_MOST_MARKERS = 60


def arrays(source: Source, names: Names = None, *, ax: Axes | None = None) -> Figure:
    """The estimate of each observable that is an array, one panel each.

    One dimension gives a curve with standard errors, two give an image of the values. Of a sweep, or of several
    replicas, choose a point first: `tree.isel(temperature=0)`; of more than two dimensions, values of the others.

    Raises UsageError for an unknown name, if more than two dimensions are left, and if `ax` is given with several.
    """
    results = opened(source)
    found = results if isinstance(results, xarray.Dataset) else whole_estimates(results)
    wanted = chosen(names, array_names(found), "array")
    with style(ax):
        if ax is not None:
            only_one(wanted)
            _panel(ax, found, wanted[0])
            return figure_of(ax)
        figure, axes = tiles(len(wanted), width=3.3, height=2.5)
        for panel, name in zip(axes, wanted, strict=True):
            _panel(panel, found, name)
    return figure


def drawable(found: xarray.Dataset) -> list[str]:
    """The arrays of one or two dimensions."""
    return [name for name in array_names(found) if found[name].ndim == len(own_dims(found[name])) < 3]


def _panel(ax: Axes, found: xarray.Dataset, name: str) -> None:
    value = found[name].squeeze(drop=True) if found[name].ndim > 2 else found[name]
    if value.ndim > 2:
        example = ", ".join(f"{dim}=0" for dim in value.dims[2:])
        raise UsageError(f"{name} has the dimensions {', '.join(map(str, value.dims))}: choose, as in isel({example})")
    ax.set_title(spoken(name))
    if value.ndim == 1:
        _curve(ax, value, found[f"{name}_error"].squeeze(drop=True))
        return
    across, up = value.dims
    scale = scale_of(value.values)
    image = np.ma.masked_invalid(value.values.T)
    cells = edges(value[across]), edges(value[up])
    ax.pcolormesh(*cells, image, cmap=scale.cmap, norm=scale.norm, rasterized=True)
    for axis, dim in (("x", across), ("y", up)):
        axis_of(ax, axis, value[dim])
    bar(ax, scale, label(value))


def _curve(ax: Axes, value: xarray.DataArray, error: xarray.DataArray) -> None:
    (dim,) = value.dims
    numeric = is_number(value[dim])
    x = value[dim].values if numeric else np.arange(value.size)
    marker = "o-" if value.size <= _MOST_MARKERS else "-"
    bars = np.where(np.isfinite(error.values), error.values, 0.0)
    ax.errorbar(x, value.values, bars, fmt=marker, ms=3, lw=0.8, elinewidth=0.8, color=PALETTE[0])
    if not numeric:
        ax.set_xticks(x, [str(each) for each in value[dim].values])
    ax.set_xlabel(labelled(spoken(str(dim)), unit(value[dim])))
    ax.set_ylabel(label(value))
