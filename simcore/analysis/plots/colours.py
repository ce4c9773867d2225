"""From values to colours: which map says what they are."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import BoundaryNorm, Colormap, ListedColormap, Normalize

from simcore.analysis.plots.style import figure_of
from simcore.config import hint
from simcore.errors import UsageError

_TWO_STATES = ("#12355B", "#F2D492")  # dark and light, also in grey
# P. Tol, "Colour schemes", SRON/EPS/TN/09-002 (2021): bright, for the colour-blind.
_STATES = ("#4477AA", "#EE6677", "#228833", "#CCBB44", "#66CCEE", "#AA3377", "#BBBBBB")


@dataclass(frozen=True)
class Scale:
    """Colours of values, and the ticks of their colour bar (None: matplotlib chooses).

    extend: at which ends values lie beyond: neither, min, max, both.
    """

    cmap: Colormap
    norm: Normalize
    ticks: tuple[float, ...] | None = None
    tick_labels: tuple[str, ...] | None = None
    extend: str = "neither"

    @property
    def limits(self) -> tuple[float, float]:
        """Between which values the colours lie."""
        return float(self.norm.vmin or 0.0), float(self.norm.vmax or 0.0)


def bar(ax: Axes, scale: Scale, text: str = "") -> None:
    """A colour bar beside a panel, as high as the panel."""
    place = ax.inset_axes((1.04, 0.0, 0.05, 1.0))
    shown = ScalarMappable(scale.norm, scale.cmap)
    made = figure_of(ax).colorbar(shown, cax=place, ticks=scale.ticks, label=text, extend=scale.extend)
    made.minorticks_off()
    made.outline.set_linewidth(0.5)
    if scale.tick_labels is not None:
        made.set_ticklabels(scale.tick_labels)


def scale_of(values: np.ndarray, units: str = "1") -> Scale:
    """The scale for real values of any shape.

    Angles (`units` rad) get a cyclic map; a few whole numbers a colour each; what lies on both sides of zero a map with
    zero in its middle; all else one that grows evenly, also in grey.
    """
    finite = values[np.isfinite(values)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    if units == "rad":
        return angles(low)
    states = _states(finite)
    if states is not None:
        return _discrete(states)
    if low < 0.0 < high and min(-low, high) > 0.1 * max(-low, high):
        reach = max(-low, high)
        return Scale(colormaps["RdBu_r"], Normalize(-reach, reach))
    return Scale(colormaps["viridis"], Normalize(low, high if high > low else low + (abs(low) or 1.0)))


def angles(low: float = -1.0) -> Scale:
    """From -pi to pi; from 0 to 2 pi if no value is negative. Both ends have one colour."""
    start = -2 if low < 0.0 else 0
    quarters = range(start, start + 5)
    names = {-2: "−π", -1: "−π/2", 0: "0", 1: "π/2", 2: "π", 3: "3π/2", 4: "2π"}
    norm = Normalize(0.5 * math.pi * start, 0.5 * math.pi * (start + 4))
    ticks = tuple(0.5 * math.pi * quarter for quarter in quarters)
    return Scale(colormaps["twilight"], norm, ticks, tuple(names[quarter] for quarter in quarters))


def coloured(scale: Scale, cmap: str | None = None, limits: tuple[float, float] | None = None) -> Scale:
    """A scale with another colour map of matplotlib, or between other values. Raises UsageError."""
    if limits is not None:
        low, high = limits
        if not (math.isfinite(low) and math.isfinite(high) and low < high):
            raise UsageError(f"limits: must be two numbers that ascend, not {low:g} and {high:g}")
        plain = scale.cmap if not isinstance(scale.norm, BoundaryNorm) else colormaps["viridis"]
        least, greatest = scale.limits
        beyond = {(True, True): "both", (True, False): "min", (False, True): "max"}
        extend = beyond.get((least < low, greatest > high), "neither")
        scale = Scale(plain, Normalize(low, high), extend=extend)
    if cmap is None:
        return scale
    if cmap not in colormaps:
        raise UsageError(f"cmap: matplotlib has no colour map '{cmap:.60}'; {hint(cmap, list(colormaps))}")
    found = colormaps[cmap]
    return replace(scale, cmap=found.resampled(scale.norm.N - 1) if isinstance(scale.norm, BoundaryNorm) else found)


def _states(values: np.ndarray) -> np.ndarray | None:
    """The values if they are a few whole numbers: of a whole type, or two or more of them."""
    if values.size and values.dtype.kind == "f" and not np.array_equal(values, np.rint(values)):
        return None
    states = np.unique(values)
    if set(states) <= {-1.0, 1.0} and values.dtype.kind in "biu":
        return np.array([-1, 1])
    fewest = 1 if values.dtype.kind in "biu" else 2
    return states if fewest <= len(states) <= len(_STATES) else None


def _discrete(states: np.ndarray) -> Scale:
    count = len(states)
    colours = _TWO_STATES[:count] if count <= 2 else _STATES[:count]
    middles = 0.5 * (states[1:] + states[:-1])
    edges = np.concatenate([[states[0] - 0.5], middles, [states[-1] + 0.5]])
    ticks = tuple(0.5 * (edges[1:] + edges[:-1]))
    return Scale(
        ListedColormap(colours),
        BoundaryNorm(edges, count),
        ticks,
        tuple(f"{state:g}".replace("-", "−") for state in states),
    )
