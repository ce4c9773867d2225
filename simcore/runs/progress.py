"""The progress that a run reports, and the protocol of callbacks that show it.

The run loop calls a watch ten to twenty times a second, between two slices: `progressed` must be cheap.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Progress:
    """The progress of a run.

    step, total: steps made and steps to make, thermalisation included. sites_per_second: sites updated a second, 0
    until it is known; seconds_left: None until then. latest: the newest value of each observable, in the model's order.
    """

    step: int
    total: int
    sites_per_second: float = 0.0
    seconds_left: float | None = None
    latest: Mapping[str, float] = field(default_factory=dict)


class Watch(Protocol):
    """Callbacks that report the progress of a run, called in this order in the process that called `run`."""

    def started(self, name: str, total: int, workers: int, path: Path) -> None:
        """Run `name` starts `total` steps with `workers` workers; its results go to `path`."""

    def progressed(self, progress: Progress) -> None:
        """A slice is done."""

    def said(self, text: str) -> None:
        """A warning or a notice in one line (a checkpoint was moved aside, for example); may come before `started`."""

    def ended(self) -> None:
        """The run has ended: restore the terminal. Called once, also after a failure."""


class Unwatched:
    """A watch that shows nothing."""

    def started(self, name: str, total: int, workers: int, path: Path) -> None: ...

    def progressed(self, progress: Progress) -> None: ...

    def said(self, text: str) -> None: ...

    def ended(self) -> None: ...
