"""How many processes work on a point, and in what order points are begun."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Literal

from simcore.sweeps.point import Point

WORTH_SHARING = 1 << 16  # cells; below, the barriers cost more than a second worker brings
LARGE = 1 << 23  # cells; side by side, such points would fight for memory and its bandwidth


def workers_for(setting: Literal["auto"] | int, cells: int, points: int, workers: int) -> int:
    """Number of processes for one of `points` points of a number of cells, with `workers` in total.

    auto: one each if points are many or small; all for one that is large; what there is, divided, where there are
    fewer points than workers.
    """
    if setting != "auto":
        return min(setting, workers)
    if cells >= LARGE:
        return workers
    if cells < WORTH_SHARING or points >= workers:
        return 1
    return workers // points


def in_turn(points: Sequence[Point], others: bool, launcher: str) -> list[Point]:
    """The longest first: begun last, one would keep a worker busy alone.

    If `others` are at work on the same points, equal ones come in this launcher's own order, so that two seldom
    reach for the same.
    """
    draw = Random(launcher)
    return sorted(points, key=lambda point: (-point.cost, draw.random() if others else 0.0))


class Room:
    """How much may be under way: as many workers as there are; if each point takes one, a queue behind them, too."""

    def __init__(self, workers: int, ahead: int) -> None:
        self._workers, self._ahead = workers, ahead
        self._shared = 0  # points under way that take several
        self._busy = 0

    def has(self, wanted: int, *, behind: bool = True) -> bool:
        """Whether a point that takes this number may be started, or may wait `behind` others."""
        queue = self._ahead if behind and wanted == 1 and not self._shared else 0
        return self._busy == 0 or self._busy + wanted <= self._workers + queue

    def take(self, wanted: int) -> None:
        self._busy += wanted
        self._shared += wanted > 1

    def give_back(self, wanted: int) -> None:
        self._busy -= wanted
        self._shared -= wanted > 1
