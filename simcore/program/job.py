"""The work of one worker: make the program ready, then make steps."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Protocol

import numpy as np

from simcore.program.build import Program
from simcore.program.cache import load
from simcore.program.functions import compile_pickled
from simcore.program.rejection import rejection
from simcore.random import key_words

DONE, ABORTED = 0, 1


@dataclass(frozen=True)
class Advance:
    """One slice: `steps` steps after `step`, a sample wherever a step is a multiple of `every`."""

    step: int
    steps: int
    every: int


class Shared(Protocol):
    """An array in shared memory, however it came here."""

    array: np.ndarray


class Job:
    """Carries a program and its shared arrays to the workers; `prepare` runs there.

    arrays: in the order of `program.copies`. partial: (rows, observables). series: (samples, observables).
    cuts: the range of rows of each worker.
    """

    def __init__(
        self,
        program: Program,
        key: int,
        arrays: Sequence[Shared],
        partial: Shared,
        series: Shared,
        cuts: Sequence[tuple[int, int]],
    ) -> None:
        self.program, self.key, self.arrays = program, key, tuple(arrays)
        self.partial, self.series, self.cuts = partial, series, tuple(cuts)

    def prepare(self, rank: int, control: Shared) -> Callable[[Advance], tuple[int, float]]:
        """Compile, or load from the cache; returns what makes one slice and tells (status, seconds).

        Raises Refusal where numba does not compile a kernel.
        """
        return Slices(self, rank, control).run


class Slices:
    """One worker's compiled program with its arrays in their places."""

    def __init__(self, job: Job, rank: int, control: Shared) -> None:
        program = job.program
        self._job = job
        self._arrays = {name: shared.array for name, shared in zip(program.copies, job.arrays, strict=True)}
        self._before = (control.array, rank, len(job.cuts), *job.cuts[rank])
        self._key = key_words(job.key)
        self._advance: Any = None
        self._load(program)

    def run(self, command: Advance) -> tuple[int, float]:
        """One slice; the seconds are those of the compiled code alone."""
        began = time.perf_counter()
        status = self._call(command)
        if status == DONE:
            for name, swaps in self._job.program.swaps.items():
                if swaps * command.steps % 2:
                    second = f"_new_{name}"
                    self._arrays[name], self._arrays[second] = self._arrays[second], self._arrays[name]
        return int(status), time.perf_counter() - began

    def _call(self, command: Advance) -> int:
        job = self._job
        return self._advance(
            *self._before,
            command.step,
            command.steps,
            command.every,
            job.program.layout.cells,
            *self._key,
            job.program.values,
            tuple(self._arrays.values()),
            job.program.tables,
            job.partial.array,
            job.series.array,
        )

    def _load(self, program: Program) -> None:
        def compile_module(module: ModuleType) -> None:
            self._advance = module.advance
            try:
                self._call(Advance(0, 0, 1))
            except (OSError, MemoryError):
                raise
            except Exception as error:  # numba has no base class for what it raises
                raise rejection(error) from error

        if program.pickled:
            compile_module(_uncached(program))
        else:
            load(program.name, program.text, compile_module)


def _uncached(program: Program) -> ModuleType:
    """A module some of whose functions have no source: compiled anew in each process."""
    module = ModuleType(program.name)
    vars(module).update({name: compile_pickled(data) for name, data in program.pickled.items()})
    exec(compile(program.text.replace("cache=True, ", ""), program.name, "exec"), vars(module))
    return module
