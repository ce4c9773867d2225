"""What is known of the points of a sweep: a file to which every launcher adds lines, under a lock.

A line is one JSON object: `launch` (a launcher has begun: how many points there are, and what stood then), `variables`
(units and meanings of estimates), `done` (a point's id and its estimates; its result is durable), `failed`. Numbers are
written with all their digits. A line that a dying launcher left unfinished is passed over.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from simcore.errors import StorageError
from simcore.sweep.files import LEDGER

Totals = Mapping[str, Any]


@dataclass(frozen=True)
class Done:
    """A point whose result is on the disk.

    totals: how far it was to go. estimates: value, error, tau, ess of each. shapes: a hash of what its series are made
    of, and one of its fields: equal where arrays of points can be put beside each other. seconds: it took.
    """

    id: str
    totals: Totals
    estimates: Mapping[str, Sequence[float]]
    shapes: Mapping[str, str]
    seconds: float


@dataclass(frozen=True)
class Failed:
    """A point that ended in an error: its first line."""

    id: str
    totals: Totals
    reason: str


@dataclass(frozen=True)
class Launch:
    """What a launcher found. fingerprint: of all that decides results and stands in no id. known: done points."""

    points: int
    done: int
    failed: Sequence[str]
    fingerprint: str
    launcher: str


@dataclass
class Records:
    """The newest of what a ledger says.

    ended: the id of each entry of a point, in their order; the first `before_launch` of them came before `launch`.
    """

    launch: Launch | None = None
    variables: dict[str, list[str]] = field(default_factory=dict)
    done: dict[str, Done] = field(default_factory=dict)
    failed: dict[str, Failed] = field(default_factory=dict)
    ended: list[str] = field(default_factory=list)
    before_launch: int = 0

    def take(self, kind: str, content: Any) -> None:
        """One line."""
        if kind == "done":
            self.failed.pop(content["id"], None)
            self.done[content["id"]] = Done(**content)
            self.ended.append(content["id"])
        elif kind == "failed":
            self.failed[content["id"]] = Failed(**content)
            self.ended.append(content["id"])
        elif kind == "variables":
            self.variables |= content
        elif kind == "launch":
            self.launch, self.before_launch = Launch(**content), len(self.ended)


class Ledger:
    """The ledger in a sweep's directory; `records` grows with what this and other launchers add."""

    def __init__(self, directory: Path) -> None:
        self.path = directory / LEDGER
        self.records = Records()
        self._read = 0

    def refresh(self) -> None:
        """Take what was added since. Raises StorageError."""
        try:
            with self.path.open("rb") as file:
                file.seek(self._read)
                text = file.read()
        except FileNotFoundError:
            return
        except OSError as error:
            raise StorageError(f"{self.path}: {error.strerror}") from error
        whole = text[: text.rfind(b"\n") + 1]
        self._read += len(whole)
        for line in whole.splitlines():
            for kind, content in _parsed(line).items():
                self.records.take(kind, content)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Alone among all launchers, with all that they have added. Raises StorageError."""
        try:
            with self.path.open("ab") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                self.refresh()
                yield
        except OSError as error:
            raise StorageError(f"{self.path}: {error.strerror}") from error

    def add(self, *entries: Done | Failed | Launch | Mapping[str, list[str]]) -> None:
        """Add entries and make them durable; call it while `locked`. Raises StorageError."""
        lines = b"".join(json.dumps(_named(entry)).encode() + b"\n" for entry in entries)
        with self.path.open("ab") as file:
            if file.tell() > self._read:  # half a line, left by a launcher that died
                lines = b"\n" + lines
            file.write(lines)
            file.flush()
            os.fsync(file.fileno())
        self.refresh()


def _named(entry: Done | Failed | Launch | Mapping[str, list[str]]) -> dict[str, Any]:
    if isinstance(entry, Mapping):
        return {"variables": entry}
    return {type(entry).__name__.lower(): asdict(entry)}


def _parsed(line: bytes) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
