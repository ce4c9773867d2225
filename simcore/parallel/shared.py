"""Arrays in shared memory of the processes of a run; nothing is left behind if a process is killed.

A segment has a name only for the moment in which it is made: what travels to another process is its descriptor, so the
kernel frees the memory when the last process that holds it is gone.
"""

from __future__ import annotations

import errno
import math
import mmap
import os
from collections.abc import Callable
from multiprocessing import heap, reduction, sharedctypes
from multiprocessing.context import get_spawning_popen
from multiprocessing.shared_memory import SharedMemory
from typing import Any

import numpy as np

from simcore.errors import StorageError
from simcore.parallel.memory import shortage
from simcore.parallel.process import start_tracker

# One hot word per 128 bytes: a cache line is 64, and the prefetcher of x86 fetches lines in pairs.
_WORDS_PER_LINE = 16
BARRIER_COUNT = 0 * _WORDS_PER_LINE  # workers that have arrived at the barrier
BARRIER_GENERATION = 1 * _WORDS_PER_LINE  # barriers passed so far
ABORT = 2 * _WORDS_PER_LINE  # not 0: leave the slice, its results are void
SPINS = ABORT + 1  # looks at the barrier before a worker yields its core; read only, hence beside ABORT
STEP = 3 * _WORDS_PER_LINE  # the last step made, for progress
WORDS = 4 * _WORDS_PER_LINE


class SharedArray:
    """A NumPy array, zero at first, in a shared-memory segment whose memory is reserved when it is made.

    array: ndarray of `shape` and `dtype`, C-contiguous, aligned to a page. Pickling passes the descriptor, and works
    only while a process is being started. Raises StorageError if shared memory has no room.
    """

    array: np.ndarray
    _descriptor = -1  # until there is one

    def __init__(self, shape: int | tuple[int, ...], dtype: Any) -> None:
        self._shape = (shape,) if isinstance(shape, int) else tuple(shape)
        self._dtype = np.dtype(dtype)
        self._map(_reserve(max(1, self.nbytes)))

    @property
    def nbytes(self) -> int:
        """Bytes of the array."""
        return math.prod(self._shape) * self._dtype.itemsize

    def close(self) -> None:
        """Give up this process's hold: the memory is freed when the last view in the last process is gone."""
        self.__dict__.pop("array", None)
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __del__(self) -> None:
        self.close()

    def __reduce__(self) -> tuple[Callable[..., SharedArray], tuple]:
        # DupFd would also work later on, but through a thread that serves descriptors until the process ends.
        if get_spawning_popen() is None:
            raise TypeError("a SharedArray can only be sent to a process while that is being started")
        return _attach, (self._shape, self._dtype, reduction.DupFd(self._descriptor))

    def _map(self, descriptor: int) -> None:
        self._descriptor = descriptor
        # The view keeps the mapping alive: no pointer into it can dangle after close().
        memory = mmap.mmap(descriptor, max(1, self.nbytes))
        self.array = np.ndarray(self._shape, self._dtype, buffer=memory)


class PrivateArray:
    """The interface of `SharedArray` for a run that is alone in its process."""

    def __init__(self, shape: int | tuple[int, ...], dtype: Any) -> None:
        self.array = np.zeros(shape, dtype)

    @property
    def nbytes(self) -> int:
        """Bytes of the array."""
        return self.array.nbytes

    def close(self) -> None:
        """The memory goes with its last view."""


def _attach(shape: tuple[int, ...], dtype: np.dtype, descriptor: Any) -> SharedArray:
    """Map in this process the segment behind a descriptor that has come from another."""
    shared = SharedArray.__new__(SharedArray)
    shared._shape, shared._dtype = shape, dtype
    shared._map(descriptor.detach())
    return shared


def _reserve(size: int) -> int:
    """Return the descriptor of a new, nameless segment of `size` bytes, all of them reserved."""
    # Asked first because SharedMemory itself breaks on an absurd size, and the kernel kills on one beyond memory.
    if words := shortage(size, size, shared=True):
        raise StorageError(words)
    descriptor = _segment(size)
    try:
        if hasattr(os, "posix_fallocate"):  # macOS has no such call
            os.posix_fallocate(descriptor, 0, size)
    except OSError as error:
        os.close(descriptor)
        if error.errno in (errno.ENOSPC, errno.ENOMEM, errno.EFBIG):
            raise _no_room(size) from error
        raise
    return descriptor


def _segment(size: int) -> int:
    """Return the descriptor of a new segment that has no name: in /dev/shm, or if that cannot be used, in memory."""
    start_tracker()
    try:
        segment = SharedMemory(create=True, size=size)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.ENOMEM, errno.EFBIG):
            raise _no_room(size) from error
        if not hasattr(os, "memfd_create"):  # macOS
            raise
        return _nameless(size)
    try:
        segment.unlink()
        return os.dup(segment._fd)  # type: ignore[attr-defined]
    finally:
        segment.close()


def _nameless(size: int) -> int:
    descriptor = os.memfd_create("simcore", os.MFD_CLOEXEC)
    try:
        os.ftruncate(descriptor, size)
    except OSError as error:
        os.close(descriptor)
        raise _no_room(size) from error
    return descriptor


def _no_room(size: int) -> StorageError:
    """The kernel has refused what there seemed to be room for."""
    words = f"shared memory is too small: {size:,} bytes refused. Enlarge /dev/shm, or make the state smaller"
    return StorageError(shortage(size, size, shared=True) or words)


class ControlWords:
    """The int64 words by which supervisor and workers steer each other, each on its own cache lines, 0 at first.

    array: int64 ndarray; index it with BARRIER_COUNT, BARRIER_GENERATION, ABORT, STEP. No lock: one held by a killed
    worker would never be released. spins: how often a worker looks, with a pause each, before it yields its core
    (a peer that has a core of its own arrives within those few microseconds). groups: of workers that meet in barriers
    of their own; group g has the words from `g * WORDS` on. Pickles while a process is being started.
    """

    def __init__(self, spins: int = 100, groups: int = 1) -> None:
        if not os.access("/dev/shm", os.W_OK | os.X_OK):
            heap.Arena._dir_candidates = []  # type: ignore[attr-defined] # else it tries there and nowhere else
        self._attach(sharedctypes.RawArray("q", groups * WORDS + _WORDS_PER_LINE))
        self.array[SPINS::WORDS] = spins

    def abort(self) -> None:
        """Free all that wait in a barrier: the slice is void."""
        self.array[ABORT::WORDS] = 1

    def __reduce__(self) -> tuple[Callable[..., ControlWords], tuple]:
        return _control_words, (self._raw,)

    def _attach(self, raw: Any) -> None:
        self._raw = raw
        words = np.frombuffer(raw, np.int64)
        # RawArray aligns to 8 bytes; pages map alike everywhere, so every process skips the same number of words.
        skip = -(words.ctypes.data // 8) % _WORDS_PER_LINE
        self.array = words[skip : skip + len(words) // WORDS * WORDS]


def _control_words(raw: Any) -> ControlWords:
    words = ControlWords.__new__(ControlWords)
    words._attach(raw)
    return words
