"""The work of one worker: make the program ready, then make steps."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from copy import copy
from dataclasses import dataclass, replace
from functools import cached_property
from types import ModuleType
from typing import Any, Protocol

import numpy as np

from simcore.compiler.bounds_check import fault, is_checked, is_guarded
from simcore.compiler.cache import load
from simcore.compiler.cache_directory import Place, choose
from simcore.compiler.code import ABORTED, DONE, ENDLESS, NOTHING, SAMPLE, Code
from simcore.compiler.ladder import Exchanges, Ladder, first_of_pairs, partners
from simcore.compiler.numba_errors import rejection
from simcore.compiler.recent import Recent
from simcore.compiler.stacked import Stacked, can_be_stacked
from simcore.compiler.temporal_blocking import steps_of_a_pass
from simcore.errors import UsageError, WorkerError
from simcore.parallel.partition import cut
from simcore.parallel.shared import WORDS
from simcore.parallel.shares import Share
from simcore.random import PhaseStream, key_words

MOST_LOADED = 64
"""Compiled programs that a process keeps at once."""
# What this process has compiled: many runs that go through it one after the other differ in their numbers alone.
_LOADED: Recent[tuple[list[Any], Any, Any]] = Recent(MOST_LOADED)
_loading = threading.RLock()  # numba's settings are those of the process, and one thread compiles for all


def _begin_anew() -> None:
    """In a forked child: no thread of its parent's will ever open the lock."""
    global _loading
    _loading = threading.RLock()


os.register_at_fork(after_in_child=_begin_anew)


Numbers = Sequence[tuple[tuple[Any, ...], tuple[np.ndarray, ...]]]
"""The values and tables of each system."""


@dataclass(frozen=True)
class SliceRequest:
    """One slice: `steps` steps after `step`, a sample wherever a step is a multiple of `every`.

    It ends early at a sample in which the observable of number `goal_column` is at most `goal`. Tuned numbers change in
    steps up to `tuning`. express: SNAPSHOT or SAMPLE to make no step, and work that out from the state at `step`.
    exchanging: whether the places of a ladder exchange their states. numbers: from now on the values and tables of each
    system.
    """

    step: int
    steps: int
    every: int
    goal_column: int = -1
    goal: float = 0.0
    tuning: int = 0
    express: int = NOTHING
    exchanging: bool = True
    numbers: Numbers | None = None


@dataclass(frozen=True)
class SliceResult:
    """What came of a slice: how it ended, the steps made, and the seconds of the compiled code alone.

    set_up: the seconds that this worker's solvers needed before the first step; held: the bytes that they take.
    """

    status: int
    steps: int
    seconds: float
    set_up: float = 0.0
    held: int = 0


class Shared(Protocol):
    """An array in shared memory, however it came here."""

    array: np.ndarray


@dataclass(frozen=True)
class Work:
    """What workers share beside the state; with several replicas, each array has these as its first axis.

    clock: the time, and what adaptive steps remember (`adaptivity.CLOCK_WORDS`). tuned: the tuned numbers. partial:
    (rows, observables). sums: (rows, reductions and tallies). series: (samples, observables, and the time of the sample
    if steps are adaptive).
    """

    clock: Shared
    tuned: Shared
    partial: Shared
    sums: Shared
    series: Shared


class Job:
    """Carries the code and its shared arrays to the workers; `prepare` runs there.

    numbers: the values and tables of each replica. keys: of the random numbers of each replica. arrays: in the order of
    `code.copies`, with the replicas as the first axis if there are several. work: the arrays of `Work`. shares: what
    each worker owns. place: where compiled programs are kept. modules: what makes the modules of a user's functions
    known in the process where it is unpickled. ladder: of systems that exchange their states.
    """

    def __init__(
        self,
        code: Code,
        numbers: Numbers,
        keys: Sequence[int],
        arrays: Sequence[Shared],
        work: Work,
        shares: Sequence[Sequence[Share]],
        modules: Sequence[object] = (),
        ladder: Ladder | None = None,
    ) -> None:
        self.modules = tuple(modules)  # the first to be unpickled: the code may hold functions of them
        self.code, self.keys, self.arrays, self.work = code, tuple(keys), tuple(arrays), work
        self.numbers: Numbers = tuple(numbers)
        self.shares = tuple(map(tuple, shares))
        self.ladder = ladder
        self._size = sum(shared.array.nbytes for shared in arrays) // len(self.keys)

    def depth(self, share: Share) -> int:
        """The most steps in one pass over a system, the same for all workers that share it."""
        cuts = cut(self.code.layout.rows, share.workers)
        return steps_of_a_pass(self.code.layout, self.code.levels, self._size, cuts)

    @property
    def deepest(self) -> int:
        """The most steps in one pass over any system."""
        return max(self.depth(share) for own in self.shares for share in own)

    @cached_property
    def place(self) -> Place:
        """Chosen when it is first needed, but by the supervisor for all."""
        return choose()

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "place": self.place}

    def prepare(self, rank: int, control: Shared) -> Callable[[SliceRequest], SliceResult]:
        """Compile, or load from the cache; returns what makes one slice.

        Raises InvalidValueError if numba does not compile a kernel, UsageError if it is not to compile at all and there
        are several workers.
        """
        from numba import config

        if config.DISABLE_JIT and len(self.shares) > 1:
            raise UsageError("NUMBA_DISABLE_JIT: plain Python has no barrier; give one worker")
        return SliceRunner(self, rank, control).run


class System:
    """One system as one worker sees it: its arrays in their places, and what `advance` is given for them."""

    def __init__(self, job: Job, share: Share, control: Shared) -> None:
        def own(shared: Shared) -> np.ndarray:
            return shared.array if len(job.keys) == 1 else shared.array[share.system]

        self.share, self.key = share, job.keys[share.system]
        self.values, self.tables = job.numbers[share.system]
        self.arrays = {name: own(shared) for name, shared in zip(job.code.copies, job.arrays, strict=True)}
        control_words = control.array[share.group * WORDS : (share.group + 1) * WORDS]
        self.meeting = (control_words, share.workers, share.rank)
        self.before = (control_words, share.rank, share.workers, *share.rows)
        self.known = (job.code.layout.cells, *key_words(self.key), job.depth(share))
        work = job.work
        self.clock, self.tuned = own(work.clock), own(work.tuned)
        self.partial, self.sums, self.series = own(work.partial), own(work.sums), own(work.series)

    def swap(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Let arrays change places."""
        for name, second in pairs:
            self.arrays[name], self.arrays[second] = self.arrays[second], self.arrays[name]


class SliceRunner:
    """One worker's compiled program and the systems, or parts of systems, that it owns."""

    def __init__(self, job: Job, rank: int, control: Shared) -> None:
        self._job, self._rank, self._numbers = job, rank, job.numbers
        self._systems = [System(job, share, control) for share in job.shares[rank]]
        self._parts: list[Any] = []
        self._meet: Any = None
        self._stretch: Any = None
        self._stacked = self._side_by_side(control)
        with _loading:
            self._load(job.code)
        began = time.perf_counter()
        self._held = self._set_up()
        self._seconds_of_set_up = time.perf_counter() - began
        self._exchanges = None if job.ladder is None else self._on_ladder(job.ladder, control)

    def _side_by_side(self, control: Shared) -> Stacked | None:
        job, work = self._job, self._job.work
        if job.ladder is None or not can_be_stacked(job.code, len(job.keys), job.numbers):
            return None
        shares, depths = job.shares[self._rank], [job.depth(share) for share in job.shares[self._rank]]
        arrays = [shared.array for shared in job.arrays]
        own = [shared.array for shared in (work.clock, work.tuned, work.partial, work.sums, work.series)]
        made = Stacked(job.code, shares, depths, job.keys, control.array, arrays, own)
        made.take(job.numbers)
        return made

    def _on_ladder(self, ladder: Ladder, control: Shared) -> Exchanges:
        workers = len(self._job.shares)
        words = control.array[-WORDS:]  # the last group: of all workers
        arrays = {name: shared.array for name, shared in zip(self._job.code.copies, self._job.arrays, strict=True)}
        return Exchanges(ladder, self._rank, arrays, lambda: self._meet(words, workers, self._rank) == 0)

    def _set_up(self) -> int:
        """Make the solvers ready if this worker calls them; the bytes that they take.

        One that several solves share counts once.
        """
        calls = any(system.share.rank == 0 for system in self._systems)
        hosts = self._job.code.hosts if calls else ()
        shared = {id(getattr(host.set_up, "__self__", host)): host.set_up for host in hosts if host.set_up}
        return sum(set_up(self._job.code.dt or 0.0) for set_up in shared.values())

    def run(self, command: SliceRequest) -> SliceResult:
        """Make one slice of each system, one after the other; on a ladder, from one exchange to the next."""
        began = time.perf_counter()
        if command.numbers is not None:
            self._take_numbers(command.numbers)
        exchanges = self._exchanges if command.exchanging and command.steps else None
        status, steps = self._each(command) if exchanges is None else self._exchanging(exchanges, command)
        seconds = time.perf_counter() - began
        return SliceResult(int(status), int(steps), seconds, self._seconds_of_set_up, self._held)

    def _take_numbers(self, numbers: Numbers) -> None:
        self._numbers = numbers
        for system in self._systems:
            system.values, system.tables = numbers[system.share.system]
        if self._stacked is not None:
            self._stacked.take(numbers)

    def _each(self, command: SliceRequest, sample: int = 0) -> tuple[int, int]:
        """sample: where in the series the first sample goes."""
        if self._stacked is not None and command.steps:
            return self._together(self._stacked, command, sample)
        status, steps = DONE, 0
        for system in self._systems:
            found, steps = self._advance(system, command, sample)
            status = found if status == DONE else status
            if found == ABORTED:
                return ABORTED, steps
        return status, steps

    def _exchanging(self, exchanges: Exchanges, command: SliceRequest) -> tuple[int, int]:
        """Steps of all systems in turn up to the next exchange, in which all workers meet; all end at one step."""
        ladder = self._job.ladder
        assert ladder is not None
        made, number = 0, 0
        while made < command.steps:
            step = command.step + made
            if ladder.due(step):
                if not (self._probe(ladder, exchanges, step) and exchanges.exchange(step, number)):
                    return ABORTED, made
                number += 1
            stretch = min(ladder.every - step % ladder.every, command.steps - made)
            sample = step // command.every - command.step // command.every
            status, steps = self._each(replace(command, step=step, steps=stretch, numbers=None), sample)
            if status == ABORTED:
                return ABORTED, made
            made += steps
            for name, second, swaps in self._job.code.swaps:
                if swaps * steps % 2:
                    exchanges.swap(name, second)
            if ladder.due(step + steps):
                newest = (step + steps) // command.every - command.step // command.every - 1
                for system in self._systems:
                    if system.share.rank == 0:
                        ladder.energies.array[system.share.system, 0] = system.series[newest, ladder.column]
            well = exchanges.all_well(status)
            if not well:
                return ABORTED if well is None else status, made
        return DONE, made

    def _probe(self, ladder: Ladder, exchanges: Exchanges, step: int) -> bool:
        """Measure each state with the numbers of its partner, if energies depend on them; false if told to stop."""
        if not ladder.probed:
            return True
        of_place = dict(partners(len(self._job.keys), first_of_pairs(step, ladder.every)))
        for system in self._systems:
            place = system.share.system
            if place not in of_place:
                continue
            values, tables = self._numbers[of_place[place]]
            fixed = {name: exchanges.array(name)[of_place[place]] for name in ladder.fixed}
            other = copy(system)
            other.values, other.tables, other.arrays = values, tables, {**system.arrays, **fixed}
            other.series = np.empty((1, system.series.shape[1]))
            status, _ = self._call(other, 0, SliceRequest(step, 0, 1, express=SAMPLE))
            if status != DONE:
                return False
            if system.share.rank == 0:
                ladder.energies.array[place, 1] = other.series[0, ladder.column]
        return exchanges.meet()

    def _together(self, stacked: Stacked, command: SliceRequest, sample: int) -> tuple[int, int]:
        given = stacked.arguments(command.step, command.steps, command.every, command.tuning, sample)
        status, steps = self._explained(command, lambda: self._stretch(*given))
        return status, steps

    def _advance(self, system: System, command: SliceRequest, sample: int = 0) -> tuple[int, int]:
        in_parts = bool(self._job.code.hosts) and not command.express
        make = self._parts_in_turn if in_parts else self._whole
        status, steps = self._explained(command, lambda: make(system, command, sample))
        if not in_parts:
            system.swap((name, second) for name, second, swaps in self._job.code.swaps if swaps * steps % 2)
        return status, steps

    def _explained(self, command: SliceRequest, make: Callable[[], tuple[int, int]]) -> tuple[int, int]:
        """What a call makes; an index out of bounds and a guarded fault as an error that names them."""
        try:
            return make()
        except IndexError as error:
            if not (is_checked(self._job.code.text) or is_guarded(self._job.code.text)):
                raise
            raise fault(error, tested=is_checked(self._job.code.text)) from None
        except ValueError as error:
            if not is_guarded(self._job.code.text):
                raise
            raise WorkerError(f"steps {command.step + 1} to {command.step + command.steps}: {error}") from None

    def _whole(self, system: System, command: SliceRequest, sample: int) -> tuple[int, int]:
        return self._call(system, 0, command, sample)

    def _parts_in_turn(self, system: System, command: SliceRequest, first: int) -> tuple[int, int]:
        """Steps that Python has a share in: one worker makes the calls while those it shares the system with wait."""
        hosts, swaps = self._job.code.hosts, self._job.code.part_swaps
        for made in range(command.steps):
            one = replace(command, step=command.step + made, steps=1)
            sample = first + one.step // command.every - command.step // command.every
            for number, pairs in enumerate(swaps):
                last = number == len(hosts)
                status, _ = self._call(system, number, one, sample)
                if status != ABORTED:
                    system.swap(pairs)
                if status != DONE:
                    return status, made + (last or status == ENDLESS)
                if not last and self._call_host(system, number, one.step + 1) != DONE:
                    return ABORTED, made
        return DONE, command.steps

    def _call_host(self, system: System, number: int, step: int) -> int:
        """Let one worker make the Python call of that number, between two barriers."""
        if self._meet(*system.meeting) != 0:
            return ABORTED
        if system.share.rank == 0:
            from simcore.compiler.host import call_host  # for steps that have one only

            code = self._job.code
            views = {name: code.layout.interior(array) for name, array in system.arrays.items()}
            random = PhaseStream(system.key, step, code.host_draws[number])
            call_host(code.hosts[number], views, step, code.dt, random)
        return ABORTED if self._meet(*system.meeting) != 0 else DONE

    def _call(self, system: System, part: int, command: SliceRequest, sample: int = 0) -> tuple[int, int]:
        """One part of the command's steps; sample: where in the series its first sample goes."""
        return self._parts[part](
            *system.before,
            command.step,
            command.steps,
            command.every,
            *system.known,
            command.tuning,
            command.goal_column,
            command.goal,
            command.express,
            system.clock,
            system.tuned,
            system.values,
            tuple(system.arrays.values()),
            system.tables,
            system.partial,
            system.sums,
            system.series[sample:],
        )

    def _load(self, code: Code) -> None:
        def compile_module(module: ModuleType) -> None:
            parts, first = len(code.hosts) + 1, self._systems[0]
            names = ["advance"] if parts == 1 else [f"advance_{number}" for number in range(parts)]
            self._parts = [getattr(module, name) for name in names]
            try:
                for part in range(parts):
                    self._call(first, part, SliceRequest(0, 0, 1))
                if parts > 1 or self._job.ladder is not None:
                    self._meet = module.meet
                    self._meet(first.before[0], 1, 0)
                if self._stacked is not None:
                    self._stretch = module.stretch
                    self._stretch(*self._stacked.arguments(0, 0, 1, 0, 0))
            except (OSError, MemoryError):
                raise
            except Exception as error:  # numba has no base class for what it raises
                raise rejection(error) from error

        known = (
            code.name,
            self._stacked is not None,
            *map(_kind, (code.values, tuple(self._systems[0].arrays.values()), code.tables)),
        )
        if (loaded := _LOADED.get(known)) is not None:
            self._parts, self._meet, self._stretch = loaded
            return
        if code.pickled:
            compile_module(_uncached(code))
            return
        try:
            load(code.name, code.text, compile_module, self._job.place.path)
        except OSError as error:
            if self._rank == 0:  # one remark for all
                print(f"compiled programs cannot be kept: {error}; compiled for this time only", file=sys.stderr)
            compile_module(_uncached(code))
        for name, *_ in _LOADED.keep(known, (self._parts, self._meet, self._stretch)):
            sys.modules.pop(f"simcore_program_{name}", None)


def _kind(values: Sequence[Any]) -> tuple[Any, ...]:
    """What numba tells apart: types of numbers; dtype, dimensions and layout of arrays."""
    return tuple((v.dtype.str, v.ndim) if isinstance(v, np.ndarray) else type(v) for v in values)


def _uncached(code: Code) -> ModuleType:
    """A module some of whose functions have no source: compiled anew in each process."""
    from simcore.compiler.functions import compile_pickled

    module = ModuleType(code.name)
    tested = is_checked(code.text)
    vars(module).update({name: compile_pickled(data, tested=tested) for name, data in code.pickled.items()})
    exec(compile(code.text.replace("cache=True, ", ""), code.name, "exec"), vars(module))
    return module
