"""The standard streams of the command: closed, on a full device, at the end of a broken pipe, without some letters."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO

from simcore.parallel.descriptors import occupy_standard


class OutputLostError(Exception):
    """Standard output took no more. No OSError, which the command-line library would answer itself with exit code 1."""

    def __init__(self, cause: OSError) -> None:
        super().__init__(f"standard output: {cause.strerror}")
        self.broken_pipe = cause.errno == errno.EPIPE


class _Output:
    """Standard output that raises OutputLostError."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        try:
            return self._stream.write(text)
        except OSError as error:
            raise OutputLostError(error) from error

    def flush(self) -> None:
        try:
            self._stream.flush()
        except OSError as error:
            raise OutputLostError(error) from error

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextmanager
def prepared() -> Iterator[None]:
    """Standard output and standard error can be written to within it: a closed one is /dev/null.

    A letter that standard output cannot encode is written as its number.
    """
    occupy_standard()
    sys.stdin = sys.stdin or open(os.devnull)  # noqa: SIM115 (they live as long as the process)
    sys.stderr = sys.stderr or open(os.devnull, "w")  # noqa: SIM115
    stdout: Any = sys.stdout or open(os.devnull, "w")  # noqa: SIM115
    if getattr(stdout, "errors", None) == "strict" and hasattr(stdout, "reconfigure"):
        stdout.reconfigure(errors="backslashreplace")
    sys.stdout = _Output(stdout)  # type: ignore[assignment]
    try:
        yield
    finally:
        sys.stdout = stdout


def give_up_output() -> None:
    """The interpreter flushes standard output once more at exit: give it something that takes it."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.close(null)
