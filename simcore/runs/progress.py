"""What a run tells while it goes on, and the protocol of whoever watches it.

The run loop calls a watch ten to twenty times a second, between two slices: `progressed` must be cheap.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is.

    step, total: steps made and steps to make, thermalisation included. sites_per_second: sites updated a second, 0
    until it is known; seconds_left: None until then. latest: the newest value of each observable, in the model's order.
    """

    step: int
    total: int
    sites_per_second: float = 0.0
    seconds_left: float | None = None
    latest: Mapping[str, float] = field(default_factory=dict)


class Watch(Protocol):
    """Whoever shows a run: the calls come in this order, from the process that called `run`."""

    def started(self, name: str, total: int, workers: int, path: Path) -> None:
        """Run `name` is about to make `total` steps with so many workers; its results go to `path`."""

    def progressed(self, progress: Progress) -> None:
        """A slice is done."""

    def said(self, text: str) -> None:
        """A warning or a notice of one line (a checkpoint set aside, say); may come before `started`."""

    def ended(self) -> None:
        """The run is over, well or badly: leave the terminal as it was. Called once, also after a failure."""


class Unwatched:
    """A watch that shows nothing."""

    def started(self, name: str, total: int, workers: int, path: Path) -> None: ...

    def progressed(self, progress: Progress) -> None: ...

    def said(self, text: str) -> None: ...

    def ended(self) -> None: ...
