"""The progress of a sweep, for displays and for other terminals."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol


@dataclass(frozen=True, slots=True)
class BudgetUse:
    """spent: seconds of computing, of all launches; of: how many there are, infinite if only wall time limits it.

    furthest: how many times too large the error of the point is that is furthest from its target; None until known.
    """

    spent: float
    of: float
    furthest: float | None


@dataclass(frozen=True, slots=True)
class SweepProgress:
    """done, failed, running: points; total: of the whole sweep. points_per_second: of this launch, 0 until known.

    budget: None if the sweep has none. missed: points that are done, all their sweeps made, with errors above the
    targets of `run.until`.
    """

    done: int
    failed: int
    running: int
    total: int
    points_per_second: float = 0.0
    seconds_left: float | None = None
    budget: BudgetUse | None = None
    missed: int = 0


@dataclass(frozen=True)
class SweepStatus:
    """state: running; done; failed (points have failed, the others are done); stopped (the same command continues).

    paused: `run.max_walltime` ended all that are not done, and the same command continues. spent: the budget is, and a
    larger one goes on.
    """

    state: Literal["running", "done", "stopped", "paused", "spent", "failed"]
    progress: SweepProgress


class SweepWatch(Protocol):
    """Whoever shows a sweep; as `simcore.runs.progress.Watch` for a run."""

    def started(self, name: str, total: int, workers: int, path: Path) -> None: ...

    def progressed(self, progress: SweepProgress) -> None: ...

    def said(self, text: str) -> None: ...

    def ended(self) -> None: ...


class UnwatchedSweep:
    """A watch that shows nothing."""

    def started(self, name: str, total: int, workers: int, path: Path) -> None: ...

    def progressed(self, progress: SweepProgress) -> None: ...

    def said(self, text: str) -> None: ...

    def ended(self) -> None: ...


class Rate:
    """Points a second, and the time left by their cost: long points come first."""

    def __init__(self, cost: float) -> None:
        self._began = time.monotonic()
        self._cost, self._made, self._points = cost, 0.0, 0

    def made(self, cost: float) -> None:
        """A point of this cost is done, by this launcher."""
        self._made += cost
        self._points += 1

    def spared(self, cost: float) -> None:
        """Another launcher has done it."""
        self._cost -= cost

    def points_per_second(self) -> float:
        return self._points / max(time.monotonic() - self._began, 1e-9)

    def seconds_left(self) -> float | None:
        if not self._made:
            return None
        return max(0.0, (self._cost - self._made) * (time.monotonic() - self._began) / self._made)
