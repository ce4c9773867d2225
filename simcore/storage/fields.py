"""From the snapshots that wait on the disk to `/fields`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from simcore.storage.checkpoint import Checkpoint, checkpoint_steps, read_checkpoint
from simcore.storage.result import Group, Variable


@dataclass(frozen=True)
class FieldHistory:
    """What `/fields` is made of.

    place: where the snapshots lie. marks: those that belong to it, in order. when: `step` or `time`; last: that of the
    final state. variables: dimensions behind it, unit and meaning of each field. labels: coordinates along the axes.
    """

    place: Path
    marks: tuple[int, ...]
    when: str
    last: float
    variables: Mapping[str, tuple[tuple[str, ...], str, str]]
    labels: Mapping[str, Variable]

    def group(self, final: Mapping[str, np.ndarray]) -> Group:
        """Read the snapshots and put the final state behind them. Raises CheckpointError where one is damaged."""
        present = set(checkpoint_steps(self.place))
        kept = [read_checkpoint(self.place / f"step-{mark}.h5") for mark in self.marks if mark in present]
        kept = [snapshot for snapshot in kept if _moment(snapshot) < self.last and self._holds_all(snapshot)]
        moments = np.array([*map(_moment, kept), self.last])
        variables = {
            name: Variable(
                (self.when, *dims), np.stack([*(s.arrays[f"state/{name}"] for s in kept), final[name]]), unit, doc
            )
            for name, (dims, unit, doc) in self.variables.items()
        }
        return Group(variables, {self.when: Variable((self.when,), moments, "1", self.when), **self.labels})

    def _holds_all(self, snapshot: Checkpoint) -> bool:
        """Fewer arrays may have been asked for before a resume."""
        return all(f"state/{name}" in snapshot.arrays for name in self.variables)


def _moment(snapshot: Checkpoint) -> float:
    moment = snapshot.attributes["moment"]
    assert isinstance(moment, (int, float))
    return moment
