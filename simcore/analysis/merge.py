"""Several runs, or several sweeps, as one tree."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray

from simcore.analysis.arrays import numbers
from simcore.analysis.merge_sweeps import merged_sweeps
from simcore.analysis.origin import Origin, differences, refuse_to_mix
from simcore.analysis.points import stacked
from simcore.analysis.pooling import REPLICA, pooled
from simcore.config.writer import to_text
from simcore.errors import UsageError
from simcore.statistics.cautions import as_mask
from simcore.storage.dataset import CAUTIONS
from simcore.sweeps.files import ALIKE, CAUTION
from simcore.sweeps.names import coordinate, short_names

POINT, SEED, DIRECTORY = "point", "seed", "directory"


def merged(origins: Sequence[Origin], *, mixed: bool) -> xarray.DataTree:
    """All runs, or all sweeps, over `replica`, and their estimates taken together as `/pooled`.

    Raises UsageError if they do not go together.
    """
    if not origins:
        raise UsageError("an empty list: there is nothing to load")
    for origin in origins:
        if ALIKE not in origin.tree.attrs and REPLICA in origin.tree["estimates"].dims:
            raise UsageError(
                f"{origin.path} holds several replicas already; load it alone: simcore.load({str(origin.path)!r})"
            )
    sweeps = [ALIKE in origin.tree.attrs for origin in origins]
    if any(sweeps) and not all(sweeps):
        run, sweep = origins[sweeps.index(False)], origins[sweeps.index(True)]
        raise UsageError(f"{run.path} holds a run and {sweep.path} a sweep: runs go together with runs only")
    _refuse_other_models(origins)
    if not mixed:
        refuse_to_mix(origins)
    tree = merged_sweeps(origins) if all(sweeps) else _merged_runs(origins)
    tree["pooled"] = xarray.DataTree(pooled(tree["estimates"].to_dataset()))
    tree.attrs |= _shared(origins)
    return tree


def _refuse_other_models(origins: Sequence[Origin]) -> None:
    first = origins[0]
    for origin in origins:
        here, there = origin.settings.get("model.type"), first.settings.get("model.type")
        if here != there:
            raise UsageError(f"{first.path} and {origin.path} hold different models: {there} and {here}")


def _shared(origins: Sequence[Origin]) -> dict[str, Any]:
    """The attributes that all have, and what all experiments have in common."""
    first = origins[0].tree.attrs
    same = {key: x for key, x in first.items() if all(_equal(o.tree.attrs.get(key), x) for o in origins)}
    common = origins[0].experiment
    for origin in origins[1:]:
        common = _common(common, origin.experiment)
    return {**same, "experiment": to_text(common)}


def _equal(a: Any, b: Any) -> bool:
    return type(a) is type(b) and bool(np.all(a == b))


def _common(a: Any, b: Any) -> dict[str, Any]:
    found = {}
    for key in a:
        if key in b and a[key] == b[key]:
            found[key] = a[key]
        elif isinstance(a[key], dict) and isinstance(b.get(key), dict):
            found[key] = _common(a[key], b[key])
    return found


def _merged_runs(runs: Sequence[Origin]) -> xarray.DataTree:
    """Runs of the same settings are replicas of one point; others have the dimension `point`, too."""
    names = {str(name) for run in runs for name in numbers(run.tree["estimates"].to_dataset()).data_vars}
    varied = differences(runs)
    combinations: dict[str, list[Origin]] = {}
    for run in runs:
        combinations.setdefault(repr([run.settings.get(path) for path in varied]), []).append(run)
    for replicas in combinations.values():
        _refuse_to_count_twice(replicas)
    dims = (POINT, REPLICA) if varied else (REPLICA,)
    members = np.full((len(combinations), max(map(len, combinations.values()))), "", dtype=object)
    for point, replicas in enumerate(combinations.values()):
        members[point, : len(replicas)] = replicas
    labels = short_names(varied, {*names, SEED, DIRECTORY})
    firsts = [replicas[0] for replicas in combinations.values()]
    coords: dict[str, Any] = {REPLICA: np.arange(members.shape[1])}
    for path, label in labels.items():
        coords[label] = (POINT, np.asarray(coordinate([run.settings.get(path) for run in firsts])))
    members = members if varied else members[0]
    coords[SEED] = (dims, _each(members, lambda run: run.experiment.get("run", {}).get(SEED, -1), -1))
    coords[DIRECTORY] = (dims, _each(members, lambda run: str(run.path), ""))
    groups = {"estimates": _estimates(members, dims, coords)}
    for name in ("series", "fields"):
        if (group := _alike(members, name, dims, coords)) is not None:
            groups[name] = group
    return xarray.DataTree.from_dict(groups)


def _refuse_to_count_twice(replicas: Sequence[Origin]) -> None:
    seen: dict[tuple[Any, Any], Origin] = {}
    for run in replicas:
        drawn = run.experiment.get("run", {})
        stream = (drawn.get("seed"), drawn.get("replica", 0))
        if stream in seen and None not in stream:
            raise UsageError(
                f"{seen[stream].path} and {run.path} have the same random numbers (run.seed: {stream[0]}, run.replica: "
                f"{stream[1]}) and are no two replicas"
            )
        seen[stream] = run


def _each(members: np.ndarray, value: Any, missing: Any) -> np.ndarray:
    return np.array([value(run) if run != "" else missing for run in members.ravel()]).reshape(members.shape)


def _estimates(members: np.ndarray, dims: Sequence[str], coords: dict[str, Any]) -> xarray.Dataset:
    found: dict[Any, Any] = {}
    for run in members[members != ""].ravel():
        for name, variable in numbers(run.tree["estimates"].to_dataset()).data_vars.items():
            attrs = {key: value for key, value in variable.attrs.items() if key != CAUTIONS}
            found.setdefault(name, (dims, np.full(members.shape, np.nan), attrs))
    for index in np.ndindex(members.shape):
        if members[index] != "":
            for name, variable in numbers(members[index].tree["estimates"].to_dataset()).data_vars.items():
                found[name][1][index] = float(variable)
                if words := variable.attrs.get(CAUTIONS, ""):
                    attrs = {"units": "1", "long_name": f"cautions of {name}"}
                    masks = found.setdefault(f"{name}{CAUTION}", (dims, np.zeros(members.shape, np.int16), attrs))[1]
                    masks[index] = as_mask(words.split("; "))
    return xarray.Dataset(found, coords)


def _alike(members: np.ndarray, name: str, dims: Sequence[str], coords: dict[str, Any]) -> xarray.Dataset | None:
    """A group of all runs, where their arrays have one shape and the same places."""
    if any(name not in run.tree.children for run in members[members != ""].ravel()):
        return None
    groups = _each_group(members, name)
    first = next(group for group in groups.ravel() if not isinstance(group, str))
    for group in groups.ravel():
        if isinstance(group, str):
            continue
        if set(group.variables) != set(first.variables) or not all(
            group[key].dims == first[key].dims and group[key].shape == first[key].shape for key in first.variables
        ):
            return None
        if not all(np.array_equal(group[key].values, first[key].values) for key in first.coords):
            return None
    variables = {
        key: stacked(groups, lambda group, inner, key=key: group[key].variable[inner].values, dims, variable.variable)
        for key, variable in first.data_vars.items()
    }
    own = dict(first.coords)
    return xarray.Dataset(variables, coords={**own, **{key: x for key, x in coords.items() if key not in own}})


def _each_group(members: np.ndarray, name: str) -> np.ndarray:
    groups = np.full(members.shape, "", dtype=object)
    for index in np.ndindex(members.shape):
        if members[index] != "":
            groups[index] = members[index].tree[name].to_dataset()
    return groups
