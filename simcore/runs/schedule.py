"""How long the next slice is."""

from __future__ import annotations

SLICE_SECONDS = 0.05
MOST_SECONDS = 0.8
PASSES = 2
GROWTH = 8
SMOOTHING = 0.1


class Pace:
    """How many steps a slice has: as many as take about `SLICE_SECONDS`.

    If several steps are made in one pass over the memory, a slice holds `PASSES` whole passes, unless they take more
    than `MOST_SECONDS`: a shorter one would read the memory more often for each step, and what a slice costs beside its
    steps, such as the scan for values that are not finite, would count.

    known: steps a second of such a run, if there was one. pass_steps: the most steps in one pass.
    """

    def __init__(self, known: float = 0.0) -> None:
        self._steps = max(1, int(known * SLICE_SECONDS))
        self.steps_per_second = 0.0
        self.pass_steps = 1

    def slice_steps(self) -> int:
        return self._steps

    def took(self, steps: int, seconds: float) -> None:
        """Learn from a slice; noise may shorten the next ones at once, but lengthens them step by step."""
        rate = steps / max(seconds, 1e-9)
        wanted = int(rate * SLICE_SECONDS)
        if self.pass_steps > 1:
            wanted = max(wanted, min(PASSES * self.pass_steps, int(rate * MOST_SECONDS)))
            wanted -= wanted % self.pass_steps if wanted > self.pass_steps else 0
        self._steps = max(1, min(wanted, self._steps * GROWTH))
        self.steps_per_second += (rate - self.steps_per_second) * (SMOOTHING if self.steps_per_second else 1.0)


def next_stop(step: int, pace: Pace, every: int, room: int, *stops: int | None) -> int:
    """The step at which the next slice ends: by pace, but at the latest at the nearest of `stops` beyond `step`.

    every: steps between two samples. room: the most samples of a slice. A slice that takes a sample ends at one: a pass
    over the memory ends at every sample, and need not end once more between two.
    """
    full, end = (step // every + room) * every, step + pace.slice_steps()
    if end // every > step // every:
        end -= end % every
    return min([end, full, *(stop for stop in stops if stop is not None and stop > step)])
