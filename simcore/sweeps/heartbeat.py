"""Which launchers run a sweep: each keeps a small locked file in `launchers/`, which its death frees.

Beside it lies, once the launcher wants its points to stop, `<name>.stop`: workers look for it between two slices,
wherever they are.
"""

from __future__ import annotations

import fcntl
import json
import os
import socket
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO

from simcore.sweeps.files import LAUNCHERS

STOP_SECONDS = 0.2


class Heartbeat:
    """This launcher's own file; use it as a context manager. others: whether there were launchers before."""

    def __init__(self, directory: Path) -> None:
        self._folder = directory / LAUNCHERS
        self.name = f"{socket.gethostname()}-{os.getpid()}-{time.time_ns() & 0xFFFFFF:06x}"
        self.stop = self._folder / f"{self.name}.stop"
        self._path = self._folder / f"{self.name}.json"
        self._file: IO[str] | None = None
        self.others = False

    def __enter__(self) -> Heartbeat:
        self._folder.mkdir(parents=True, exist_ok=True)
        self.others = bool(living(self._folder.parent))  # clears away the dead
        while self._file is None or not os.fstat(self._file.fileno()).st_nlink:
            self._file = self._path.open("w")
            fcntl.flock(self._file, fcntl.LOCK_EX)  # once it is held, nobody clears the file away
        return self

    def __exit__(self, *_: object) -> None:
        assert self._file is not None
        for path in (self._path, self.stop):
            path.unlink(missing_ok=True)
        self._file.close()
        with suppress(OSError):  # others are running
            self._folder.rmdir()

    def tell(self, numbers: Mapping[str, float]) -> None:
        """What `status` shows of this launcher."""
        assert self._file is not None
        with suppress(OSError):
            text = json.dumps(numbers)
            self._file.seek(0)
            self._file.write(text)
            self._file.truncate()
            self._file.flush()

    def told_by_others(self, key: str) -> float:
        """The sum of one number that the other launchers tell."""
        return sum(numbers.get(key, 0.0) for numbers in living(self._folder.parent, besides=self._path))

    def ask_to_stop(self) -> None:
        """Tell the workers to end their points with a checkpoint."""
        self.stop.touch()


class StopFlag:
    """What a worker asks between two slices: the signal with which its launcher was stopped, or None."""

    def __init__(self, place: Path) -> None:
        self._place = place
        self._signal: int | None = None
        self._next = 0.0

    @property
    def signal(self) -> int | None:
        now = time.monotonic()
        if self._signal is None and now >= self._next:
            self._next = now + STOP_SECONDS
            if self._place.exists():
                self._signal = 15
        return self._signal


def living(directory: Path, besides: Path | None = None) -> list[dict[str, float]]:
    """The reports of the other running launchers; files of dead ones are removed."""
    found = []
    for path in sorted((directory / LAUNCHERS).glob("*.json")):
        if path == besides:
            continue
        with suppress(FileNotFoundError, PermissionError), path.open() as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                found.append(_content(file))
            else:
                path.unlink(missing_ok=True)
                path.with_suffix(".stop").unlink(missing_ok=True)
    return found


def _content(file: IO[str]) -> dict[str, float]:
    try:
        return json.loads(file.read())
    except ValueError:  # just being written
        return {}
