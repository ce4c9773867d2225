"""Estimates of a sweep against a parameter, with error bars."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from simcore.analysis.plots.labels import label, spoken, value_text
from simcore.analysis.plots.source import Names, chosen, group, observables, only_one, opened, together
from simcore.analysis.plots.style import MARKERS, PALETTE, figure_of, style, tiles
from simcore.analysis.plots.swept import axis_and_family, axis_of, is_number

if TYPE_CHECKING:
    from simcore.analysis.plots.source import Source

_LONG_LEGEND = 10


@dataclass(frozen=True)
class Curve:
    """The points of one member of a family, in order of x; labels of a non-numeric parameter are numbered."""

    member: Any
    x: np.ndarray
    value: np.ndarray
    error: np.ndarray


def estimates(
    source: Source, names: Names = None, *, x: str | None = None, by: str | None = None, ax: Axes | None = None
) -> Figure:
    """Each estimate against a swept parameter, one panel each, a curve for each value of another: m(T) for each L.

    x, by: the two parameters; by default x is the number with most values, and `by` the other one. Replicas are taken
    together; the bars are standard errors. A parameter that grows by a constant factor has a logarithmic axis.

    Raises UsageError for an unknown name, where nothing is swept, where a third parameter is swept (choose its value
    first: `tree.sel(h=0.0)`), and where `ax` is given with several names.
    """
    found = together(group(opened(source), "estimates"))
    wanted = chosen(names, observables(found), "estimate")
    along, family = axis_and_family(found, x, by)
    with style(ax):
        if ax is not None:
            only_one(wanted)
            _panel(ax, found, wanted[0], along, family)
            _legend(ax, family)
            return figure_of(ax)
        figure, axes = tiles(len(wanted), width=3.0, height=2.4)
        for panel, name in zip(axes, wanted, strict=True):
            _panel(panel, found, name, along, family)
        if family is not None:
            handles, texts = axes[0].get_legend_handles_labels()
            columns = 1 + len(handles) // _LONG_LEGEND
            figure.legend(handles, texts, title=spoken(family), loc="outside right upper", ncols=columns)
    return figure


def _legend(ax: Axes, family: str | None) -> None:
    if family is not None:
        ax.legend(title=spoken(family))


def _panel(ax: Axes, found: xarray.Dataset, name: str, along: str, family: str | None) -> None:
    drawn = list(curves(found, name, along, family))
    colours = family_colours(len(drawn))
    for number, curve in enumerate(drawn):
        ax.errorbar(
            curve.x,
            curve.value,
            curve.error,
            fmt=f"{MARKERS[number % len(MARKERS)]}-",
            color=colours[number],
            lw=0.8,
            elinewidth=1.0,
            label=value_text(curve.member),
        )
    axis_of(ax, "x", found[along])
    ax.set_ylabel(label(found[name]))
    ax.set_title(spoken(name))


def curves(found: xarray.Dataset, name: str, along: str, family: str | None) -> Iterator[Curve]:
    """One curve for each value of `family`, without the points that are missing."""
    of_x = _numbers(found[along])
    of_family = found[family] if family is not None else xarray.DataArray(0)
    flat = [each.values.ravel() for each in xarray.broadcast(found[name], found[f"{name}_error"], of_x, of_family)]
    there = np.isfinite(flat[0])
    values, errors, xs, members = (each[there] for each in flat)
    for member in np.unique(members):
        mine = np.flatnonzero(members == member)
        order = mine[np.argsort(xs[mine], kind="stable")]
        yield Curve(member.item() if hasattr(member, "item") else member, xs[order], values[order], errors[order])


def family_colours(count: int) -> list[Any]:
    """Distinct colours for a few curves, a scale for many."""
    return list(PALETTE[:count]) if count <= len(PALETTE) else list(colormaps["viridis"](np.linspace(0.0, 0.9, count)))


def _numbers(coordinate: xarray.DataArray) -> xarray.DataArray:
    if is_number(coordinate):
        return coordinate
    return coordinate.copy(data=np.unique(coordinate.values, return_inverse=True)[1].reshape(coordinate.shape))
