"""What a model works out at measurements, each thing once, and all functions of a program that read cells."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

from simcore.compiler.kernels import written
from simcore.spec.arrays import Function
from simcore.spec.observables import Observable
from simcore.spec.phases import Adaptive, AnyPhase, Measurement, Phase, Reduction


class Measuring:
    """The phases and reductions of a `Measurement`."""

    def __init__(self, measurement: Measurement) -> None:
        self.measurement = measurement

    @cached_property
    def items(self) -> list[Phase | Reduction]:
        """Those of samples and of snapshots, equal ones once."""
        found: list[Phase | Reduction] = []
        for item in (*self.measurement.samples, *self.measurement.snapshots):
            if item not in found:
                found.append(item)
        return found

    @property
    def reductions(self) -> list[str]:
        """The names that observables may take."""
        return [item.name for item in self.measurement.samples if isinstance(item, Reduction)]

    @property
    def expressed(self) -> tuple[str, ...]:
        """The arrays that snapshots need."""
        return tuple(name for item in self.measurement.snapshots if isinstance(item, Phase) for name in written(item))

    def parted(self, made: Sequence[Any]) -> dict[str, list[Any]]:
        """What was made of `items`, one of each, for samples and for snapshots."""
        parts = {"samples": self.measurement.samples, "snapshots": self.measurement.snapshots}
        return {part: [made[self.items.index(item)] for item in items] for part, items in parts.items()}


def functions_of_cells(
    items: Sequence[AnyPhase], observables: Sequence[Observable], adaptive: Adaptive | None
) -> Iterator[Function]:
    """All functions that are called on cells and may read those around them."""
    for item in items:
        if isinstance(item, Phase | Reduction):
            yield item.update if isinstance(item, Phase) else item.value
    yield from (one.value for one in observables if not isinstance(one.value, str))
    if adaptive is not None:
        yield adaptive.error
