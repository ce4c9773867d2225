"""How far the run is, in its log: `simcore status` reads it there."""

from __future__ import annotations

from simcore.runs import events
from simcore.runs.operations.operation import Operation
from simcore.runs.recorded_run import RecordedRun
from simcore.runs.triggers import EverySeconds

FIRST, EVERY = 1.0, 10.0  # seconds


class LogProgress(Operation):
    """A line after a second, then every ten."""

    def __init__(self) -> None:
        self.trigger = EverySeconds(EVERY, first=FIRST)

    def act(self, run: RecordedRun) -> None:
        """Write it."""
        now = run.progress()
        latest = dict(now.latest)
        run.directory.note(events.Progress(now.step, now.total, now.sites_per_second, now.seconds_left, latest))
        self.trigger.begin_anew()
