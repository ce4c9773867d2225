"""Arrays as an HDF5 file in memory, without a copy of the arrays.

HDF5 makes only the skeleton (superblock, groups, headers, attributes) and tells where each array belongs; the arrays'
own memory is put there when the buffers are written. libhdf5 never touches a disk: on a full one it has been seen to
crash the process.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
from h5py import h5d, h5p, h5s, h5t

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer

_ALIGNMENT = 64
_PAGE = 4096

Attribute = int | float | str | bytes


def pack(arrays: Mapping[str, np.ndarray], attributes: Mapping[str, Attribute], user_block: int) -> list[memoryview]:
    """The buffers that make up the file, in order, without the user block of so many bytes (512, 1024, ...).

    arrays: any fixed-size dtype and shape; `state/u` makes a group. The buffers of C-contiguous arrays are their own
    memory. Raises TypeError for an array of objects or of variable-length text.
    """
    skeleton = _Skeleton()
    places: list[tuple[int, np.ndarray]] = []
    file = h5py.File(
        skeleton, "w", libver="v108", userblock_size=user_block, alignment_threshold=1, alignment_interval=_ALIGNMENT
    )
    with file:
        for name, value in attributes.items():
            file.attrs.create(name, _encoded(value))
        for name, array in arrays.items():
            offset = _allocate(file, name, array)
            if array.size:
                places.append((offset, array))
    return list(_assemble(skeleton, places, user_block))


def unpack(data: bytes) -> tuple[dict[str, np.ndarray], dict[str, Attribute]]:
    """Arrays and attributes of a whole file, user block included; the arrays are read-only views of `data`."""
    arrays: dict[str, np.ndarray] = {}

    def take(name: str, item: h5py.Dataset | h5py.Group) -> None:
        if isinstance(item, h5py.Dataset):
            arrays[name] = np.ndarray(
                item.shape, item.dtype, data if item.size else b"", item.id.get_offset() if item.size else 0
            )

    with h5py.File(io.BytesIO(data), "r") as file:  # BytesIO shares the memory of a bytes object
        file.visititems(take)
        attributes = {name: _decoded(value) for name, value in file.attrs.items()}
    return arrays, attributes


def _allocate(file: h5py.File, name: str, array: np.ndarray) -> int:
    """Make a contiguous data set with its place in the file, but nothing in it; return the place."""
    if array.dtype.hasobject or array.dtype.kind == "U":
        raise TypeError(f"{name}: an array of {array.dtype} cannot be stored; use numbers or bytes of fixed length")
    creation = h5p.create(h5p.DATASET_CREATE)
    creation.set_alloc_time(h5d.ALLOC_TIME_EARLY)
    creation.set_fill_time(h5d.FILL_TIME_NEVER)
    creation.set_obj_track_times(False)
    links = h5p.create(h5p.LINK_CREATE)
    links.set_create_intermediate_group(True)
    space = h5s.create_simple(array.shape) if array.ndim else h5s.create(h5s.SCALAR)
    kind = h5t.py_create(array.dtype, logical=True)
    return h5d.create(file.id, name.encode(), kind, space, dcpl=creation, lcpl=links).get_offset()


def _assemble(skeleton: _Skeleton, places: list[tuple[int, np.ndarray]], end: int) -> Iterator[memoryview]:
    for offset, array in sorted(places, key=lambda place: place[0]):
        yield skeleton.between(end, offset)
        yield np.ascontiguousarray(array).reshape(-1).view(np.uint8).data
        end = offset + array.nbytes
    yield skeleton.between(end, skeleton.size)


def _encoded(value: Attribute) -> Any:
    """Bytes become an array of uint8 (HDF5 strings end at the first zero), the empty ones a null data space."""
    if isinstance(value, bytes):
        return np.frombuffer(value, np.uint8) if value else h5py.Empty(np.uint8)
    return value


def _decoded(value: Any) -> Attribute:
    if isinstance(value, h5py.Empty):
        return b""
    if isinstance(value, np.ndarray):
        return value.tobytes()
    return value.item() if isinstance(value, np.generic) else value


class _Skeleton(io.RawIOBase):
    """A file in memory of which only the pages that were written take memory."""

    def __init__(self) -> None:
        self._pages: dict[int, bytearray] = {}
        self._position = 0
        self.size = 0

    def between(self, start: int, stop: int) -> memoryview:
        """The bytes from `start` to `stop`, zero if nothing was written."""
        data = bytearray(stop - start)
        self.seek(start)
        self.readinto(data)
        return memoryview(data)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._position = offset + (0, self._position, self.size)[whence]
        return self._position

    def tell(self) -> int:
        return self._position

    def truncate(self, size: int | None = None) -> int:
        self.size = self._position if size is None else size
        return self.size

    def write(self, buffer: ReadableBuffer) -> int:
        data = memoryview(buffer)
        for page, inside, outside in self._spans(len(data)):
            self._pages.setdefault(page, bytearray(_PAGE))[inside] = data[outside]
        self._position += len(data)
        self.size = max(self.size, self._position)
        return len(data)

    def readinto(self, buffer: WriteableBuffer) -> int:
        data = memoryview(buffer)
        for page, inside, outside in self._spans(len(data)):
            if page in self._pages:
                data[outside] = self._pages[page][inside]
            else:
                data[outside] = bytes(outside.stop - outside.start)
        self._position += len(data)
        return len(data)

    def _spans(self, length: int) -> Iterator[tuple[int, slice, slice]]:
        """The pages that `length` bytes from here touch: page, slice of the page, slice of the bytes."""
        done = 0
        while done < length:
            page, first = divmod(self._position + done, _PAGE)
            count = min(_PAGE - first, length - done)
            yield page, slice(first, first + count), slice(done, done + count)
            done += count
