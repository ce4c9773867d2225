"""The job of the tests: a command is the name of a function below and its arguments."""

from __future__ import annotations

import ctypes
import os
import signal
import time

from simcore.parallel.shared import ControlWords, SharedArray

LINE = 16  # int64 words: slots of two workers never share a cache line


class ToolJob:
    """Worker `rank` answers command (name, *arguments) with `name(self, *arguments)`."""

    def __init__(self, workers: int, fail_to_prepare: str = "") -> None:
        self.workers, self.fail_to_prepare = workers, fail_to_prepare
        self.slots = SharedArray(LINE * workers, "int64")

    def prepare(self, rank: int, control: ControlWords):
        self.rank, self.words = rank, control.array
        if self.fail_to_prepare:
            getattr(self, self.fail_to_prepare)()
        return lambda command: getattr(self, command[0])(*command[1:])

    def echo(self, value):
        return self.rank, value

    def hammer(self, rounds):
        """Pass 2 * `rounds` barriers; the number of rounds in which all slots were as they must be, -1 when aborted."""
        from barrier_kernels import hammer

        return hammer(self.words, self.workers, self.rank, self.slots.array, LINE, rounds)

    def hammer_but_die(self, rounds, victim):
        """As `hammer`, but one worker never comes: it kills itself once the others wait."""
        if self.rank == victim:
            time.sleep(0.05)
            os.kill(os.getpid(), signal.SIGKILL)
        return self.hammer(rounds)

    def only(self, rank, name, *arguments):
        """One worker does it, the others answer None."""
        return getattr(self, name)(*arguments) if self.rank == rank else None

    def wait_alone(self):
        from simcore.parallel.barrier import wait

        return wait(self.words, self.workers + 1, self.rank)

    def divide(self):
        return 1 // 0

    def segfault(self):
        ctypes.string_at(8)

    def leave(self, code=0):
        os._exit(code)

    def kill(self):
        os.kill(os.getpid(), signal.SIGKILL)

    def linger(self):
        time.sleep(60)

    def sleep(self, seconds):
        time.sleep(seconds)
        return seconds

    def print(self, text):
        print(text, flush=True)
        os.write(1, text.encode())

    def answer_with_a_lambda(self):
        return lambda: None

    def evaluate(self, expression):
        import multiprocessing
        import sys
        import threading

        modules = {"sys": sys, "os": os, "signal": signal, "threading": threading, "multiprocessing": multiprocessing}
        return eval(expression, {**modules, "job": self})
