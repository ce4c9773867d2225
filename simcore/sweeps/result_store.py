"""What a launcher writes down: points that are done or failed, many at a time, and now and then all estimates."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from simcore.sweeps.collect import write_estimates
from simcore.sweeps.expansion import Sweep
from simcore.sweeps.failures import write_failure
from simcore.sweeps.ledger import BudgetExhausted, Done, Failed, Ledger, PartialResult, Paused, Spent
from simcore.sweeps.point import Point
from simcore.sweeps.point_status import PointStatus, totals_of
from simcore.sweeps.task import Report

LEDGER_SECONDS = 0.5
ESTIMATES_SECONDS = 5.0
SHARE = 0.02  # of the time, for writing estimates of very many points
_COUNTS = 1e-3  # seconds of computing that are worth a line


class ResultStore:
    """The ledger and estimates.h5 of a sweep, as this launcher keeps them."""

    def __init__(self, directory: Path, sweep: Sweep, ledger: Ledger, points: PointStatus) -> None:
        self._directory, self._sweep, self._ledger = directory, sweep, ledger
        self._open = {point.id: point for point in points.todo}
        self._done, self._points = len(points.done), len(sweep.points)
        self._heard = len(ledger.records.ended)
        self._new: list[Done | Paused | Failed | Spent] = []
        self._written = time.monotonic()
        self._next_estimates = self._written + ESTIMATES_SECONDS
        self._stale = True

    @property
    def done(self) -> int:
        return self._done

    @property
    def paused(self) -> int:
        """Points that are open and have a result."""
        return sum(id in self._ledger.records.paused for id in self._open)

    @property
    def left(self) -> int:
        """Points that are neither done nor failed, as far as this launcher knows."""
        return len(self._open)

    def is_open(self, point: Point) -> bool:
        return point.id in self._open

    @property
    def failed(self) -> int:
        return self._points - self._done - len(self._open)

    def failures(self) -> dict[str, str]:
        """The reason of each point that has failed, by id, in the order of the sweep."""
        known = self._ledger.records.failed
        return {p.id: known[p.id].reason for p in self._sweep.points if p.id in known and p.id not in self._open}

    def cpu(self) -> float:
        """Seconds of computing of all launches, as far as this one knows."""
        return self._ledger.records.cpu + sum(entry.cpu for entry in self._new)

    def results(self) -> dict[str, PartialResult]:
        """The newest result of each point that is open, by id."""
        found = {id: self._ledger.records.result(id) for id in self._open}
        return {id: reached for id, reached in found.items() if reached is not None}

    def enter(self, point: Point, report: Report) -> PartialResult | None:
        """A point of this launcher's, or a share of it, has ended; returns the result that it has by now."""
        if report.ending in ("stopped", "elsewhere") or point.id not in self._open:  # or another was first to say so
            if report.cpu >= _COUNTS:
                self._new.append(Spent(point.id, report.cpu))
            return None
        totals = totals_of(self._sweep, point)
        if report.ending == "failed":
            del self._open[point.id]
            self._new.append(Failed(point.id, totals, report.reason, report.cpu))
            write_failure(self._directory, point.id, point.coordinates, report.trace or report.reason)
            return None
        if report.ending == "done":
            del self._open[point.id]
            self._done += 1
        self._describe(report)
        reached = _reached(report, totals)
        self._new.append(reached)
        return reached

    def _describe(self, report: Report) -> None:
        """Units and meanings, before the first estimate that has them."""
        known = self._ledger.records.variables
        new = {name: text for name, text in report.variables.items() if name not in known}
        if new:
            with self._ledger.locked():
                self._ledger.add(new)

    def keep(self) -> None:
        """Write what is due."""
        now = time.monotonic()
        if self._new and now >= self._written + LEDGER_SECONDS:
            self._flush()
        if self._stale and now >= self._next_estimates:
            self._estimates()

    def catch_up(self) -> tuple[list[Point], dict[str, PartialResult]]:
        """Since this was last asked: the points that other launchers have ended, and results of open ones, by id."""
        self._ledger.refresh()
        records, ended = self._ledger.records, []
        news, self._heard = records.ended[self._heard :], len(records.ended)
        paused: dict[str, PartialResult] = {
            id: records.paused[id] for id in news if id in self._open and id in records.paused
        }
        for id in news:
            point, done, failed = self._open.get(id), records.done.get(id), records.failed.get(id)
            if point is None or totals_of(self._sweep, point) not in [
                e.totals for e in (done, failed) if e is not None
            ]:
                continue
            ended.append(self._open.pop(id))
            self._done += failed is None
        return ended, paused

    def close(self, over: str | None = None) -> None:
        """Write all that is left. over: the launcher whose budget is spent."""
        self._flush()
        if over is not None:
            with self._ledger.locked():
                self._ledger.add(BudgetExhausted(over))
        self._estimates()

    def _flush(self) -> None:
        new, self._new = self._new, []
        if new:
            with self._ledger.locked():
                self._ledger.add(*(entry for entry in new if not self._is_known(entry)))
            self._stale = True
        self._written = time.monotonic()

    def _is_known(self, entry: Done | Paused | Failed | Spent) -> bool:
        """Whether another launcher took the same result for its own: it was there before its ledger entry was."""
        done = self._ledger.records.done.get(entry.id)
        return not isinstance(entry, Spent) and done is not None and done.totals == entry.totals

    def _estimates(self) -> None:
        began = time.monotonic()
        with self._ledger.locked():  # so that the last to write has all there is
            write_estimates(self._directory, self._sweep, self._ledger.records)
        self._stale = False
        took = time.monotonic() - began
        self._next_estimates = began + max(ESTIMATES_SECONDS, took / SHARE)


def _reached(report: Report, totals: Mapping[str, Any]) -> Done | Paused:
    kind, shapes = (Done, report.shapes) if report.ending == "done" else (Paused, {})
    return kind(
        report.id,
        totals,
        report.estimates,
        shapes,
        report.seconds,
        cpu=report.cpu,
        step=report.step,
        made=report.made,
        sweeps=report.sweeps,
        excess=report.excess,
        cautions=report.cautions,
    )
