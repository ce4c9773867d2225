"""Which point comes next."""

from __future__ import annotations

import heapq
import itertools
import math
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from simcore.sweeps.budget import BudgetAccount
from simcore.sweeps.ledger import PartialResult
from simcore.sweeps.point import Point
from simcore.sweeps.progress import Rate
from simcore.sweeps.work_unit import WorkUnit

GROWTH = 0.5  # of the steps that a point has: at the end no two points' errors differ by more than their fluctuations
SHORTEST = 0.25  # seconds: less is not worth reading a checkpoint


class Scheduler(Protocol):
    """The points that wait. closed: whether none may be begun any more."""

    @property
    def closed(self) -> bool: ...

    def next(self) -> WorkUnit | None:
        """Take a share off, None if none waits or may be begun."""

    def put_back(self, share: WorkUnit, *, first: bool = False) -> None:
        """A share that has come to nothing waits again."""

    def learn(self, of: Mapping[str, PartialResult]) -> None:
        """Points have results, here or elsewhere, by id."""

    def seconds_left(self) -> float | None:
        """By wall time, if that is known."""

    def furthest(self) -> float | None:
        """The largest excess of the points that wait; None if one has no result yet, or none has a target."""


class InTurn:
    """Each point once, to its end."""

    closed = False

    def __init__(self, points: Sequence[Point], rate: Rate) -> None:
        self._queue, self._rate = deque(WorkUnit(point) for point in points), rate

    def next(self) -> WorkUnit | None:
        return self._queue.popleft() if self._queue else None

    def put_back(self, share: WorkUnit, *, first: bool = False) -> None:
        if first:
            self._queue.appendleft(share)
        else:
            self._queue.append(share)

    def learn(self, of: Mapping[str, PartialResult]) -> None:
        """Nothing that would change the order."""

    def seconds_left(self) -> float | None:
        return self._rate.seconds_left()

    def furthest(self) -> float | None:
        return None


@dataclass
class _Known:
    """Of a point. sweeps: after thermalisation; pace: seconds of computing for a step, None if that is not known."""

    step: int = 0
    sweeps: int = 0
    excess: float = math.inf
    pace: float | None = None


class ByNeed:
    """A first share for every point, then always one for the point whose error is furthest from its target.

    The error falls as one over the root of the steps, so that a point far from its target needs very many of them; it
    gets half as many again as it has, as far as the budget goes, and then the others are looked at anew.
    """

    def __init__(self, points: Sequence[Point], account: BudgetAccount, known: Mapping[str, PartialResult]) -> None:
        self._account = account
        self._known = {point.id: _Known() for point in points}
        self._waiting: dict[str, Point] = {}
        self._heap: list[tuple[float, int, str]] = []
        self._numbers = itertools.count()
        self._first: list[float] = []  # what first shares took
        self.learn(known)
        for point in points:
            self._wait(point)

    @property
    def closed(self) -> bool:
        return self._account.share() == 0.0

    def next(self) -> WorkUnit | None:
        most = self._account.share()
        if most == 0.0:
            return None
        while self._heap:
            far, _, id = heapq.heappop(self._heap)
            known = self._known[id]
            if id not in self._waiting or -far != known.excess:
                continue  # the entry of an earlier state
            cpu = self._wanted(known, most)
            self._account.reserve(id, cpu)
            more = max(1, int(cpu / known.pace)) if known.sweeps and known.pace else 0
            return WorkUnit(self._waiting.pop(id), known.sweeps + more, brief=0.0 < cpu < SHORTEST)
        return None

    def put_back(self, share: WorkUnit, *, first: bool = False) -> None:
        self._account.release(share.point.id)
        self._wait(share.point)

    def learn(self, of: Mapping[str, PartialResult]) -> None:
        for id, reached in of.items():
            known = self._known.get(id)
            if known is None or reached.step < known.step:
                continue
            if not known.step and reached.made:
                self._first.append(reached.cpu)
            known.step, known.sweeps = reached.step, reached.sweeps
            known.excess = math.inf if reached.excess is None else reached.excess
            if reached.made:
                known.pace = max(reached.cpu, 1e-6) / reached.made
            if id in self._waiting:
                self._wait(self._waiting[id])

    def seconds_left(self) -> float | None:
        return self._account.seconds_left()

    def furthest(self) -> float | None:
        far = max((self._known[id].excess for id in self._waiting), default=0.0)
        return far if math.isfinite(far) else None

    def _wait(self, point: Point) -> None:
        self._waiting[point.id] = point
        heapq.heappush(self._heap, (-self._known[point.id].excess, next(self._numbers), point.id))

    def _wanted(self, known: _Known, most: float) -> float:
        """Seconds of computing for the next share of a point."""
        if not known.step or known.pace is None:
            return min(most, sum(self._first) / len(self._first)) if self._first else 0.0
        return min(most, max(GROWTH * known.step * known.pace, SHORTEST))
