"""The observables that are arrays over time, as they come in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from simcore.errors import CheckpointError, MeasurementError
from simcore.runs.array_names import MOST_BYTES
from simcore.spec.observables import ArrayObservable
from simcore.storage.checkpoint import Checkpoint

PREFIX = "arrays/"
ATTRIBUTE = "arrays"


class ArraySeries:
    """Samples of arrays, one for each measured step; those that follow from other observables are not kept.

    observables: all of them, in order.
    """

    def __init__(self, observables: Sequence[ArrayObservable]) -> None:
        self.observables = tuple(observables)
        self._pieces = {one.name: [np.empty((0, *one.shape))] for one in observables if not one.samples}

    def add(self, values: Mapping[str, np.ndarray]) -> None:
        """Add one sample of each, float64 of its shape."""
        for name, value in values.items():
            self._pieces[name].append(value[np.newaxis])
            if sum(piece.nbytes for piece in self._pieces[name]) > MOST_BYTES:  # of a run whose end is not known
                raise MeasurementError(f"the series of '{name}' takes more than {MOST_BYTES >> 20} MiB")

    def columns(self, known: Callable[[], Mapping[str, np.ndarray]], samples: int) -> dict[str, np.ndarray]:
        """Each by name, (samples, *shape). known: the observables that are numbers."""
        if not self.observables:
            return {}
        numbers = known() if any(one.samples for one in self.observables) else {}
        found: dict[str, np.ndarray] = {}
        for one in self.observables:
            values = one.value(*(numbers[name] for name in one.of)) if one.samples else self.samples(one.name)
            assert values.shape == (samples, *one.shape), f"{one.name}: {values.shape} of {samples} samples"
            found[one.name] = values
        return found

    def latest(self, known: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """The newest sample of each. known: the newest of the numbers, each (1,)."""
        return {
            one.name: one.value(*(known[name] for name in one.of))[-1]
            if one.samples
            else self._pieces[one.name][-1][-1].copy()
            for one in self.observables
        }

    @property
    def kept(self) -> tuple[str, ...]:
        """The names of those whose samples are kept."""
        return tuple(self._pieces)

    def samples(self, name: str) -> np.ndarray:
        """The samples of one that is kept, (samples, *shape)."""
        self._pieces[name] = [np.concatenate(self._pieces[name])]
        return self._pieces[name][0]

    def take_up(self, name: str, samples: np.ndarray) -> None:
        """The samples of a checkpoint."""
        self._pieces[name] = [samples]

    def described(self) -> str:
        """What is kept, with shapes and formulas: a checkpoint that says something else does not belong to it."""
        return "\n".join(f"{one.name} {one.shape} {one.doc}" for one in self.observables if one.name in self._pieces)


def kept_arrays(members: Sequence[ArraySeries]) -> dict[str, np.ndarray]:
    """The arrays of a checkpoint: one for each observable and replica."""
    return {f"{PREFIX}{replica}/{name}": one.samples(name) for replica, one in enumerate(members) for name in one.kept}


def array_attributes(members: Sequence[ArraySeries]) -> dict[str, str]:
    """What a checkpoint says of them; nothing if there are none."""
    return {ATTRIBUTE: members[0].described()} if members[0].kept else {}


def restore_arrays(members: Sequence[ArraySeries], checkpoint: Checkpoint) -> None:
    """Take up those of a checkpoint. Raises CheckpointError if it measures others."""
    if str(checkpoint.attributes.get(ATTRIBUTE, "")) != members[0].described():
        raise CheckpointError(f"the checkpoint of step {checkpoint.step} holds other observables that are arrays")
    for replica, one in enumerate(members):
        for name in one.kept:
            one.take_up(name, checkpoint.arrays[f"{PREFIX}{replica}/{name}"].copy())
