"""What a launcher writes down: points that are done or failed, many at a time, and now and then all estimates."""

from __future__ import annotations

import time
from pathlib import Path

from simcore.sweep.collect import write_estimates
from simcore.sweep.expansion import Sweep
from simcore.sweep.failures import write_failure
from simcore.sweep.ledger import Done, Failed, Ledger
from simcore.sweep.point import Point
from simcore.sweep.standing import Standing, totals_of
from simcore.sweep.task import Report

LEDGER_SECONDS = 0.5
ESTIMATES_SECONDS = 5.0
SHARE = 0.02  # of the time, for writing estimates of very many points


class Books:
    """The ledger and estimates.h5 of a sweep, as this launcher keeps them."""

    def __init__(self, directory: Path, sweep: Sweep, ledger: Ledger, points: Standing) -> None:
        self._directory, self._sweep, self._ledger = directory, sweep, ledger
        self._open = {point.id: point for point in points.todo}
        self._done, self._points = len(points.done), len(sweep.points)
        self._heard = len(ledger.records.ended)
        self._new: list[Done | Failed] = []
        self._written = time.monotonic()
        self._next_estimates = self._written + ESTIMATES_SECONDS
        self._stale = True

    @property
    def done(self) -> int:
        return self._done

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

    def enter(self, point: Point, report: Report) -> None:
        """A point of this launcher's has ended, done or failed."""
        if self._open.pop(point.id, None) is None:
            return  # another launcher was first to say so
        totals = totals_of(self._sweep, point)
        if report.ending == "done":
            self._done += 1
            known = self._ledger.records.variables
            new = {name: text for name, text in report.variables.items() if name not in known}
            if new:
                with self._ledger.locked():
                    self._ledger.add(new)
            self._new.append(Done(point.id, totals, report.estimates, report.shapes, report.seconds))
        else:
            self._new.append(Failed(point.id, totals, report.reason))
            write_failure(self._directory, point.id, point.coordinates, report.trace or report.reason)

    def keep(self) -> None:
        """Write what is due."""
        now = time.monotonic()
        if self._new and now >= self._written + LEDGER_SECONDS:
            self._flush()
        if self._stale and now >= self._next_estimates:
            self._estimates()

    def catch_up(self) -> list[Point]:
        """The points that other launchers have ended since this was last asked."""
        self._ledger.refresh()
        records, ended = self._ledger.records, []
        news, self._heard = records.ended[self._heard :], len(records.ended)
        for id in news:
            point, done, failed = self._open.get(id), records.done.get(id), records.failed.get(id)
            if point is None or totals_of(self._sweep, point) not in [
                e.totals for e in (done, failed) if e is not None
            ]:
                continue
            ended.append(self._open.pop(id))
            self._done += failed is None
        return ended

    def close(self) -> None:
        """Write all that is left."""
        self._flush()
        self._estimates()

    def _flush(self) -> None:
        new, self._new = self._new, []
        if new:
            with self._ledger.locked():
                self._ledger.add(*(entry for entry in new if not self._is_known(entry)))
            self._stale = True
        self._written = time.monotonic()

    def _is_known(self, entry: Done | Failed) -> bool:
        """Whether another launcher took the same result for its own: it was there before its ledger entry was."""
        done = self._ledger.records.done.get(entry.id)
        return done is not None and done.totals == entry.totals

    def _estimates(self) -> None:
        began = time.monotonic()
        with self._ledger.locked():  # so that the last to write has all there is
            write_estimates(self._directory, self._sweep, self._ledger.records)
        self._stale = False
        took = time.monotonic() - began
        self._next_estimates = began + max(ESTIMATES_SECONDS, took / SHARE)
