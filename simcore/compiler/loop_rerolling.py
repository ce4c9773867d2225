"""Phases that come again: one loop in the generated source, however many colours there are.

A driver that spelt them all out would take longer to compile with every one of them, as each brings a barrier.
"""

from __future__ import annotations

from collections.abc import Sequence

from simcore.compiler.kernels import PhaseKernel

LONGEST = 8  # phases that come again together


def repeats(kernels: Sequence[PhaseKernel]) -> list[tuple[Sequence[PhaseKernel], int]]:
    """The phases in order, as stretches and how often each comes: the first of them, with the numbers of the first."""
    found: list[tuple[Sequence[PhaseKernel], int]] = []
    place = 0
    while place < len(kernels):
        period, times = max(
            ((period, _times(kernels, place, period)) for period in range(1, LONGEST + 1)),
            key=lambda one: one[0] * one[1] if one[1] > 1 else 0,
        )
        if times == 1:
            period = 1
        found.append((kernels[place : place + period], times))
        place += period * times
    return found


def _times(kernels: Sequence[PhaseKernel], place: int, period: int) -> int:
    """How often the next `period` phases come one after the other; only those in place, which can be told by number."""
    first = [kernel.likeness for kernel in kernels[place : place + period]]
    if len(first) < period or any(kernel.swapped for kernel in kernels[place : place + period]):
        return 1
    times = 1
    while [kernel.likeness for kernel in kernels[place + times * period : place + (times + 1) * period]] == first:
        times += 1
    return times
