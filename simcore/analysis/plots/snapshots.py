"""A field at several moments, side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from simcore.analysis.plots.colours import bar
from simcore.analysis.plots.panel import draw, height_of
from simcore.analysis.plots.parts import Part, fields_of, parts, space
from simcore.analysis.plots.source import opened
from simcore.analysis.plots.style import panels, style

if TYPE_CHECKING:
    from simcore.analysis.plots.source import Source


def snapshots(
    source: Source,
    name: str | None = None,
    *,
    count: int = 5,
    normal: str | None = None,
    position: float | None = None,
    cmap: str | None = None,
    limits: tuple[float, float] | None = None,
) -> Figure:
    """The fields of a run, or the one that is named, at up to `count` moments from the first to the last kept.

    One row for each field (of a complex one, for modulus and phase), with one scale of colours; the rest as `field`.
    """
    rows: list[Part] = []
    for array in fields_of(opened(source), name):
        moments = array.sizes[array.dims[0]]
        kept = np.unique(np.linspace(0, moments - 1, min(max(count, 1), moments)).round().astype(int))
        rows += parts(array.isel({array.dims[0]: kept}), normal, position, cmap, limits)
    columns = max(part.values.sizes[part.moment] for part in rows)
    height = 0.65 + max(height_of(part, 1.45) for part in rows)
    with style():
        figure, axes = panels(len(rows), columns, width=1.75 + 0.8 / columns, height=height, images=True)
        for row, part in zip(axes, rows, strict=True):
            _row(list(row), part)
    return figure


def _row(axes: list[Axes], part: Part) -> None:
    for index, ax in enumerate(axes):
        draw(ax, part, index)
        ax.label_outer()
        ax.set_title(part.when(index), loc="right", fontsize="small")
    if len(space(part.values)) == 1:
        axes[0].set_ylabel(part.title)
    else:
        bar(axes[-1], part.scale, part.title)
