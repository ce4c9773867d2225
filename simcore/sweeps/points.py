"""The points of a sweep as a sequence, and the array that they fill."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, overload

import numpy as np

from simcore.sweeps.point import Point


@dataclass(frozen=True)
class Swept:
    """One swept key. values, labels: by number, -1 that of the document; codes: the number for each combination."""

    path: str
    name: str
    values: Sequence[Any]
    labels: Sequence[Any]
    codes: np.ndarray

    def coordinates(self) -> list[Any]:
        """The label of each combination."""
        return [self.labels[code] for code in self.codes.tolist()]


class Points(Sequence[Point]):
    """All points, combination by combination, the replicas of one together; each is made when it is asked for.

    ids: of all points. indices: int32 of shape (combinations, dimensions without `replica`). replicas: how many of each
    combination, from number `first_replica`. costs: of the combinations.
    """

    def __init__(
        self,
        ids: Sequence[str],
        swept: Sequence[Swept],
        indices: np.ndarray,
        replicas: np.ndarray,
        costs: np.ndarray,
        first_replica: int,
    ) -> None:
        self.ids = ids
        self._swept, self._indices, self._costs, self._first_replica = swept, indices, costs, first_replica
        self._replicas, self._ends = replicas, np.cumsum(replicas)

    def __len__(self) -> int:
        return len(self.ids)

    @overload
    def __getitem__(self, number: int) -> Point: ...
    @overload
    def __getitem__(self, number: slice) -> Sequence[Point]: ...
    def __getitem__(self, number: int | slice) -> Point | Sequence[Point]:
        """One point, or several."""
        if isinstance(number, slice):
            return [self[i] for i in range(*number.indices(len(self)))]
        number = range(len(self))[number]
        combination = int(np.searchsorted(self._ends, number, side="right"))
        replica = int(number - (self._ends[combination] - self._replicas[combination]))
        codes = [(one, int(one.codes[combination])) for one in self._swept]
        overrides = {one.path: one.values[code] for one, code in codes if code >= 0}
        return Point(
            id=self.ids[number],
            index=(*self._indices[combination].tolist(), replica),
            coordinates={one.name: one.labels[code] for one, code in codes}
            | {"replica": self._first_replica + replica},
            overrides={**overrides, "run.replica": self._first_replica + replica},
            cost=float(self._costs[combination]),
        )

    def __iter__(self) -> Iterator[Point]:
        return (self[i] for i in range(len(self)))

    @property
    def costs(self) -> np.ndarray:
        """Cells times steps of each point, float64."""
        return np.repeat(self._costs, self._replicas)

    def indices(self) -> np.ndarray:
        """Where each point lies in the array, int64 of shape (points, dimensions)."""
        starts = np.repeat(self._ends - self._replicas, self._replicas)
        replica = np.arange(len(self)) - starts
        return np.column_stack([np.repeat(self._indices, self._replicas, axis=0).astype(np.int64), replica])
