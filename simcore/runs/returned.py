"""The numbers that callbacks have returned, as series: each name has its own steps.

In a checkpoint they are the arrays `returned/0/step`, `returned/0/value`, ..., and the attribute `returned`, which says
the name of each and the callback that it came from.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from simcore.storage.checkpoint import Checkpoint

ATTRIBUTE = "returned"


@dataclass
class ReturnedSeries:
    """The numbers of one name. callback: the label of the one that returns it. steps, values: in order of step."""

    callback: str
    steps: list[int] = field(default_factory=list)
    values: list[float] = field(default_factory=list)


class Returned:
    """All of them, by name, in the order in which they first came."""

    def __init__(self, series: Mapping[str, ReturnedSeries] | None = None) -> None:
        self._series = dict(series or {})

    def __bool__(self) -> bool:
        return bool(self._series)

    def owner(self, name: str) -> str | None:
        """The callback that returns a name; None if none has returned it yet."""
        found = self._series.get(name)
        return None if found is None else found.callback

    def owners(self) -> dict[str, list[str]]:
        """The names that each callback has returned."""
        found: dict[str, list[str]] = {}
        for name, one in self._series.items():
            found.setdefault(one.callback, []).append(name)
        return found

    def add(self, callback: str, step: int, numbers: Mapping[str, float]) -> None:
        """What a callback has returned at a step."""
        for name, value in numbers.items():
            one = self._series.setdefault(name, ReturnedSeries(callback))
            one.steps.append(step)
            one.values.append(value)

    def series(self) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """Steps, int64, and values, float64, of each name."""
        return {
            name: (np.array(one.steps, np.int64), np.array(one.values, np.float64))
            for name, one in self._series.items()
        }

    def columns(self, steps: np.ndarray) -> dict[str, np.ndarray]:
        """The values of each name at the steps of the observables, NaN if there is none."""
        found = {}
        for name, (own, values) in self.series().items():
            column = np.full(len(steps), np.nan)
            column[np.searchsorted(steps, own)] = values
            found[name] = column
        return found

    def arrays(self) -> dict[str, np.ndarray]:
        """What a checkpoint holds of them."""
        found: dict[str, np.ndarray] = {}
        for number, (steps, values) in enumerate(self.series().values()):
            found |= {f"{ATTRIBUTE}/{number}/step": steps, f"{ATTRIBUTE}/{number}/value": values}
        return found

    def attributes(self) -> dict[str, str]:
        """The attribute of a checkpoint; none if nothing has been returned."""
        named = [{"name": name, "callback": one.callback} for name, one in self._series.items()]
        return {ATTRIBUTE: json.dumps(named)} if named else {}


def restored_numbers(checkpoint: Checkpoint) -> Returned:
    """Those of a checkpoint."""
    series = {}
    for number, one in enumerate(json.loads(str(checkpoint.attributes.get(ATTRIBUTE, "[]")))):
        steps, values = (checkpoint.arrays[f"{ATTRIBUTE}/{number}/{part}"].tolist() for part in ("step", "value"))
        series[one["name"]] = ReturnedSeries(one["callback"], steps, values)
    return Returned(series)
