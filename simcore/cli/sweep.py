"""What the commands say of a sweep: how it ended, and how far it is."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from simcore.cli.outcome import shortest
from simcore.cli.table import columns
from simcore.cli.wording import duration, share

if TYPE_CHECKING:
    from simcore.sweep.launch import SweepOutcome
    from simcore.sweep.progress import SweepProgress, SweepStatus

FAILURES_SHOWN = 10


def tell_sweep(outcome: SweepOutcome) -> int:
    """Print what came of a sweep; returns the exit code, 1 where points failed."""
    place = shortest(outcome.path)
    print(f"{outcome.done} of {outcome.points} points done; the results are in {place}. In Python:")
    print(f"    import simcore\n    estimates = simcore.load({place!r})['estimates']")
    if not outcome.failed:
        return int(outcome.done < outcome.points)
    print(f"{len(outcome.failed)} failed, see {place}/failures.log; --retry-failed tries them again:", file=sys.stderr)
    for id, reason in list(outcome.failed.items())[:FAILURES_SHOWN]:
        print(f"    points/{id}: {reason}", file=sys.stderr)
    if len(outcome.failed) > FAILURES_SHOWN:
        print(f"    and {len(outcome.failed) - FAILURES_SHOWN} more", file=sys.stderr)
    return 1


def sweep_sentence(progress: SweepProgress) -> str:
    """`120 of 1000 points (12 %), 2 running, 1 failed, 33.2 points/s, 27 s left`."""
    parts = [f"{progress.done} of {progress.total} points ({share(progress.done, progress.total)})"]
    parts.append(f"{progress.running} running")
    if progress.failed:
        parts.append(f"{progress.failed} failed")
    if progress.points_per_second:
        parts.append(pace(progress.points_per_second))
    if progress.seconds_left is not None:
        parts.append(f"{duration(progress.seconds_left)} left")
    return ", ".join(parts)


def pace(points_per_second: float) -> str:
    """`33.2 points/s`, or per hour where that is slow."""
    if points_per_second >= 0.1:
        return f"{points_per_second:.3g} points/s"
    return f"{points_per_second * 3600:.3g} points/h"


def sweep_condition(status: SweepStatus) -> str:
    """State, points, rate and time left, a line each."""
    progress = status.progress
    rows = [
        ("state", status.state),
        ("done", f"{progress.done} of {progress.total} points ({share(progress.done, progress.total)})"),
        ("running", str(progress.running)),
        ("failed", str(progress.failed)),
    ]
    if progress.points_per_second:
        rows.append(("rate", pace(progress.points_per_second)))
    if progress.seconds_left is not None:
        rows.append(("time left", duration(progress.seconds_left)))
    return columns(rows)
