"""Figures of results, one call each; every call returns the matplotlib Figure, whose axes can be changed.

The first argument is a tree (`simcore.load(...)`), the group of it that is drawn, a `Run`, or a directory. Labels come
from long names and units. With `ax=` one panel is drawn into existing axes, in their style. No call uses pyplot: they
work in a notebook, which shows a returned figure, and without a display.
"""

from simcore.analysis.plots.animation import animate
from simcore.analysis.plots.arrays import arrays
from simcore.analysis.plots.correlation import autocorrelation
from simcore.analysis.plots.estimates import estimates
from simcore.analysis.plots.exchanges import exchanges
from simcore.analysis.plots.field import field
from simcore.analysis.plots.heatmap import heatmap
from simcore.analysis.plots.series import series
from simcore.analysis.plots.snapshots import snapshots
from simcore.analysis.plots.spacetime import spacetime

__all__ = [
    "animate",
    "arrays",
    "autocorrelation",
    "estimates",
    "exchanges",
    "field",
    "heatmap",
    "series",
    "snapshots",
    "spacetime",
]
