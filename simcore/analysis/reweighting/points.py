"""The simulations in a result: a run is one, a sweep has one for each point that is done."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from simcore.analysis.arrays import numbers
from simcore.analysis.load import load
from simcore.analysis.recorded import recorded, thermalization_of
from simcore.errors import UsageError
from simcore.storage.dataset import REPLICA, TEMPERING
from simcore.sweeps.files import ESTIMATES, POINT_DONE, POINT_ID, POINT_STEP, POINTS

if TYPE_CHECKING:
    import xarray

    from simcore.analysis.run import Run

    Source = xarray.DataTree | Run | str | os.PathLike[str]

_NO_AXES = {"step", "time", "component"}


@dataclass(frozen=True)
class Simulated:
    """One simulation. name: for messages. labels: the swept values. sites: N. model: the resolved model section.

    series: every observable by name, without thermalisation, (n,) each; those that a callback did not return at each
    step are left out. attributes: theirs.
    """

    name: str
    labels: Mapping[str, Any]
    model: Mapping[str, Any]
    sites: int
    series: Mapping[str, np.ndarray]
    attributes: Mapping[str, Mapping[str, str]]

    def parameter(self, name: str) -> float:
        """A parameter of the model. Raises UsageError if it has none of that name."""
        parameters = self.model.get("parameters", {})
        if name not in parameters:
            raise UsageError(f"{self.name}: the model has no parameter '{name}', only {', '.join(parameters)}")
        return float(parameters[name])


def simulated(source: Source, sites: int | None = None) -> Iterator[Simulated]:
    """All simulations in a run or a sweep: its directory, its tree as `simcore.load` gives it, or the run itself.

    sites: N, where a snapshot of the state does not show it. Raises UsageError if there are none.
    """
    tree, path = _opened(source)
    estimates = tree["estimates"].to_dataset()
    if POINT_ID not in estimates.coords:
        for member, own in _members(tree):
            yield _of(member, str(path or "the run"), own, sites, own)
        return
    if path is None:
        raise UsageError("this tree does not know where its sweep lies: give the directory of the sweep instead")
    done = np.argwhere(estimates[POINT_DONE].values)
    if not len(done):
        raise UsageError(f"{path}: no point of the sweep is done yet")
    for place in done:
        one = estimates[POINT_ID].isel(dict(zip(estimates[POINT_ID].dims, place.tolist(), strict=True)))
        own = path / POINTS / str(one.item())
        book = (POINT_DONE, POINT_ID, POINT_STEP)
        labels = {str(name): one.coords[name].item() for name in one.coords if name not in book}
        with load(own) as result:
            yield _of(result, str(own), labels, sites)


def _members(tree: xarray.DataTree) -> Iterator[tuple[xarray.DataTree, Mapping[str, float]]]:
    """The tree of each system of a run that has several, and on a ladder the parameters there; else the tree itself."""
    series, on_ladder = tree["series"].to_dataset(), TEMPERING in tree.children
    if REPLICA not in series.dims and not on_ladder:
        yield tree, {}
        return
    dim = next(iter(series.data_vars.values())).dims[0] if on_ladder else REPLICA
    import xarray as xr

    for number in range(series.sizes[dim]):
        groups = {name: tree[name].to_dataset() for name in ("series", "estimates", "fields") if name in tree.children}
        cut = {name: group.isel({dim: number}) for name, group in groups.items()}
        member = xr.DataTree.from_dict(cut)
        member.attrs = tree.attrs
        coordinates = cut["series"].coords
        names = recorded(tree)["model"]["parameters"] if on_ladder else ()
        yield member, {name: coordinates[name].item() for name in names if name in coordinates}


def _opened(source: Source) -> tuple[xarray.DataTree, Path | None]:
    """The tree, and the directory of the run or the sweep where it is known."""
    if isinstance(source, str | os.PathLike):
        path = Path(source)
        return load(path), path.parent if path.is_file() else path
    tree: xarray.DataTree = getattr(source, "tree", source)
    file = tree.encoding.get("source")
    return tree, Path(file).parent if file and Path(file).name in (ESTIMATES, "result.h5") else None


def _of(
    tree: xarray.DataTree,
    name: str,
    labels: Mapping[Any, Any],
    sites: int | None,
    parameters: Mapping[str, float] = {},
) -> Simulated:
    """parameters: those that are not what the experiment says."""
    experiment, thermalization = recorded(tree), thermalization_of(tree)
    model = experiment["model"]
    if parameters:
        model = {**model, "parameters": {**model["parameters"], **parameters}}
    if thermalization is None:
        raise UsageError(f"{name}: no Monte Carlo run; only these can be reweighted")
    if not tree.attrs.get("equilibrium", 1):
        raise UsageError(f"{name}: its samples are not of one temperature and one set of parameters")
    series = numbers(tree["series"].to_dataset())
    kept = series["step"].values > thermalization
    if not kept.any():
        raise UsageError(f"{name}: no sample after thermalisation")
    columns = {str(key): np.asarray(values.values[kept], np.float64) for key, values in series.data_vars.items()}
    gaps = {key for key, values in columns.items() if "callback" in series[key].attrs and np.isnan(values).any()}
    return Simulated(
        name,
        {str(key): value for key, value in labels.items() if key != REPLICA},
        model,
        sites or _sites(tree, name),
        {key: values for key, values in columns.items() if key not in gaps},
        {str(key): values.attrs for key, values in series.data_vars.items()},
    )


def _sites(tree: xarray.DataTree, name: str) -> int:
    """Of the first field of the state: its places, over the axes and the basis."""
    fields = tree["fields"].to_dataset() if "fields" in tree.children else None
    if fields is None or not fields.data_vars:
        raise UsageError(f"{name}: no snapshot of the state to count the sites; give sites=")
    field = next(iter(fields.data_vars.values()))
    return int(np.prod([length for dim, length in field.sizes.items() if dim not in _NO_AXES]))
