"""One picture of a field in one panel: an image in two dimensions, a line in one."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D

from simcore.analysis.plots.colours import Scale
from simcore.analysis.plots.labels import label
from simcore.analysis.plots.parts import Part, space
from simcore.analysis.plots.style import PALETTE

_LONGEST_RATIO = 8.0


def draw(ax: Axes, part: Part, index: int) -> Artist:
    """Draw the snapshot `index`; returns what `redraw` changes."""
    values = part.values.isel({part.moment: index})
    axes = space(values)
    ax.set_xlabel(label(values[axes[0]]))
    if len(axes) == 1:
        return _line(ax, part, values[axes[0]], values)
    ax.set_ylabel(label(values[axes[1]]))
    return _image(ax, part, values, axes)


def redraw(artist: Artist, part: Part, index: int) -> None:
    """Show another snapshot of the same part."""
    values = part.values.isel({part.moment: index}).values
    if isinstance(artist, AxesImage):
        artist.set_data(values.T)
    elif isinstance(artist, Line2D):
        artist.set_ydata(values)


def height_of(part: Part, width: float) -> float:
    """How high a picture of this width is."""
    axes = space(part.values)
    if len(axes) == 1:
        return 0.75 * width
    (left, right), (low, high) = (_ends(part.values[axis]) for axis in axes)
    return width * min(max((high - low) / (right - left), 0.3), 1.6)


def _line(ax: Axes, part: Part, x: xarray.DataArray, values: xarray.DataArray) -> Line2D:
    # A phase jumps from pi to -pi: points, where a line would cross the panel.
    look: dict[str, Any] = {"ls": "", "marker": ".", "ms": 2.0} if part.phase else {}
    (line,) = ax.plot(x, values, color=PALETTE[0], **look)
    low, high = _range(part.scale)
    ax.set_ylim(low, high)
    if part.scale.ticks is not None:
        ax.set_yticks(part.scale.ticks, part.scale.tick_labels)
    ax.margins(x=0.01)
    return line


def _range(scale: Scale) -> tuple[float, float]:
    low, high = scale.limits
    margin = 0.04 * (high - low)
    return low - margin, high + margin


def _image(ax: Axes, part: Part, values: xarray.DataArray, axes: list[str]) -> AxesImage:
    extent = (*_ends(values[axes[0]]), *_ends(values[axes[1]]))
    ratio = (extent[1] - extent[0]) / (extent[3] - extent[2])
    ax.spines[:].set_visible(True)
    return ax.imshow(
        values.values.T,
        cmap=part.scale.cmap,
        norm=part.scale.norm,
        extent=extent,
        origin="lower",
        aspect="equal" if 1 / _LONGEST_RATIO < ratio < _LONGEST_RATIO else "auto",
        # Cells that share a pixel are mixed as colours: the mean of two states, or of two angles, is none.
        interpolation_stage="rgba",
    )


def _ends(coordinate: xarray.DataArray) -> tuple[float, float]:
    """The outer edges of the first and last cell."""
    places = coordinate.values.astype(float)
    half = 0.5 * (places[-1] - places[0]) / (len(places) - 1) if len(places) > 1 else 0.5
    return float(np.min(places) - half), float(np.max(places) + half)
