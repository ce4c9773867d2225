"""Hand the points to an executor, hear how each ended, and do again what a dead worker left behind."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from typing import Protocol

from simcore.runs.snapshots import state_shape
from simcore.sweeps.budget import BudgetAccount
from simcore.sweeps.executors import Backend, death_of, is_broken
from simcore.sweeps.experiment import experiment_of
from simcore.sweeps.heartbeat import Heartbeat
from simcore.sweeps.point import Point
from simcore.sweeps.progress import Rate, SweepProgress, SweepWatch
from simcore.sweeps.result_store import ResultStore
from simcore.sweeps.scheduler import ByNeed, InTurn, Scheduler
from simcore.sweeps.task import Report, Setup, Task
from simcore.sweeps.work_unit import WorkUnit
from simcore.sweeps.worker_allocation import WORTH_SHARING, Room, in_turn, workers_for

TRIES = 3
LOOK_SECONDS = 0.2
ELSEWHERE_SECONDS = 0.5
AHEAD = 16  # points that wait in the executor for each worker


class Stop(Protocol):
    signal: int | None


class Wanted:
    """How many workers each point gets."""

    def __init__(self, backend: Backend, setup: Setup) -> None:
        self._backend, self._sweep = backend, setup.sweep
        self._setting = setup.sweep.section.workers_per_point
        self._cells: dict[float, int] = {}

    def by(self, point: Point, points: int) -> int:
        """For one of a number of points. Its cells are counted once for each cost, and only if they may matter."""
        if not self._backend.shares:
            return 1
        cells = 0
        if self._setting == "auto" and point.cost >= WORTH_SHARING:
            if point.cost not in self._cells:
                shape = state_shape(experiment_of(self._sweep, point))
                self._cells[point.cost] = math.prod(shape)
            cells = self._cells[point.cost]
        return workers_for(self._setting, cells, points, self._backend.workers)


class Dispatch:
    """The loop of a launcher."""

    def __init__(
        self, backend: Backend, setup: Setup, books: ResultStore, presence: Heartbeat, watch: SweepWatch
    ) -> None:
        self._backend, self._setup, self._books, self._presence, self._watch = backend, setup, books, presence, watch
        self._sealed = setup.sealed()
        self._room = Room(backend.workers, AHEAD * backend.workers)
        self._agenda: Scheduler = InTurn((), Rate(0.0))
        self._account: BudgetAccount | None = None
        self._elsewhere: list[WorkUnit] = []
        self._under_way: dict[Future, tuple[WorkUnit, int]] = {}
        self._tries: dict[str, int] = {}
        self._next_look = self._next_tell = 0.0
        self._stopping = False
        self._wanted = Wanted(backend, setup)

    def carry_out(self, points: Sequence[Point], stop: Stop, *, fail_fast: bool) -> bool:
        """Until all points are done or failed, here or elsewhere, the budget is spent, or a signal has stopped them.

        Returns whether it is the budget that ended it.
        """
        points = in_turn(points, self._presence.others, self._presence.name)
        self._rate = Rate(sum(point.cost for point in points))
        self._todo = len(points)
        budget = self._setup.sweep.section.budget
        if budget is None:
            self._agenda = InTurn(points, self._rate)
        else:
            self._account = BudgetAccount(budget, self._backend.workers, self._books.cpu)
            self._agenda = ByNeed(points, self._account, self._books.results())
        try:
            self._loop(stop, fail_fast)
        except BaseException:
            self._stop()  # else the executor would first do all that waits in it
            raise
        return stop.signal is None and self._agenda.closed and self._books.left > 0

    def _loop(self, stop: Stop, fail_fast: bool) -> None:
        while True:
            if not self._stopping:
                if stop.signal is not None or (fail_fast and self._books.failed) or self._is_late():
                    self._stop()
                else:
                    self._fill()
            if not self._under_way and (self._stopping or self._agenda.closed or not self._elsewhere):
                return
            self._hear()
            self._books.keep()
            self._look_elsewhere()
            self._tell()

    def _is_late(self) -> bool:
        return self._account is not None and self._account.is_late()

    def _fill(self) -> None:
        while (share := self._agenda.next()) is not None:
            point = share.point
            if not self._books.is_open(point):
                self._release(point)
                continue
            workers = self._wanted.by(point, self._todo)
            if not self._room.has(workers, behind=share.brief):
                self._agenda.put_back(share, first=True)
                return
            self._room.take(workers)
            future = self._backend.submit(Task(self._sealed, share, workers))
            self._under_way[future] = (share, workers)

    def _hear(self) -> None:
        if not self._under_way:
            time.sleep(LOOK_SECONDS if self._elsewhere else 0)
            return
        ended, _ = wait(self._under_way, LOOK_SECONDS, FIRST_COMPLETED)
        for future in ended:
            share, workers = self._under_way.pop(future)
            self._room.give_back(workers)
            if future.cancelled():
                self._release(share.point)
            else:
                self._end(share, future)

    def _end(self, share: WorkUnit, future: Future) -> None:
        error, point = future.exception(), share.point
        if error is None:
            self._take(share, future.result())
            return
        died = death_of(error)
        if is_broken(error):
            raise error
        if died is None:
            text = str(error) or type(error).__name__
            self._take(share, Report(point.id, "failed", reason=text.splitlines()[0], trace=text))
            return
        tries = self._tries[point.id] = self._tries.get(point.id, 0) + died.at_fault
        if tries < TRIES:
            self._agenda.put_back(share, first=True)
        else:
            text = f"{died}; tried {tries} times"
            self._take(share, Report(point.id, "failed", reason=text, trace=text))

    def _take(self, share: WorkUnit, report: Report) -> None:
        point = share.point
        reached = self._books.enter(point, report)
        self._release(point)
        if report.ending in ("done", "failed") or (report.ending == "paused" and share.sweeps is None):
            self._rate.made(point.cost)
        elif report.ending == "elsewhere":
            self._elsewhere.append(share)
        elif not self._stopping:
            if reached is not None:
                self._agenda.learn({point.id: reached})
            self._agenda.put_back(share)

    def _release(self, point: Point) -> None:
        if self._account is not None:
            self._account.release(point.id)

    def _look_elsewhere(self) -> None:
        """What others have done need not be done; what they left, with their death, is taken again."""
        now = time.monotonic()
        if now < self._next_look:
            return
        self._next_look = now + ELSEWHERE_SECONDS
        ended, news = self._books.catch_up()
        for point in ended:
            self._rate.spared(point.cost)
        self._agenda.learn(news)
        for share in self._elsewhere:
            self._agenda.put_back(share)
        self._elsewhere.clear()
        if self._account is not None:
            self._account.elsewhere = self._presence.told_by_others("reserved")

    def _stop(self) -> None:
        self._stopping = True
        self._presence.ask_to_stop()
        for future in self._under_way:
            future.cancel()

    def _tell(self) -> None:
        now = time.monotonic()
        if now < self._next_tell:
            return
        self._next_tell = now + LOOK_SECONDS
        running = min(len(self._under_way), self._backend.workers)
        total, done = len(self._setup.sweep.points), self._books.done
        failed = self._books.failed
        rate, left = self._rate.points_per_second(), self._agenda.seconds_left()
        told = {"running": running, "rate": rate, "left": -1.0 if left is None else left}
        use = None
        if self._account is not None:
            use = self._account.use(self._agenda.furthest())
            told["reserved"] = self._account.reserved
        self._watch.progressed(SweepProgress(done, failed, running, total, rate, left, use))
        self._presence.tell(told)
