"""How far a sweep is, from another terminal: from its ledger and the files of its launchers alone."""

from __future__ import annotations

import math
import os
from pathlib import Path

from simcore.errors import UsageError
from simcore.sweeps.files import LEDGER
from simcore.sweeps.heartbeat import living
from simcore.sweeps.ledger import Ledger, Records
from simcore.sweeps.progress import BudgetUse, SweepProgress, SweepStatus


def holds_sweep(directory: str | os.PathLike[str]) -> bool:
    """Whether a sweep has been launched there."""
    return Path(directory, LEDGER).is_file()


def sweep_status(directory: str | os.PathLike[str]) -> SweepStatus:
    """Read what the launchers keep; nothing of the points themselves. Raises UsageError if there is no sweep."""
    ledger = Ledger(Path(directory))
    ledger.refresh()
    records = ledger.records
    if records.launch is None:
        raise UsageError(f"{directory} holds no sweep that was launched")
    launchers = living(Path(directory))
    since = set(records.ended[records.before_launch :])
    done = records.launch.done + len(since & records.done.keys())
    failed = len({*records.launch.failed, *since} & records.failed.keys())
    lefts = [numbers.get("left", -1.0) for numbers in launchers]
    progress = SweepProgress(
        done,
        failed,
        running=int(sum(numbers.get("running", 0) for numbers in launchers)),
        total=records.launch.points,
        points_per_second=sum(numbers.get("rate", 0.0) for numbers in launchers),
        seconds_left=min(lefts) if lefts and min(lefts) >= 0 else None,
        budget=budget_use(records),
        missed=sum(one.excess is not None and not one.excess <= 1.0 for one in records.done.values()),
    )
    if launchers:
        return SweepStatus("running", progress)
    if done + failed < records.launch.points:
        if records.over:
            return SweepStatus("spent", progress)
        # if there is a budget, a point pauses at the end of each of its shares
        paused = len(since & records.paused.keys()) if records.launch.budget is None else 0
        return SweepStatus("paused" if done + failed + paused == records.launch.points else "stopped", progress)
    return SweepStatus("failed" if failed else "done", progress)


def budget_use(records: Records) -> BudgetUse | None:
    """What the budget of the last launch has come to; None if it had none."""
    if records.launch is None or records.launch.budget is None:
        return None
    far = [each.excess for each in records.paused.values() if each.excess is not None and math.isfinite(each.excess)]
    return BudgetUse(records.cpu, records.launch.budget, max(far, default=None))
