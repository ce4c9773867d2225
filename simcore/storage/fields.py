"""From the snapshots that wait on the disk to `/fields`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from simcore.errors import StorageError
from simcore.storage.checkpoint import checkpoint_steps, read_checkpoint
from simcore.storage.result import Group, Variable

BEHIND_OF_VTK = ((), ("basis",), ("component",), ("basis", "component"))
"""The axes beyond those of space that a field may have in a file for VTK."""


class Sealed(Protocol):
    """A function on its way to another process."""

    def open(self) -> Any:
        """The function."""
        ...


@dataclass(frozen=True)
class FieldSource:
    """What a field is made of.

    of: arrays of the state. assemble: makes the field of them; None if it is the one array. dims: the dimensions
    behind that of the snapshots. replicas: how many systems lie along the first axis of the arrays, and then of the
    field; 0 if the arrays are those of one system.
    """

    of: tuple[str, ...]
    assemble: Sealed | None
    dims: tuple[str, ...]
    unit: str
    doc: str
    replicas: int = 0

    def make(self, arrays: Mapping[str, np.ndarray]) -> np.ndarray:
        """The field, from the arrays of the state by name."""
        found = [arrays[name] for name in self.of]
        if self.assemble is None:
            return found[0]
        function = self.assemble.open()
        if not self.replicas:
            return np.asarray(function(*found))
        return np.stack([function(*(array[replica] for array in found)) for replica in range(self.replicas)])


@dataclass(frozen=True)
class FieldHistory:
    """What `/fields` is made of.

    place: where the snapshots lie. marks: those that belong to it, in order. when: `step` or `time`; last: that of the
    final state. fields: what each is made of. labels: coordinates along the axes.
    """

    place: Path
    marks: tuple[int, ...]
    when: str
    last: float
    fields: Mapping[str, FieldSource]
    labels: Mapping[str, Variable]

    @property
    def arrays(self) -> set[str]:
        """The arrays of the state that the fields are made of."""
        return {array for source in self.fields.values() for array in source.of}

    def group(self, final: Mapping[str, np.ndarray]) -> Group:
        """Read the snapshots and put the final state behind them. Raises CheckpointError if one is damaged.

        final: the arrays of the state; a checkpoint lacks those that no step changes, and so the fields made of them.
        """
        return self.together([(moment, self.state(path)) for path, moment in self.kept()], final)

    def together(
        self, before: Sequence[tuple[float, Mapping[str, np.ndarray]]], final: Mapping[str, np.ndarray]
    ) -> Group:
        """The fields of these snapshots, in order, each with its moment, and of the final state."""
        states = [*(state for _, state in before), final]
        variables = {
            name: Variable(
                (self.when, *source.dims),
                np.stack([source.make(state) for state in states]),
                source.unit,
                source.doc,
            )
            for name, source in self.made_of(final).items()
        }
        return Group(variables, self.coordinates([moment for moment, _ in before]))

    def kept(self) -> list[tuple[Path, float]]:
        """The snapshots that belong to it, in order, each with its moment. No array of them is read.

        Raises CheckpointError if one is damaged.
        """
        present = set(checkpoint_steps(self.place))
        files = [self.place / f"step-{mark}.h5" for mark in self.marks if mark in present]
        found = [(file, *_header(file)) for file in files]
        # fewer arrays may have been asked for before a resume
        return [(file, moment) for file, moment, arrays in found if moment < self.last and self.arrays <= arrays]

    def state(self, file: Path) -> dict[str, np.ndarray]:
        """The arrays of a snapshot that the fields are made of. Raises CheckpointError if it is damaged."""
        arrays = read_checkpoint(file).arrays
        return {name: arrays[f"state/{name}"] for name in self.arrays}

    def made_of(self, arrays: Mapping[str, np.ndarray]) -> dict[str, FieldSource]:
        """The fields that can be made of these arrays."""
        return {name: source for name, source in self.fields.items() if arrays.keys() >= set(source.of)}

    def coordinates(self, moments: Sequence[float]) -> dict[str, Variable]:
        """The labels of all dimensions. moments: those of the snapshots before the final state."""
        times = Variable((self.when,), np.array([*moments, self.last]), "1", self.when)
        return {self.when: times, **self.labels}


def _header(file: Path) -> tuple[float, set[str]]:
    """The moment of a snapshot, and the names of the arrays in it."""
    import h5py

    try:
        with h5py.File(file, "r") as opened:
            return opened.attrs["moment"].item(), set(opened["state"])
    except (OSError, KeyError, RuntimeError) as error:
        read_checkpoint(file)  # tells what is wrong with it
        raise StorageError(f"{file}: holds no snapshot ({error})") from error
