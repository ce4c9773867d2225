"""Signals that stop a run."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Protocol

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1)


class Stopping(Protocol):
    """Who says when a run is to stop: `signal` is the one that asks for it, or None."""

    @property
    def signal(self) -> int | None: ...


class SignalFlag:
    """The first signal that came, or None."""

    signal: int | None = None


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

    heeded = [number for number in SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, remember) for number in heeded}
    try:
        yield seen
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
