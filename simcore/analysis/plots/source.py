"""What is plotted: the groups of a tree, checked, and what the experiment says of them."""

from __future__ import annotations

import os
from collections.abc import Collection, Hashable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import xarray

from simcore.analysis.arrays import numbers
from simcore.analysis.load import load
from simcore.analysis.pooling import REPLICA, pooled
from simcore.config import hint
from simcore.errors import UsageError
from simcore.sweeps.files import POINT_DONE, POINT_ID, POINT_STEP

if TYPE_CHECKING:
    from simcore.analysis.run import Run

    Source = xarray.DataTree | xarray.Dataset | Run | str | os.PathLike[str]

Names = str | Sequence[str] | None
BOOKKEEPING = (POINT_ID, POINT_DONE, POINT_STEP)


Opened = xarray.DataTree | xarray.Dataset


def opened(source: Source) -> Opened:
    """The tree of a run or a sweep, or one of its groups as it is. Raises what `simcore.load` raises."""
    if isinstance(source, xarray.DataTree | xarray.Dataset):
        return source
    if isinstance(source, str | os.PathLike):
        return load(Path(source))
    return source.tree


def group(results: Opened, name: str) -> xarray.Dataset:
    """One group of a tree, without the observables that are arrays.

    Raises UsageError if it has none: a sweep whose points differ in shape.
    """
    if isinstance(results, xarray.Dataset):
        return numbers(results)
    if name not in results.children or not results[name].data_vars:
        raise UsageError(f"these results hold no {name}; there are {', '.join(results.children) or 'none'}")
    return numbers(results[name].to_dataset())


def observables(estimates: xarray.Dataset) -> list[str]:
    """The names of all estimates, in the model's order."""
    return [str(name) for name in estimates.data_vars if f"{name}_error" in estimates]


def together(estimates: xarray.Dataset) -> xarray.Dataset:
    """The estimates of all replicas as one."""
    return pooled(estimates) if REPLICA in estimates.dims else estimates


def of_a_run(tree: xarray.DataTree) -> xarray.Dataset:
    """The estimates of a run without dimension `replica`: those pooled, if it has several replicas. Numbers alone."""
    return numbers(whole_estimates(tree))


def whole_estimates(tree: xarray.DataTree) -> xarray.Dataset:
    """The same with the observables that are arrays."""
    return tree["pooled" if "pooled" in tree.children else "estimates"].to_dataset()


def chosen(names: Names, known: Iterable[str], what: str) -> list[str]:
    """The names asked for, all that are known by default. Raises UsageError for one that is not."""
    known = list(known)
    wanted = known if names is None else [names] if isinstance(names, str) else list(names)
    for name in wanted:
        if name not in known:
            raise UsageError(f"no {what} is called '{name}'; {hint(name, known)}")
    return wanted


def without_gaps(series: xarray.DataArray) -> xarray.DataArray:
    """A series over the steps that it has values at: one that a callback returns is NaN at those between."""
    return series.dropna("step", how="all") if "callback" in series.attrs else series


def only_one(names: Sequence[str]) -> None:
    """Raises UsageError if several panels would go into one `ax`."""
    if len(names) != 1:
        raise UsageError(f"ax= takes one of {', '.join(names)}: name it")


def single_point(dataset: xarray.Dataset, own: Collection[Hashable]) -> xarray.Dataset:
    """Without the dimensions of a sweep, of which one point must have been chosen. Raises UsageError."""
    swept = [dim for dim in dataset.dims if dim not in own]
    open_ones = [dim for dim in swept if dataset.sizes[dim] > 1]
    if open_ones:
        example = ", ".join(f"{dim}=0" for dim in open_ones)
        raise UsageError(f"these are the results of many points: choose one, as in tree.isel({example})")
    return dataset.isel(dict.fromkeys(swept, 0))
