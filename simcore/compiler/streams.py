"""Which draws of the random counter belong to which part of a step."""

from __future__ import annotations

from collections.abc import Sequence

from simcore.errors import InvalidValueError
from simcore.spec.phases import AnyPhase, CompactPhase, HostPhase, Phase, Solve, SystemPhase

DRAWS = 1 << 16


def draws_of(item: AnyPhase) -> int:
    """How many draws a part of a step takes.

    A phase of cells one for each number of a cell; a phase with a stream (a CompactPhase: each stage) one, within which
    it counts by itself.
    """
    if isinstance(item, Phase):
        return item.draws
    if isinstance(item, CompactPhase):
        return len(item.stages)
    return int(isinstance(item, HostPhase | SystemPhase) and not isinstance(item, Solve))


def first_draws(items: Sequence[AnyPhase]) -> list[int]:
    """The first draw of each part of a step, in order. Raises InvalidValueError if there are too many."""
    first = [0]
    for item in items:
        first.append(first[-1] + draws_of(item))
    if first[-1] > DRAWS:
        raise InvalidValueError(
            "model", f"a step takes {first[-1]} draws of random numbers; at most {DRAWS} are allowed"
        )
    return first[:-1]
