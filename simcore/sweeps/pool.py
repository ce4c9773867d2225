"""A pool of warm worker processes on this machine, behind `concurrent.futures.Executor`.

::

    launcher                                     worker 0 … N-1 (forkserver: numba and h5py are there)
      submit(f, x) ──▶ queue
      manager thread ── (number, f, x) ───────▶    f(x): compiled kernels stay for the next task
            ◀──────────────── ("free", number) ──  computed; the next task may come
            ◀──────── ("done", number, result) ──  settled by a second thread, many at a time: one wait for the disk
      a worker's sentinel ─────────────────────▶   its futures fail with WorkerDied, another is started in its place

`ProcessPoolExecutor` breaks when a worker dies, `multiprocessing.Pool` hangs. Workers ignore the terminal, and
leave when the launcher is gone.
"""

from __future__ import annotations

import contextlib
import itertools
import multiprocessing
import os
import queue
import threading
import traceback
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any

from simcore.compiler.fork_server import warm_up
from simcore.errors import SimcoreError, WorkerError
from simcore.parallel import death, process, terminal
from simcore.parallel.process import Parcel

_UNSETTLED = 32  # results that a worker may hold back
_GRACE = 5.0


class Postponed(ABC):
    """What a task may return for a result that takes a wait: it is settled, with others, while the next one runs."""

    @classmethod
    @abstractmethod
    def settle(cls, those: Sequence[Postponed]) -> list[Any]:
        """The results, in order. Called in a second thread."""


class WorkerDied(WorkerError):
    """The worker that had a task died. at_fault: it was at work on this very task."""

    def __init__(self, message: str, at_fault: bool) -> None:
        super().__init__(message)
        self.at_fault = at_fault


@dataclass
class _Work:
    number: int
    future: Future
    call: tuple[Callable[..., Any], tuple]


@dataclass
class _Member:
    process: BaseProcess
    connection: Connection
    current: int | None = None
    held: dict[int, _Work] = field(default_factory=dict)


class LocalPool(Executor):
    """`workers` processes; use it as a context manager. Tasks are functions of importable modules."""

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._numbers = itertools.count()
        self._queue: deque[_Work] = deque()
        self._members: list[_Member] = []
        self._woken, self._wake = multiprocessing.Pipe(duplex=False)
        self._lock = threading.Lock()
        self._leaving = False
        self._thread = threading.Thread(target=self._manage, name="simcore pool", daemon=True)
        warm_up()
        self._thread.start()

    @property
    def pids(self) -> list[int]:
        """Process ids of the workers that live."""
        return [member.process.pid for member in list(self._members) if member.process.pid is not None]

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future:
        """Queue `fn(*args)`. Its future fails with WorkerDied if the worker dies, or with what it raises."""
        if kwargs:
            raise TypeError("tasks of a LocalPool take positional arguments")
        future: Future = Future()
        with self._lock:
            if self._leaving:
                raise RuntimeError("the pool is shut down")
            self._queue.append(_Work(next(self._numbers), future, (fn, args)))
        self._wake.send_bytes(b"s")
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Let the workers finish what they have, and leave."""
        with self._lock:
            if cancel_futures:
                for work in self._queue:
                    work.future.cancel()
            self._leaving = True
        with contextlib.suppress(OSError):
            self._wake.send_bytes(b"q")
        if wait and self._thread.is_alive():
            self._thread.join()

    def _manage(self) -> None:
        try:
            while not (self._leaving and not self._queue and not any(member.held for member in self._members)):
                self._hand_out()
                self._listen()
        except BaseException as error:
            self._give_up(error)
        finally:
            self._shutdown()

    def _hand_out(self) -> None:
        """A task for every worker that is free; workers are started as they are needed."""
        while self._queue:
            member = next((m for m in self._members if m.current is None), None)
            if member is None:
                if len(self._members) == self._workers:
                    return
                self._members.append(_spawn(len(self._members)))
                continue
            with self._lock:
                work = self._queue.popleft()
            if work.future.set_running_or_notify_cancel():
                self._send(member, work)

    def _send(self, member: _Member, work: _Work) -> None:
        member.current, member.held[work.number] = work.number, work
        try:
            member.connection.send((work.number, Parcel(work.call)))
        except (BrokenPipeError, ConnectionError):
            return  # it is dead: its sentinel tells
        except Exception as error:
            member.current = None
            del member.held[work.number]
            work.future.set_exception(error)

    def _listen(self) -> None:
        watched = {m.connection: m for m in self._members} | {m.process.sentinel: m for m in self._members}
        happened = wait([self._woken, *watched])
        if self._woken in happened:
            self._woken.recv_bytes()
        for member in {id(watched[h]): watched[h] for h in happened if h is not self._woken}.values():
            self._hear(member)

    def _hear(self, member: _Member) -> None:
        alive = True
        try:
            while member.connection.poll():
                kind, number, content = member.connection.recv()
                if member.current == number:
                    member.current = None
                if kind == "done":
                    member.held.pop(number).future.set_result(content)
                elif kind == "failed":
                    member.held.pop(number).future.set_exception(content)
        except (EOFError, OSError):
            alive = False
        if not alive or member.process.exitcode is not None:
            self._on_death(member)

    def _on_death(self, member: _Member) -> None:
        member.process.join(_GRACE)
        cause = death.likely_cause(member.process.exitcode)
        message = f"the worker (pid {member.process.pid}) {cause}"
        self._members.remove(member)
        member.connection.close()
        for work in member.held.values():
            work.future.set_exception(WorkerDied(message, work.number == member.current))

    def _give_up(self, error: BaseException) -> None:
        with self._lock:
            self._leaving = True
            works = [*self._queue, *(work for member in self._members for work in member.held.values())]
            self._queue.clear()
        for work in works:
            if not work.future.done():
                work.future.set_exception(error)

    def _shutdown(self) -> None:
        for member in self._members:
            member.connection.close()
        for member in self._members:
            member.process.join(_GRACE)
            if member.process.exitcode is None:
                member.process.kill()
                member.process.join(_GRACE)
        self._members.clear()
        self._wake.close()
        self._woken.close()


def _spawn(number: int) -> _Member:
    mine, theirs = multiprocessing.Pipe()
    with theirs:
        child = process.start(_serve, theirs, name=f"simcore pool worker {number}", parental=True)
    return _Member(child, mine)


def _serve(connection: Connection) -> None:
    """The life of a worker."""
    terminal.withdraw()
    threading.Thread(target=_leave_with_launcher, daemon=True).start()
    sending = threading.Lock()

    def send(kind: str, number: int, content: Any = None) -> None:
        with sending, contextlib.suppress(OSError):
            connection.send((kind, number, content))

    unsettled: queue.Queue[tuple[int, Postponed] | None] = queue.Queue(_UNSETTLED)
    settler = threading.Thread(target=_settle, args=(unsettled, send), daemon=True)
    settler.start()
    with contextlib.suppress(EOFError, ConnectionError):
        while True:
            number, call = connection.recv()
            try:
                function, arguments = call.open()
                result = function(*arguments)
            except BaseException as error:
                send("failed", number, _sendable(error))
                continue
            if isinstance(result, Postponed):
                unsettled.put((number, result))
                send("free", number)
            else:
                send("done", number, result)
    unsettled.put(None)
    settler.join()


def _settle(unsettled: queue.Queue[tuple[int, Postponed] | None], send: Callable[..., None]) -> None:
    """Settle all that is there, together."""
    while (first := unsettled.get()) is not None:
        those, more = [first], True
        with contextlib.suppress(queue.Empty):
            while more:
                following = unsettled.get_nowait()
                more = following is not None
                if following is not None:
                    those.append(following)
        try:
            results = type(first[1]).settle([postponed for _, postponed in those])
        except BaseException as error:
            for number, _ in those:
                send("failed", number, _sendable(error))
        else:
            for (number, _), result in zip(those, results, strict=True):
                send("done", number, result)
        if not more:
            return


def _sendable(error: BaseException) -> Exception:
    return error if isinstance(error, SimcoreError) else WorkerError(f"a pool worker failed:\n{traceback.format_exc()}")


def _leave_with_launcher() -> None:
    launcher = multiprocessing.parent_process()
    if launcher is not None:
        wait([launcher.sentinel])
        os._exit(1)
