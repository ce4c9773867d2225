"""Limits of the system on open files, processes, threads and memory: what they have refused, in one line.

Python tells such a refusal by many exceptions: OSError with several numbers, MemoryError, RuntimeError for a thread,
ImportError for a library that could not be mapped.
"""

from __future__ import annotations

import errno
import os
import re

from simcore.errors import WorkerError

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

_SPARE = 8  # descriptors that imports, logs and files take beside those that are counted
_LEAST_ADDRESSES = 2**28  # bytes; below that numpy ends the process by itself
_FILES = re.compile(r"too many open files", re.IGNORECASE)
_MEMORY = re.compile(r"failed to map segment|cannot allocate memory|memory protection", re.IGNORECASE)
_THREAD = re.compile(r"can't start new thread", re.IGNORECASE)


def refusal(error: BaseException) -> str:
    """Which limit is behind an exception, and how to raise it; empty if none is."""
    one: BaseException | None = error
    while one is not None:
        if words := _refusal(one):
            return words
        one = one.__cause__ or one.__context__
    return ""


def _refusal(error: BaseException) -> str:
    text = str(error)
    number = error.errno if isinstance(error, OSError) else None
    if number in (errno.EMFILE, errno.ENFILE) or (isinstance(error, ImportError) and _FILES.search(text)):
        return _files()
    if number == errno.ENOMEM or isinstance(error, MemoryError):
        return _memory()
    if isinstance(error, (ImportError, OSError)) and _MEMORY.search(text):
        return _memory()
    if number == errno.EAGAIN or (isinstance(error, RuntimeError) and _THREAD.search(text)):
        return processes()
    return ""


def _files() -> str:
    allowed = _soft("RLIMIT_NOFILE")
    return (
        f"too many open files{'' if allowed is None else f': {allowed} are allowed'}. Raise the limit (ulimit -n 1024)"
    )


def _memory() -> str:
    allowed = _soft("RLIMIT_AS")
    if allowed is None:
        return "out of memory: the system refused some. Take a machine with more memory, or fewer workers"
    return f"out of memory: the limit of address space is {allowed:,} bytes. Raise it (ulimit -v unlimited)"


def processes() -> str:
    """Why no further process or thread can be started."""
    if _soft("RLIMIT_AS") is not None:
        return _memory()
    allowed = _soft("RLIMIT_NPROC")
    limit = "the limit of processes (ulimit -u)" if allowed is None else f"{allowed} are allowed (ulimit -u)"
    return f"no further process or thread can be started: {limit}, or those of a container (pids). Take fewer workers"


def cpu_seconds() -> int | None:
    """The CPU time that a process may take; None if there is no limit."""
    return _soft("RLIMIT_CPU")


def reserve(files: int) -> None:
    """See that so many more files can be opened, and that there are addresses for a process.

    The soft limit of open files is raised as far as the hard one lets. Raises WorkerError.
    """
    addresses = _soft("RLIMIT_AS")
    if addresses is not None and addresses < _LEAST_ADDRESSES:
        raise WorkerError(_memory())
    allowed, needed = _soft("RLIMIT_NOFILE"), _open() + files + _SPARE
    if allowed is None or needed <= allowed:
        return
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if hard != resource.RLIM_INFINITY and needed > hard:
        raise WorkerError(
            f"too few files may be open: {needed} needed, {hard} allowed. Raise the limit (ulimit -n {needed}), or "
            "take fewer workers"
        )
    resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))


def _open() -> int:
    """Open descriptors of this process; a guess if the system does not tell (macOS)."""
    try:
        return len(os.listdir("/proc/self/fd"))
    except OSError:
        return 16


def _soft(name: str) -> int | None:
    """The soft limit; None if there is none."""
    if resource is None or not hasattr(resource, name):
        return None
    limit = resource.getrlimit(getattr(resource, name))[0]
    return None if limit == resource.RLIM_INFINITY else limit
