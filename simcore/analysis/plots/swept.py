"""What a sweep varies: which of its parameters goes along which axis."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
import xarray
from matplotlib.axes import Axes

from simcore.analysis.plots.labels import label
from simcore.analysis.plots.source import BOOKKEEPING, REPLICA
from simcore.config import hint
from simcore.errors import UsageError


def swept(estimates: xarray.Dataset) -> list[str]:
    """The coordinates with more than one value, those with most values first, numbers before labels."""
    names = [str(name) for name, x in estimates.coords.items() if x.ndim == 1 and name not in (REPLICA, *BOOKKEEPING)]
    many = [name for name in names if _values(estimates, name) > 1]
    return sorted(many, key=lambda name: (not is_number(estimates[name]), -_values(estimates, name)))


def is_number(coordinate: xarray.DataArray) -> bool:
    return coordinate.dtype.kind in "iuf"


def axis_and_family(estimates: xarray.Dataset, x: str | None, by: str | None) -> tuple[str, str | None]:
    """The parameter along the axis, and the one that tells curves apart.

    By default the number with most values, and what is left: another dimension or, along `point`, the parameter with
    fewest values if those of x repeat. Raises UsageError for an unknown name, and if dimensions are left over.
    """
    names = swept(estimates)
    for given in (x, by):
        if given is not None and given not in names:
            raise UsageError(f"no swept parameter is called '{given}'; {hint(given, names)}")
    if not names:
        raise UsageError("nothing is swept in these estimates, so there is no axis to draw them over")
    x = x or next(name for name in names if name != by)
    left = [dim for dim in estimates.sizes if estimates.sizes[dim] > 1 and dim not in (*estimates[x].dims, REPLICA)]
    if by is None:
        by = next((name for name in names for dim in left if estimates[name].dims == (dim,)), None)
        if not left:
            by = _splits(estimates, names, x)
    left = [dim for dim in left if by is None or dim not in estimates[by].dims]
    if left:
        raise UsageError(f"{', '.join(map(str, left))} is swept, too: choose a value, as in {_example(left)}")
    return x, by


def is_geometric(values: np.ndarray) -> bool:
    """Whether positive values lie evenly on a logarithmic scale, over a decade at least."""
    values = np.unique(values[np.isfinite(values)])
    if len(values) < 3 or values[0] <= 0.0 or values[-1] < 10.0 * values[0]:
        return False
    ratios = values[1:] / values[:-1]
    return bool(ratios.max() <= 1.01 * ratios.min())


def axis_of(ax: Axes, axis: str, coordinate: xarray.DataArray) -> None:
    """Name the axis after a swept parameter; labels get a tick each, powers a logarithmic scale."""
    ax.set(**{f"{axis}label": label(coordinate)})
    if not is_number(coordinate):
        texts = [str(text) for text in np.unique(coordinate.values)]
        ax.set(**{f"{axis}ticks": range(len(texts)), f"{axis}ticklabels": texts})
    elif is_geometric(coordinate.values):
        ax.set(**{f"{axis}scale": "log"})


def _splits(estimates: xarray.Dataset, names: Sequence[str], x: str) -> str | None:
    """Along one dimension: the parameter that tells apart points of the same x."""
    if len(np.unique(estimates[x].values)) == estimates[x].size:
        return None
    others = [name for name in names if name != x and estimates[name].dims == estimates[x].dims]
    return min(others, key=lambda name: _values(estimates, name), default=None)


def _values(estimates: xarray.Dataset, name: str) -> int:
    return len(np.unique(estimates[name].values))


def _example(left: Sequence[Hashable]) -> str:
    return f"tree.isel({', '.join(f'{dim}=0' for dim in left)})"
