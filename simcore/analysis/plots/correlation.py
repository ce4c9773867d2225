"""The autocorrelation function of a series."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import xarray
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from simcore.analysis.plots.labels import spoken, value_text
from simcore.analysis.plots.source import (
    Names,
    chosen,
    group,
    only_one,
    opened,
    single_point,
    without_gaps,
)
from simcore.analysis.plots.style import PALETTE, SHADE, figure_of, style, tiles
from simcore.analysis.recorded import thermalization_of
from simcore.statistics import autocorrelation_time
from simcore.statistics.autocovariance import autocovariance_blocks

if TYPE_CHECKING:
    from simcore.analysis.plots.source import Source

_SHOWN_TIMES = 6  # autocorrelation times
_FEWEST_LAGS, _MOST_POINTS = 12, 120


def autocorrelation(
    source: Source, names: Names = None, *, thermalization: int | None = None, ax: Axes | None = None
) -> Figure:
    """rho(t) of each observable after thermalisation, with its standard error, and the integrated time tau.

    thermalization: steps to leave out, the experiment's by default. Raises UsageError for an unknown name, for a sweep
    of which no point was chosen, and where `ax` is given with several names.
    """
    results = opened(source)
    found = single_point(group(results, "series"), ["step"])
    wanted = chosen(names, map(str, found.data_vars), "series")
    cut = thermalization_of(results) or 0 if thermalization is None else thermalization
    with style(ax):
        if ax is not None:
            only_one(wanted)
            correlation_panel(ax, found[wanted[0]], cut)
            return figure_of(ax)
        figure, axes = tiles(len(wanted), width=2.8, height=2.2)
        for panel, name in zip(axes, wanted, strict=True):
            correlation_panel(panel, found[name], cut)
            panel.set_title(spoken(name))
    return figure


def correlation_panel(ax: Axes, variable: xarray.DataArray, cut: int, steps_are: str = "steps") -> None:
    """rho(t) of one series (step,) after `cut` steps; a word if there is none."""
    variable = without_gaps(variable)
    steps = variable["step"].values
    series = variable.values[steps > cut]
    ax.set(xlabel=f"lag [{steps_are}]", ylabel="autocorrelation")
    ax.axhline(0.0, color=SHADE, lw=0.8, zorder=0)
    tau = float(autocorrelation_time(series)) if len(series) else math.nan
    if len(series) < 4 * _FEWEST_LAGS or not math.isfinite(tau) or series.min() == series.max():
        ax.text(0.5, 0.5, "too few samples" if len(series) < 4 * _FEWEST_LAGS else "constant", ha="center", va="center")
        ax.set(xlim=(0, 1), ylim=(-0.1, 1.05), xticks=[])
        return
    every = (steps[-1] - steps[0]) / (len(steps) - 1)
    lags, rho, errors = correlation_function(series, tau)
    ax.errorbar(lags * every, rho, errors, fmt="o", ms=2.5, lw=0.8, capsize=0, color=PALETTE[0])
    ax.axvline(tau * every, color=PALETTE[1], lw=1.0, ls="--")
    ax.set_title(
        f"τ = {value_text(_two_digits(tau * every))} {steps_are}", loc="right", color=PALETTE[1], fontsize="small"
    )
    ax.set_xlim(0, None)


def correlation_function(series: np.ndarray, tau: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Lags in samples, at most 120 of them up to six tau (in samples), rho and its standard error there.

    The error is that of M. Lüscher, Comput. Phys. Commun. 165, 199 (2005), appendix E.
    """
    n = len(series)
    last = min(max(_FEWEST_LAGS, math.ceil(_SHOWN_TIMES * tau)), n // 4)
    centred = series - series.mean()
    gamma = np.concatenate([[np.dot(centred, centred) / n], *autocovariance_blocks(centred, min(2 * last, n // 2))])
    rho = np.pad(gamma / gamma[0], (0, 2 * last))
    lags = np.arange(0, last + 1, max(1, last // _MOST_POINTS))
    k = np.arange(1, last + 1)
    squares = [np.sum((rho[k + t] + rho[np.abs(k - t)] - 2.0 * rho[t] * rho[k]) ** 2) for t in lags]
    return lags, rho[lags], np.sqrt(np.array(squares) / n)


def _two_digits(value: float) -> float:
    """Two digits: more are not known of an autocorrelation time."""
    return float(f"{value:.2g}")
