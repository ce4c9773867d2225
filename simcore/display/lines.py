"""One plain line every ten seconds: for log files, pipes and batch systems."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar, TextIO

from simcore.display.base import Display
from simcore.display.sweep import sweep_sentence
from simcore.display.wording import duration, rate, share, values
from simcore.runs.progress import Progress

if TYPE_CHECKING:
    from simcore.sweeps.progress import SweepProgress


class Lines(Display):
    """Writes to `stream`; discards the text if it is None (a process without standard error)."""

    delay: ClassVar[float] = 10.0
    every: ClassVar[float] = 10.0

    def __init__(self, stream: TextIO | None, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(clock)
        self._stream = stream

    def show(self, progress: Progress | SweepProgress) -> None:
        self.note(f"{self.name}: {sentence(progress)}")

    def note(self, text: str) -> None:
        if self._stream is not None:
            print(text, file=self._stream, flush=True)


def sentence(progress: Progress | SweepProgress) -> str:
    """`step 4800 of 11000 (43 %), 35.2 Msite/s, 12 s left; energy -1.4341, magnetization 0.66`; points of a sweep."""
    if not isinstance(progress, Progress):
        return sweep_sentence(progress)
    parts = [f"step {progress.step} of {progress.total} ({share(progress.step, progress.total)})"]
    if progress.sites_per_second:
        parts.append(rate(progress.sites_per_second))
    if progress.seconds_left is not None:
        parts.append(f"{duration(progress.seconds_left)} left")
    return "; ".join(filter(None, (", ".join(parts), ", ".join(values(progress.latest)))))
