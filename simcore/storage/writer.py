"""The writer: a process of its own that makes the HDF5 files, so that its death costs a checkpoint and not the run.

    supervisor ──requests──▶ serve() ──▶ checkpoints/step-<n>.h5, result.h5
               ◀──replies───

Both channels are `multiprocessing` connections and not queues: a queue's lock stays held when its reader is killed, its
semaphores lie in /dev/shm until someone clears them away, and its end is never seen when the other side is gone.

This module, `checkpoint` and `result` import h5py only when they first write: the supervisor can name them for nothing.
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
from typing import Protocol

import numpy as np

from simcore.errors import SimcoreError
from simcore.storage.atomic import sweep_temporaries
from simcore.storage.checkpoint import Attribute, prune, write_checkpoint
from simcore.storage.result import Result, write_result

_IGNORED = ("SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1")


class SharedArray(Protocol):
    """Anything picklable that shows shared memory as an array."""

    @property
    def array(self) -> np.ndarray:
        """The array, without a copy."""
        ...


@dataclass(frozen=True)
class WriteCheckpoint:
    """Write a checkpoint and keep the newest `keep` good ones. The arrays must not change until the reply."""

    directory: Path
    step: int
    arrays: Mapping[str, SharedArray | np.ndarray]
    attributes: Mapping[str, Attribute]
    keep: int

    def carry_out(self) -> Path:
        """Write, then remove what is too old and what dead writers left."""
        arrays = {name: getattr(array, "array", array) for name, array in self.arrays.items()}
        path = write_checkpoint(self.directory, self.step, arrays, self.attributes)
        prune(self.directory, self.keep)
        sweep_temporaries(self.directory)
        return path


@dataclass(frozen=True)
class WriteResult:
    """Write a result file."""

    path: Path
    result: Result

    def carry_out(self) -> Path:
        """Write it."""
        write_result(self.path, self.result)
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


Request = WriteCheckpoint | WriteResult
Reply = Written | Failed


def serve(requests: Connection, replies: Connection) -> None:
    """The writer's main function: one reply for each request, in order, until `None`, the end of `requests` or the
    parent's death.

    No request ends it, and no signal to the whole process group does (the supervisor decides when to stop).
    """
    for name in _IGNORED:
        signal.signal(getattr(signal, name), signal.SIG_IGN)
    with suppress(EOFError, OSError):  # the supervisor is gone
        while _arrives(requests):
            reply = _answer(requests)
            if reply is None:
                return
            replies.send(reply)


def _arrives(requests: Connection) -> bool:
    """Wait for the next request; False when the parent died."""
    parent = parent_process()
    return requests in wait([requests] if parent is None else [requests, parent.sentinel])


def _answer(requests: Connection) -> Reply | None:
    """Take one request and carry it out; None for the closing message."""
    started = time.perf_counter()
    try:
        request = requests.recv()
        if request is None:
            return None
        path = request.carry_out()
        return Written(path, time.perf_counter() - started, path.stat().st_size)
    except EOFError:
        raise
    except SimcoreError as error:
        return Failed(str(error))
    except Exception as error:
        return Failed(f"{type(error).__name__}: {error}")
