"""The work of one worker: make the program ready, then make steps."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from types import ModuleType
from typing import Any, Protocol

import numpy as np

from simcore.compiler.bounds_check import fault, is_checked, is_guarded
from simcore.compiler.cache import load
from simcore.compiler.cache_directory import Place, choose
from simcore.compiler.code import ABORTED, DONE, ENDLESS, Code
from simcore.compiler.numba_errors import rejection
from simcore.compiler.recent import Recent
from simcore.compiler.temporal_blocking import steps_of_a_pass
from simcore.errors import UsageError, WorkerError
from simcore.random import PhaseStream, key_words

MOST_LOADED = 64
"""Compiled programs that a process keeps at once."""
# What this process has compiled: many runs that go through it one after the other differ in their numbers alone.
_LOADED: Recent[tuple[list[Any], Any]] = Recent(MOST_LOADED)
_loading = threading.RLock()  # numba's settings are those of the process, and one thread compiles for all


def _begin_anew() -> None:
    """In a forked child: no thread of its parent's will ever open the lock."""
    global _loading
    _loading = threading.RLock()


os.register_at_fork(after_in_child=_begin_anew)


@dataclass(frozen=True)
class SliceRequest:
    """One slice: `steps` steps after `step`, a sample wherever a step is a multiple of `every`.

    It ends early at a sample in which the observable of number `goal_column` is at most `goal`. Tuned numbers change in
    steps up to `tuning`. express: make no step; work out the arrays that snapshots need, from the state at `step`.
    """

    step: int
    steps: int
    every: int
    goal_column: int = -1
    goal: float = 0.0
    tuning: int = 0
    express: bool = False


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
    """What workers share beside the state.

    clock: the time, and what adaptive steps remember (`adaptivity.CLOCK_WORDS`). tuned: the tuned numbers. partial:
    (rows, observables). sums: (rows, reductions and tallies). series: (samples, observables, and the time of the sample
    where steps are adaptive).
    """

    clock: Shared
    tuned: Shared
    partial: Shared
    sums: Shared
    series: Shared


class Job:
    """Carries the code and its shared arrays to the workers; `prepare` runs there.

    arrays: in the order of `code.copies`. work: the arrays of `Work`. cuts: the range of rows of each worker.
    depth: the most steps in one pass, the same for all workers. place: where compiled programs are kept. modules: what
    makes the modules of a user's functions known in the process where it is unpickled.
    """

    def __init__(
        self,
        code: Code,
        key: int,
        arrays: Sequence[Shared],
        work: Work,
        cuts: Sequence[tuple[int, int]],
        modules: Sequence[object] = (),
    ) -> None:
        self.modules = tuple(modules)  # the first to be unpickled: the code may hold functions of them
        self.code, self.key, self.arrays, self.work, self.cuts = code, key, tuple(arrays), work, tuple(cuts)
        size = sum(shared.array.nbytes for shared in arrays)
        self.depth = steps_of_a_pass(code.layout, code.levels, size, self.cuts)

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

        if config.DISABLE_JIT and len(self.cuts) > 1:
            raise UsageError("NUMBA_DISABLE_JIT: plain Python has no barrier; give one worker")
        return SliceRunner(self, rank, control).run


class SliceRunner:
    """One worker's compiled program with its arrays in their places."""

    def __init__(self, job: Job, rank: int, control: Shared) -> None:
        self._job = job
        self._arrays = {name: shared.array for name, shared in zip(job.code.copies, job.arrays, strict=True)}
        self._before = (control.array, rank, len(job.cuts), *job.cuts[rank])
        self._key = key_words(job.key)
        self._parts: list[Any] = []
        self._meet: Any = None
        with _loading:
            self._load(job.code)
        began = time.perf_counter()
        self._held = self._set_up()
        self._seconds_of_set_up = time.perf_counter() - began

    def _set_up(self) -> int:
        """Let worker 0 make the solvers ready; the bytes that they take. One that several solves share counts once."""
        hosts = self._job.code.hosts if self._before[1] == 0 else ()
        shared = {id(getattr(host.set_up, "__self__", host)): host.set_up for host in hosts if host.set_up}
        return sum(set_up(self._job.code.dt or 0.0) for set_up in shared.values())

    def run(self, command: SliceRequest) -> SliceResult:
        """Make one slice."""
        began = time.perf_counter()
        in_parts = bool(self._job.code.hosts) and not command.express
        try:
            status, steps = self._parts_in_turn(command) if in_parts else self._call(0, command)
        except IndexError as error:
            if not (is_checked(self._job.code.text) or is_guarded(self._job.code.text)):
                raise
            raise fault(error, tested=is_checked(self._job.code.text)) from None
        except ValueError as error:
            if not is_guarded(self._job.code.text):
                raise
            raise WorkerError(f"steps {command.step + 1} to {command.step + command.steps}: {error}") from None
        if not in_parts:
            self._swap((name, second) for name, second, swaps in self._job.code.swaps if swaps * steps % 2)
        seconds = time.perf_counter() - began
        return SliceResult(int(status), int(steps), seconds, self._seconds_of_set_up, self._held)

    def _swap(self, pairs: Iterable[tuple[str, str]]) -> None:
        for name, second in pairs:
            self._arrays[name], self._arrays[second] = self._arrays[second], self._arrays[name]

    def _parts_in_turn(self, command: SliceRequest) -> tuple[int, int]:
        """Steps that Python has a share in: worker 0 makes the calls while the others wait."""
        hosts, swaps = self._job.code.hosts, self._job.code.part_swaps
        for made in range(command.steps):
            one = replace(command, step=command.step + made, steps=1)
            sample = one.step // command.every - command.step // command.every
            for number, pairs in enumerate(swaps):
                last = number == len(hosts)
                status, _ = self._call(number, one, sample)
                if status != ABORTED:
                    self._swap(pairs)
                if status != DONE:
                    return status, made + (last or status == ENDLESS)
                if not last and self._call_host(number, one.step + 1) != DONE:
                    return ABORTED, made
        return DONE, command.steps

    def _call_host(self, number: int, step: int) -> int:
        """Let worker 0 make the Python call of that number, between two barriers."""
        control, rank, workers = self._before[:3]
        if self._meet(control, workers, rank) != 0:
            return ABORTED
        if rank == 0:
            from simcore.compiler.host import call_host  # for steps that have one only

            job, code = self._job, self._job.code
            views = {name: code.layout.interior(array) for name, array in self._arrays.items()}
            random = PhaseStream(job.key, step, code.host_draws[number])
            call_host(code.hosts[number], views, step, code.dt, random)
        return ABORTED if self._meet(control, workers, rank) != 0 else DONE

    def _call(self, part: int, command: SliceRequest, sample: int = 0) -> tuple[int, int]:
        """One part of the command's steps; sample: where in the series its first sample goes."""
        job = self._job
        return self._parts[part](
            *self._before,
            command.step,
            command.steps,
            command.every,
            job.code.layout.cells,
            *self._key,
            job.depth,
            command.tuning,
            command.goal_column,
            command.goal,
            int(command.express),
            job.work.clock.array,
            job.work.tuned.array,
            job.code.values,
            tuple(self._arrays.values()),
            job.code.tables,
            job.work.partial.array,
            job.work.sums.array,
            job.work.series.array[sample:],
        )

    def _load(self, code: Code) -> None:
        def compile_module(module: ModuleType) -> None:
            parts = len(code.hosts) + 1
            names = ["advance"] if parts == 1 else [f"advance_{number}" for number in range(parts)]
            self._parts = [getattr(module, name) for name in names]
            try:
                for part in range(parts):
                    self._call(part, SliceRequest(0, 0, 1))
                if parts > 1:
                    self._meet = module.meet
                    self._meet(self._before[0], 1, 0)
            except (OSError, MemoryError):
                raise
            except Exception as error:  # numba has no base class for what it raises
                raise rejection(error) from error

        known = (code.name, *map(_kind, (code.values, tuple(self._arrays.values()), code.tables)))
        if (loaded := _LOADED.get(known)) is not None:
            self._parts, self._meet = loaded
            return
        if code.pickled:
            compile_module(_uncached(code))
            return
        try:
            load(code.name, code.text, compile_module, self._job.place.path)
        except OSError as error:
            if self._before[1] == 0:  # one remark for all
                print(f"compiled programs cannot be kept: {error}; compiled for this time only", file=sys.stderr)
            compile_module(_uncached(code))
        for name, *_ in _LOADED.keep(known, (self._parts, self._meet)):
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
