"""Children stay away from the terminal: its signals are the supervisor's, and so is standard output."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterable, Iterator

# All that a terminal or a batch system sends to a whole group: the supervisor answers it, and stops the workers itself.
_NAMES = ("SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1")
SIGNALS = tuple(getattr(signal, name) for name in _NAMES if hasattr(signal, name))


def withdraw() -> None:
    """Make this process ignore `SIGNALS`, and send to standard error what it writes to standard output."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    with contextlib.suppress(OSError):  # standard error may be closed
        os.dup2(2, 1)


@contextlib.contextmanager
def signals_for_servers() -> Iterator[None]:
    """The signal mask of this thread while the fork server or the resource tracker is started, which inherit it.

    `SIGNALS` are blocked. SIGCHLD is not, whatever the caller has: the fork server learns by it that a worker ended.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGCHLD])
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextlib.contextmanager
def blocked(numbers: Iterable[signal.Signals]) -> Iterator[None]:
    """Block signals in this thread: a program that is started meanwhile has them blocked from its first instruction."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, numbers)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
