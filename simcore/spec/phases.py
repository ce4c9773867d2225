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

    Args:
        first, stop, stride: int64 arrays with one entry per line, counted along the last axis without ghost cells. A
            line is an index of axis 0 in two dimensions, one of shape[0] * shape[1] in three dimensions, and so on; in
            one dimension it is a section of 1,024 cells.

    Example:
        >>> rows = np.arange(4)  # one colour of a checkerboard of 4 x 4 cells
        >>> black = Sites(first=rows % 2, stop=np.full(4, 4), stride=np.full(4, 2))
    """

    first: np.ndarray
    stop: np.ndarray
    stride: np.ndarray


@dataclass(frozen=True)
class CellPhase:
    """A kernel over all cells; there is a barrier between two phases.

    Args:
        update: returns the new value of `writes` at its cell (a tuple for several arrays). If it reads an array that it
            writes, the new values go to a second buffer, so that every cell reads old values.
        writes: name or names of the arrays.
        sites: a set of cells to update in place; None for all cells.
        draws: number of uniform random numbers per cell, the argument `random`.
        own_cell: whether the written arrays are read only at the own cell, so that no second buffer is needed.
        at: the time of the new values, in steps from the beginning of this one (for time-dependent boundaries).
        tally: name of a counter. The function returns an additional integer, which is summed over all cells of the
            step.
        reads: arguments that are values of an array at an offset from the cell, by name: (array, offset along each
            axis). The function then has no array arguments; values of many cells are gathered first, so that the
            compiler can vectorise. For phases with `sites` or `own_cell`.

    Example:
        >>> def decay(u, i, dt, rate):
        ...     return u[i] * (1.0 - dt * rate)
        >>> CellPhase(decay, writes="u", own_cell=True).draws
        0
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
    """In the list of phases: a number over all cells, which the functions of later phases take by its name.

    Args:
        name: of the number.
        value: a function of one cell.
        reduce: how the values of all cells are combined.
        cell: constants with the index along each axis (without ghost cells) of one cell, whose value is taken instead.

    Example:
        >>> def value(u, i):
        ...     return u[i]
        >>> Reduction("mean_u", value).reduce
        'mean'
    """

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
    """In the list of phases: a compiled function of the whole state, called by one worker while the others wait.

    Args:
        update: its argument names have the same meaning as for a function of one cell, without indices of a cell.
            Arrays and constants have no ghost cells, and indices begin at 0 (negative ones as in NumPy). `random` is a
            stream for `simcore.random.next_uniform(random)`, `next_normal` and `next_integer`, which belongs to this
            run, step and phase. For scratch memory use a `StateArray(..., work=True)`.
        writes: name or names of the arrays that it changes in place.
        tally: name of a counter; the function then returns an integer, otherwise nothing.
        at: the time of the new values, in steps from the beginning of this one (for time-dependent boundaries).

    Example:
        >>> def reverse(u):
        ...     u[:] = u[::-1].copy()
        >>> SystemPhase(reverse, writes="u").writes
        ('u',)
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

    Args:
        stages: one function, or several with a barrier between two. Their arguments are those of a `SystemPhase`, and
            `first`, `last`: the range first <= i < last of axis 0 of this call. No bit may depend on the partition of
            axis 0 into ranges: in one stage no call may read what another call writes, and no two may write the same
            element.
        writes: name or names of the arrays that a stage changes in place.
        repeat: whether the last stage returns if all stages are to be repeated; they are while any call returns true.
        most: the largest number of repetitions; beyond it the run ends with an error.
        at: the time of the new values, in steps from the beginning of this one (for time-dependent boundaries).

    Example:
        >>> def double(u, first, last):
        ...     for i in range(first, last):
        ...         u[i] = 2 * u[i]
        >>> RowPhase(double, writes="u").writes
        ('u',)
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


@dataclass(frozen=True)
class CompactPhase:
    """The only phase of a step: compiled stages as of a `RowPhase`, on another form of the state.

    That form is made from the state where a slice of steps begins, and the state from it where the slice ends, or where
    something is measured that reads the state. It is not stored: it must follow from the state.

    Args:
        stages: functions of whole arrays for the rows first <= i < last, with a barrier after each. `random` is the
            stream of the stage at its beginning, the same for all rows: take its words by place, as `begin_stream` and
            `philox4x32_words` of `simcore.random.philox` say. Each returns an integer, which the tally adds up.
        enter, leave: functions of the same kind that make the other form, and the state from it.
        count: returns one integer for each of `counts`, called where something is measured.
        state: the arrays of the state. form: the work arrays of the other form (`StateArray.cells`).
        tally: name of a counter; None for none.
        counts: names of numbers that observables may take: what `count` returns, summed over the rows, for a cell.
    """

    stages: tuple[Function, ...]
    enter: Function
    leave: Function
    count: Function
    state: tuple[str, ...]
    form: tuple[str, ...]
    tally: str | None = None
    counts: tuple[str, ...] = ()

    @property
    def writes(self) -> tuple[str, ...]:
        """The names of all arrays that it changes."""
        return (*self.form, *self.state)


def _names(given: str | Sequence[str]) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)


@dataclass(frozen=True)
class Clock:
    """The step and time of a call of a `HostPhase`.

    Args:
        step: number of the step, from 1, including thermalisation.
        time: at the beginning of the step; None for Monte Carlo.
        dt: length of the step; None for Monte Carlo.

    Example:
        >>> Clock(step=1, time=0.0, dt=0.1).dt
        0.1
    """

    step: int
    time: float | None = None
    dt: float | None = None


@dataclass(frozen=True)
class HostPhase:
    """In the list of phases: plain Python, called by one worker while the others wait (an FFT, a sparse solve).

    Args:
        call: a picklable function (arrays, clock, random) that depends on its arguments only, or a method of the model,
            which has the parameters. `arrays` are those in `reads` and `writes` by name, views without ghost cells;
            those in `writes` are changed in place, the others are read-only. `clock` is a `Clock`; `random` is a
            `simcore.random.PhaseStream`, which belongs to this run, step and phase.
        reads, writes: name or names of arrays.
        at: the time of the new values, in steps from the beginning of this one (for time-dependent boundaries).
        set_up: a function of dt, called once in that worker before the first step; returns its memory in bytes.

    Example:
        >>> def kick(arrays, clock, random):
        ...     arrays["u"][...] += random.normal(arrays["u"].shape)
        >>> HostPhase(kick, reads="u", writes="u").writes
        ('u',)
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
    """A `HostPhase` without random numbers: call(arrays, time, dt), with the time 0 and dt 0 for Monte Carlo.

    Example:
        >>> def relax(arrays, time, dt):
        ...     arrays["u"][...] *= np.exp(-dt)
        >>> Solve(relax, reads="u", writes="u").takes
        ('arrays', 'time', 'dt')
    """

    takes: ClassVar[tuple[str, ...]] = ("arrays", "time", "dt")

    def run(self, arrays: Mapping[str, np.ndarray], clock: Clock, random: Any) -> None:
        """Make the call."""
        self.call(arrays, clock.time or 0.0, clock.dt or 0.0)


@dataclass(frozen=True)
class Adaptive:
    """Steps of variable length: the phases propose new values of `arrays` in the arrays `proposed`.

    Args:
        arrays: names of the arrays of the state that a step changes.
        proposed: for each of them the work array that gets its value after the step.
        error: function of one cell, the estimated error over the tolerance; the step is accepted if its largest value
            is at most 1.
        order: of the lower of the two embedded solutions.
        slopes: for each of `arrays` the names of the work arrays that hold its time derivative at the beginning and at
            the end of the step, for cubic Hermite interpolation.
        bends: for each of `arrays` the work arrays and weights whose sum d adds s²(1 - s)² dt d to the interpolation, s
            the share of the step; without it the error of the interpolation is of order 4, with it of order 5.
        stops: times, ascending, at which a step ends, since a rate jumps there.

    Example:
        >>> def error(u_error, tolerance):
        ...     return abs(u_error) / tolerance
        >>> Adaptive(("u",), ("u_next",), error, order=1, slopes=(("u_rate", "u_rate_next"),)).order
        1
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

    Args:
        name: by which functions ask for it.
        initial: value in the first step.
        update: function that gives its value after a step, from its value before (by its name) and whatever else is a
            number: `step`, tallies, parameters, constants.
        always: whether it is adjusted after the thermalisation, too.

    Example:
        >>> def wider(width, accepted, proposed):
        ...     return width * (1.1 if accepted > 0.5 * proposed else 0.9)
        >>> Tuned("width", initial=1.0, update=wider).initial
        1.0
    """

    name: str
    initial: float
    update: Function
    always: bool = False


@dataclass(frozen=True)
class Scheduled:
    """A number among the constants that has another value in each step, the same in all cells.

    value: its value in a step, from `step`, parameters, constants, and scheduled numbers before it in the list. What is
    measured after a step takes the values of that step.
    """

    name: str
    value: Function


@dataclass(frozen=True)
class Refilled:
    """A table among the constants that is filled anew in each step, the same for all cells.

    value: a function that writes all of it, which it takes by its name; it may name what that of a `Scheduled` may.
    """

    name: str
    value: Function


AnyPhase = Phase | RowPhase | CompactPhase | SystemPhase | HostPhase | Reduction
"""What a step is a list of."""
