"""Files that become durable together: the first fsync of many waits for the disk, the others find it done.

    with collected(batch): write_file(...)      temporary name → lock → reserve the size → write
    publish([batch, batch, ...])                fsync of all → read back → rename of all → fsync of the directories

Each file still appears whole or not at all. What has been collected is not there before `publish` returns.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from simcore.errors import StorageError
from simcore.storage import atomic


class _Waiting(NamedTuple):
    path: Path
    temporary: Path
    descriptor: int
    size: int
    checksum: int | None


class Batch:
    """Files that have been written, but have no name yet, and directories that have new names in them."""

    def __init__(self) -> None:
        self._files: list[_Waiting] = []
        self._directories: dict[Path, None] = {}
        self._error: StorageError | None = None

    def add(self, path: Path, buffers: Sequence[memoryview], *, read_back: bool) -> int:
        """Write the buffers to a temporary file; returns its size. Raises OSError."""
        size, checksum = sum(map(len, buffers)), 0
        temporary, descriptor = atomic.written(path, buffers, size)
        for buffer in buffers if read_back else ():
            checksum = zlib.crc32(buffer, checksum)
        if hasattr(os, "posix_fadvise"):  # the disk begins now
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        self._files.append(_Waiting(path, temporary, descriptor, size, checksum if read_back else None))
        self._directories[path.parent] = None
        return size

    def add_directory(self, path: Path) -> None:
        """See that the names in a directory become durable, too."""
        self._directories[path] = None

    def size(self, path: Path) -> int | None:
        """The bytes of a file that waits here."""
        return next((waiting.size for waiting in self._files if waiting.path == path), None)

    def discard(self) -> None:
        """Remove what waits."""
        for waiting in self._files:
            with suppress(OSError):
                waiting.temporary.unlink()
            os.close(waiting.descriptor)
        self._files.clear()
        self._directories.clear()

    def attempt(self, action: str) -> None:
        """One act of `publish`; a batch that fails is discarded."""
        try:
            if self._error is None:
                getattr(self, action)()
        except OSError as error:
            names = ", ".join(waiting.path.name for waiting in self._files)
            place = next(iter(self._directories), Path())
            self._error = StorageError(f"{place}: {names or 'a name'}: {atomic.reason(error, place, 0)}")
            self.discard()

    def sync(self) -> None:
        for waiting in self._files:
            atomic.sync(waiting.descriptor)
            if waiting.checksum is not None:
                atomic.verify(waiting.descriptor, waiting.size, waiting.checksum)

    def rename(self) -> None:
        while self._files:
            waiting = self._files[0]
            os.replace(waiting.temporary, waiting.path)
            os.close(self._files.pop(0).descriptor)

    def sync_names(self) -> None:
        for place in self._directories:
            atomic.sync_directory(place)
        self._directories.clear()

    def outcome(self) -> StorageError | None:
        """What went wrong, once."""
        error, self._error = self._error, None
        return error


@contextmanager
def collected(batch: Batch | None) -> Iterator[None]:
    """What this thread writes meanwhile waits in the batch; without one it is written at once, as ever."""
    token = atomic.collector.set(batch)
    try:
        yield
    finally:
        atomic.collector.reset(token)


def publish(batches: Sequence[Batch]) -> list[StorageError | None]:
    """Make all files of all batches durable and give them their names; for each batch what went wrong."""
    for action in ("sync", "rename", "sync_names"):
        for batch in batches:
            batch.attempt(action)
    return [batch.outcome() for batch in batches]
