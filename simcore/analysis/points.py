"""The series and fields of many runs as arrays over the dimensions of their points, read when they are used."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import xarray
from xarray.backends import BackendArray
from xarray.core import indexing

from simcore.storage.result import open_result
from simcore.storage.seal import telling
from simcore.sweeps.files import POINT_DONE, POINT_ID, POINTS

Key = tuple[Any, ...]
RESULT = "result.h5"


def points_group(files: np.ndarray, name: str, dims: Sequence[str], coords: Mapping[Any, Any]) -> xarray.Dataset:
    """Group `name` of many result files, whose arrays have one shape; missing points are NaN.

    files: paths as text over `dims`, empty if there is none. coords: of the points.
    """
    first = files[files != ""][0]
    with xarray.open_dataset(open_result(first), group=name, engine="h5netcdf") as example:
        own = {key: coordinate.load() for key, coordinate in example.coords.items()}
        variables = {
            key: stacked(files, lambda file, inner, path=f"{name}/{key}": _from_file(file, path, inner), dims, variable)
            for key, variable in example.variables.items()
            if key not in own
        }
    return xarray.Dataset(variables, coords={**own, **{key: coords[key] for key in coords if key not in own}})


def files_of(directory: Path | str, estimates: xarray.Dataset) -> np.ndarray:
    """The result file of each point of a sweep that is done, as text; empty for the others."""
    ids, done = estimates[POINT_ID].values, estimates[POINT_DONE].values
    return np.where(done, _joined(f"{directory}/{POINTS}/", ids, f"/{RESULT}"), "")


def _joined(before: str, names: np.ndarray, behind: str) -> np.ndarray:
    return np.char.add(np.char.add(before, names.astype(str)), behind)


def stacked(
    members: np.ndarray, read: Callable[[Any, Key], np.ndarray], dims: Sequence[str], like: xarray.Variable
) -> xarray.Variable:
    """One variable of many members, read when it is indexed.

    members: whatever `read` takes, over `dims`; "" if there is none. read(member, key): its part of the variable, by
    one index for each dimension (a slice, a number, an array of numbers). like: the variable of one member.
    """
    array = _Stacked(members, read, like.shape, like.dtype)
    return xarray.Variable((*dims, *like.dims), indexing.LazilyIndexedArray(array), like.attrs)


class _Stacked(BackendArray):
    """It opens those members that are asked for, and no others."""

    def __init__(
        self, members: np.ndarray, read: Callable[[Any, Key], np.ndarray], shape: tuple[int, ...], dtype: np.dtype
    ) -> None:
        self._members, self._read_one, self._own = list(members.ravel()), read, shape
        self._there = np.array([not isinstance(one, str) or one != "" for one in self._members]).reshape(members.shape)
        self._numbers = np.arange(members.size).reshape(members.shape)
        self.shape = (*members.shape, *shape)
        holes = not self._there.all()
        self.dtype = np.result_type(dtype, np.float32) if holes and dtype.kind in "biu" else dtype

    def __getitem__(self, key: indexing.ExplicitIndexer) -> np.ndarray:
        return indexing.explicit_indexing_adapter(key, self.shape, indexing.IndexingSupport.OUTER, self._read)

    def _read(self, key: Key) -> np.ndarray:
        outer, inner = key[: self._numbers.ndim], key[self._numbers.ndim :]
        numbers, there = np.asarray(orthogonal(self._numbers, outer)), np.asarray(orthogonal(self._there, outer))
        shape = orthogonal(np.broadcast_to(np.nan, self._own), inner).shape
        found = np.full((*numbers.shape, *shape), 0 if self.dtype.kind in "biu" else np.nan, self.dtype)
        for index in np.ndindex(numbers.shape):
            if there[index]:
                found[index] = self._read_one(self._members[numbers[index]], inner)
        return found


def _from_file(file: str, path: str, key: Key) -> np.ndarray:
    """What HDF5 can pick is picked by it; arrays of numbers, and slices that go backwards, by NumPy."""
    picked = tuple(part if _is_plain(part) else slice(None) for part in key)
    rest = tuple(slice(None) if _is_plain(part) else part for part in key if not isinstance(part, (int, np.integer)))
    with open_result(file) as image, telling(image), h5py.File(image, "r") as opened:
        return orthogonal(np.asarray(opened[path][picked]), rest)


def _is_plain(part: Any) -> bool:
    return isinstance(part, (int, np.integer)) or (isinstance(part, slice) and (part.step is None or part.step > 0))


def orthogonal(array: np.ndarray, key: Iterable[Any]) -> np.ndarray:
    """Each index by itself: slices, numbers, and arrays of numbers."""
    axis = 0
    for part in key:
        array = array[(slice(None),) * axis + (part,)]
        axis += not isinstance(part, (int, np.integer))
    return array
