"""Observables over time: the series, the end of thermalisation, and the autocorrelation function."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import xarray
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from simcore.analysis.plots.correlation import correlation_panel
from simcore.analysis.plots.labels import label, labelled, spoken, typeset, unit, value_text
from simcore.analysis.plots.source import (
    BOOKKEEPING,
    Names,
    chosen,
    group,
    only_one,
    opened,
    without_gaps,
)
from simcore.analysis.plots.style import PALETTE, SHADE, figure_of, panels, style, tiles
from simcore.analysis.recorded import thermalization_of
from simcore.errors import UsageError
from simcore.statistics import estimate

if TYPE_CHECKING:
    from simcore.analysis.plots.source import Source

MOST_LINES = 8
_LONG = 5000  # samples, beyond which a line is an image within a vector figure


def series(source: Source, names: Names = None, *, thermalization: int | None = None, ax: Axes | None = None) -> Figure:
    """Each observable over the sweeps, or over time, one panel each.

    Of a Monte Carlo run the thermalisation is shaded, the mean after it is drawn with its error (autocorrelation
    counted), and the autocorrelation function stands beside it. thermalization: sweeps to leave out, the experiment's
    by default. Of a sweep choose a point first, or a few: at most eight lines go into one panel.

    Raises UsageError for an unknown name, for too many lines, and where `ax` is given with several names.
    """
    results = opened(source)
    found = group(results, "series")
    wanted = chosen(names, map(str, found.data_vars), "series")
    cut = thermalization_of(results) if thermalization is None else thermalization
    with style(ax):
        if ax is not None:
            only_one(wanted)
            _trace(ax, found[wanted[0]], cut)
            return figure_of(ax)
        if cut is not None and all(found[name].ndim == 1 for name in wanted):
            return _with_correlations(found[wanted], cut)
        figure, axes = tiles(len(wanted), width=3.3 if len(wanted) > 1 else 5.0, height=1.9)
        for panel, name in zip(axes, wanted, strict=True):
            _trace(panel, found[name], cut)
    return figure


def _with_correlations(found: xarray.Dataset, cut: int) -> Figure:
    """A row for each observable: its series and its autocorrelation function."""
    figure, axes = panels(len(found), 2, width=3.6, height=1.75, width_ratios=(2.2, 1.0))
    for row, variable in zip(axes, found.data_vars.values(), strict=True):
        _trace(row[0], variable, cut)
        correlation_panel(row[1], variable, cut, "sweeps")
    for left, right in axes[:-1]:
        left.tick_params(labelbottom=False)
        left.set_xlabel("")
        right.set_xlabel("")
    return figure


def _trace(ax: Axes, variable: xarray.DataArray, cut: int | None) -> None:
    """One observable, a line for each point; what is left out, and the mean of the rest."""
    variable = without_gaps(variable)
    lines = variable.stack(line=[dim for dim in variable.dims if dim != "step"]) if variable.ndim > 1 else None
    count = 1 if lines is None else lines.sizes["line"]
    if count > MOST_LINES:
        raise UsageError(
            f"{count} series would lie on each other: choose at most {MOST_LINES} points, "
            f"as in tree.isel({variable.dims[0]}=0)"
        )
    x = variable["time"] if "time" in variable.coords else variable["step"]
    # Samples of Monte Carlo are noise around a mean: thin, so that the mean is seen on top.
    look: dict[str, Any] = {"lw": 0.5 if cut is not None else 1.2, "rasterized": variable.sizes["step"] > _LONG}
    if lines is None:
        ax.plot(x, variable, color=PALETTE[0], **look)
    else:
        for number in range(count):
            ax.plot(x, lines.isel(line=number), label=_point(lines, number), **look)
        ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    if cut is not None:
        _averages(ax, variable, cut)
        ax.set_xlabel(labelled("sweep", unit(x)))
    else:
        ax.set_xlabel(label(x))
    ax.margins(x=0.01)
    ax.set_ylabel(label(variable))
    ax.set_title(spoken(str(variable.name)))


def _averages(ax: Axes, variable: xarray.DataArray, cut: int) -> None:
    """Shade what is left out; of one series, draw the mean of the rest with its error."""
    steps = variable["step"].values
    if cut:
        ax.axvspan(0, cut, color=SHADE, alpha=0.25, lw=0, zorder=0)
    kept = variable.values[..., steps > cut]
    if kept.ndim > 1 or not kept.size:
        return
    mean = estimate(kept)
    span = np.array([max(cut, steps[0]), steps[-1]])
    ax.plot(span, [mean.value] * 2, color=PALETTE[1], lw=1.2)
    if np.isfinite(mean.error):
        ax.fill_between(span, mean.value - mean.error, mean.value + mean.error, color=PALETTE[1], alpha=0.35, lw=0)
    ax.set_title(typeset(f"mean {mean}").replace("-", "−"), loc="right", color=PALETTE[1], fontsize="small")


def _point(lines: xarray.DataArray, number: int) -> str:
    """What tells this line from the others: the values of its point."""
    own = [name for name, x in lines.coords.items() if x.dims == ("line",) and name not in ("line", *BOOKKEEPING)]
    differing = [str(name) for name in own if len(np.unique(lines[name].values)) > 1]
    return ", ".join(f"{name} = {value_text(lines[name].values[number].item())}" for name in differing)
