"""Checksums behind an HDF5 file, by which every byte that is read from it is verified.

    HDF5 file │ one checksum of 8 bytes for each block of 64 KiB │ footer of 128 bytes

HDF5 ends if its own header says, so that every HDF5 or netCDF library reads the file as if nothing stood behind it.
The footer is two lines of text and zeros: the kind of file, the format and the number of bytes before the checksums;
the SHA-256 of that line and the checksums. So it follows from what it covers, and is compared whole. A program that
changes the file in place cuts off what stands behind the end of HDF5, or leaves checksums that no longer fit: both are
found. Blocks are verified when they are read, so that of a large file only what is used is read.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from simcore.errors import StorageError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

BLOCK = 64 << 10
WHOLE = 8 << 20  # a file up to this size is verified whole before anything of it is used
_FORMAT, _DIGEST, _FOOTER = 1, 8, 128
_KEPT = 32  # blocks; HDF5 reads small pieces of the same ones many times
_SIGNATURE = b"\x89HDF\r\n\x1a\n"
_REMEDY = (
    "It was damaged, or another program has written to it. `simcore resume` of its run, or the same `simcore sweep`, "
    "makes it anew; xarray.open_datatree reads what is there, unverified"
)


class DamagedFileError(StorageError):
    """A file is not what was written."""


def sealed(data: memoryview, kind: str) -> list[memoryview]:
    """The buffers of a file: an HDF5 image, and what stands behind it. kind: a word, as in `simcore result`."""
    table = b"".join(_digest(data[start : start + BLOCK]) for start in range(0, len(data), BLOCK))
    return [data, memoryview(table + _footer(kind, _FORMAT, len(data), table))]


def open_verified(path: Path | str, kind: str) -> BinaryIO:
    """The HDF5 image of a file; what is read from it is what was written, or DamagedFileError is raised.

    Raises StorageError if it cannot be read, or is no such file.
    """
    file = _Verified(Path(path), kind)
    if file.size > WHOLE:
        return file  # type: ignore[return-value]
    with file:
        return io.BytesIO(file.read())


@contextmanager
def telling(image: BinaryIO) -> Iterator[None]:
    """What goes wrong within it is what `image` found, if it found something, whatever HDF5 has made of that."""
    try:
        yield
    except Exception:
        _tell(image)
        raise
    _tell(image)


def _tell(image: BinaryIO) -> None:
    if isinstance(image, _Verified) and (failure := image.failure()) is not None:
        raise failure from None


def verify(path: Path | str, kind: str) -> None:
    """Read all of a file. Raises StorageError."""
    with _Verified(Path(path), kind) as file:
        for _ in file.blocks():
            pass


class _Verified(io.RawIOBase):
    """A file of which each block is verified when it is read.

    HDF5 passes over some errors: every later read fails with the first again.
    """

    _failed: tuple[type[StorageError], tuple[object, ...]] | None = None

    def __init__(self, path: Path, kind: str) -> None:
        super().__init__()
        self._path, self._kind = path, kind
        self._position, self._descriptor = 0, -1
        self._recent: OrderedDict[int, bytes] = OrderedDict()
        try:
            self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            self.size, self._table = _table(path, kind, self._descriptor)
        except OSError as error:
            raise _unreadable(path, error.strerror) from error

    def __reduce__(self) -> tuple[type[_Verified], tuple[Path, str]]:
        return _Verified, (self._path, self._kind)

    def close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
        super().close()

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._position = offset + (0, self._position, self.size)[whence]
        return self._position

    def tell(self) -> int:
        return self._position

    def readinto(self, buffer: WriteableBuffer) -> int:
        data = memoryview(buffer).cast("B")
        length = max(0, min(len(data), self.size - self._position))
        done = 0
        while done < length:
            number, inside = divmod(self._position + done, BLOCK)
            part = memoryview(self._block(number))[inside : inside + length - done]
            data[done : done + len(part)] = part
            done += len(part)
        self._position += done
        return done

    def blocks(self) -> Iterator[bytes]:
        """All blocks in order."""
        for number in range(-(-self.size // BLOCK)):
            yield self._block(number)

    def failure(self) -> StorageError | None:
        """The first that went wrong, anew.

        The error itself is not kept: its traceback holds the frames of h5py, and these a property list that holds this
        file. Nothing collects that circle, as it leads through C, and libhdf5 stumbles over the list when Python has
        ended: a segmentation fault behind the last line.
        """
        if self._failed is None:
            return None
        kind, words = self._failed
        return kind(*words)

    def _block(self, number: int) -> bytes:
        if (failure := self.failure()) is not None:
            raise failure
        try:
            return self._read(number)
        except StorageError as error:
            self._failed = type(error), error.args
            raise

    def _read(self, number: int) -> bytes:
        if number in self._recent:
            self._recent.move_to_end(number)
            return self._recent[number]
        start = number * BLOCK
        length = min(BLOCK, self.size - start)
        try:
            data = os.pread(self._descriptor, length, start)
        except OSError as error:
            raise _unreadable(self._path, error.strerror) from error
        if len(data) != length or _digest(data) != self._table[number * _DIGEST : (number + 1) * _DIGEST]:
            raise _damaged(self._path, f"bytes {start} to {start + length - 1} are not those that were written")
        self._recent[number] = data
        if len(self._recent) > _KEPT:
            self._recent.popitem(last=False)
        return data


def _table(path: Path, kind: str, descriptor: int) -> tuple[int, bytes]:
    """The number of bytes of the HDF5 image, and the checksums of its blocks, themselves verified."""
    size = os.fstat(descriptor).st_size
    footer = os.pread(descriptor, _FOOTER, max(0, size - _FOOTER))
    found = re.match(rb"simcore (\w+), format (\d{1,9}), (\d{1,18}) bytes\n", footer)
    if found is None:
        if os.pread(descriptor, len(_SIGNATURE), 0) != _SIGNATURE:
            raise _unreadable(path, "it is no HDF5 file, or its beginning and its end are damaged")
        raise _damaged(path, "it does not end with its checksums")
    form, image = int(found[2]), int(found[3])
    length = -(-image // BLOCK) * _DIGEST
    table = b"" if image + length + _FOOTER != size else os.pread(descriptor, length, image)
    if found[1].decode() != kind or footer != _footer(kind, form, image, table) or len(table) != length:
        raise _damaged(path, "its checksums are not those that were written")
    if form != _FORMAT:
        raise _unreadable(path, f"it has format {form}, written by a newer simcore; this one reads format {_FORMAT}")
    return image, table


def _digest(data: bytes | memoryview) -> bytes:
    return hashlib.blake2b(data, digest_size=_DIGEST).digest()


def _footer(kind: str, form: int, size: int, table: bytes) -> bytes:
    first = f"simcore {kind}, format {form}, {size} bytes\n".encode()
    return (first + f"sha256 {hashlib.sha256(first + table).hexdigest()}\n".encode()).ljust(_FOOTER, b"\0")


def _unreadable(path: Path, reason: str | None) -> StorageError:
    return StorageError(f"{path}: cannot be read as a result file ({reason})")


def _damaged(path: Path, what: str) -> DamagedFileError:
    return DamagedFileError(f"{path}: cannot be read as a result file: {what}. {_REMEDY}")
