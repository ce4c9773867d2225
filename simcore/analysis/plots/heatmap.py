"""Estimates over two swept parameters, as colours."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import xarray
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from simcore.analysis.plots.colours import bar, coloured, scale_of
from simcore.analysis.plots.labels import label, spoken
from simcore.analysis.plots.source import Names, chosen, group, observables, only_one, opened, together
from simcore.analysis.plots.style import SHADE, figure_of, style, tiles
from simcore.analysis.plots.swept import axis_and_family, axis_of, is_geometric, is_number
from simcore.errors import UsageError

if TYPE_CHECKING:
    from simcore.analysis.plots.source import Source

Colours = tuple[str | None, tuple[float, float] | None]
"""A colour map and limits."""


def heatmap(
    source: Source,
    names: Names = None,
    *,
    x: str | None = None,
    y: str | None = None,
    cmap: str | None = None,
    limits: tuple[float, float] | None = None,
    ax: Axes | None = None,
) -> Figure:
    """Each estimate over two swept parameters, one panel each; missing points are hatched.

    x, y: dimensions of the sweep; by default x is the one with most values. Replicas are taken together. cmap, limits:
    as in `field`.

    Raises UsageError for an unknown name, where not just two dimensions are left (choose values of the others first:
    `tree.sel(h=0.0)`), and where `ax` is given with several names.
    """
    found = together(group(opened(source), "estimates"))
    wanted = chosen(names, observables(found), "estimate")
    across, up = axis_and_family(found, x, y)
    if up is None or found[across].dims == found[up].dims:
        raise UsageError("a heat map needs two dimensions: a sweep over a grid of two parameters")
    with style(ax):
        if ax is not None:
            only_one(wanted)
            _panel(ax, found, wanted[0], across, up, (cmap, limits))
            return figure_of(ax)
        figure, axes = tiles(len(wanted), width=3.2, height=2.5)
        for panel, name in zip(axes, wanted, strict=True):
            _panel(panel, found, name, across, up, (cmap, limits))
    return figure


def _panel(ax: Axes, found: xarray.Dataset, name: str, across: str, up: str, colours: Colours) -> None:
    value = found[name].squeeze(drop=True).sortby([across, up]).transpose(up, across)
    scale = coloured(scale_of(value.values), *colours)
    ax.set_facecolor("none")
    ax.patch.set(hatch="////", edgecolor=SHADE)
    ax.pcolormesh(
        edges(value[across]),
        edges(value[up]),
        np.ma.masked_invalid(value.values),
        cmap=scale.cmap,
        norm=scale.norm,
        rasterized=True,
    )
    axis_of(ax, "x", value[across])
    axis_of(ax, "y", value[up])
    bar(ax, scale, label(found[name]))
    ax.set_title(spoken(name))


def edges(coordinate: xarray.DataArray) -> np.ndarray:
    """The edges of cells around the values: halfway between neighbours, on the scale of the axis."""
    if not is_number(coordinate):
        return np.arange(coordinate.size + 1) - 0.5
    values = coordinate.values.astype(float)
    if is_geometric(values):
        return np.exp(_halfway(np.log(values)))
    return _halfway(values)


def _halfway(values: np.ndarray) -> np.ndarray:
    middles = 0.5 * (values[1:] + values[:-1])
    return np.concatenate([[2 * values[0] - middles[0]], middles, [2 * values[-1] - middles[-1]]])
