"""How far a run is, from the outside: read from its directory, while it goes on and after."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from simcore.runs.directory import RunDirectory
from simcore.runs.resuming import recorded_experiment
from simcore.storage.checkpoint import checkpoint_steps

_LINE = re.compile(r"\S+ (started|progress|checkpoint|notice|stopped|paused|failed|done): (.*)")
_STEP = re.compile(r"step (\d+) of (\d+)")
_LATEST = re.compile(r", (\w+) ([-+0-9.einfa]+)(?=,|$)")
_TAIL = 1 << 16


@dataclass(frozen=True)
class Status:
    """How far a run is.

    state: running, done, paused (at the end of run.max_walltime), stopped (by a signal) or failed; one that is paused,
    stopped or failed can be resumed. rate: sites per second. checkpoint: its step.
    """

    state: str
    step: int
    total: int
    rate: float | None = None
    seconds_left: float | None = None
    latest: Mapping[str, float] = field(default_factory=dict)
    checkpoint: int | None = None
    message: str = ""


def status(directory: str | Path) -> Status:
    """Read the log and the list of checkpoints. Raises UsageError where there is no run."""
    place = RunDirectory(directory)
    recorded_experiment(place)
    running = place.is_running()
    lines = _since_start(place.log)
    kinds = dict(lines)
    kept = max(checkpoint_steps(place.checkpoints), default=None)
    step, total = _steps(lines)
    step = max(step, kept or 0)  # the log tells of progress every ten seconds only
    last, text = lines[-1] if lines else ("started", "")
    if running:
        progress = kinds.get("progress", "")
        return Status(
            "running",
            step,
            total,
            rate=_number(r"([0-9.e+]+) sites/s", progress),
            seconds_left=_number(r"(\d+) s left", progress),
            latest={name: float(value) for name, value in _LATEST.findall(progress)},
            checkpoint=kept,
            message=kinds.get("notice", ""),
        )
    if last in ("done", "paused", "stopped", "failed"):
        return Status(last, step, total, checkpoint=kept, message="" if last == "done" else text)
    return Status("failed", step, total, checkpoint=kept, message="it ended without a word: killed, or out of memory")


def _since_start(log: Path) -> list[tuple[str, str]]:
    """The lines of the newest start: (kind, text)."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - _TAIL))
            text = file.read().decode(errors="replace")
    except FileNotFoundError:
        return []
    lines = [(match[1], match[2]) for match in map(_LINE.fullmatch, text.splitlines()) if match]
    begun = max((number for number, (kind, _) in enumerate(lines) if kind == "started"), default=0)
    return lines[begun:]


def _steps(lines: list[tuple[str, str]]) -> tuple[int, int]:
    """The furthest step that the log knows, and the total."""
    found = [(int(match[1]), int(match[2])) for _, text in lines if (match := _STEP.search(text))]
    return found[-1] if found else (0, 0)


def _number(pattern: str, text: str) -> float | None:
    match = re.search(pattern, text)
    return float(match[1]) if match else None
