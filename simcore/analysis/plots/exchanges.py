"""A ladder of tempering: how often neighbours exchange their states, and the walks of the states."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import xarray
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from simcore.analysis.plots.labels import labelled, unit
from simcore.analysis.plots.source import opened
from simcore.analysis.plots.style import PALETTE, SHADE, panels, style
from simcore.errors import UsageError
from simcore.storage.dataset import TEMPERING

if TYPE_CHECKING:
    from simcore.analysis.plots.source import Source

MOST_WALKS = 4
HOLE = 0.05
"""The least share of exchanges that are accepted, below which a ladder is said to have a hole."""
_SHOWN = 200  # exchanges, the last ones: of more, lines lie on each other


def exchanges(source: Source) -> Figure:
    """The share of exchanges that each pair of neighbours accepted, and the places of some states in the last 200.

    The states are those that began at places which are evenly spread over the ladder. Below the line at 0.05 a ladder
    is said to have a hole. The title of the walks tells how many round trips all states made.

    Raises UsageError for results that are not of a run with `tempering`.
    """
    results = opened(source)
    if isinstance(results, xarray.Dataset):
        ladder = results
    elif TEMPERING in results.children:
        ladder = results[TEMPERING].to_dataset()
    else:
        raise UsageError("these results are of no ladder: a run with the section 'tempering' has one")
    if "rate" not in ladder:
        raise UsageError("this group is none of a ladder: give the tree of a run with the section 'tempering'")
    with style():
        figure, axes = panels(1, 2, width=3.4, height=2.3)
        _rates(axes[0][0], ladder)
        _walks(axes[0][1], ladder)
    return figure


def _rates(ax: Axes, ladder: xarray.Dataset) -> None:
    ax.plot(ladder["pair"].values, ladder["rate"].values, "o-", color=PALETTE[0], lw=0.8)
    ax.axhline(HOLE, color=SHADE, lw=0.8, ls="--")
    ax.set_ylim(0.0, 1.02)
    ax.set_xlabel(labelled("between the two", unit(ladder["pair"])))
    ax.set_ylabel("share accepted")
    ax.set_title("exchanges of neighbours")


def _walks(ax: Axes, ladder: xarray.Dataset) -> None:
    trips = int(ladder["round_trips"].sum())
    ax.set_title(f"walks, {trips:,} round trip{'' if trips == 1 else 's'}")
    ax.set_xlabel("sweep")
    ax.set_ylabel("place on the ladder")
    if "walk" not in ladder:
        return
    count = ladder.sizes["walker"]
    walk = ladder["walk"].isel(step=slice(-_SHOWN, None))
    for number, walker in enumerate(np.unique(np.linspace(0, count - 1, min(MOST_WALKS, count)).astype(int))):
        look: dict[str, Any] = {"lw": 0.7, "drawstyle": "steps-pre", "color": PALETTE[number]}
        ax.plot(walk["step"].values, walk.isel(walker=walker).values, label=f"from {walker}", **look)
    ax.set_ylim(-0.5, count - 0.5)
    ax.margins(x=0.01)
    ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
