"""One line under the cell of a notebook, rewritten in place; IPython's own display, no further dependency."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from simcore.display.base import Display
from simcore.display.lines import sentence

if TYPE_CHECKING:
    from simcore.runs.progress import Progress
    from simcore.sweeps.progress import SweepProgress


class Notebook(Display):
    """Leaves its last line, the one of the last step, under the cell."""

    delay: ClassVar[float] = 0.3
    every: ClassVar[float] = 0.5

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(clock)
        self._output: Any = None
        self._last: Progress | SweepProgress | None = None

    def progressed(self, progress: Progress | SweepProgress) -> None:
        self._last = progress
        super().progressed(progress)

    def show(self, progress: Progress | SweepProgress) -> None:
        from IPython.display import display  # type: ignore[import-not-found]

        line = {"text/plain": f"{self.name}: {sentence(progress)}"}
        if self._output is None:
            self._output = display(line, raw=True, display_id=True)
        else:
            self._output.update(line, raw=True)

    def note(self, text: str) -> None:
        print(text, file=sys.stderr)

    def close(self) -> None:
        if self._output is not None and self._last is not None:
            self.show(self._last)
