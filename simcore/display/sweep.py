"""The progress of a sweep in words."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from simcore.display.wording import duration, share

if TYPE_CHECKING:
    from simcore.sweeps.progress import BudgetUse, SweepProgress


def missed_sentence(progress: SweepProgress) -> str:
    """Points that made all their sweeps without reaching the targets of `run.until`; empty if there are none."""
    if not progress.missed:
        return ""
    missed = f"{progress.missed} of {progress.done} points that are done do not meet run.until"
    return f"{missed}; a larger run.sweeps continues them"


def budget_sentence(use: BudgetUse) -> str:
    """`1.5 h of 2 h of computing; the largest error is 3.2 times its target`."""
    of = f" of {duration(use.of)}" if math.isfinite(use.of) else ""
    far = "" if use.furthest is None else f"; the largest error is {use.furthest:.3g} times its target"
    return f"{duration(use.spent)}{of} of computing{far}"


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
    if progress.budget is not None:
        parts.append(budget_sentence(progress.budget))
    return ", ".join(parts)


def pace(points_per_second: float) -> str:
    """`33.2 points/s`, or per hour if that is slow."""
    if points_per_second >= 0.1:
        return f"{points_per_second:.3g} points/s"
    return f"{points_per_second * 3600:.3g} points/h"
