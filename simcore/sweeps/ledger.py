"""What is known of the points of a sweep: a file to which every launcher adds lines, under a lock.

A line is one JSON object: `launch` (a launcher has begun: how many points there are, and what stood then), `variables`
(units and meanings of estimates), `done` (a point's id and its estimates; its result is durable), `paused` (the same of
a point that is not at its end), `failed`, `spent` (computing time that has brought no result yet), `over` (a launcher
has left because the budget is spent). Numbers are written with all their digits. A line that a dying launcher left
unfinished is passed over; one whose checksum does not match is an error.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from simcore.errors import StorageError
from simcore.storage.lines import CANCELLED, DamagedLineError, decoded, encoded, whole
from simcore.sweeps.files import LEDGER

Totals = Mapping[str, Any]


@dataclass(frozen=True)
class PartialResult:
    """A result that is on the disk.

    totals: how far the point is to go. estimates: value, error, tau, ess of each. shapes: a hash of what its series are
    made of, and one of its fields: equal if arrays of points can be put beside each other. step: that of the result.
    made, seconds, cpu: what this time took of steps, wall time, and computing time. sweeps: of the share that it was.
    excess: how many times too large the error is that is furthest from its target; None without targets. cautions:
    those of the estimates that have any.
    """

    id: str
    totals: Totals
    estimates: Mapping[str, Sequence[float]]
    shapes: Mapping[str, str]
    seconds: float
    cpu: float = 0.0
    step: int = 0
    made: int = 0
    sweeps: int = 0
    excess: float | None = None
    cautions: Mapping[str, Sequence[str]] = field(default_factory=dict)


class Done(PartialResult):
    """That of a point at its end."""


class Paused(PartialResult):
    """The identity of a point that is continued: a run of this number of steps, bit for bit."""


@dataclass(frozen=True)
class Failed:
    """A point that ended in an error: its first line. cpu: seconds of computing."""

    id: str
    totals: Totals
    reason: str
    cpu: float = 0.0


@dataclass(frozen=True)
class Spent:
    """Seconds of computing whose steps are in a checkpoint, and in no result yet."""

    id: str
    cpu: float


@dataclass(frozen=True)
class BudgetExhausted:
    """A launcher has left because the budget of the sweep, or its own time, is spent."""

    launcher: str


@dataclass(frozen=True)
class Launch:
    """What a launcher found. fingerprint: of all that decides results and stands in no id. done: how many points.

    budget: seconds of computing that the sweep may take in all, None if there is no limit. sources, measured: what
    the fingerprint is of, see `point_status.Fingerprint`.
    """

    points: int
    done: int
    failed: Sequence[str]
    fingerprint: str
    launcher: str
    budget: float | None = None
    sources: Mapping[str, str] = field(default_factory=dict)
    measured: str = ""


Entry = Done | Paused | Failed | Spent | BudgetExhausted | Launch | Mapping[str, list[str]]


@dataclass
class Records:
    """The newest of what a ledger says.

    ended: the id of each entry of a point, in their order; the first `before_launch` of them came before `launch`.
    cpu: seconds of computing of all launches. over: whether the last launch ended because its budget was spent.
    """

    launch: Launch | None = None
    variables: dict[str, list[str]] = field(default_factory=dict)
    done: dict[str, Done] = field(default_factory=dict)
    paused: dict[str, Paused] = field(default_factory=dict)
    failed: dict[str, Failed] = field(default_factory=dict)
    ended: list[str] = field(default_factory=list)
    before_launch: int = 0
    cpu: float = 0.0
    over: bool = False

    def take(self, kind: str, content: Any) -> None:
        """One line."""
        if kind == "variables":
            self.variables |= content
        elif kind == "launch":
            self.launch, self.before_launch, self.over = Launch(**content), len(self.ended), False
        elif kind == "over":
            self.over = True
        elif kind in ("done", "paused", "failed", "spent"):
            self.cpu += content.get("cpu", 0.0)
            if kind != "spent":
                self._end(kind, content)

    def _end(self, kind: str, content: Mapping[str, Any]) -> None:
        id = content["id"]
        self.ended.append(id)
        if kind == "failed":
            self.failed[id] = Failed(**content)
            return
        for older in (self.failed, self.paused, self.done):
            older.pop(id, None)
        if kind == "done":
            self.done[id] = Done(**content)
        else:
            self.paused[id] = Paused(**content)

    def result(self, id: str) -> PartialResult | None:
        """The newest result of a point."""
        return self.done.get(id) or self.paused.get(id)


class Ledger:
    """The ledger in a sweep's directory; `records` grows with what this and other launchers add."""

    def __init__(self, directory: Path) -> None:
        self.path = directory / LEDGER
        self.records = Records()
        self._read = 0
        self._lines = 0
        self._file: tuple[int, int] | None = None  # device and number of the ledger that was read first

    def refresh(self) -> None:
        """Take what was added since. Raises StorageError."""
        try:
            with self.path.open("rb") as file:
                self._stay(file.fileno())
                file.seek(self._read)
                text = file.read()
        except FileNotFoundError:
            self._stay(None)
            return
        except OSError as error:
            raise StorageError(f"{self.path}: {error.strerror}") from error
        try:
            new = whole(text, self._lines + 1)
            lines = list(decoded(new, self._lines + 1))
        except DamagedLineError as error:
            raise StorageError(
                f"{self.path}:{error.number}: the line is damaged: its checksum does not match. Without this line the "
                "same `simcore sweep` goes on: results of points that it no longer knows are found on the disk"
            ) from None
        for line in lines:
            for kind, content in line.items():
                self.records.take(kind, content)
        self._read += len(new)
        self._lines += new.count(b"\n")

    def _stay(self, descriptor: int | None) -> None:
        """See that this is the same file as ever, which is only ever added to. Raises StorageError."""
        found = None
        if descriptor is not None:
            now = os.fstat(descriptor)
            found = now.st_dev, now.st_ino
        if self._file is None:
            self._file = found
        elif found != self._file:
            raise StorageError(
                f"{self.path.parent} was moved or removed while the sweep went on: the same command with --out goes on "
                "with it where it is now"
            )

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

    def add(self, *entries: Entry) -> None:
        """Add entries and make them durable; call it while `locked`. Raises StorageError."""
        lines = b"".join(encoded(_named(entry)) for entry in entries)
        with self.path.open("ab") as file:
            if file.tell() > self._read:  # half a line, left by a launcher that died
                lines = CANCELLED + lines
            file.write(lines)
            file.flush()
            os.fsync(file.fileno())
        self.refresh()


_KINDS: Mapping[type, str] = {
    Done: "done",
    Paused: "paused",
    Failed: "failed",
    Spent: "spent",
    BudgetExhausted: "over",
    Launch: "launch",
}
"""The words of the file."""


def _named(entry: Entry) -> dict[str, Any]:
    if isinstance(entry, Mapping):
        return {"variables": entry}
    return {_KINDS[type(entry)]: vars(entry)}
