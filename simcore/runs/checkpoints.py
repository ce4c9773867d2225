"""The checkpoints of a run: what they hold, and whether they have been written."""

from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np

from simcore.runs import events
from simcore.runs.array_series import array_attributes, kept_arrays
from simcore.runs.directory import RunDirectory
from simcore.runs.ensemble_series import WALK
from simcore.runs.experiment import Experiment
from simcore.runs.lending import Lending
from simcore.runs.returned import Returned
from simcore.runs.series import Series
from simcore.storage.writer import Failed, WriteCheckpoint


class Checkpoints:
    """Posts checkpoints to the writer and takes its answers. kept: the step of the newest one on the disk, else -1."""

    def __init__(self, directory: RunDirectory, lending: Lending, say: Callable[[str], None]) -> None:
        self._directory, self._lending, self._say = directory, lending, say
        self._pending: int | None = None
        self.kept = -1

    def write(self, experiment: Experiment, series: Series, returned: Returned, seconds: float) -> None:
        """Begin to write the state that lies in the lent copy, and the series up to it."""
        members = [one.arrays for one in series.members]
        arrays: dict[str, str | np.ndarray] = {f"state/{name}": f"state/{name}" for name in self._lending.state}
        arrays |= {
            "series/step": series.steps,
            "series/values": series.values,
            **({} if series.walk is None else {WALK: series.walk.rows}),
            **kept_arrays(members),
            **returned.arrays(),
        }
        attributes: dict[str, int | float | str | bytes] = {
            "identity": experiment.identity(),
            "asked": experiment.asked,
            "sources": json.dumps(dict(experiment.source_parts)),
            "experiment": experiment.to_yaml(),
            "seconds": seconds,
            "observables": " ".join(series.reduced),
            **array_attributes(members),
            **returned.attributes(),
        }
        step, keep, place = self._lending.step, experiment.checkpoint.keep, self._directory
        place.stay()
        self._pending = step
        self._lending.writer.post(WriteCheckpoint(place.checkpoints, step, arrays, attributes, keep, place.path))

    def hear(self, *, wait: bool) -> None:
        """Take the writer's answer about the last checkpoint, if it is there."""
        reply = self._lending.writer.reply(None if wait else 0.0)
        if isinstance(reply, Failed):
            self._say(f"checkpoint of step {self._pending} not written: {reply.message}; trying again at the next one")
        elif reply is not None:
            assert self._pending is not None
            self.kept = self._pending
            self._directory.note(events.CheckpointWritten(self.kept, reply.bytes, reply.seconds))
