"""The supervisor's side of the writer process."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from multiprocessing import Pipe
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess

from simcore.parallel.death import likely_cause
from simcore.parallel.process import start
from simcore.parallel.reaping import reap
from simcore.parallel.shared import SharedArray
from simcore.storage.writer import Failed, Reply, Request, answer, serve


class Writer:
    """A writer process with one request at a time; a writer that died is replaced when it is next needed.

    lent: shared arrays that requests name; they must not change while a request is pending.
    """

    def __init__(self, lent: Mapping[str, SharedArray]) -> None:
        self._lent = dict(lent)
        self._process: BaseProcess | None = None
        self._pending = False

    @property
    def busy(self) -> bool:
        return self._pending

    def start(self) -> None:
        """Start the process now, unless it runs, so that the first request need not wait for it."""
        if self._process is not None and self._process.is_alive():
            return
        requests, self._requests = Pipe(duplex=False)
        self._replies, replies = Pipe(duplex=False)
        self._process = start(serve, requests, replies, self._lent, name="simcore writer")
        requests.close()
        replies.close()

    def post(self, request: Request) -> None:
        """Hand over a request. The one before must have been answered."""
        assert not self._pending
        if self._process is None or not self._process.is_alive():
            self.close()
            self.start()
        self._pending = True
        try:
            self._requests.send(request)
        except OSError:
            return  # it died this moment: `reply` tells

    def reply(self, timeout: float | None = 0.0) -> Reply | None:
        """The answer to the request, or None while there is none; `timeout` None waits for it."""
        if not self._pending:
            return None
        assert self._process is not None
        ready = wait([self._replies, self._process.sentinel], timeout)
        if not ready:
            return None
        self._pending = False
        return self._received()

    def kill(self) -> None:
        """End the process in the middle of its work: a file that it has begun never gets its name."""
        if self._process is not None:
            self._process.kill()

    def close(self) -> None:
        """Let the writer finish what it has, and end."""
        if self._process is None:
            return
        self._requests.close()
        with suppress(EOFError, OSError):  # the pipe ends when the writer does
            while True:
                self._replies.recv()
        reap(self._process)
        self._replies.close()
        self._process = None
        self._pending = False

    def _received(self) -> Reply:
        assert self._process is not None
        try:
            if self._replies.poll():
                return self._replies.recv()
        except (EOFError, OSError):
            pass
        reap(self._process)
        return Failed(f"the writer process {likely_cause(self._process.exitcode)}")


class DirectWriter:
    """The interface of `Writer`, in this process: a request is carried out when it is posted."""

    busy = False

    def __init__(self, lent: Mapping[str, SharedArray]) -> None:
        self._lent = dict(lent)
        self._answer: Reply | None = None

    def start(self) -> None:
        """There is nothing to start."""

    def post(self, request: Request) -> None:
        """Carry out a request."""
        self._answer = answer(request, self._lent)

    def reply(self, timeout: float | None = 0.0) -> Reply | None:
        """The answer to the request, once."""
        reply, self._answer = self._answer, None
        return reply

    def kill(self) -> None:
        """There is nothing to end: every answer is there at once."""

    def close(self) -> None:
        """There is nothing to end."""
