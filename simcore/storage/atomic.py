"""Atomic files: a file appears complete or not at all, even if a process is killed or the disk is full.

    temporary name → lock → reserve the size → write → fsync → read back → rename → fsync of the directory

The temporary file is locked (flock) as long as its writer lives; the kernel drops the lock when the writer dies. That
is how `sweep_temporaries` tells a dead writer's file from a living one's, also between containers that share a
directory, where the number of a process says nothing.
"""

from __future__ import annotations

import errno
import fcntl
import os
import re
import secrets
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path
from typing import Protocol

from simcore.errors import StorageError

Buffer = bytes | bytearray | memoryview

_TEMPORARY = re.compile(r".+\.[0-9a-f]{8}\.tmp")
_CHUNK = 128 << 10  # stays in the cache of a core, and malloc need not ask the kernel for it: 3 times as fast as 4 MiB
_NOT_SUPPORTED = (errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL, errno.ENOLCK)


class Collector(Protocol):
    """Whoever gathers files to make them durable together (`simcore.storage.together`)."""

    def add(self, path: Path, buffers: Sequence[memoryview], *, read_back: bool) -> int: ...

    def add_directory(self, path: Path) -> None: ...

    def size(self, path: Path) -> int | None: ...


collector: ContextVar[Collector | None] = ContextVar("collector", default=None)


def write_file(path: Path | str, data: Buffer | Iterable[Buffer], *, read_back: bool = False) -> int:
    """Write `data`, one buffer or several in order, to `path`; return the number of bytes.

    At any moment `path` is absent, the whole old file or the whole new one. The buffers must not change meanwhile.
    read_back: before the file gets its name, read it again, from the disk if the system allows, and compare it all.

    Raises StorageError in one line (path and reason); the temporary file is gone then.
    """
    path = Path(path)
    parts = [data] if isinstance(data, Buffer) else data
    buffers = [memoryview(part).cast("B") for part in parts]
    size = sum(map(len, buffers))
    gather = collector.get()
    try:
        if gather is not None:
            return gather.add(path, buffers, read_back=read_back)
        with _removed_unless_renamed(*written(path, buffers, size)) as (temporary, descriptor):
            sync(descriptor)
            if read_back:
                _compare(descriptor, buffers)
            os.replace(temporary, path)
        sync_directory(path.parent)
    except OSError as error:
        raise StorageError(f"{path}: {reason(error, path.parent, size)}") from error
    return size


def size_of(path: Path) -> int:
    """Bytes of a file that has just been written."""
    gather = collector.get()
    waiting = None if gather is None else gather.size(path)
    return path.stat().st_size if waiting is None else waiting


def make_directory(path: Path) -> None:
    """Make a directory and its parents, and see that their names outlive a power cut. Raises StorageError."""
    missing = [place for place in (path, *path.parents) if not os.path.exists(place)]
    try:
        path.mkdir(parents=True, exist_ok=True)
        gather = collector.get()
        for place in missing:
            if gather is None:
                sync_directory(place.parent)
            else:
                gather.add_directory(place.parent)
    except OSError as error:
        there = next(place for place in path.absolute().parents if os.path.exists(place))
        raise StorageError(f"{path}: {reason(error, there, 0)}") from error


def sweep_temporaries(directory: Path | str) -> list[Path]:
    """Remove the temporary files of writers that died in `directory`; return what was removed.

    Files of living writers stay, and so does whatever cannot be locked or removed here.
    """
    removed = []
    for path in sorted(Path(directory).glob("*.tmp")):
        if not _TEMPORARY.fullmatch(path.name):
            continue
        with suppress(OSError):
            descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                path.unlink()
                removed.append(path)
            finally:
                os.close(descriptor)
    return removed


def sync_directory(path: Path) -> None:
    """Make the names in a directory outlive a power cut; a file system that cannot is left to itself."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        with _where_supported():
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def written(path: Path, buffers: Sequence[memoryview], size: int) -> tuple[Path, int]:
    """A new locked file beside `path` that holds the buffers: its name and its descriptor. Raises OSError."""
    temporary, descriptor = _create_locked(path)
    try:
        _reserve(descriptor, size)
        for chunk in _chunks(buffers):
            _write_all(descriptor, chunk)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        os.close(descriptor)
        raise
    return temporary, descriptor


@contextmanager
def _removed_unless_renamed(temporary: Path, descriptor: int) -> Iterator[tuple[Path, int]]:
    try:
        yield temporary, descriptor
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise
    finally:
        os.close(descriptor)


def _create_locked(path: Path) -> tuple[Path, int]:
    while True:
        temporary = path.with_name(f"{path.name}.{secrets.token_hex(4)}.tmp")
        descriptor = os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
        with _where_supported():
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        if os.fstat(descriptor).st_nlink:
            return temporary, descriptor
        os.close(descriptor)  # a sweep took it between the making and the lock


def _reserve(descriptor: int, size: int) -> None:
    if size and hasattr(os, "posix_fallocate"):
        with _where_supported():
            os.posix_fallocate(descriptor, 0, size)


def _chunks(buffers: Sequence[memoryview]) -> Iterator[memoryview]:
    for buffer in buffers:
        for start in range(0, len(buffer), _CHUNK):
            yield buffer[start : start + _CHUNK]


def _write_all(descriptor: int, chunk: memoryview) -> None:
    while chunk:
        chunk = chunk[os.write(descriptor, chunk) :]


def sync(descriptor: int) -> None:
    """Make the contents of a file outlive a power cut. Raises OSError."""
    if hasattr(fcntl, "F_FULLFSYNC"):  # macOS: fsync stops at the drive's own cache
        with _where_supported():
            fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)
            return
    os.fsync(descriptor)


def verify(descriptor: int, size: int, checksum: int) -> None:
    """Read a file again, and compare its CRC-32. Raises OSError."""
    _forget(descriptor)
    found = 0
    for place in range(0, size, _CHUNK):
        found = zlib.crc32(os.pread(descriptor, _CHUNK, place), found)
    if found != checksum:
        raise OSError(errno.EIO, "the disk gave back other bytes than were written")


def _forget(descriptor: int) -> None:
    if hasattr(os, "posix_fadvise"):  # drops the clean pages, so that the disk is read and not the cache
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)


def _compare(descriptor: int, buffers: Sequence[memoryview]) -> None:
    _forget(descriptor)
    place = 0
    for chunk in _chunks(buffers):
        # bytes against bytes is memcmp; a memoryview would be compared item by item
        if os.pread(descriptor, len(chunk), place) != bytes(chunk):
            raise OSError(errno.EIO, f"the disk gave back other bytes than were written, near byte {place}")
        place += len(chunk)


@contextmanager
def _where_supported() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno not in _NOT_SUPPORTED:
            raise


def reason(error: OSError, directory: Path, size: int) -> str:
    """Why a file could not be written, in words."""
    if error.errno == errno.ENOSPC:
        free = _free(directory)
        inodes = ", but no room for another file name (inodes)" if free > size else ""
        return f"no space left on device: {_megabytes(size)} needed, {_megabytes(free)} free{inodes}"
    if error.errno == errno.EDQUOT:
        return f"disk quota exceeded: {_megabytes(size)} needed"
    if error.errno == errno.EFBIG:
        return f"{_megabytes(size)} is more than a file may hold here (see `ulimit -f`)"
    text = error.strerror or str(error)
    return text[0].lower() + text[1:]


def _free(directory: Path) -> int:
    try:
        space = os.statvfs(directory)
    except OSError:
        return 0
    return space.f_bavail * space.f_frsize


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB"
