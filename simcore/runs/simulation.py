"""The state of one experiment in shared memory, and the team that advances it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import TracebackType

import numpy as np

from simcore.compiler.adaptive_step import END, KEPT_WORDS, STOPS
from simcore.compiler.build import build
from simcore.compiler.code import ABORTED, ENDLESS, NOT_FINITE, SNAPSHOT, STEP_TOO_SMALL
from simcore.compiler.ladder import begin_count
from simcore.compiler.program import Program
from simcore.compiler.worker import Job, Numbers, SliceRequest, SliceResult, Work
from simcore.errors import AuditError, CheckpointError, ExperimentError, NotFiniteError, WorkerError
from simcore.models.needed_modules import modules_of
from simcore.parallel.memory import shortage
from simcore.parallel.shared import PrivateArray, SharedArray
from simcore.parallel.shares import most_workers, shares
from simcore.parallel.solo import Solo
from simcore.parallel.team import Team
from simcore.runs.experiment import Experiment
from simcore.runs.initial_values import start_values
from simcore.runs.ladder_memory import ladder_of
from simcore.runs.model_errors import asking_model
from simcore.runs.trial_result import rehearse
from simcore.spec.description import Description, Initial
from simcore.storage.checkpoint import Checkpoint

SAMPLES_PER_SLICE = 4096
MOST_SAMPLES = 2**18  # of all replicas together
COPIED = 2**26  # bytes of a state that is copied for the trial of a new model
AUDITED, AUDITED_IN_SHORT = 1000, 64  # places that are looked at, in a run and in one that is over in a moment
AUDITED_REPLICAS = 4
UNASKED = 2**24  # bytes of arrays: for less, which is little beside that of the processes, nobody asks
LONG = 5_000_000  # updates of cells: a few hundredths of a second
STEPPER, TUNED = "stepper", "tuned"
LADDER, LADDER_ENERGIES, LADDER_CHANCES, LADDER_VALUES = (
    "ladder",
    "ladder_energies",
    "ladder_chances",
    "ladder_values",
)
LISTENING = 0.2  # seconds between two looks at whether to stop, while others work
PATIENCE = 1.0  # seconds that a step of Python, or the last file, may still take when a signal has come
PATIENCE_COMPILED = 10.0  # and a compiled slice, which is short unless a loop in it has no end


@dataclass(frozen=True)
class Slice:
    """What came of a slice. steps: int64, those that were measured; samples: float64, one row for each of them, and
    of several replicas with these as the first axis.

    made: steps made. seconds: of compiled code. set_up: seconds that linear solvers needed before the first step; held:
    bytes that they take. walk: of a ladder, int16, the walker at each place after each exchange, one row for each.
    """

    made: int
    steps: np.ndarray
    samples: np.ndarray
    seconds: float
    set_up: float = 0.0
    held: int = 0
    walk: np.ndarray | None = None


class SliceInterruptedError(Exception):
    """A slice was given up because a signal came and it took long."""


def program_of(experiment: Experiment, *, remember: bool = False, ladder: bool = False) -> Program:
    """What is compiled for an experiment. Raises ExperimentError if its model breaks the contract.

    So it does for what its result could not hold.

    remember: what this process has written for experiments of the same structure. ladder: of a place of a ladder.
    """
    with asking_model(experiment.document):
        program = build(
            experiment.description,
            experiment.dt,
            experiment.observables,
            remember=remember,
            ladder=ladder or experiment.on_ladder,
        )
        rehearse(experiment)
        return program


def _of_each(experiment: Experiment, program: Program) -> list[Program]:
    """The program of each system. Raises ExperimentError if those of a ladder differ in more than numbers."""
    if experiment.tempering is None:
        return [program] * experiment.systems
    found = [program_of(member, remember=True, ladder=True) for member in experiment.members]
    for one, values in zip(found, experiment.tempering.steps, strict=True):
        if one.code.name != program.code.name:
            where = ", ".join(f"{value:g}" for value in values.values())
            reason = f"the program at {where} is not that of the other values; leave it out"
            path = experiment.tempering.key_of_values(next(iter(values)))
            raise ExperimentError([experiment.document.problem(("tempering", *path), reason)])
    return found


class Simulation:
    """A model at some step, or several replicas of it, ready to be advanced slice by slice.

    The arrays of several replicas have these as their first axis: all make the same steps. Between two slices the
    workers are idle: then, and only then, `state` may be read. alone: this process is the only worker, and no other is
    started. tuning: the last step in which tuned numbers change. program: that of the experiment, if it is known.
    """

    def __init__(
        self, experiment: Experiment, workers: int, *, alone: bool = False, program: Program | None = None
    ) -> None:
        self._document, self._description = experiment.document, experiment.description
        self._new = bool(experiment.source)  # a model of simcore's own has its tests
        self.alone = alone
        self.program = program or program_of(experiment, remember=alone or not experiment.source)
        self.every = experiment.run.measure_every
        self.step = 0
        self._names = experiment.system_axis
        self.replicas, self._keys = experiment.systems, experiment.keys
        self._programs = _of_each(experiment, self.program)
        self._experiment = experiment
        self._unsent: Numbers | None = None
        self._describe(experiment)
        self.ladder_values = np.array(experiment.ladder_values)  # (places, parameters)
        self.workers = 1 if alone else min(workers, most_workers(self.replicas, self.program.layout.rows))
        self._dt = experiment.dt
        self._updates = self.program.layout.cells * experiment.total_steps  # of one replica
        self.tuning = experiment.longest_thermalization
        self._made = 0  # steps since the start of the team: says where the newest copy of an array lies
        layout, observables = self.program.layout, len(self.program.observables)
        self._check_memory()
        make = self.make_array = PrivateArray if alone else SharedArray
        timed = self.program.adaptive is not None
        several = (self.replicas,) if self.replicas > 1 else ()
        copies = self.program.code.copies
        self._arrays = {name: make((*several, *self.program.padded(name)), self.program.dtype(name)) for name in copies}
        self.samples_per_slice = max(1, min(SAMPLES_PER_SLICE, MOST_SAMPLES // self.replicas))
        self._stops = self.program.adaptive.stops if self.program.adaptive is not None else ()
        self._longest = experiment.longest_step
        clock = make((*several, STOPS + len(self._stops)), np.float64)
        partial = make((*several, layout.rows, observables), np.float64)
        tuned = make((*several, max(1, len(self.program.tuned))), np.float64)
        sums = make((*several, layout.rows, max(1, self.program.sums)), np.float64)
        series = make((*several, self.samples_per_slice, observables + timed), np.float64)
        self._work = Work(clock, tuned, partial, sums, series)
        self._shared = [*self._arrays.values(), clock, tuned, partial, sums, series]
        self._ladder = ladder_of(experiment, self._programs, self.samples_per_slice, self.workers, self._of_ladder)
        self._team: Team | Solo | None = None
        self._slowest = 0.0  # seconds of the longest slice
        self.interrupted = False  # in the middle of a slice, so that the state is that of no step
        self.pass_steps = 1  # the most steps in one pass over the memory, known when the team is hired

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

    def _describe(self, experiment: Experiment) -> None:
        self._descriptions = [member.description for member in experiment.members]
        self._models = [description.model for description in self._descriptions]

    @property
    def exchange_chances(self) -> np.ndarray:
        """Of each pair of neighbours the sum of the probabilities to exchange, and how many these are."""
        assert self._ladder is not None
        return self._ladder.chances.array

    def adapt(self, values: np.ndarray) -> None:
        """Give the places of the ladder other values, float64 (places, parameters), and begin to count exchanges."""
        assert self._ladder is not None
        begin_count(self._ladder.kept.array)
        self._ladder.chances.array[:] = 0.0
        self._ladder.energies.array[:] = math.nan
        self.ladder_values[:] = values
        self._follow_ladder()

    def _follow_ladder(self) -> None:
        """Take the numbers that belong to the values of the ladder, if these have changed."""
        if self._ladder is None or np.array_equal(self.ladder_values, self._experiment.ladder_values):
            return
        self._experiment = self._experiment.adapted(self.ladder_values)
        self._programs = _of_each(self._experiment, self.program)
        self._describe(self._experiment)
        self._ladder.temperatures.array[:] = self._experiment.temperatures
        self._unsent = self._numbers_of_all()

    def _numbers_of_all(self) -> Numbers:
        return [(program.code.values, program.code.tables) for program in self._programs]

    def _of_ladder(self, shape: tuple[int, ...], dtype: type) -> SharedArray | PrivateArray:
        array = self.make_array(shape, dtype)
        self._shared.append(array)
        return array

    def _check_memory(self) -> None:
        """Refuse a state that there is no memory for. Raises ExperimentError.

        Counted are all copies of its arrays, the one that is lent to the writer, and the initial values of the largest
        while they are put in their place.
        """
        program = self.program
        copies = [
            math.prod(program.padded(name)) * np.dtype(program.dtype(name)).itemsize for name in program.code.copies
        ]
        inner = [math.prod(program.layout.shape) * np.dtype(program.dtype(name)).itemsize for name in program.kept]
        needed = self.replicas * (sum(copies) + sum(inner)) + max(inner, default=0)
        if needed <= UNASKED:
            return
        if words := shortage(needed, self.replicas * max(copies), shared=not self.alone):
            shape = " x ".join(map(str, program.layout.shape))
            several = f" in {self.replicas} replicas" if self.replicas > 1 else ""
            raise ExperimentError([self._document.problem(("model",), f"{shape} cells{several}: {words}")])

    def hire(self, checkpoint: Checkpoint | None, total: int) -> None:
        """Let the workers begin to compile, if there are steps to make, and do not wait: `begin` does."""
        if self._team is None and (checkpoint is None or checkpoint.step < total or self.program.expressed):
            self._team = self._hired()

    def release(self) -> None:
        """Let the workers leave, and do not wait: no step will be made any more."""
        if self._team is not None:
            self._team.release()

    def begin(
        self, checkpoint: Checkpoint | None, total: int, told_to_stop: Callable[[], bool] = lambda: False
    ) -> None:
        """Take the initial values, or those of a checkpoint, while the workers compile, if there are steps to make.

        Returns when every worker is ready, or when `told_to_stop()`: then no step may be made any more.
        Raises ExperimentError, WorkerError, CheckpointError.
        """
        self.hire(checkpoint, total)
        with asking_model(self._document):
            self._initialise()
        if checkpoint is not None:
            self._restore(checkpoint)
        if self._team is not None:
            self.audit()
            with asking_model(self._document):
                while not self._team.prepared(LISTENING):
                    if told_to_stop():
                        return
                if self._new and self.step < total:
                    self._try(checkpoint)

    def _try(self, checkpoint: Checkpoint | None) -> None:
        """Make the first step of kernels that have not passed the trial, compare, and take it back.

        Raises InvalidValueError.
        """
        from simcore.runs import first_step_check  # for models of one's own only

        if first_step_check.has_passed(self.program):
            return
        names = [array.name for array in self.program.arrays if not array.work]
        first = first_step_check.FirstStep(
            self._description,
            self.program,
            self._dt,
            self.of_replica(0, self.arrays(names)),
            self._keys[0],
            self.step + 1,
        )
        before, state = self.step, self.state()
        small = sum(array.nbytes for array in state.values()) <= COPIED
        kept = {name: array.copy() for name, array in state.items()} if small else {}
        self.post(1, exchanging=False)
        try:
            self.collect()
            first.compare(self.of_replica(0, self.arrays(names)))
            first_step_check.passed(self.program)
        except NotFiniteError:
            pass  # the run says so itself
        finally:
            self.step = before
            self._take_back(kept, checkpoint)

    def _take_back(self, state: Mapping[str, np.ndarray], checkpoint: Checkpoint | None) -> None:
        """The state before a step: from a copy, or if it was too large for one, as it was begun."""
        if state:
            self.take_state(self.step, state)
            return
        self._initialise()
        if checkpoint is not None:
            self._restore(checkpoint)

    def _hired(self) -> Team | Solo:
        owned = shares(self.replicas, self.program.layout.rows, self.workers)
        modules = modules_of(type(self._description.model)) if self.program.code.hosts else ()
        numbers = self._numbers_of_all()
        arrays, groups = list(self._arrays.values()), self.workers + (self._ladder is not None)
        job = Job(self.program.code, numbers, self._keys, arrays, self._work, owned, modules, self._ladder)
        self.pass_steps = job.deepest
        return Solo(job).start() if self.alone else Team(job, self.workers, groups=groups).start()

    def audit(self) -> None:
        """Let the model compare what its functions work out with what it says, in the present state.

        Raises AuditError. Few places are looked at in a run that is over in a moment; of many replicas, a few.
        """
        state = {array.name: self._view(array.name) for array in self.program.arrays if not array.work}
        moves = AUDITED if self._updates >= LONG else AUDITED_IN_SHORT
        for replica in sorted({self.replicas * n // AUDITED_REPLICAS for n in range(AUDITED_REPLICAS)}):
            with asking_model(self._document):
                own = self.of_replica(replica, state)
                model, key = self._models[replica], self._keys[replica]
                given = {**self._programs[replica].given, **model.given_at(self.step)}
                fault = model.audit(own, given, moves, key)
            if fault:
                raise AuditError(f"step {self.step}{self.named(replica)}: {fault}")

    def named(self, replica: int) -> str:
        """Words that tell which of several replicas is meant; nothing if there is one."""
        name, coordinates = self._names
        return f", {name} {coordinates[name].data[replica]}" if self.replicas > 1 else ""

    def of_replica(self, replica: int, arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """The part of one replica, counted from 0, in arrays that `state` or `arrays` has given."""
        return {name: array[replica] if self.replicas > 1 else array for name, array in arrays.items()}

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
        if self._ladder is not None:
            views[LADDER], views[LADDER_ENERGIES] = self._ladder.kept.array, self._ladder.energies.array[:, 0]
            views[LADDER_CHANCES], views[LADDER_VALUES] = self._ladder.chances.array, self.ladder_values
        return views

    @property
    def ladder(self) -> np.ndarray | None:
        """What a ladder keeps of its exchanges, int64 (places, columns of `tempering`); None if there is none."""
        return None if self._ladder is None else self._ladder.kept.array

    def rearrange(self, parents: np.ndarray) -> None:
        """Let each replica take the state of another one. parents: the number of that, for each."""
        for name in self.program.kept:
            view = self._view(name)
            view[...] = view[parents]

    def arrays(self, names: Iterable[str]) -> dict[str, np.ndarray]:
        """Views of any arrays as they are now, without ghost cells."""
        return {name: self._view(name) for name in names}

    def post(
        self,
        steps: int,
        watched: tuple[str, float] | None = None,
        until: float | None = None,
        *,
        exchanging: bool = True,
    ) -> None:
        """Begin a slice; the workers advance while the caller goes on.

        watched: an observable and a value: the slice ends at the first sample in which it is at most that.
        until: where steps are adaptive, the slice ends with the first step at or past this time.
        exchanging: whether the places of a ladder exchange their states.
        """
        assert self._team is not None
        self._work.clock.array[..., END] = math.inf if until is None else until
        column, value = (-1, 0.0) if watched is None else (self.program.observables.index(watched[0]), watched[1])
        numbers, self._unsent = self._unsent, None
        self._team.post(
            SliceRequest(
                self.step, steps, self.every, column, value, self.tuning, exchanging=exchanging, numbers=numbers
            )
        )

    def collect(self, told_to_stop: Callable[[], bool] = lambda: False) -> Slice:
        """Wait for the end of the slice.

        Raises WorkerError when a worker died, at once; NotFiniteError if a value of the state is no number any more;
        SliceInterruptedError if the slice holds Python and still goes on a second after `told_to_stop()`, or without
        Python ten seconds and five times as long as any before: then the state is that of no step, and the workers are
        gone.
        """
        assert self._team is not None
        replies = self._replies(told_to_stop)
        statuses = {reply.status for reply in replies}
        if ABORTED in statuses:
            raise WorkerError("a worker left its slice although none had failed")
        before, made = self.step, replies[0].steps
        self.step, self._made = before + made, self._made + made
        if NOT_FINITE in statuses:
            raise NotFiniteError(self.step, f"a value is not finite after step {self.step}")
        if ENDLESS in statuses:
            raise WorkerError(f"a RowPhase still asks to go on in step {self.step}, after the most rounds that it says")
        if STEP_TOO_SMALL in statuses:
            raise NotFiniteError(self.step, f"no step is small enough for the tolerance after step {self.step}")
        steps = np.arange(before // self.every + 1, self.step // self.every + 1, dtype=np.int64) * self.every
        samples = self._work.series.array[..., : len(steps), :].copy()
        seconds, set_up = (max(times) for times in zip(*((r.seconds, r.set_up) for r in replies), strict=True))
        walk = None
        if self._ladder is not None:
            walk = self._ladder.walk.array[: self._ladder.made(before, self.step)].copy()
        return Slice(made, steps, samples, seconds, set_up, sum(reply.held for reply in replies), walk)

    def _replies(self, told_to_stop: Callable[[], bool]) -> list[SliceResult]:
        assert self._team is not None
        patience = PATIENCE if self.program.code.hosts else max(PATIENCE_COMPILED, 5 * self._slowest)
        while (replies := self._team.collect(LISTENING)) is None:
            patience -= LISTENING * told_to_stop()
            if patience <= 0:
                self.interrupted = True
                self._team.kill()
                raise SliceInterruptedError
        self._slowest = max(self._slowest, *(reply.seconds for reply in replies))
        return replies

    def finite_in_moment(
        self, state: Mapping[str, np.ndarray], step: int, place: tuple[str, tuple[int, ...]], replica: int = 0
    ) -> bool | None:
        """Whether an array at a cell is finite after the step `step` from `state`, were that step as good as nothing.

        state: that of one replica.

        None if that cannot be told: by a model without time, by adaptive steps, by a step that is not phases alone.
        """
        from simcore.runs import first_step_check  # after a fault only

        if self._dt is None or self.program.adaptive is not None:
            return None
        unchanged = self.of_replica(replica, self.arrays(a.name for a in self.program.arrays if not a.work))
        key = self._keys[replica]
        return first_step_check.finite_in_moment(
            self._description, self.program, self._dt, {**unchanged, **state}, key, step, place
        )

    def express(self) -> None:
        """Work out the arrays that are made for snapshots alone, from the state as it is. Raises WorkerError."""
        if self.program.expressed:
            assert self._team is not None
            self._team.post(SliceRequest(self.step, 0, self.every, express=SNAPSHOT))
            replies = self._team.collect()
            if replies is None or any(reply.status == ABORTED for reply in replies):
                raise WorkerError("a worker left a snapshot although none had failed")

    def express_at(self, time: float, arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """What `express` makes of a state that was between two adaptive steps: `arrays` at `time`, by name."""
        if not self.program.expressed:
            return {}
        clock = self._work.clock.array
        views = self.arrays(arrays)
        before, now = {name: view.copy() for name, view in views.items()}, float(clock[0])
        try:
            for name, view in views.items():
                view[...] = arrays[name]
            clock[0] = time
            self.express()
            return {name: view.copy() for name, view in self.arrays(self.program.expressed).items()}
        finally:
            clock[0] = now
            for name, view in views.items():
                view[...] = before[name]

    def take_state(self, step: int, arrays: Mapping[str, np.ndarray]) -> None:
        """Go back, or on, to a state that `state` has shown at `step`."""
        for name, view in self.state().items():
            view[...] = arrays[name]
        self.step = step
        self._follow_ladder()

    def _view(self, name: str) -> np.ndarray:
        """An array without its ghost cells, in whichever copy is the newest."""
        for array, second, swaps in self.program.code.swaps:
            if name in (array, second) and swaps * self._made % 2:
                name = second if name == array else array
                break
        return self.program.layout.interior(self._arrays[name].array)

    def _initialise(self) -> None:
        arrays = {array.name: self._view(array.name) for array in self.program.arrays if not array.work}
        initial: Mapping[str, Initial] = {}
        asked: Description | None = None  # replicas have one description, and are asked once
        for replica, (description, key) in enumerate(zip(self._descriptions, self._keys, strict=True)):
            if description is not asked:
                initial, asked = description.initial_values(), description
            own = self.of_replica(replica, arrays)
            for name, values in start_values(description, initial, self.program.layout.shape, key):
                own[name][...] = values
        if self._ladder is not None:
            self._ladder.begin()
            self._ladder.temperatures.array[:] = self._experiment.temperatures
        self._work.tuned.array[..., : len(self.program.tuned)] = [one.initial for one in self.program.tuned]
        if self._dt is not None:
            self._work.clock.array[..., :STOPS] = (0.0, self._dt, 1.0, self._dt, math.inf, self._longest)
            self._work.clock.array[..., STOPS:] = self._stops

    def _restore(self, checkpoint: Checkpoint) -> None:
        prefix = "state/"
        kept = {name.removeprefix(prefix): a for name, a in checkpoint.arrays.items() if name.startswith(prefix)}
        for name, view in self.state().items():
            if name not in kept or kept[name].dtype != view.dtype or kept[name].shape != view.shape:
                raise CheckpointError(f"the checkpoint of step {checkpoint.step} does not hold the array '{name}'")
        self.take_state(checkpoint.step, kept)
