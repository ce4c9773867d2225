"""The series and fields of all points of a sweep as arrays over its dimensions, read when they are used."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import xarray
from xarray.backends import BackendArray
from xarray.core import indexing

from simcore.sweep.files import POINT_DONE, POINT_ID, POINTS

RESULT = "result.h5"


def points_group(path: Path, name: str, estimates: xarray.Dataset) -> xarray.Dataset:
    """Group `name` of every point of the sweep in `path`, whose arrays have one shape; missing points are NaN.

    estimates: its `point_id` and `point_done` tell where to look.
    """
    ids, done = estimates[POINT_ID], estimates[POINT_DONE].values
    first = path / POINTS / str(ids.values[done][0]) / RESULT
    places = np.where(done, ids.values, "")
    variables: dict[Any, Any] = {}
    with xarray.open_dataset(first, group=name, engine="h5netcdf") as example:
        for key, variable in example.data_vars.items():
            dims = (*ids.dims, *variable.dims)
            array = _Points(path / POINTS, places, f"{name}/{key}", variable.shape, variable.dtype)
            variables[key] = xarray.Variable(dims, indexing.LazilyIndexedArray(array), variable.attrs)
        labels = {key: coordinate.load() for key, coordinate in example.coords.items()}
    own = estimates.drop_vars(list(estimates.data_vars)).coords
    return xarray.Dataset(variables, coords={**labels, **{key: own[key] for key in own if key not in labels}})


class _Points(BackendArray):
    """One variable of all points; it opens the files of those that are asked for, and no others."""

    def __init__(self, folder: Path, ids: np.ndarray, variable: str, shape: tuple[int, ...], dtype: np.dtype) -> None:
        self._folder, self._ids, self._variable, self._own = folder, ids, variable, shape
        self.shape = (*ids.shape, *shape)
        self.dtype = np.result_type(dtype, np.float32) if dtype.kind in "biu" else dtype

    def __getitem__(self, key: indexing.ExplicitIndexer) -> np.ndarray:
        return indexing.explicit_indexing_adapter(key, self.shape, indexing.IndexingSupport.OUTER, self._read)

    def _read(self, key: tuple[Any, ...]) -> np.ndarray:
        ids, inner = np.asarray(_outer(self._ids, key[: self._ids.ndim])), key[self._ids.ndim :]
        missing = np.asarray(_outer(np.broadcast_to(np.nan, self._own), inner))
        found = np.empty((*ids.shape, *missing.shape), self.dtype)
        for index in np.ndindex(ids.shape):
            found[index] = _outer(self._of(str(ids[index])), inner) if ids[index] else missing
        return found

    def _of(self, id: str) -> np.ndarray:
        with h5py.File(self._folder / id / RESULT, "r") as file:
            return file[self._variable][()]


def _outer(array: np.ndarray, key: Iterable[Any]) -> np.ndarray:
    """Each index by itself: slices, numbers, and arrays of numbers."""
    axis = 0
    for part in key:
        array = array[(slice(None),) * axis + (part,)]
        axis += not isinstance(part, (int, np.integer))
    return array
