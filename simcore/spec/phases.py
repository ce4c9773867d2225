"""What one step does: a list of phases, with a barrier between two."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

import numpy as np

from simcore.spec.arrays import Function


@dataclass(frozen=True)
class Sites:
    """Cells no two of which read each other: in line r the cells first[r], first[r] + stride[r], ... < stop[r].

    Each an int64 array with one entry for each line (an index of axis 0 in two dimensions, shape[0] * shape[1] of them
    in three, and so on; a run of 1,024 cells in one), counting along the last axis without ghost cells.
    """

    first: np.ndarray
    stop: np.ndarray
    stride: np.ndarray


@dataclass(frozen=True)
class CellPhase:
    """One kernel over all cells; a barrier stands between two phases.

    update: returns the new value of `writes` at its cell (a tuple for several arrays). An array that it does not read
    is simply written. One that it also reads is written into a second copy, so that every cell reads old values; with
    `own_cell` it reads what it writes at its own cell only, and no copy is needed.
    sites: a set of cells for an update in place; None for all cells.
    draws: how many uniform numbers the function takes from `random`.
    at: the time, in steps from the beginning of this one, at which the new values hold (for walls that move in time).
    tally: the function returns one whole number more, which is added up under this name over all cells that it is
    called on in a step, whichever phase calls it.
    reads: names of arguments that stand for the value of an array at an offset from the cell, (array, offset along each
    axis). With them the function is given no whole array; the values of many cells are gathered first, so that the
    compiler can work on several at once. For phases with `sites` or `own_cell`.
    """

    update: Function
    writes: str | tuple[str, ...]
    sites: Sites | None = None
    draws: int = 0
    own_cell: bool = False
    at: float = 1.0
    tally: str | None = None
    reads: Mapping[str, tuple[str, tuple[int, ...]]] = field(default_factory=dict)


Phase = CellPhase
"""The same under a shorter name."""


@dataclass(frozen=True)
class Reduction:
    """In the list of phases: a number over all cells, which the functions of later phases may take by its name.

    cell: constants, the index along each axis (without ghost cells) of the one cell at which it is taken instead."""

    name: str
    value: Function
    reduce: Literal["mean", "sum", "min", "max"] = "mean"
    cell: tuple[str, ...] = ()


@dataclass(frozen=True)
class Measurement:
    """What is worked out when something is measured, from the state at that time, and in no other step.

    samples: before observables, which may name its arrays and reductions. snapshots: before fields are kept. A phase
    writes work arrays that it does not read, in all cells, with `at=0` and without random numbers.
    """

    samples: Sequence[Phase | Reduction] = ()
    snapshots: Sequence[Phase | Reduction] = ()


@dataclass(frozen=True)
class SystemPhase:
    """In the list of phases: a compiled function of the whole state, which one worker calls while the others wait.

    For what goes through the state in an order of its own, such as a cluster that grows or events one after the other.
    update: its argument names say what it is given, as for a function of one cell, but for the indices of a cell: it
    has none. Arrays and constants have no ghost cells, and indices begin at 0 (an index may be negative as in NumPy).
    `random` is a stream for `simcore.random.next_uniform(random)`, `next_normal` and `next_integer`, whose numbers
    belong to this run, step and phase alone. An array that is only scratch is a `StateArray(..., work=True)`.
    writes: the names of the arrays that it changes, in place. It returns nothing.
    tally: it returns a whole number, which is added up under this name.
    at: the time, in steps from the beginning of this one, at which the new values hold (for walls that move in time).

        SystemPhase(flip_cluster, writes=("spin", "stack"), tally="flipped")
    """

    update: Function
    writes: str | tuple[str, ...]
    tally: str | None = None
    at: float = 1.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "writes", _names(self.writes))


@dataclass(frozen=True)
class RowPhase:
    """In the list of phases: compiled functions of whole arrays, each called by every worker for a range of rows.

    stages: one function, or several with a barrier between two. Their argument names say what they are given, as for a
    `SystemPhase`, and `first`, `last`: the range first <= i < last of axis 0 that a call is to work on. No bit may
    depend on how axis 0 is cut into ranges: in one stage no call reads what another one writes, and no two write the
    same place.
    writes: the names of the arrays that some stage changes, in place.
    repeat: the last stage returns whether to go on; all stages are repeated while any call has returned a true value.
    most: the run ends with an error if they are repeated more often.
    at: as of a `SystemPhase`.

        RowPhase((smallest_around, take_over), writes=("label", "next_label"), repeat=True)
    """

    stages: Function | tuple[Function, ...]
    writes: str | tuple[str, ...]
    repeat: bool = False
    most: int = 1_000_000
    at: float = 1.0

    def __post_init__(self) -> None:
        stages = self.stages
        object.__setattr__(self, "stages", tuple(stages) if isinstance(stages, (tuple, list)) else (stages,))
        object.__setattr__(self, "writes", _names(self.writes))


def _names(given: str | Sequence[str]) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)


@dataclass(frozen=True)
class Clock:
    """When a `HostPhase` is called. step: the step being made, from 1; in thermalisation, too.

    time, dt: the time at the beginning of the step, and its length; None for Monte Carlo, which has no time.
    """

    step: int
    time: float | None = None
    dt: float | None = None


@dataclass(frozen=True)
class HostPhase:
    """In the list of phases: plain Python, called by one worker while the others wait (an FFT, a sparse solve).

    call(arrays, clock, random): arrays are those in `reads` and `writes` by their names, views without ghost cells; it
    changes those that it `writes` in place, whose ghost cells are then filled, and may not change the others. clock: a
    `Clock`. random: a `simcore.random.PhaseStream`, whose numbers belong to this run, step and phase alone. It must be
    picklable, and a function of what it is given alone. A method of the model sees its parameters.
    reads, writes: names of arrays; a single one may be given as text.
    at: the time, in steps from the beginning of this one, at which the new values hold (for walls that move in time).
    set_up(dt): called once in that worker, before the first step; returns the bytes that it holds or takes in a call.

        HostPhase(self.diffuse, reads="u", writes="u")  # self.diffuse(arrays, clock, random) changes arrays["u"]
    """

    call: Callable[..., None]
    reads: str | tuple[str, ...] = ()
    writes: str | tuple[str, ...] = ()
    at: float = 1.0
    set_up: Callable[[float], int] | None = None
    takes: ClassVar[tuple[str, ...]] = ("arrays", "clock", "random")

    def __post_init__(self) -> None:
        object.__setattr__(self, "reads", _names(self.reads))
        object.__setattr__(self, "writes", _names(self.writes))

    def run(self, arrays: Mapping[str, np.ndarray], clock: Clock, random: Any) -> None:
        """Make the call."""
        self.call(arrays, clock, random)


@dataclass(frozen=True)
class Solve(HostPhase):
    """A `HostPhase` that takes no random numbers: call(arrays, time, dt), with the time 0 and dt 0 for Monte Carlo."""

    takes: ClassVar[tuple[str, ...]] = ("arrays", "time", "dt")

    def run(self, arrays: Mapping[str, np.ndarray], clock: Clock, random: Any) -> None:
        """Make the call."""
        self.call(arrays, clock.time or 0.0, clock.dt or 0.0)


@dataclass(frozen=True)
class Adaptive:
    """Steps of variable length: the phases propose new values of `arrays` in the arrays `proposed`.

    error: a function of one cell, the estimated error over the tolerance; the step is accepted where its largest value
    is at most 1. order: of the lower of the two embedded solutions. slopes: for each of `arrays` the names of the work
    arrays that hold its time derivative at the beginning and at the end of the step, for cubic Hermite interpolation.
    bends: for each of `arrays` the work arrays and weights whose sum d adds s²(1 - s)² dt d to the interpolation, s the
    share of the step; without it the error of the interpolation is of order 4, with it of order 5. stops: times,
    ascending, at which a step ends, since a rate jumps there.
    """

    arrays: tuple[str, ...]
    proposed: tuple[str, ...]
    error: Function
    order: int
    slopes: tuple[tuple[str, str], ...]
    bends: tuple[tuple[tuple[str, float], ...], ...] = ()
    stops: tuple[float, ...] = ()


@dataclass(frozen=True)
class Tuned:
    """A number that the functions of a model may name, adjusted in every step of the thermalisation, then frozen.

    update: its value after a step, from its value before (by its name) and whatever else is a number: `step`, tallies,
    parameters, constants.
    """

    name: str
    initial: float
    update: Function


AnyPhase = Phase | RowPhase | SystemPhase | HostPhase | Reduction
"""What a step is a list of."""
