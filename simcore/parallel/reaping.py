"""Wait for the end of a process for a bounded time, also if its exit code never comes."""

from __future__ import annotations

import contextlib
import os
import time
from multiprocessing.process import BaseProcess

from simcore.parallel.death import UNKNOWN

GRACE = 5.0  # seconds in which a process that has nothing left to do ends


def reap(process: BaseProcess, grace: float = GRACE) -> None:
    """Wait `grace` seconds for the end of a process, then kill it and wait as long again.

    The fork server tells the exit code. A fork server that is stopped, or that another package started with SIGCHLD
    blocked, never does: then the system is asked whether the process is there, and its exit code is `UNKNOWN`.
    """
    process.join(grace)
    if process.exitcode is not None:
        return
    process.kill()
    process.join(grace if exists(process.pid) else 0.1)
    if process.exitcode is None and not exists(process.pid):
        process._popen.returncode = UNKNOWN  # type: ignore[attr-defined] # else multiprocessing waits for it at exit


def exists(pid: int | None) -> bool:
    """Whether there is such a process that has not ended."""
    if pid is None:
        return False
    with contextlib.suppress(ChildProcessError):  # it is ours to reap if this process is the container's first
        os.waitpid(pid, os.WNOHANG)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return not _is_zombie(pid)


def _is_zombie(pid: int) -> bool:
    """Ended, but not yet reaped by its parent; unknown without /proc (macOS)."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return file.read().rpartition(b")")[2].split()[0] == b"Z"
    except (OSError, IndexError):
        return False


def reap_all(processes: list[BaseProcess], grace: float = GRACE) -> None:
    """Kill all, then reap each within `grace` seconds in all."""
    for process in processes:
        with contextlib.suppress(ValueError):  # closed: it has ended
            process.kill()
    deadline = time.monotonic() + grace
    for process in processes:
        with contextlib.suppress(ValueError):
            reap(process, max(0.1, deadline - time.monotonic()))
