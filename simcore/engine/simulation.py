"""The state of one experiment in shared memory, and the team that advances it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import TracebackType

import numpy as np

from simcore.engine.experiment import Experiment
from simcore.engine.fault import asking_model
from simcore.errors import AuditError, CheckpointError, NotFiniteError, Refusal, WorkerError
from simcore.parallel.partition import cut
from simcore.parallel.shared import PrivateArray, SharedArray
from simcore.parallel.solo import Solo
from simcore.parallel.team import Team
from simcore.program.adaptivity import END, KEPT_WORDS, STOPS
from simcore.program.build import Program, build
from simcore.program.code import ABORTED, NOT_FINITE, STEP_TOO_SMALL
from simcore.program.job import Advance, Job, Work
from simcore.random import Stream
from simcore.storage.checkpoint import Checkpoint

SAMPLES_PER_SLICE = 4096
AUDITED, AUDITED_IN_SHORT = 1000, 64  # places that are looked at, in a run and in one that is over in a moment
LONG = 5_000_000  # updates of cells: a few hundredths of a second
STEPPER, TUNED = "stepper", "tuned"


@dataclass(frozen=True)
class Slice:
    """What came of a slice. steps: int64, those that were measured; samples: float64, one row for each of them.

    made: steps made. seconds: of compiled code.
    """

    made: int
    steps: np.ndarray
    samples: np.ndarray
    seconds: float


def program_of(experiment: Experiment, *, remember: bool = False) -> Program:
    """What is compiled for an experiment. Raises ExperimentError where its model breaks the contract.

    remember: what this process has written for experiments of the same structure.
    """
    with asking_model(experiment.document):
        return build(experiment.model, experiment.dt, experiment.observables, remember=remember)


class Simulation:
    """A model at some step, ready to be advanced slice by slice.

    Between two slices the workers are idle: then, and only then, `state` may be read. alone: this process is the only
    worker, and no other is started. tuning: the last step in which tuned numbers change.
    """

    def __init__(self, experiment: Experiment, workers: int, *, alone: bool = False) -> None:
        self._document = experiment.document
        self.alone = alone
        self.program = program_of(experiment, remember=alone)
        self.every = experiment.run.measure_every
        self.step = 0
        self.workers = 1 if alone else min(workers, self.program.layout.rows)
        self._key, self._dt = experiment.key, experiment.dt
        self._model = experiment.model
        self._updates = self.program.layout.cells * experiment.total_steps
        self.tuning = experiment.longest_thermalization
        self._made = 0  # steps since the start of the team: says where the newest copy of an array lies
        layout, observables = self.program.layout, len(self.program.observables)
        make = self.make_array = PrivateArray if alone else SharedArray
        timed = self.program.adaptive is not None
        self._arrays = {name: make(layout.padded, self.program.dtype(name)) for name in self.program.code.copies}
        self._stops = self.program.adaptive.stops if self.program.adaptive is not None else ()
        self._longest = experiment.longest_step
        clock, partial = make(STOPS + len(self._stops), np.float64), make((layout.rows, observables), np.float64)
        tuned = make(max(1, len(self.program.tuned)), np.float64)
        sums = make((layout.rows, max(1, self.program.sums)), np.float64)
        series = make((SAMPLES_PER_SLICE, observables + timed), np.float64)
        self._work = Work(clock, tuned, partial, sums, series)
        self._shared = [*self._arrays.values(), clock, tuned, partial, sums, series]
        self._team: Team | Solo | None = None

    def __enter__(self) -> Simulation:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._team is not None:
            self._team.close()
        for shared in self._shared:
            shared.close()

    @property
    def memory(self) -> int:
        """Bytes of shared memory, the copy of the state that is lent to the writer included."""
        return sum(shared.nbytes for shared in self._shared) + sum(array.nbytes for array in self.state().values())

    def begin(self, checkpoint: Checkpoint | None, total: int) -> None:
        """Take the initial values, or those of a checkpoint, while the workers compile, if there are steps to make.

        Returns when every worker is ready. Raises ExperimentError, WorkerError, CheckpointError.
        """
        if checkpoint is None or checkpoint.step < total:
            self._team = self._hired()
        with asking_model(self._document):
            self._initialise()
        if checkpoint is not None:
            self._restore(checkpoint)
        if self._team is not None:
            self.audit()
            with asking_model(self._document):
                self._team.ready  # noqa: B018 (waits)

    def _hired(self) -> Team | Solo:
        layout = self.program.layout
        arrays, cuts = list(self._arrays.values()), cut(layout.rows, self.workers)
        job = Job(self.program.code, self._key, arrays, self._work, cuts)
        return Solo(job).start() if self.alone else Team(job, self.workers).start()

    def audit(self) -> None:
        """Let the model compare what its functions work out with what it says, in the present state.

        Raises AuditError. Few places are looked at in a run that is over in a moment.
        """
        state = {array.name: self._view(array.name) for array in self.program.arrays if not array.work}
        moves = AUDITED if self._updates >= LONG else AUDITED_IN_SHORT
        with asking_model(self._document):
            fault = self._model.audit(state, self.program.given, moves, self._key)
        if fault:
            raise AuditError(f"step {self.step}: {fault}")

    @property
    def time(self) -> float | None:
        """The time reached; None for Monte Carlo."""
        if self.program.adaptive is not None:
            return float(self._work.clock.array[0])
        return None if self._dt is None else self.step * self._dt

    def interpolated(self, time: float) -> dict[str, np.ndarray]:
        """The adaptive arrays at a time within the last step: cubic Hermite interpolation, and what its scheme adds.

        E. Hairer, S. P. Norsett, G. Wanner, Solving Ordinary Differential Equations I, 2nd ed., section II.6.
        """
        adaptive, (now, _, _, length) = self.program.adaptive, self._work.clock.array[:KEPT_WORDS]
        assert adaptive is not None
        s = (time - (now - length)) / length
        found = {}
        for name, proposed, (first, last) in zip(adaptive.arrays, adaptive.proposed, adaptive.slopes, strict=True):
            after, before = self._view(name), self._view(proposed)
            bend = (2 * s - 1) * (after - before) + length * ((1 - s) * self._view(first) - s * self._view(last))
            found[name] = (1 - s) * before + s * after + s * (1 - s) * bend
        for name, bends in zip(adaptive.arrays, adaptive.bends, strict=False):
            found[name] += (s * (1 - s)) ** 2 * length * sum(weight * self._view(array) for array, weight in bends)
        return found

    def state(self) -> dict[str, np.ndarray]:
        """Views of the arrays of the state as they are now, without ghost cells.

        And `stepper` where steps are adaptive, `tuned` where numbers are.
        """
        views = {name: self._view(name) for name in self.program.kept}
        if self.program.adaptive is not None:
            views[STEPPER] = self._work.clock.array[:KEPT_WORDS]
        if self.program.tuned:
            views[TUNED] = self._work.tuned.array
        return views

    def arrays(self, names: Iterable[str]) -> dict[str, np.ndarray]:
        """Views of any arrays as they are now, without ghost cells."""
        return {name: self._view(name) for name in names}

    def post(self, steps: int, watched: tuple[str, float] | None = None, until: float | None = None) -> None:
        """Begin a slice; the workers advance while the caller goes on.

        watched: an observable and a value: the slice ends at the first sample in which it is at most that.
        until: where steps are adaptive, the slice ends with the first step at or past this time.
        """
        assert self._team is not None
        self._work.clock.array[END] = math.inf if until is None else until
        column, value = (-1, 0.0) if watched is None else (self.program.observables.index(watched[0]), watched[1])
        self._team.post(Advance(self.step, steps, self.every, column, value, self.tuning))

    def collect(self) -> Slice:
        """Wait for the end of the slice.

        Raises WorkerError when a worker died, at once; NotFiniteError where a value of the state is no number any more.
        """
        assert self._team is not None
        replies = self._team.collect()
        assert replies is not None
        statuses = {reply.status for reply in replies}
        if ABORTED in statuses:
            raise WorkerError("a worker left its slice although none had failed")
        before, made = self.step, replies[0].steps
        self.step, self._made = before + made, self._made + made
        if NOT_FINITE in statuses:
            raise NotFiniteError(self.step, f"a value is not finite after step {self.step}")
        if STEP_TOO_SMALL in statuses:
            raise NotFiniteError(self.step, f"no step is small enough for the tolerance after step {self.step}")
        steps = np.arange(before // self.every + 1, self.step // self.every + 1, dtype=np.int64) * self.every
        samples = self._work.series.array[: len(steps)].copy()
        return Slice(made, steps, samples, max(reply.seconds for reply in replies))

    def take_state(self, step: int, arrays: Mapping[str, np.ndarray]) -> None:
        """Go back, or on, to a state that `state` has shown at `step`."""
        for name, view in self.state().items():
            view[...] = arrays[name]
        self.step = step

    def _view(self, name: str) -> np.ndarray:
        """An array without its ghost cells, in whichever copy is the newest."""
        for array, second, swaps in self.program.code.swaps:
            if name in (array, second) and swaps * self._made % 2:
                name = second if name == array else array
                break
        return self.program.layout.interior(self._arrays[name].array)

    def _initialise(self) -> None:
        """Each array draws from a stream of its own."""
        for number, array in enumerate(self.program.arrays):
            if array.work:
                continue
            values = array.initial
            if callable(values):
                values = values(Stream(self._key, draw=number << 8))
            shape = self.program.layout.shape
            if np.shape(values) not in (shape, ()):
                raise Refusal("model", f"the initial '{array.name}' has the shape {np.shape(values)}, not {shape}")
            self._view(array.name)[...] = values
        self._work.tuned.array[: len(self.program.tuned)] = [one.initial for one in self.program.tuned]
        if self._dt is not None:
            self._work.clock.array[:STOPS] = (0.0, self._dt, 1.0, self._dt, math.inf, self._longest)
            self._work.clock.array[STOPS:] = self._stops

    def _restore(self, checkpoint: Checkpoint) -> None:
        prefix = "state/"
        kept = {name.removeprefix(prefix): a for name, a in checkpoint.arrays.items() if name.startswith(prefix)}
        for name, view in self.state().items():
            if name not in kept or kept[name].dtype != view.dtype or kept[name].shape != view.shape:
                raise CheckpointError(f"the checkpoint of step {checkpoint.step} does not hold the array '{name}'")
        self.take_state(checkpoint.step, kept)
