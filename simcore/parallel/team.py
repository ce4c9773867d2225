"""The workers of one run, as the supervisor sees them; `simcore.parallel.worker` draws the whole picture."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from multiprocessing.util import Finalize
from typing import Any, Self

from simcore.errors import SimcoreError, WorkerError
from simcore.parallel import cpus, death, process, worker
from simcore.parallel.limits import reserve
from simcore.parallel.reaping import exists
from simcore.parallel.shared import ControlWords

_GRACE = 5.0  # seconds that workers have to leave by themselves
_SHORT_GRACE = 0.5
_OPEN_OF_A_WORKER, _OPEN_OF_OTHERS = 3, 8  # files: pipe, exit code and job of each; the writer and what is on its way


@dataclass
class _Member:
    """One worker: its process, the supervisor's end of its pipe, and what has come through it."""

    rank: int
    process: BaseProcess
    connection: Connection
    ready: float | None = None
    replies: deque[Any] = field(default_factory=deque)

    @property
    def pid(self) -> int:
        assert self.process.pid is not None  # it was started
        return self.process.pid

    def __str__(self) -> str:
        return f"worker {self.rank} (pid {self.pid})"


class Team:
    """Workers that carry out commands together; use it as a context manager, or call `close`.

    job: see `worker.Job`; it travels by value where `__main__` defines it. groups: how many groups of workers meet in
    barriers of their own. control: the shared words of this team.
    """

    def __init__(self, job: worker.Job, workers: int, groups: int = 1) -> None:
        spins = {} if workers <= cpus.available() else {"spins": 1}
        self.control = ControlWords(**spins, groups=groups)
        self._job, self._workers = job, workers
        self._members: list[_Member] = []
        self._failure: SimcoreError | None = None
        self._dismissal = Finalize(self, _shutdown, (self._members, self.control))

    def start(self) -> Team:
        """Start the workers, which prepare their job; do not wait for them.

        Raises UsageError for a job that cannot be pickled, WorkerError if no process can be started or too few files
        may be open.
        """
        reserve(_OPEN_OF_OTHERS + _OPEN_OF_A_WORKER * self._workers)
        try:
            for rank in range(self._workers):
                self._members.append(_spawn(rank, self._job, self.control))
        except BaseException:
            self.close()
            raise
        return self

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def pids(self) -> list[int]:
        """Process id of each worker, by rank."""
        return [member.pid for member in self._members]

    @property
    def ready(self) -> list[float]:
        """Seconds that each worker needed to prepare its job, by rank; waits for all.

        Raises WorkerError, or the SimcoreError that a worker raised.
        """
        self._listen(lambda member: member.ready is not None, None)
        return [member.ready for member in self._members if member.ready is not None]

    def prepared(self, timeout: float) -> bool:
        """Whether every worker has prepared its job, now or within `timeout` seconds. Raises what `ready` raises."""
        return self._listen(lambda member: member.ready is not None, timeout)

    def post(self, command: Any) -> None:
        """Send a command to all. A worker that is gone is found by `collect`."""
        for member in self._members:
            with contextlib.suppress(ConnectionError):
                member.connection.send(command)

    def collect(self, timeout: float | None = None) -> list[Any] | None:
        """Return the replies to one command, by rank; None if some are still due after `timeout` seconds.

        Raises WorkerError as soon as any worker dies or fails, or the SimcoreError that a worker raised: the others are
        told to abort, and the team can only be closed.
        """
        if not self._listen(lambda member: bool(member.replies), timeout):
            return None
        return [member.replies.popleft() for member in self._members]

    def release(self) -> None:
        """Let the workers leave, and do not wait for it; after this the team can only be closed."""
        _release(self._members, self.control)

    def kill(self) -> None:
        """End the workers at once, whatever they do; after this the team can only be closed."""
        for member in self._members:
            with contextlib.suppress(ProcessLookupError):
                os.kill(member.pid, signal.SIGKILL)

    def close(self) -> None:
        """End and reap all workers, by force if they do not leave; a slice under way is lost. Idempotent."""
        self._dismissal()

    def _listen(self, satisfied: Callable[[_Member], bool], timeout: float | None) -> bool:
        """Take messages until all members are satisfied; False if that needs longer."""
        if self._failure is not None:
            raise self._failure
        deadline = None if timeout is None else time.monotonic() + timeout
        while not all(map(satisfied, self._members)):
            watched = [handle for member in self._members for handle in (member.connection, member.process.sentinel)]
            happened = wait(watched, None if deadline is None else max(0.0, deadline - time.monotonic()))
            if not happened:
                return False
            for member in self._members:
                if member.connection in happened or member.process.sentinel in happened:
                    self._hear(member, member.process.sentinel in happened)
        return True

    def _hear(self, member: _Member, ended: bool) -> None:
        """Take what a member has sent; its last words go before its death."""
        try:
            while member.connection.poll():
                kind, content = member.connection.recv()
                if kind == "ready":
                    member.ready = content
                elif kind == "done":
                    member.replies.append(content)
                elif isinstance(content, SimcoreError):
                    self._fail(content)
                else:
                    self._fail(WorkerError(f"{member} failed:\n{content}"))
        except (EOFError, OSError):  # OSError: it died in the middle of a message
            ended = True
        if ended:
            member.process.join(_GRACE)
            self._fail(WorkerError(f"{member}: {death.likely_cause(member.process.exitcode)}"))

    def _fail(self, failure: SimcoreError) -> None:
        self.control.abort()
        self._failure = failure
        raise failure


def _spawn(rank: int, job: worker.Job, control: ControlWords) -> _Member:
    mine, theirs = multiprocessing.Pipe()
    with theirs:  # held by the worker alone: its death ends the pipe
        name = f"simcore worker {rank}"
        child = process.start(worker.main, rank, process.Parcel(job), control, theirs, name=name)
    return _Member(rank, child, mine)


def _release(members: list[_Member], control: ControlWords) -> None:
    control.abort()
    for member in members:
        member.connection.close()


def _shutdown(members: list[_Member], control: ControlWords) -> None:
    _release(members, control)
    began = time.monotonic()
    for member in members:
        # One that still prepares its job looks at no word and at no pipe, and has nothing to lose.
        if not _ended(member, began + (_GRACE if member.ready is not None else _SHORT_GRACE)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(member.pid, signal.SIGKILL)
            _ended(member, time.monotonic() + _GRACE)
        with contextlib.suppress(ValueError):  # not even SIGKILL ends a process that hangs in the kernel
            member.process.close()
    members.clear()


def _ended(member: _Member, deadline: float) -> bool:
    """Wait for the end of a process; if the fork server is gone, by asking the system."""
    member.process.join(max(0.0, deadline - time.monotonic()))
    if member.process.exitcode != death.UNKNOWN:
        return member.process.exitcode is not None
    while exists(member.pid):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True
