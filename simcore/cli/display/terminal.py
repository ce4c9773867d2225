"""A bar on a terminal, with rate, time left and the newest observables; gone when the run is over.

rich is imported only when there is something to draw: a run of a moment does not wait for it. It is drawn from the run
loop, with no thread of its own.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar, TextIO

from simcore.cli.display.base import Display
from simcore.cli.sweep import pace
from simcore.cli.wording import duration, rate, share, values
from simcore.runs.progress import Progress

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.live import Live

    from simcore.sweeps.progress import SweepProgress

ERASE_LINE = "\r\x1b[K"


class Terminal(Display):
    """Draws on `stream`, which is a terminal."""

    delay: ClassVar[float] = 0.3
    every: ClassVar[float] = 0.1

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(clock)
        self._stream = stream
        self._live: Live | None = None
        self._waiting = False

    def open(self, workers: int) -> None:
        self._stream.write(f"{self.name}: starting {workers} worker{'s' * (workers != 1)} ...")
        self._stream.flush()
        self._waiting = True

    def show(self, progress: Progress | SweepProgress) -> None:
        if self._live is None:
            self._erase()
            self._live = self._draw()
        self._live.update(picture(self.name, progress), refresh=True)

    def note(self, text: str) -> None:
        if self._live is not None:
            self._live.console.print(text, markup=False, highlight=False, soft_wrap=True)
        else:
            self._erase()
            print(text, file=self._stream, flush=True)

    def close(self) -> None:
        self._erase()
        if self._live is not None:
            self._live.stop()
            self._live = None

    def _erase(self) -> None:
        if self._waiting:
            self._stream.write(ERASE_LINE)
            self._stream.flush()
            self._waiting = False

    def _draw(self) -> Live:
        from rich.console import Console
        from rich.live import Live

        class Lasting(Console):
            """By default rich ends the process when the terminal is gone."""

            def on_broken_pipe(self) -> None:
                self.quiet = True

        live = Live(console=Lasting(file=self._stream), auto_refresh=False, transient=True)
        live.start()
        return live


def picture(name: str, progress: Progress | SweepProgress) -> RenderableType:
    """The bar with its numbers, and the observables below; of a sweep, its points."""
    from rich.console import Group
    from rich.progress_bar import ProgressBar
    from rich.table import Table
    from rich.text import Text

    left = "" if progress.seconds_left is None else f"{duration(progress.seconds_left)} left"
    if not isinstance(progress, Progress):
        step, speed = progress.done, pace(progress.points_per_second) if progress.points_per_second else ""
        below = f"{progress.running} running" + (f", {progress.failed} failed" if progress.failed else "")
    else:
        step, speed = progress.step, rate(progress.sites_per_second) if progress.sites_per_second else ""
        below = "   ".join(values(progress.latest))
    bar = Table.grid(padding=(0, 2), expand=True)
    for _ in range(2):
        bar.add_column(no_wrap=True)
    bar.columns[1].ratio = 1
    cells = [f"{step}/{progress.total}", share(step, progress.total), speed, left]
    bar.add_row(Text(name, style="bold"), ProgressBar(progress.total, step), *map(Text, cells))
    return Group(bar, Text(below, style="cyan"))
