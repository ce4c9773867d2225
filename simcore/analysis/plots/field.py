"""A field at one moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import xarray
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from simcore.analysis.plots.colours import bar
from simcore.analysis.plots.panel import draw, height_of
from simcore.analysis.plots.parts import Part, fields_of, parts, space
from simcore.analysis.plots.source import opened
from simcore.analysis.plots.style import figure_of, panels, style, tiles
from simcore.errors import UsageError

if TYPE_CHECKING:
    from simcore.analysis.plots.source import Source


def field(
    source: Source,
    name: str | None = None,
    *,
    at: float | None = None,
    normal: str | None = None,
    position: float | None = None,
    cmap: str | None = None,
    limits: tuple[float, float] | None = None,
    ax: Axes | None = None,
) -> Figure:
    """The fields of a run, or the one that is named, at the moment nearest to `at` (a time or a step), else the last.

    One axis of space makes a line, two an image; of three, `normal` is cut across (the last by default) at the cell
    nearest to `position` (the middle). A complex field shows modulus and phase. The colours follow the values: a
    colour for each state of a spin, a cyclic map for angles (units rad), zero in the middle of what has two signs.
    cmap: another colour map of matplotlib, by its name; limits: the values at its ends.

    Raises UsageError for an unknown name, for a sweep of which no point was chosen, for a cut of what has two axes, and
    where `ax` is given for several panels.
    """
    found = fields_of(opened(source), name)
    shown = [part for array in found for part in parts(nearest_moment(array, at), normal, position, cmap, limits)]
    with style(ax):
        if ax is not None:
            if len(shown) != 1:
                raise UsageError(f"ax= takes one panel, and there are {len(shown)}: name a real field, or leave ax out")
            _panel(ax, shown[0])
            return figure_of(ax)
        figure, axes = _axes(shown)
        for panel, part in zip(axes, shown, strict=True):
            _panel(panel, part)
            panel.set_title(part.when(0), loc="right", fontsize="small")
    return figure


def nearest_moment(array: xarray.DataArray, at: float | None) -> xarray.DataArray:
    """One snapshot, its moment kept as a dimension."""
    moment = str(array.dims[0])
    index = array.sizes[moment] - 1 if at is None else int(np.argmin(np.abs(array[moment].values - at)))
    return array.isel({moment: [index]})


def _axes(shown: list[Part]) -> tuple[Figure, list[Axes]]:
    """Images side by side, lines one below the other."""
    if any(len(space(part.values)) > 1 for part in shown):
        height = 0.5 + max(height_of(part, 2.5) for part in shown)
        return tiles(len(shown), width=3.4, height=height, images=True)
    figure, axes = panels(len(shown), 1, width=5.0, height=2.0)
    return figure, list(axes.flat)


def _panel(ax: Axes, part: Part) -> None:
    draw(ax, part, 0)
    if len(space(part.values)) > 1:
        bar(ax, part.scale)
    ax.set_title(part.title)
