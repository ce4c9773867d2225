"""Fields for ParaView and PyVista: VTKHDF, temporal image data, whose numbers stay where they are, in result.h5.

https://docs.vtk.org/en/latest/vtk_file_formats/vtkhdf_file_format/vtkhdf_specifications.html

VTK's arrays are (step, z, y, x), and ours (time, x, y, z). A virtual data set keeps the order of what it maps and
cannot transpose, but one line of cells has one order only: each line along our last axis is mapped by itself. So the
image needs no `Direction`, which some filters and volume mappers of VTK pass over. Complex numbers are no type of VTK's
and cannot be mapped: their parts are copies. So are images of more than MOST_LINES lines, which HDF5 would take too
long to put together.
"""

from __future__ import annotations

import io
import math
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import h5py
import numpy as np

from simcore.errors import UsageError
from simcore.storage.atomic import write_file
from simcore.storage.dataset import Group, Variable
from simcore.storage.fields import BEHIND_OF_VTK
from simcore.storage.netcdf import COMPRESSION, chunks
from simcore.storage.seal import sealed

MOST_LINES = 1 << 14
_AXES = ("x", "y", "z")
_TYPE = b"ImageData"
_VERSION = (2, 0)


def write_vtkhdf(path: Path | str, fields: Group, result: Path | str) -> None:
    """Write the VTKHDF file of the `/fields` of a result, which it names by its path relative to its own.

    fields: of its arrays only those are read that are copied. The result need not be there yet. Raises StorageError;
    UsageError if a field has more than three axes.
    """
    place, target = Path(path).absolute().parent.resolve(), Path(result).absolute()
    source = os.path.relpath(target.parent.resolve() / target.name, place)
    write_file(path, sealed(pack(fields, source), "vtkhdf"), read_back=True)


def pack(fields: Group, source: str) -> memoryview:
    """The bytes of the file; source: where HDF5 finds the result, as seen from the file's own directory."""
    when = next(iter(fields.variables.values())).dims[0]
    pictures = [picture for name, field in fields.variables.items() for picture in _pictures(name, field)]
    memory = io.BytesIO()
    with h5py.File(memory, "w", libver=("v108", "v110")) as file:
        root = file.create_group("VTKHDF", track_order=True)
        root.attrs["Version"] = np.array(_VERSION, np.int64)
        root.attrs.create("Type", np.bytes_(_TYPE), dtype=h5py.string_dtype("ascii", len(_TYPE)))
        root.attrs.update(_geometry(fields))
        times = np.asarray(fields.coordinates[when].data, np.float64)
        steps = root.create_group("Steps")
        steps.attrs["NSteps"] = np.int64(len(times))
        steps.create_dataset("Values", data=times, track_times=False)
        cells = root.create_group("CellData", track_order=True)
        for picture in pictures:
            if picture.part is not None or picture.lines > MOST_LINES:
                _copy(cells, picture)
            else:
                _map(cells, picture, source)
    return memory.getbuffer()


class _Picture(NamedTuple):
    """One array of VTK's. field: the data set it comes from; dimensions: how many of its axes lie in space; basis: the
    site of the cell; part: of a complex number; components: the length of its vectors, 0 for numbers.
    """

    name: str
    origin: str
    field: Variable
    dimensions: int
    basis: int | None
    components: int
    part: Callable[[np.ndarray], np.ndarray] | None

    @property
    def shape(self) -> tuple[int, ...]:
        """(step, z, y, x), and 3 behind it for vectors of two components, which VTK draws in the plane only so."""
        shape = np.shape(self.field.data)
        space = shape[1 : 1 + self.dimensions]
        vector = (3 if self.components == 2 else self.components,) if self.components else ()
        return (shape[0], *(1,) * (3 - self.dimensions), *reversed(space), *vector)

    @property
    def lines(self) -> int:
        return math.prod(np.shape(self.field.data)[1 : self.dimensions])

    @property
    def dtype(self) -> np.dtype:
        dtype = np.dtype(self.field.data.dtype)
        if dtype.kind == "c":
            return np.empty(0, dtype).real.dtype
        return np.dtype(np.int8) if dtype.kind == "b" else dtype

    @property
    def behind(self) -> tuple[Any, ...]:
        """What is taken of the axes behind those in space."""
        return (*(() if self.basis is None else (self.basis,)), *((slice(None),) if self.components else ()))

    @property
    def filled(self) -> tuple[Any, ...]:
        """What is given of the components."""
        return (slice(0, self.components),) if self.components else ()


def _pictures(name: str, field: Variable) -> Iterator[_Picture]:
    space = tuple(dim for dim in field.dims[1:] if dim in _AXES)
    behind = field.dims[1 + len(space) :]
    if not space or space != _AXES[: len(space)] or behind not in BEHIND_OF_VTK:
        raise UsageError(f"{name} has the dimensions {', '.join(field.dims)}; VTK shows fields over x, y and z")
    shape = np.shape(field.data)
    sites = shape[1 + len(space)] if "basis" in behind else 0
    components = shape[-1] if "component" in behind else 0
    kind = np.dtype(field.data.dtype).kind
    parts: Mapping[str, Any] = {"_real": np.real, "_imag": np.imag} if kind == "c" else {"": None}
    for basis in range(sites) if sites else (None,):
        site = "" if basis is None else f"_{basis}"
        for part, take in parts.items():
            yield _Picture(f"{name}{site}{part}", name, field, len(space), basis, components, take)


def _map(cells: h5py.Group, picture: _Picture, source: str) -> None:
    """A virtual data set; without the result it shows NaN, not numbers that might be taken for some."""
    shape = np.shape(picture.field.data)
    layout = h5py.VirtualLayout(picture.shape, picture.dtype)
    origin = h5py.VirtualSource(source, f"fields/{picture.origin}", shape, picture.dtype)
    for line in np.ndindex(shape[1 : picture.dimensions]):
        place = (*(0,) * (3 - picture.dimensions), *reversed((*line, slice(None))))
        layout[(slice(None), *place, *picture.filled)] = origin[(slice(None), *line, slice(None), *picture.behind)]
    padded = bool(picture.components) and picture.shape[-1] != picture.components
    fill = np.nan if picture.dtype.kind == "f" and not padded else 0
    cells.create_virtual_dataset(picture.name, layout, fillvalue=fill)


def _copy(cells: h5py.Group, picture: _Picture) -> None:
    """A data set of its own, made a snapshot at a time."""
    shape, dimensions = picture.shape, picture.dimensions
    pieces = (1, *chunks(shape[1:], picture.dtype.itemsize))
    made = cells.create_dataset(picture.name, shape, picture.dtype, chunks=pieces, track_times=False, **COMPRESSION)
    for step in range(shape[0]):
        snapshot = np.asarray(picture.field.data[step])[(*(slice(None),) * dimensions, *picture.behind)]
        if picture.part is not None:
            snapshot = picture.part(snapshot)
        turned = snapshot.transpose(*reversed(range(dimensions)), *range(dimensions, snapshot.ndim))
        made[(step, ..., *picture.filled)] = turned.reshape(*shape[1:4], *snapshot.shape[dimensions:])


def _geometry(fields: Group) -> dict[str, np.ndarray]:
    """Where the cells lie; along an axis that is not there, or has one cell only, they are as thick as the thinnest."""
    centres = {axis: np.asarray(fields.coordinates[axis].data, float) for axis in _AXES if axis in fields.dimensions}
    spacings = {axis: (x[-1] - x[0]) / (len(x) - 1) for axis, x in centres.items() if len(x) > 1}
    thinnest = min(spacings.values(), default=1.0)
    cells = [len(centres.get(axis, "1")) for axis in _AXES]
    spacing = np.array([spacings.get(axis, thinnest) for axis in _AXES])
    first = [centres[axis][0] if axis in centres else spacing[n] / 2 for n, axis in enumerate(_AXES)]
    return {
        "WholeExtent": np.array([end for n in cells for end in (0, n)], np.int64),
        "Origin": np.array(first) - spacing / 2,
        "Spacing": spacing,
        "Direction": np.eye(3).ravel(),
    }
