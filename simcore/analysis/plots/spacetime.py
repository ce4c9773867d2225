"""A field in one dimension over space and time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from simcore.analysis.plots.colours import bar
from simcore.analysis.plots.labels import label
from simcore.analysis.plots.parts import Part, fields_of, parts, space
from simcore.analysis.plots.source import opened
from simcore.analysis.plots.style import figure_of, style, tiles
from simcore.errors import UsageError

if TYPE_CHECKING:
    from simcore.analysis.plots.source import Source


def spacetime(
    source: Source,
    name: str | None = None,
    *,
    cmap: str | None = None,
    limits: tuple[float, float] | None = None,
    ax: Axes | None = None,
) -> Figure:
    """The one-dimensional fields of a run, or the one that is named: space to the right, time upward.

    Of a complex field, modulus and phase. cmap, limits: as in `field`.

    Raises UsageError for a field with more axes, for fewer than two snapshots (see `output.fields`), for an unknown
    name, and where `ax` is given for several panels.
    """
    shown = [part for array in fields_of(opened(source), name) for part in parts(array, cmap=cmap, limits=limits)]
    for part in shown:
        if len(space(part.values)) != 1 or part.values.sizes[part.moment] < 2:
            raise UsageError(f"{part.title}: over space and time there must be one axis and two snapshots at least")
    with style(ax):
        if ax is not None:
            if len(shown) != 1:
                raise UsageError(f"ax= takes one panel, and there are {len(shown)}: name a real field, or leave ax out")
            _panel(ax, shown[0])
            return figure_of(ax)
        figure, axes = tiles(len(shown), width=3.4, height=2.9)
        for panel, part in zip(axes, shown, strict=True):
            _panel(panel, part)
    return figure


def _panel(ax: Axes, part: Part) -> None:
    x, t = part.values[space(part.values)[0]], part.values[part.moment]
    scale = part.scale
    values = np.asarray(part.values)
    ax.pcolormesh(x, t, values, cmap=scale.cmap, norm=scale.norm, shading="nearest", rasterized=True)
    ax.set(xlabel=label(x), ylabel=label(t), title=part.title)
    bar(ax, scale)
