"""The status of a run, read from its directory during the run and after."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import nan
from pathlib import Path

from simcore.errors import StorageError, UsageError
from simcore.runs.directory import RunDirectory
from simcore.runs.events import Done, Event, Failed, Paused, Progress, Started, Stopped, Warned
from simcore.runs.log import Log, read_log
from simcore.runs.resuming import recorded_experiment
from simcore.storage.checkpoint import checkpoint_steps

_TAIL = 1 << 16


@dataclass(frozen=True)
class Status:
    """The progress of a run.

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
    """Read the log and the list of checkpoints. Raises UsageError if there is no run, or its log cannot be read.

    Raises StorageError if the line of the log is damaged that tells how the run ended.
    """
    place = RunDirectory(directory)
    recorded_experiment(place)
    running = place.is_running()
    log = _log_of(place, _TAIL)
    noted = log.since_start()
    kept = max(checkpoint_steps(place.checkpoints), default=None)
    step, total = _steps(noted)
    step = max(step, kept or 0)  # the log tells of progress every ten seconds only
    if running:
        progress = next((event for event in reversed(noted) if isinstance(event, Progress)), None)
        warnings = [event.words() for event in noted if isinstance(event, Warned)]
        return Status(
            "running",
            step,
            total,
            rate=progress.sites_per_second if progress else None,
            seconds_left=progress.seconds_left if progress else None,
            latest=_numbers(progress.latest) if progress else {},
            checkpoint=kept,
            message=warnings[-1] if warnings else "",
        )
    if log.ends_damaged:
        raise StorageError(
            f"{place.log}: its last line is damaged, which tells how the run ended: simcore resume {place.path} ends it"
        )
    last = noted[-1] if noted else None
    if isinstance(last, Done):
        return Status("done", step, total, checkpoint=kept)
    if isinstance(last, (Paused, Stopped, Failed)):
        return Status(last.kind, step, total, checkpoint=kept, message=last.words())
    message = "it ended without a final log entry: killed, or out of memory"
    return Status("failed", step, total, checkpoint=kept, message=message)


def log_in_words(directory: str | Path) -> list[str]:
    """Every entry of the log of a run, a line for each. Raises UsageError if there is no run, or no such log."""
    place = RunDirectory(directory)
    recorded_experiment(place)
    return [entry.words() for entry in _log_of(place).entries]


def _log_of(place: RunDirectory, tail: int | None = None) -> Log:
    try:
        log = read_log(place.log, tail)
    except OSError as error:
        raise UsageError(f"{place.log} cannot be read: {error.strerror}") from error
    if log.is_text:
        raise UsageError(
            f"{place.log} is a text, as versions before JSON lines wrote it, and tells no state; the results are read "
            f"as ever (simcore show {place.path}), and simcore resume {place.path} goes on"
        )
    return log


def _numbers(latest: Mapping[str, float | None]) -> dict[str, float]:
    return {name: value if isinstance(value, (int, float)) else nan for name, value in latest.items()}


def _steps(noted: list[Event]) -> tuple[int, int]:
    """The newest step that the log knows, and the total."""
    for event in reversed(noted):
        if isinstance(event, (Started, Progress, Done, Paused, Stopped)) and event.step is not None:
            return event.step, event.total or 0
    return 0, 0
