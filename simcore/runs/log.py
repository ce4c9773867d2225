"""`run.log`: one JSON object a line: its time, its event, the keys of that event (`events`), and its checksum.

    {"time": "2026-03-01T12:00:00.250+01:00", "event": "thermalized", "step": 400, "crc32": "5f3a0c12"}

Everything that is written goes to `logging.getLogger("simcore")`, too: warnings and failures at the level WARNING, the
rest at INFO.
"""

from __future__ import annotations

import json
import logging
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO

from simcore.errors import StorageError
from simcore.runs.events import EVENTS, Event
from simcore.storage.lines import (
    CANCELLED,
    DamagedLineError,
    decoded,
    encoded,
    is_cancelled,
    is_sealed,
    unsealed,
    whole,
)

LOGGER = logging.getLogger("simcore")
LOGGER.addHandler(logging.NullHandler())  # silent until a program asks for it

_CLASSES = {event.kind: event for event in EVENTS}


@dataclass(frozen=True)
class Entry:
    """A line of a log. time: ISO 8601, with the offset from UTC."""

    time: str
    event: Event

    def words(self) -> str:
        """The line for people."""
        return f"{self.time} {self.event.kind}: {self.event.words()}"


@dataclass(frozen=True)
class Log:
    """What was read of a log. is_text: it holds lines, but none of them is an event: an earlier version wrote it.

    ends_damaged: its last line is not what was written.
    """

    entries: tuple[Entry, ...] = ()
    is_text: bool = False
    ends_damaged: bool = False

    def since_start(self) -> list[Event]:
        """The events of the newest start."""
        events = [entry.event for entry in self.entries]
        begun = max((number for number, event in enumerate(events) if event.kind == "started"), default=0)
        return events[begun:]


class LogFile:
    """A log that is open for writing. path: its file; run: what the logger calls the run."""

    def __init__(self, path: Path, run: str) -> None:
        self._run = run
        self._file: IO[bytes] = path.open("ab+", buffering=0)

    def fileno(self) -> int:
        """The descriptor, for locks."""
        return self._file.fileno()

    def begin(self) -> None:
        """End a line that a process which was killed left unfinished."""
        try:
            size = self._file.seek(0, os.SEEK_END)
            if size:
                self._file.seek(size - 1)
                if self._file.read(1) != b"\n":
                    self._file.write(CANCELLED)
        except OSError:
            return

    def write(self, event: Event) -> None:
        """Add a line. A log that cannot be written never ends a run."""
        level = logging.WARNING if event.is_warning else logging.INFO
        if LOGGER.isEnabledFor(level):
            LOGGER.log(level, "%s: %s", self._run, event.words())
        now = datetime.now().astimezone().isoformat(timespec="milliseconds")
        try:
            self._file.write(encoded({"time": now, "event": event.kind, **event.keys()}, ascii=False))
        except OSError:
            return

    def empty(self) -> None:
        """Begin anew."""
        self._file.truncate(0)

    def close(self) -> None:
        """Close the file, and so give up its lock."""
        self._file.close()


def read_log(path: Path, tail: int | None = None) -> Log:
    """The events of a log, of its last `tail` bytes if that is given; empty if there is no file.

    A line that was not written to its end, one that is damaged, and one of a kind that this version does not know, are
    passed over. Raises OSError if the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            skipped = 0 if tail is None else max(0, size - tail)
            file.seek(skipped)
            text = file.read()
    except FileNotFoundError:
        return Log()
    lines = text.splitlines(keepends=True)[1 if skipped else 0 :]
    lines = [line for line in lines if line.strip() and not is_cancelled(line)]
    read = [_decoded(line) for line in lines]
    entries = tuple(entry for line in read if (entry := _entry(line)) is not None)
    complete = [found is not None for line, found in zip(lines, read, strict=True) if line.endswith(b"\n")]
    is_text = bool(complete) and not any(complete)
    return Log(entries, is_text, ends_damaged=bool(complete) and not is_text and not complete[-1])


def verify_log(path: Path) -> None:
    """Compare each line with its checksum. Raises FileNotFoundError, StorageError."""
    try:
        text = path.read_bytes()
        for _ in decoded(whole(text, 1), 1):
            pass
    except FileNotFoundError:
        raise
    except OSError as error:
        raise StorageError(f"{path} cannot be read: {error.strerror}") from error
    except DamagedLineError as error:
        raise StorageError(
            f"{path}: line {error.number} is not what was written, or an earlier version wrote it. The log tells what "
            "happened and decides on nothing"
        ) from None


def _decoded(line: bytes) -> dict | None:
    line = line.removesuffix(b"\n")
    content = unsealed(line) if is_sealed(line) else line
    try:
        found = None if content is None else json.loads(content)
    except ValueError:
        return None
    return found if isinstance(found, dict) and isinstance(found.get("event"), str) else None


def _entry(line: dict | None) -> Entry | None:
    kind = _CLASSES.get(line["event"]) if line is not None else None
    if line is None or kind is None:
        return None
    try:
        return Entry(str(line["time"]), kind.of(line))
    except (KeyError, TypeError):
        return None
