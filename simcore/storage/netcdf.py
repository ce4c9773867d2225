"""A result as netCDF-4: HDF5 with dimension scales, in memory.

The rules: https://docs.unidata.ucar.edu/netcdf-c/current/interoperability_hdf5.html, and CF for `coordinates`
(https://cfconventions.org, section 5). A dimension is a scale; if no coordinate gives its labels, the scale is an
empty place-holder with a fixed NAME. No dimension is unlimited. Complex numbers are the compound (r, i) of h5py;
booleans are int8 with the attribute `dtype`, as xarray writes them.
"""

from __future__ import annotations

import io
import itertools
import json
import math
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, BinaryIO

import h5py
import numpy as np

from simcore.storage.dataset import CAUTIONS_OF, OWN_DIMS, Group, Result, Variable
from simcore.storage.skeleton import filled, fits

_OPTIONS: dict[str, Any] = {"libver": ("v108", "v110"), "track_order": True}
COMPRESSION: dict[str, Any] = {"compression": "gzip", "compression_opts": 1, "shuffle": True}  # VTK reads no other
_COMPRESS_FROM = 16 << 10
_CHUNK = 1 << 20
_BARE_DIMENSION = "This is a netCDF dimension but not a netCDF variable."
# xarray takes numbers in these units for spans of time and changes their type; the symbols mean the same
_SYMBOLS = {
    "days": "d",
    "hours": "h",
    "minutes": "min",
    "seconds": "s",
    "milliseconds": "ms",
    "microseconds": "us",
    "nanoseconds": "ns",
}


def pack(result: Result) -> memoryview:
    """The bytes of the file; the same bytes for the same result."""
    small = fits(result.groups)
    image = filled(result.groups, _write_groups, _OPTIONS) if small else io.BytesIO()
    with h5py.File(image, "r+" if small else "w", **_OPTIONS) as file:
        if not small:
            _write_groups(file, result.groups)
        for name, value in result.attributes.items():
            file.attrs[name] = np.int8(value) if isinstance(value, bool) else value
        for group, attribute in CAUTIONS_OF.items():
            if cautions := _cautions(result.groups, group):
                file.attrs[attribute] = json.dumps(cautions)
    return image.getbuffer()


def _cautions(groups: Mapping[str, Group], group: str) -> dict[str, list[str]]:
    estimates = groups.get(group, Group({})).variables
    return {name: list(variable.cautions) for name, variable in estimates.items() if variable.cautions}


def describe(image: BinaryIO) -> None:
    """Read all of a file but its arrays, so that damage is found before another library looks for them."""
    with h5py.File(image, "r") as file:
        found: list[h5py.HLObject] = [file]
        file.visititems(lambda _, item: found.append(item))
        for item in found:
            dict(item.attrs)
            if isinstance(item, h5py.Dataset):
                item.id.get_create_plist()


def unpack(image: BinaryIO, groups: Collection[str] | None) -> Result:
    """Read a file that `pack` made, or only some of its groups."""
    with h5py.File(image, "r") as file:
        attributes = {
            name: value.item() if isinstance(value, np.generic) else value for name, value in file.attrs.items()
        }
        wanted = [name for name in file if groups is None or name in groups]
        found = {name: _read_group(file[name]) for name in wanted}
    for group, attribute in CAUTIONS_OF.items():
        cautions = json.loads(str(attributes.pop(attribute, "{}")))
        if cautions and group in found:
            found[group] = _cautioned(found[group], cautions)
    return Result(found, attributes)


def _cautioned(group: Group, cautions: Mapping[str, list[str]]) -> Group:
    variables = {name: replace(x, cautions=tuple(cautions.get(name, ()))) for name, x in group.variables.items()}
    return Group(variables, group.coordinates)


@contextmanager
def opened(image: BinaryIO, group: str) -> Iterator[Group]:
    """One group of a file; its variables are read when they are indexed, as long as this lasts. Raises KeyError."""
    with h5py.File(image, "r") as file:
        yield _read_group(file[group], lazily=True)


def _write_groups(file: h5py.File, groups: Mapping[str, Group]) -> None:
    numbers = itertools.count()  # netCDF numbers the dimensions of all groups together
    for name, group in groups.items():
        _write_group(file.create_group(name, track_order=True), group, numbers)


def _write_group(place: h5py.Group, group: Group, numbers: Iterator[int]) -> None:
    scales = {name: _write_scale(place, name, group, next(numbers)) for name in group.dimensions}
    auxiliary = {name: variable for name, variable in group.coordinates.items() if name not in scales}
    if auxiliary:
        place.attrs["coordinates"] = " ".join(auxiliary)
    for name, variable in {**auxiliary, **group.variables}.items():
        data = _write_data(place, name, variable)
        for axis, dim in zip(data.dims, variable.dims, strict=True):
            axis.attach_scale(scales[dim])
        fitting = [other for other in auxiliary if set(auxiliary[other].dims) <= set(variable.dims)]
        if fitting and name not in auxiliary:
            data.attrs["coordinates"] = " ".join(fitting)


def _write_scale(place: h5py.Group, name: str, group: Group, number: int) -> h5py.Dataset:
    if name in group.coordinates:
        scale = _write_data(place, name, group.coordinates[name])
        scale.make_scale(name)
    else:
        length = group.dimensions[name]
        scale = place.create_dataset(name, shape=(length,), dtype=">f4", track_times=False)
        scale.make_scale(f"{_BARE_DIMENSION}{length:10d}")
    scale.attrs["_Netcdf4Dimid"] = np.int32(number)
    return scale


def attributes_of(name: str, variable: Variable) -> dict[str, str]:
    """What stands beside the numbers in the file."""
    named = {"units": _SYMBOLS.get(variable.units, variable.units), "long_name": variable.long_name or name}
    if variable.own_dims:
        named[OWN_DIMS] = " ".join(variable.own_dims)
    return {**named, "callback": variable.callback} if variable.callback else named


def _write_data(place: h5py.Group, name: str, variable: Variable) -> h5py.Dataset:
    data = np.asarray(variable.data)
    attributes = attributes_of(name, variable)
    text = data.dtype.kind == "U"
    if data.dtype == bool:
        data = data.view(np.int8)
        attributes["dtype"] = "bool"
    filters = {}
    if data.ndim and data.nbytes >= _COMPRESS_FROM and not text:
        filters = {"chunks": chunks(data.shape, data.itemsize), **COMPRESSION}
    written = place.create_dataset(
        name,
        data=data.astype(object) if text else data,
        dtype=h5py.string_dtype() if text else data.dtype,
        track_times=False,
        **filters,
    )
    written.attrs.update(attributes)
    return written


def chunks(shape: tuple[int, ...], itemsize: int) -> tuple[int, ...]:
    """Up to 1 MiB that lies in one piece of the array: so many snapshots, or slabs of one, or lines of a slab.

    Larger ones do not fit into HDF5's cache, and every line that is read would take the whole piece from the disk.
    """
    for axis, length in enumerate(shape):
        inner = math.prod(shape[axis + 1 :]) * itemsize
        if inner <= _CHUNK:
            return (*(1,) * axis, min(length, _CHUNK // inner), *shape[axis + 1 :])
    raise AssertionError("a number is smaller than a chunk")


def _read_group(place: h5py.Group, *, lazily: bool = False) -> Group:
    auxiliary = place.attrs.get("coordinates", "").split()
    variables: dict[str, Variable] = {}
    coordinates: dict[str, Variable] = {}
    for name, data in place.items():
        scale = data.is_scale
        if scale and data.attrs["NAME"].startswith(_BARE_DIMENSION.encode()):
            continue
        dims = (name,) if scale else tuple(_last(dim[0].name) for dim in data.dims)
        if scale or name in auxiliary:
            coordinates[name] = _read_variable(data, dims)
        else:
            variables[name] = _described(data, dims, data) if lazily else _read_variable(data, dims)
    return Group(variables, coordinates)


def _read_variable(data: h5py.Dataset, dims: tuple[str, ...]) -> Variable:
    values = data.asstr()[()].astype(str) if h5py.check_string_dtype(data.dtype) else data[()]
    if data.attrs.get("dtype") == "bool":
        values = values.astype(bool)
    return _described(data, dims, np.asarray(values))


def _described(data: h5py.Dataset, dims: tuple[str, ...], values: Any) -> Variable:
    callback = str(data.attrs.get("callback", ""))
    own = tuple(str(data.attrs.get(OWN_DIMS, "")).split())
    return Variable(dims, values, data.attrs["units"], data.attrs["long_name"], callback=callback, own_dims=own)


def _last(path: str) -> str:
    return path.rpartition("/")[2]
