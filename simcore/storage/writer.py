"""The writer: a process of its own that makes the HDF5 files, so that its death costs a checkpoint and not the run.

    supervisor ──requests──▶ serve() ──▶ checkpoints/step-<n>.h5 and others
               ◀──replies───

Both channels are `multiprocessing` connections and not queues: a queue's lock stays held when its reader is killed, its
semaphores lie in /dev/shm until someone clears them away, and its end is never seen when the other side is gone.

This module and `checkpoint` import h5py only when they first write: the supervisor can name them for nothing. The fork
server has done it already (`storage.preload`).
"""

from __future__ import annotations

import signal
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import parent_process
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from simcore.errors import SimcoreError, StorageError
from simcore.storage.atomic import size_of, sweep_temporaries
from simcore.storage.checkpoint import prune, write_checkpoint
from simcore.storage.fields import FieldHistory
from simcore.storage.result import Result, write_result

if TYPE_CHECKING:
    from simcore.storage.image import Attribute

_IGNORED = ("SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1")


class SharedArray(Protocol):
    """Anything that shows shared memory as an array."""

    @property
    def array(self) -> np.ndarray:
        """The array itself, not a copy."""
        ...


class Request(Protocol):
    """What the writer is asked for: picklable, small, and it does the work itself."""

    def carry_out(self, lent: Mapping[str, SharedArray]) -> Path:
        """Write one file and return its path. `lent`: the arrays that the writer was given when it was started."""
        ...


@dataclass(frozen=True)
class WriteCheckpoint:
    """Write a checkpoint. arrays: each array itself, or the name under which it was lent to the writer.

    Lent arrays must not change until the reply. keep: remove all but this number of the newest; None keeps all. home: a
    directory that must be there: it is not made anew if someone has moved it away.
    """

    directory: Path
    step: int
    arrays: Mapping[str, str | np.ndarray]
    attributes: Mapping[str, Attribute]
    keep: int | None = None
    home: Path | None = None

    def carry_out(self, lent: Mapping[str, SharedArray]) -> Path:
        """Write, then remove what is too old and what dead writers left."""
        if self.home is not None and not self.home.is_dir():
            raise StorageError(f"{self.home} is gone")
        arrays = {name: lent[here].array if isinstance(here, str) else here for name, here in self.arrays.items()}
        path = write_checkpoint(self.directory, self.step, arrays, self.attributes)
        if self.keep is not None:
            prune(self.directory, self.keep)
        sweep_temporaries(self.directory)
        return path


@dataclass(frozen=True)
class WriteRun:
    """Write result.h5: the groups that the supervisor made, and the fields, whose last state is lent.

    vtk: where to write the fields for VTK, too.
    """

    path: Path
    result: Result
    fields: FieldHistory
    vtk: Path | None = None

    def carry_out(self, lent: Mapping[str, SharedArray]) -> Path:
        """Write it. Raises CheckpointError if a snapshot is damaged, UsageError if VTK cannot show a field."""
        final = {name: lent[f"state/{name}"].array for name in self.fields.arrays}
        groups = {**self.result.groups, "fields": self.fields.group(final)}
        write_result(self.path, Result(groups, self.result.attributes))
        if self.vtk is not None:
            from simcore.storage.vtkhdf import write_vtkhdf

            write_vtkhdf(self.vtk, groups["fields"], self.path)
        return self.path


@dataclass(frozen=True)
class Written:
    """The file is whole and durable: its size in bytes, and how many seconds it took."""

    path: Path
    seconds: float
    bytes: int


@dataclass(frozen=True)
class Failed:
    """Nothing was written, for this reason; files written before are untouched."""

    message: str


Reply = Written | Failed


def serve(requests: Connection, replies: Connection, lent: Mapping[str, SharedArray]) -> None:
    """The writer's main function: one reply for each request, in order, until `requests` is closed or the parent dies.

    What is being written then is finished first. No request ends it, and no signal that the whole process group gets.
    """
    for name in _IGNORED:
        signal.signal(getattr(signal, name), signal.SIG_IGN)
    with suppress(EOFError, OSError):  # the supervisor is gone
        while _arrives(requests):
            replies.send(_answered(requests, lent))


def _arrives(requests: Connection) -> bool:
    """Wait for the next request; False when the parent died."""
    parent = parent_process()
    return requests in wait([requests] if parent is None else [requests, parent.sentinel])


def _answered(requests: Connection, lent: Mapping[str, SharedArray]) -> Reply:
    """Take one request and carry it out. Raises EOFError if there will be no more."""
    try:
        request = requests.recv()
    except EOFError:
        raise
    except Exception as error:
        return Failed(f"{type(error).__name__}: {error}")
    return answer(request, lent)


def answer(request: Request, lent: Mapping[str, SharedArray]) -> Reply:
    """Carry out a request, whatever comes of it."""
    started = time.perf_counter()
    try:
        path = request.carry_out(lent)
        return Written(path, time.perf_counter() - started, size_of(path))
    except SimcoreError as error:
        return Failed(str(error))
    except Exception as error:
        return Failed(f"{type(error).__name__}: {error}")
