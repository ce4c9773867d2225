"""How long the next slice is."""

from __future__ import annotations

from simcore.runs.simulation import SAMPLES_PER_SLICE

SLICE_SECONDS = 0.05
GROWTH = 8
SMOOTHING = 0.1


class Pace:
    """The number of steps that take about `SLICE_SECONDS`. known: steps a second of such a run, if there was one."""

    def __init__(self, known: float = 0.0) -> None:
        self._steps = max(1, int(known * SLICE_SECONDS))
        self.steps_per_second = 0.0

    def slice_steps(self) -> int:
        return self._steps

    def took(self, steps: int, seconds: float) -> None:
        """Learn from a slice; noise may shorten the next ones at once, but lengthens them step by step."""
        rate = steps / max(seconds, 1e-9)
        self._steps = max(1, min(int(rate * SLICE_SECONDS), self._steps * GROWTH))
        self.steps_per_second += (rate - self.steps_per_second) * (SMOOTHING if self.steps_per_second else 1.0)


def next_stop(step: int, pace: Pace, every: int, *stops: int | None) -> int:
    """The step at which the next slice ends: by pace, but at the latest at the nearest of `stops` beyond `step`.

    `every`: steps between two samples; a slice may not take more samples than there is room for.
    """
    room = (step // every + SAMPLES_PER_SLICE) * every
    return min([step + pace.slice_steps(), room, *(stop for stop in stops if stop is not None and stop > step)])
