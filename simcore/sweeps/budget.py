"""The account of a budget: what is spent, what shares under way will take, what is left.

Computing time is counted over all launches, from the ledger; wall time from the beginning of this one. A share
is begun only where it is likely to end within what is left. So a budget may be passed by as much as the pace of a point
was misjudged, and nothing that was computed is thrown away.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from simcore.sweeps.progress import BudgetUse
from simcore.sweeps.sections import Budget

SMALLEST = 0.01  # of the budget: with less than that left, it is spent


class BudgetAccount:
    """Seconds of computing. workers: of this launch. spent: tells what the ledger and this launch have counted."""

    def __init__(self, budget: Budget, workers: int, spent: Callable[[], float]) -> None:
        self._workers, self._spent = workers, spent
        self.cpu = math.inf if budget.cpu is None else budget.cpu.seconds
        self._wall = math.inf if budget.wall is None else budget.wall.seconds
        self._began = time.monotonic()
        self._reserved: dict[str, float] = {}
        self.elsewhere = 0.0  # what other launchers have reserved

    @property
    def reserved(self) -> float:
        """What the shares of this launcher that are under way will take."""
        return sum(self._reserved.values())

    @property
    def smallest(self) -> float:
        """The least that is worth a share."""
        return SMALLEST * min(self.cpu, self._wall * self._workers)

    def reserve(self, id: str, seconds: float) -> None:
        self._reserved[id] = seconds

    def release(self, id: str) -> None:
        self._reserved.pop(id, None)

    def left(self) -> float:
        """What no share has yet."""
        cpu = self.cpu - self._spent() - self.reserved - self.elsewhere
        wall = self._wall_left() * self._workers - self.reserved
        return min(cpu, wall)

    def share(self) -> float:
        """The most that one share may take, 0 if the budget is spent: each worker is to have one."""
        left = self.left()
        return 0.0 if left < self.smallest else max(left / self._workers, self.smallest)

    def seconds_left(self) -> float:
        """By the clock, at most."""
        return max(0.0, min(self._wall_left(), (self.cpu - self._spent()) / self._workers))

    def use(self, furthest: float | None) -> BudgetUse:
        """For the display of progress."""
        return BudgetUse(self._spent(), self.cpu, furthest)

    def is_late(self) -> bool:
        """Whether the time of this launch is over, and what is under way is to stop."""
        return self._wall_left() <= 0.0

    def _wall_left(self) -> float:
        return self._wall - (time.monotonic() - self._began)
