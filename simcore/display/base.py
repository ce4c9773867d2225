"""What all displays share: they show a run no more often than is of use, and never stop it by failing themselves."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from pathlib import Path

    from simcore.runs.progress import Progress
    from simcore.sweeps.progress import SweepProgress


class Display(ABC):
    """A `Watch` that calls `open`, `show`, `note` and `close` of its subclass.

    delay: seconds from the start of the run to the first `show`; every: seconds between two.
    """

    delay: ClassVar[float]
    every: ClassVar[float]

    name = ""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._due = 0.0

    def started(self, name: str, total: int, workers: int, path: Path) -> None:
        self.name = name
        self._due = self._clock() + self.delay
        self._attempt(self.open, workers)

    def progressed(self, progress: Progress | SweepProgress) -> None:
        now = self._clock()
        if now >= self._due:
            self._due = now + self.every
            self._attempt(self.show, progress)

    def said(self, text: str) -> None:
        self._attempt(self.note, text)

    def ended(self) -> None:
        self._attempt(self.close)

    def _attempt(self, action: Callable[..., None], *arguments: Any) -> None:
        # A closed pipe (OSError) or a closed stream (ValueError) is no reason to lose a run of many hours.
        with suppress(OSError, ValueError):
            action(*arguments)

    def open(self, workers: int) -> None:  # noqa: B027 (a subclass may have nothing to open)
        """The run has begun."""

    @abstractmethod
    def show(self, progress: Any) -> None:
        """Show how far it is."""

    @abstractmethod
    def note(self, text: str) -> None:
        """Show a line that stays."""

    def close(self) -> None:  # noqa: B027 (nor to close)
        """The run is over."""
