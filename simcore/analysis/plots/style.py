"""How figures look: legible in print, safe for the colour-blind, without a global state."""

from __future__ import annotations

import io
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import matplotlib
import numpy as np
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.figure import Figure

# M. Okabe, K. Ito, "Color universal design" (2008), without its yellow, which is lost on white paper.
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#7A7A7A")
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
SHADE = "#8C8C8C"  # what is left out; as a tint, so that it does on any ground

STYLE: Any = {
    "font.size": 9.0,
    "axes.prop_cycle": cycler(color=PALETTE),
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": "medium",
    "axes.titlelocation": "left",
    "axes.formatter.use_mathtext": True,
    "axes.formatter.limits": (-3, 5),
    "axes.formatter.useoffset": False,
    "axes.linewidth": 0.8,
    "errorbar.capsize": 2.0,
    "legend.frameon": False,
    "legend.fontsize": "small",
    "lines.linewidth": 1.2,
    "lines.markersize": 4.0,
    "pdf.fonttype": 42,  # text that a publisher can edit
}
SAVED_DPI = 200
_SHOWN_DPI = 110


class Picture(Figure):
    """A figure that a notebook shows even if pyplot was never imported."""

    def _repr_png_(self) -> bytes:
        return rendered(self, "png", dpi=_SHOWN_DPI)


def style(ax: Axes | None = None) -> AbstractContextManager[object]:
    """The style of a figure that is made here; axes that were given keep theirs."""
    return nullcontext() if ax is not None else matplotlib.rc_context(STYLE)


def panels(
    rows: int, columns: int, *, width: float, height: float, images: bool = False, **options: Any
) -> tuple[Figure, np.ndarray]:
    """A figure of rows x columns axes, each width x height inches, and their array. images: of a fixed shape."""
    figure = Picture(figsize=(columns * width, rows * height), layout="compressed" if images else "constrained")
    return figure, figure.subplots(rows, columns, squeeze=False, **options)


def tiles(count: int, *, width: float, height: float, **options: Any) -> tuple[Figure, list[Axes]]:
    """A figure of `count` axes in one to three columns."""
    columns = {1: 1, 2: 2, 4: 2}.get(count, 3)
    figure, axes = panels(-(-count // columns), columns, width=width, height=height, **options)
    for spare in axes.flat[count:]:
        spare.remove()
    return figure, list(axes.flat[:count])


def figure_of(ax: Axes) -> Figure:
    """The figure that axes belong to, also those in a subfigure."""
    figure = ax.get_figure(root=True) if hasattr(ax.figure, "get_figure") else ax.figure
    assert isinstance(figure, Figure)
    return figure


def rendered(figure: Figure, format: str, dpi: float = SAVED_DPI, **options: Any) -> bytes:
    """The bytes of a file of this format, the same for the same figure."""
    dated = {"pdf": "CreationDate", "svg": "Date"}.get(format)
    file = io.BytesIO()
    with matplotlib.rc_context({"svg.hashsalt": "simcore", "pdf.fonttype": STYLE["pdf.fonttype"]}):
        figure.savefig(file, format=format, dpi=dpi, metadata={dated: None} if dated else None, **options)
    return file.getvalue()
