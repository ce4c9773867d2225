"""Several sweeps as one: values side by side, replicas behind each other, and every point once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import xarray

from simcore.analysis.origin import Origin, differences
from simcore.analysis.points import files_of, points_group
from simcore.analysis.pooling import PARTS, REPLICA
from simcore.errors import UsageError
from simcore.sweeps.files import CAUTION, POINT_DONE, POINT_ID

POINT, FILE = "point", "file"


def merged_sweeps(sweeps: Sequence[Origin]) -> xarray.DataTree:
    """One tree of all. A point that is in two of them counts once. Raises UsageError if they do not go together."""
    tables = [_table(sweep) for sweep in sweeps]
    _refuse_other_dimensions(sweeps, tables)
    _refuse_other_settings(sweeps, tables)
    whole = tables[0]
    for number in range(1, len(sweeps)):
        _refuse_same_numbers(sweeps[: number + 1], tables[: number + 1])
        whole = _joined(whole, tables[number])
    files = whole[FILE].values.astype(str)
    dims = whole[POINT_ID].dims
    book = [key for key in whole.data_vars if key in _book(tables[0])]
    whole = whole.set_coords(book).drop_vars([FILE, *([POINT] if POINT in whole.coords else [])])
    groups = {"estimates": whole}
    for name in ("series", "fields"):
        if all(name in sweep.tree.children for sweep in sweeps) and _one_shape(sweeps, name):
            groups[name] = points_group(files, name, dims, whole.coords)
    return xarray.DataTree.from_dict(groups)


def _table(sweep: Origin) -> xarray.Dataset:
    """The estimates of a sweep; what its coordinates tell of each point, and the point's file, as variables."""
    table = sweep.tree["estimates"].to_dataset().load()
    table[FILE] = (table[POINT_ID].dims, files_of(sweep.path, table))
    if POINT in table.dims and POINT not in table.coords:  # called by its values, so that they are found in both
        along = {key: x.values.tolist() for key, x in table.coords.items() if x.dims == (POINT,)}
        names = [repr(dict(zip(along, row, strict=True))) for row in zip(*along.values(), strict=True)]
        table = table.assign_coords({POINT: names})
    return table.reset_coords([key for key in table.coords if key not in table.dims])


def _book(table: xarray.Dataset) -> list[Any]:
    """The variables of a table that are coordinates of a sweep."""
    estimates = [name for name in table if f"{name}_error" in table]
    observed = {f"{name}{part}" for name in estimates for part in (*PARTS, CAUTION)}
    return [key for key in table.data_vars if key not in observed]


def _refuse_other_dimensions(sweeps: Sequence[Origin], tables: Sequence[xarray.Dataset]) -> None:
    for sweep, table in zip(sweeps, tables, strict=True):
        here, there = (sorted({*x.dims, *(k for k, v in x.items() if v.dims == (POINT,))}) for x in (table, tables[0]))
        if here != there:
            raise UsageError(f"{sweeps[0].path} sweeps {', '.join(there)}, and {sweep.path} {', '.join(here)}")


def _refuse_other_settings(sweeps: Sequence[Origin], tables: Sequence[xarray.Dataset]) -> None:
    """What is swept in none must be the same in all: it stands in no coordinate."""
    for path in differences(sweeps):
        if not any(key in tables[0].variables for key in (path, path.rpartition(".")[2])):
            values = ", ".join(f"{sweep.settings.get(path)!r} in {sweep.path}" for sweep in sweeps)
            raise UsageError(f"{path} is not swept and differs: {values}")


def _refuse_same_numbers(sweeps: Sequence[Origin], tables: Sequence[xarray.Dataset]) -> None:
    """Raises UsageError if the last one has a point that is another run of an earlier one's random numbers."""
    seeds = [sweep.experiment.get("run", {}).get("seed") for sweep in sweeps]
    for sweep, table, seed in zip(sweeps[:-1], tables[:-1], seeds[:-1], strict=True):
        if (seed == seeds[-1] or "seed" in table.variables) and _conflict(table, tables[-1]):
            raise UsageError(
                f"{sweep.path} and {sweeps[-1].path} have points of the same parameters with the same random numbers, "
                "run or measured in another way: they are no replicas of each other"
            )


def _conflict(a: xarray.Dataset, b: xarray.Dataset) -> bool:
    """Whether there is a place where both have a point, and not the same."""
    here, there = xarray.align(a[POINT_ID], b[POINT_ID], join="inner")
    there = there.transpose(*here.dims)
    return bool(((here != "") & (there != "") & (here != there)).any())


def _joined(a: xarray.Dataset, b: xarray.Dataset) -> xarray.Dataset:
    """Over all values of both; if a place is taken by another point, all of `b` are further replicas."""
    b = b.transpose(*a[POINT_ID].dims)
    if _conflict(a, b):
        known = b[POINT_ID].isin(a[POINT_ID].values[a[POINT_DONE].values])
        left = ~known.all([dim for dim in known.dims if dim != REPLICA])
        nothing = _over(b.isel({REPLICA: slice(0)}), dict(b.indexes)).drop_vars([x for x in b if b[x].dims == (POINT,)])
        b = b.assign(_chosen(~known, b[list(nothing)], nothing).data_vars).isel({REPLICA: left})
        b = b.assign_coords({REPLICA: int(a[REPLICA].max()) + 1 + np.arange(b.sizes[REPLICA])})
    union = {dim: _union(a.indexes[dim], b.indexes[dim], ordered=dim != POINT) for dim in a.dims}
    parameters = _parameters(a, b, union)
    a, b = (_over(table.drop_vars(parameters), union) for table in (a, b))
    first = (a[POINT_ID] != "") & (a[POINT_DONE] | ~b[POINT_DONE] | (b[POINT_ID] == ""))
    return _chosen(first, a, b).assign(parameters)


def _union(a: Any, b: Any, *, ordered: bool) -> Any:
    both = a.append(b.difference(a, sort=False))
    return both.sort_values() if ordered else both


def _parameters(a: xarray.Dataset, b: xarray.Dataset, union: dict[Any, Any]) -> dict[Any, Any]:
    """What belongs to `point` alone, over the points of both."""
    found = {}
    for name in [name for name, x in a.data_vars.items() if x.dims == (POINT,)]:
        values = {label: value for table in (b, a) for label, value in _along_points(table, name)}
        found[name] = (POINT, np.array([values[label] for label in union[POINT]]), a[name].attrs)
    return found


def _along_points(table: xarray.Dataset, name: Any) -> Iterator[tuple[Any, Any]]:
    return zip(table[POINT].values, table[name].values, strict=True)


def _over(table: xarray.Dataset, union: dict[Any, Any]) -> xarray.Dataset:
    """The table over these labels, with nothing if it has no point."""
    return table.reindex(union, fill_value={name: _nothing(x.dtype) for name, x in table.data_vars.items()})


def _nothing(dtype: np.dtype) -> Any:
    return {"b": False, "i": 0, "u": 0, "U": "", "O": "", "T": ""}.get(dtype.kind, np.nan)


def _chosen(first: xarray.DataArray, a: xarray.Dataset, b: xarray.Dataset) -> xarray.Dataset:
    """`a` at the places where `first`, `b` at the others."""
    return a.assign({name: xarray.where(first, x, b[name], keep_attrs=True) for name, x in a.data_vars.items()})


def _one_shape(sweeps: Sequence[Origin], name: str) -> bool:
    """Whether a group of all of them has arrays of one shape at the same places."""
    groups = [sweep.tree[name].to_dataset() for sweep in sweeps]
    swept = set(sweeps[0].tree["estimates"].dims)
    own = {key: x for key, x in groups[0].coords.items() if not swept & set(x.dims)}

    def shapes(group: xarray.Dataset) -> dict[Any, Any]:
        return {
            key: [(dim, group.sizes[dim]) for dim in x.dims if dim not in swept] for key, x in group.data_vars.items()
        }

    same = all(shapes(group) == shapes(groups[0]) for group in groups)
    return same and all(np.array_equal(group[key].values, x.values) for group in groups for key, x in own.items())
