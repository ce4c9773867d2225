"""From the snapshots that wait on the disk to `/fields`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from simcore.storage.checkpoint import Checkpoint, checkpoint_steps, read_checkpoint
from simcore.storage.result import Group, Variable


class Sealed(Protocol):
    """A function on its way to another process."""

    def open(self) -> Any:
        """The function."""
        ...


@dataclass(frozen=True)
class FieldSource:
    """What a field is made of.

    of: arrays of the state. assemble: makes the field of them; None where it is the one array. dims: the dimensions
    behind that of the snapshots.
    """

    of: tuple[str, ...]
    assemble: Sealed | None
    dims: tuple[str, ...]
    unit: str
    doc: str

    def make(self, arrays: Mapping[str, np.ndarray]) -> np.ndarray:
        """The field, from the arrays of the state by name."""
        found = [arrays[name] for name in self.of]
        return found[0] if self.assemble is None else self.assemble.open()(*found)


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
        """Read the snapshots and put the final state behind them. Raises CheckpointError where one is damaged.

        final: the arrays of the state; a checkpoint lacks those that no step changes, and so the fields made of them.
        """
        present = set(checkpoint_steps(self.place))
        kept = [read_checkpoint(self.place / f"step-{mark}.h5") for mark in self.marks if mark in present]
        kept = [snapshot for snapshot in kept if _moment(snapshot) < self.last and self._holds_all(snapshot)]
        fields = {name: source for name, source in self.fields.items() if final.keys() >= set(source.of)}
        moments = np.array([*map(_moment, kept), self.last])
        states = [*({name: s.arrays[f"state/{name}"] for name in self.arrays} for s in kept), final]
        variables = {
            name: Variable(
                (self.when, *source.dims),
                np.stack([source.make(state) for state in states]),
                source.unit,
                source.doc,
            )
            for name, source in fields.items()
        }
        return Group(variables, {self.when: Variable((self.when,), moments, "1", self.when), **self.labels})

    def _holds_all(self, snapshot: Checkpoint) -> bool:
        """Fewer arrays may have been asked for before a resume."""
        return all(f"state/{name}" in snapshot.arrays for name in self.arrays)


def _moment(snapshot: Checkpoint) -> float:
    moment = snapshot.attributes["moment"]
    assert isinstance(moment, (int, float))
    return moment
