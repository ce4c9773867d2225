"""Signals that stop a run."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Protocol

from simcore.errors import StoppedError

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1)


class Stopping(Protocol):
    """Who says when a run is to stop: `signal` is the one that asks for it, or None."""

    @property
    def signal(self) -> int | None: ...


class SignalFlag:
    """The first signal that came, or None. at_once: whether it raises StoppedError where it comes: while there is
    nothing that could be kept.
    """

    signal: int | None = None
    at_once = False

    @contextmanager
    def heeded_at_once(self) -> Iterator[None]:
        """Within it a signal raises StoppedError, and so does one that has come already.

        What other code makes of that exception on its way does not hide it.
        """
        self.at_once = True
        try:
            self.heed()
            yield
        finally:
            self.at_once = False
            self.heed()

    def heed(self) -> None:
        """Raise StoppedError if a signal has come."""
        if self.signal is not None:
            name = signal.Signals(self.signal).name
            raise StoppedError(self.signal, f"stopped by {name} before its first step; nothing was written")


@contextmanager
def caught() -> Iterator[SignalFlag]:
    """Remember the first of `SIGNALS`, for the run loop to see between two slices; the second ends the process at once.

    Workers and writer see the end of this process and leave; the old checkpoint is whole, as files appear whole or not
    at all. Outside the main thread Python has no signal handlers: nothing is caught, and the caller's own stay.
    A signal that this process was started to ignore (nohup, a background job of a script) stays ignored.
    """
    seen = SignalFlag()
    if threading.current_thread() is not threading.main_thread():
        yield seen
        return

    def remember(number: int, frame: FrameType | None) -> None:
        if seen.signal is not None:
            os._exit(128 + number)
        seen.signal = number
        if seen.at_once:
            seen.heed()

    heeded = [number for number in SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, remember) for number in heeded}
    try:
        yield seen
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
