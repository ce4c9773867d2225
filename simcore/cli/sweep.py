"""What the commands say of a sweep: how it ended, and how far it is."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from simcore.cli.outcome import PAUSED, shortest
from simcore.cli.table import columns
from simcore.display.sweep import budget_sentence, missed_sentence, pace
from simcore.display.wording import duration, share
from simcore.sweeps.status import sweep_status

if TYPE_CHECKING:
    from simcore.sweeps.launch import SweepOutcome
    from simcore.sweeps.progress import SweepStatus

FAILURES_SHOWN = 10


def tell_sweep(outcome: SweepOutcome) -> int:
    """Print what came of a sweep; returns the exit code: 1 if points failed, 3 if points are not at their end."""
    place = shortest(outcome.path)
    print(f"{outcome.done} of {outcome.points} points done; the results are in {place}. In Python:")
    print(f"    import simcore\n    estimates = simcore.load({place!r})['estimates']")
    if missed := missed_sentence(sweep_status(outcome.path).progress):
        print(missed, file=sys.stderr)
    if unfinished := outcome.points - outcome.done - len(outcome.failed):
        print(_unfinished(outcome, unfinished), file=sys.stderr)
    if not outcome.failed:
        return PAUSED if unfinished else 0
    print(f"{len(outcome.failed)} failed, see {place}/failures.log; --retry-failed tries them again:", file=sys.stderr)
    for id, reason in list(outcome.failed.items())[:FAILURES_SHOWN]:
        print(f"    points/{id}: {reason}", file=sys.stderr)
    if len(outcome.failed) > FAILURES_SHOWN:
        print(f"    and {len(outcome.failed) - FAILURES_SHOWN} more", file=sys.stderr)
    return 1


def _unfinished(outcome: SweepOutcome, count: int) -> str:
    """Why points are not at their end, and what goes on with them."""
    if not outcome.over or outcome.budget is None:
        why = "run.max_walltime ended them" if outcome.paused else "others have failed"
        return f"{count} not finished, {why}; the same command continues them"
    begun = f", {count - outcome.paused} of them not begun" if count > outcome.paused else ""
    return f"{count} not finished{begun}: {budget_sentence(outcome.budget)}; a larger sweep.budget continues them"


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
    if progress.budget is not None:
        rows.append(("budget", budget_sentence(progress.budget)))
    if missed := missed_sentence(progress):
        rows.append(("targets", missed))
    return columns(rows)
