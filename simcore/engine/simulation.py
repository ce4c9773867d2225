"""The state of one experiment in shared memory, and the team that advances it."""

from __future__ import annotations

from types import TracebackType

import numpy as np

from simcore.engine.experiment import Experiment
from simcore.errors import CheckpointError, Refusal, WorkerError
from simcore.models.contract import StateArray
from simcore.parallel.partition import cut
from simcore.parallel.shared import SharedArray
from simcore.parallel.team import Team
from simcore.program import Advance, Job, Program, build
from simcore.program.job import DONE
from simcore.random import Stream
from simcore.storage.checkpoint import Checkpoint

SAMPLES_PER_SLICE = 4096


class Simulation:
    """A model at some step, ready to be advanced slice by slice.

    Between two slices the workers are idle: then, and only then, `state` may be read.
    """

    def __init__(self, experiment: Experiment, workers: int, program: Program | None = None) -> None:
        self.program = program or build(experiment.model, experiment.dt)
        self.every = experiment.run.measure_every
        self.step = 0
        self.workers = min(workers, self.program.layout.rows)
        self._key = experiment.key
        self._made = 0  # steps since the start of the team: says where the newest copy of an array lies
        layout, observables = self.program.layout, len(self.program.observables)
        dtypes = {array.name: array.dtype for array in self.program.arrays}
        self._arrays = {
            name: SharedArray(layout.padded, dtypes[name.removeprefix("_new_")]) for name in self.program.copies
        }
        self._partial = SharedArray((layout.rows, observables), np.float64)
        self._samples = SharedArray((SAMPLES_PER_SLICE, observables), np.float64)
        self._team: Team | None = None

    def __enter__(self) -> Simulation:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._team is not None:
            self._team.close()
        for shared in (*self._arrays.values(), self._partial, self._samples):
            shared.close()

    @property
    def memory(self) -> int:
        """Bytes of shared memory, the copy of the state that is lent to the writer included."""
        shared = (*self._arrays.values(), self._partial, self._samples)
        return sum(a.nbytes for a in shared) + sum(array.nbytes for array in self.state().values())

    def begin(self, checkpoint: Checkpoint | None, total: int) -> None:
        """Take the initial values, or those of a checkpoint, while the workers compile, if there are steps to make.

        Returns when every worker is ready. Raises WorkerError, CheckpointError, Refusal.
        """
        if checkpoint is None or checkpoint.step < total:
            self._team = self._hired()
        if checkpoint is None:
            self._initialise()
        else:
            self._restore(checkpoint)
        if self._team is not None:
            self._team.ready  # noqa: B018 (waits)

    def _hired(self) -> Team:
        layout = self.program.layout
        arrays, cuts = list(self._arrays.values()), cut(layout.rows, self.workers)
        return Team(Job(self.program, self._key, arrays, self._partial, self._samples, cuts), self.workers).start()

    def state(self) -> dict[str, np.ndarray]:
        """Views of the arrays of the state as they are now, without ghost cells."""
        views = {}
        for array in self.program.arrays:
            swapped = self.program.swaps.get(array.name, 0) * self._made % 2
            name = f"_new_{array.name}" if swapped else array.name
            views[array.name] = self.program.layout.interior(self._arrays[name].array)
        return views

    def post(self, steps: int) -> None:
        """Begin a slice; the workers advance while the caller goes on."""
        assert self._team is not None
        self._team.post(Advance(self.step, steps, self.every))
        self._posted = steps

    def collect(self) -> tuple[np.ndarray, np.ndarray, float]:
        """Wait for the end of the slice: the steps that were measured, their samples (copied), and the seconds it took.

        Raises WorkerError when a worker died, at once.
        """
        assert self._team is not None
        replies = self._team.collect()
        assert replies is not None
        if any(status != DONE for status, _ in replies):
            raise WorkerError("a worker left its slice although none had failed")
        before, self.step = self.step, self.step + self._posted
        self._made += self._posted
        steps = np.arange(before // self.every + 1, self.step // self.every + 1, dtype=np.int64) * self.every
        return steps, self._samples.array[: len(steps)].copy(), max(seconds for _, seconds in replies)

    def _initialise(self) -> None:
        """Each array draws from a stream of its own."""
        for number, array in enumerate(self.program.arrays):
            values = array.initial
            if callable(values):
                values = values(Stream(self._key, draw=number << 8))
            self._set(array, np.asarray(values))

    def _restore(self, checkpoint: Checkpoint) -> None:
        for array in self.program.arrays:
            values = checkpoint.arrays.get(f"state/{array.name}")
            if values is None or values.dtype != np.dtype(array.dtype):
                raise CheckpointError(
                    f"the checkpoint of step {checkpoint.step} does not hold the array '{array.name}'"
                )
            self._set(array, values)
        self.step = checkpoint.step

    def _set(self, array: StateArray, values: np.ndarray) -> None:
        shape = self.program.layout.shape
        if values.shape not in (shape, ()):
            raise Refusal("model", f"the initial '{array.name}' has the shape {values.shape}, not {shape}")
        self.state()[array.name][...] = values
