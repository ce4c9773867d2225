"""The life of a worker process.

::

    supervisor                         fork server                     worker 0 … N-1
    (reads neither numba nor h5py)     (imports both, once)

      warm_up() ──── starts ────────▶  preload
      Team.start() ── pipe, job ────▶  fork ───────────────────────▶   main(rank, job, control, connection)
                                                                         run = job.prepare(rank, control)
                ◀──────────────────────────────── ("ready", seconds) ──
      post(command) ──────────────────────────────────── command ───▶    reply = run(command)
                ◀─────────────────────────────────── ("done", reply) ──      compiled; meets its peers in the
      collect()                                                              barrier, over the shared words
                ◀────────────────────────────── ("failed", traceback) ── an exception (a SimcoreError goes as it
                                                                         is); the worker leaves
      close() ──────────────────────────────────── end of file ─────▶    leaves

    sentinel  ◀── exit code ────────   waits for its children
    the end of the supervisor, however it comes ──── sentinel ──────▶    the watcher thread leaves at once

What ends whom: a worker ends at the end of its pipe, or of the supervisor; the fork server when supervisor and workers
are gone. The supervisor learns of a worker's end by its sentinel, and of the fork server's by the sentinels of all. A
worker that waits in a barrier for a dead peer is freed by the ABORT word, which the supervisor sets.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection, wait
from typing import Any, Protocol

from simcore.errors import SimcoreError, WorkerError
from simcore.parallel import terminal
from simcore.parallel.limits import refusal
from simcore.parallel.process import Parcel
from simcore.parallel.shared import ControlWords


class Job(Protocol):
    """What a team works on: sent to each worker once."""

    def prepare(self, rank: int, control: ControlWords) -> Callable[[Any], Any]:
        """Do, in worker `rank`, what comes before the first command; return what turns a command into its reply.

        Commands and replies are small and picklable. Compiled code in it releases the GIL, and returns when `ABORT` is
        set.
        """


def main(rank: int, job: Parcel, control: ControlWords, connection: Connection) -> None:
    """Prepare the job, then answer commands until the pipe ends; the messages are drawn above."""
    terminal.withdraw()
    try:
        threading.Thread(target=_leave_with_supervisor, args=(control,), daemon=True).start()
        _serve(rank, job, control, connection)
    except BaseException as error:
        with contextlib.suppress(OSError):  # nobody listens any more
            connection.send(("failed", _told(rank, error)))
        raise SystemExit(1) from None


def _told(rank: int, error: BaseException) -> SimcoreError | str:
    """What the supervisor is told of an error: itself, the limit that is behind it, or its traceback."""
    if isinstance(error, SimcoreError):
        return error
    words = refusal(error)
    return WorkerError(f"worker {rank}: {words}") if words else traceback.format_exc()


def _serve(rank: int, job: Parcel, control: ControlWords, connection: Connection) -> None:
    began = time.perf_counter()
    run = job.open().prepare(rank, control)
    connection.send(("ready", time.perf_counter() - began))
    for command in _commands(connection):
        connection.send(("done", run(command)))


def _commands(connection: Connection) -> Iterator[Any]:
    with contextlib.suppress(EOFError, ConnectionError):
        while True:
            yield connection.recv()


def _leave_with_supervisor(control: ControlWords) -> None:
    supervisor = multiprocessing.parent_process()
    if supervisor is not None:
        wait([supervisor.sentinel])
        control.abort()  # for a peer whose compiled code holds the GIL
        os._exit(1)
