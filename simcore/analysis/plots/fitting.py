"""Which figures fit a result: what `simcore plot` writes and the report shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import xarray
from matplotlib.figure import Figure

from simcore.analysis.arrays import numbers
from simcore.analysis.plots.arrays import arrays, drawable
from simcore.analysis.plots.estimates import estimates
from simcore.analysis.plots.exchanges import exchanges
from simcore.analysis.plots.field import field
from simcore.analysis.plots.heatmap import heatmap
from simcore.analysis.plots.labels import spoken
from simcore.analysis.plots.parts import space
from simcore.analysis.plots.series import MOST_LINES, series
from simcore.analysis.plots.snapshots import snapshots
from simcore.analysis.plots.source import observables, whole_estimates
from simcore.analysis.plots.spacetime import spacetime
from simcore.analysis.plots.swept import is_number, swept
from simcore.analysis.pooling import REPLICA
from simcore.storage.dataset import TEMPERING

_FEWEST_FOR_COLOURS = 4  # values of a parameter; for fewer, one curve each is clearer


@dataclass(frozen=True)
class Fitting:
    """name: of its file. title: in words. draw: makes it; images: whether it takes `cmap` and `limits`."""

    name: str
    title: str
    draw: Callable[..., Figure]
    images: bool = False


def fitting(tree: xarray.DataTree) -> list[Fitting]:
    """The figures of a run (series, every field) or of a sweep (curves, and heat maps over two parameters).

    If more than two parameters are swept, the others keep their first value, which the title says. Of several
    replicas in one run: the series of the first ones, and the fields of the first. Of a ladder its exchanges, too.
    """
    tree = _few_replicas(tree)
    if _is_sweep(tree):
        return [*_of_sweep(numbers(tree["estimates"].to_dataset())), *_of_ladder(tree)]
    figures = [Fitting("series", "Series of all observables", partial(series, tree))] if _measured(tree) else []
    if names := _arrays(tree):
        figures.append(
            Fitting("arrays", "Observables that are arrays, with standard errors", partial(arrays, tree, names))
        )
    if "fields" in tree.children:
        for name, array in tree["fields"].data_vars.items():
            figures += _of_field(tree, str(name), array)
    return figures


def _of_ladder(tree: xarray.DataTree) -> list[Fitting]:
    if TEMPERING not in tree.children:
        return []
    return [Fitting("exchanges", "Exchanges on the ladder, and the walks of the states", partial(exchanges, tree))]


def of_observable(tree: xarray.DataTree, name: str) -> Fitting | None:
    """The figure of one observable alone: its series, or of a sweep its estimates; None if there is none."""
    tree = _few_replicas(tree)
    if not _is_sweep(tree):
        if name in _arrays(tree):
            return Fitting(name, spoken(name), partial(arrays, tree, name))
        known = _measured(tree) and name in numbers(tree["series"].to_dataset()).data_vars
        return Fitting(name, spoken(name), partial(series, tree, name)) if known else None
    found = numbers(tree["estimates"].to_dataset())
    names = swept(found)
    if not names or name not in observables(found):
        return None
    return Fitting(name, spoken(name), partial(estimates, _two_dimensions(found, names)[0], name))


def single_names(tree: xarray.DataTree) -> list[str]:
    """What `of_observable` knows: the observables of a run or a sweep."""
    if _is_sweep(tree):
        found = numbers(tree["estimates"].to_dataset())
        return list(observables(found)) if swept(found) else []
    return [*(map(str, numbers(tree["series"].to_dataset()).data_vars) if _measured(tree) else ()), *_arrays(tree)]


def _is_sweep(tree: xarray.DataTree) -> bool:
    return bool(set(numbers(tree["estimates"].to_dataset()).dims) - {REPLICA})


def _few_replicas(tree: xarray.DataTree) -> xarray.DataTree:
    """The tree of a run with several replicas, cut to what a figure can show."""
    if set(numbers(tree["estimates"].to_dataset()).dims) != {REPLICA} or "pooled" not in tree.children:
        return tree
    groups = {name: tree[name].to_dataset() for name in tree.children}
    if "series" in groups:
        groups["series"] = groups["series"].isel({REPLICA: slice(0, MOST_LINES)})
    if "fields" in groups:
        groups["fields"] = groups["fields"].isel({REPLICA: 0})
    cut = xarray.DataTree.from_dict(groups)
    cut.attrs = tree.attrs
    return cut


def _arrays(tree: xarray.DataTree) -> list[str]:
    """Those of a run that a figure can show: if there is a sample after thermalisation."""
    found = whole_estimates(tree)
    return [name for name in drawable(found) if np.isfinite(found[name]).any()]


def _measured(tree: xarray.DataTree) -> bool:
    return "series" in tree.children and tree["series"].sizes.get("step", 0) > 0


def _of_field(tree: xarray.DataTree, name: str, array: xarray.DataArray) -> list[Fitting]:
    several = array.sizes[array.dims[0]] > 1
    last = Fitting(f"field-{name}", f"The field {name} at the end", partial(field, tree, name), images=True)
    if not several:
        return [last]
    if len(space(array)) == 1:
        return [
            last,
            Fitting(
                f"spacetime-{name}", f"The field {name} in space and time", partial(spacetime, tree, name), images=True
            ),
        ]
    several_of_it = partial(snapshots, tree, name)
    return [last, Fitting(f"snapshots-{name}", f"The field {name} over time", several_of_it, images=True)]


def _of_sweep(found: xarray.Dataset) -> list[Fitting]:
    names = swept(found)
    if not names or not any(np.isfinite(found[str(name)]).any() for name in found.data_vars):
        return []
    left, fixed = _two_dimensions(found, names)
    suffix = "".join(f", {name} = {value}" for name, value in fixed.items())
    figures = [Fitting("estimates", f"Estimates with standard errors{suffix}", partial(estimates, left))]
    numbers = [name for name in swept(left) if left[name].dims == (name,) and is_number(left[name])]
    if len(numbers) == 2 and min(left.sizes[name] for name in numbers) >= _FEWEST_FOR_COLOURS:
        title = f"Estimates over {' and '.join(numbers)}{suffix}"
        figures.append(Fitting("heatmaps", title, partial(heatmap, left), images=True))
    return figures


def _two_dimensions(found: xarray.Dataset, names: list[str]) -> tuple[xarray.Dataset, dict[str, object]]:
    """At most two swept dimensions; the first value of each other one."""
    dims = list(dict.fromkeys(dim for name in names for dim in found[name].dims))
    fixed = {str(dim): found[dim].values[0] if dim in found.coords else 0 for dim in dims[2:]}
    return found.isel(dict.fromkeys(fixed, 0)), fixed
