"""The whole contract between a model and the engine.

A model is a class whose annotated fields are the keys of the `model` section, and which answers four
questions: which arrays make up its state, what one step does to them, what is measured, and what follows from the
means. It knows no process, no file and no random-number state.

The functions that it hands over are plain functions of one cell or site, compiled by numba. Their *argument names* say
what they are given:

====================  ==================================================================================
a state array's name  the whole array; index it with `i`, `j`, `k` and neighbours (`u[i - 1, j]`): around the
                      walls lie `halo` ghost cells, which the engine fills from the boundary
`i`, `j`, `k`         indices of this cell along axes 0, 1, 2 (of the array with its ghost cells: cell n is index
                      n + halo); then `i3`, `i4`, ...
a parameter's name    its value, a number
a constant's name     its value, a number or an array that no kernel writes (`Model.constants`); along axes that are
                      indexed by `i`, `j`, `k` an array has the same ghost cells, so `map[i, j]` is this cell's
`step`                the step being made, from 1
`time`                the time at the beginning of the step; where something is measured, the time of the measurement
a reduction's name    its value, once its place in the list of phases has passed
a tuned number's name its present value (`Model.tuned`)
`random`              a tuple of `Phase.draws` independent uniform numbers in [0, 1), this cell's own in this step
====================  ==================================================================================
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

import numpy as np

from simcore.config import Section
from simcore.errors import InvalidValueError

AXES = ("x", "y", "z", "x3", "x4", "x5", "x6", "x7")  # of arrays, in files and figures


class Parameters(Section):
    """The numbers of a model: declare each with `simcore.parameter`. They are arguments of kernels, never constants."""


class InputData:
    """A parameter that the model itself reads and no kernel is given by its name, such as `simcore.ArrayFile`."""


@dataclass(frozen=True)
class Periodic:
    """The ghost cell is `scale` times the cell at the other end plus `shift`; antiperiodic where the scale is -1."""

    scale: float | complex = 1
    shift: float | complex = 0

    @property
    def plain(self) -> bool:
        """Whether it is a copy."""
        return self.scale == 1 and self.shift == 0


@dataclass(frozen=True)
class CellFunction:
    """A function of one cell that a program wrote: `source` is one whole `def`.

    It may name its arguments, `np`, `math`, and the plain functions and numbers in `uses`.
    """

    source: str
    uses: Mapping[str, Any] = field(default_factory=dict)


Function = Callable[..., Any] | CellFunction


@dataclass(frozen=True)
class Wall:
    """The ghost cell is `scale` times its mirror cell plus `shift`.

    Cell-centred, with spacing h: a fixed value v is Wall(-1, 2 v); an outward derivative g is Wall(1, h g). Each may be
    a function of `time` (that of the values), `i`, `j`, `k` of the mirror cell, parameters and constants.
    """

    scale: float | complex | Function
    shift: float | complex | Function

    @property
    def fixed(self) -> bool:
        """Whether it is the same at all times and places."""
        return all(isinstance(part, (int, float, complex)) for part in (self.scale, self.shift))


Side = Periodic | Wall


@dataclass(frozen=True)
class JointStart:
    """One start of several arrays that belong together, as a particle and its number do.

    make(stream): from a `simcore.random.Stream`, the values of each of these arrays by its name. It is called once; the
    arrays that have this very object as their `initial` take what stands under their names.

        start = JointStart(placed)  # placed(stream) returns {"kind": ..., "number": ...}
        return [StateArray("kind", shape, "int8", start), StateArray("number", shape, "int32", start)]
    """

    make: Callable[..., Mapping[str, np.ndarray]]


@dataclass(frozen=True)
class StateArray:
    """One named array of the state.

    shape: cells along each axis (one to eight), without ghost cells. initial: an array of that shape, or a function of
    a `simcore.random.Stream` that returns one (each array has a stream of its own), or a `JointStart`. boundary: a
    (lower, upper) pair of sides for each axis, needed if any array of the state has ghost cells; halo: how many of them
    its kernels read beyond each side. work: made anew in every step, so neither initialised nor kept (a stage of a
    Runge-Kutta step, say). hidden: no field of the result.
    """

    name: str
    shape: tuple[int, ...]
    dtype: Any
    initial: np.ndarray | Callable[..., np.ndarray] | JointStart
    boundary: tuple[tuple[Side, Side], ...] = ()
    halo: int = 0
    unit: str = "1"
    doc: str = ""
    work: bool = False
    hidden: bool = False


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


@dataclass(frozen=True)
class Field:
    """How arrays of the state make up a field of the result.

    assemble(*arrays): from the arrays named in `of`, without ghost cells, an array of their shape and beyond it one
    axis for each name in `axes`; picklable. None: the one array, as it is.
    """

    name: str
    of: tuple[str, ...]
    assemble: Callable[..., np.ndarray] | None = None
    axes: tuple[str, ...] = ()
    unit: str = "1"
    doc: str = ""


@dataclass(frozen=True)
class Observable:
    """A number measured every `run.measure_every` steps.

    value: a function of one cell, reduced over all cells by `reduce`; or, where `of` names other observables, a
    function of their values (NumPy arrays over the samples); or the name of a tally, whose sum in that step is taken,
    or its `mean` over all cells. hidden: it serves other observables only. cell: as of a `Reduction`. conserved: no
    step changes it, so a series that never changes has no error; without it the error of such a series is unknown.
    odd: it changes its sign under a symmetry of the model, so that its exact mean is 0; a run that sees one sign only
    is marked.
    """

    name: str
    value: Function | str
    reduce: Literal["mean", "sum", "min", "max"] = "mean"
    of: tuple[str, ...] = ()
    unit: str = "1"
    doc: str = ""
    hidden: bool = False
    cell: tuple[str, ...] = ()
    conserved: bool = False
    odd: bool = False


@dataclass(frozen=True)
class Derived:
    """A number that follows from means, with a jackknife error: `value(*means)`.

    moments: what the means are taken of, an (observable, power) pair for each argument of `value`.
    """

    name: str
    value: Callable[..., Any]
    moments: tuple[tuple[str, int], ...]
    unit: str = "1"
    doc: str = ""


AnyPhase = Phase | RowPhase | SystemPhase | HostPhase | Reduction
"""What a step is a list of."""


class Model(Section):
    """What every model is made of; subclass it and write `parameters`, `state`, `phases` and `observables`.

    clock: "sweep" for Monte Carlo (`run.sweeps`, `run.thermalization`), "time" for grids (`run.dt`, `run.steps` or
    `run.t_end`; the time step is given to kernels as `dt`).
    """

    clock: ClassVar[Literal["sweep", "time"]] = "sweep"
    axes: ClassVar[tuple[str, ...]] = AXES
    reference: ClassVar[str] = ""
    example: ClassVar[str] = ""

    parameters: Parameters

    @classmethod
    def __pydantic_init_subclass__(cls, **_: Any) -> None:
        """The section `parameters` may be left out where every parameter has a default."""
        field, section = cls.model_fields["parameters"], cls.model_fields["parameters"].annotation
        known = field.is_required() and isinstance(section, type) and issubclass(section, Section)
        if known and not any(key.is_required() for key in section.model_fields.values()):
            field.default = section()
            cls.model_rebuild(force=True, raise_errors=False)

    def state(self) -> Sequence[StateArray]:
        """The arrays of the state."""
        raise TypeError(f"{type(self).__name__} must define state()")

    def phases(self) -> Sequence[AnyPhase]:
        """What one step does, in order."""
        raise TypeError(f"{type(self).__name__} must define phases()")

    def observables(self) -> Sequence[Observable]:
        """What is measured."""
        raise TypeError(f"{type(self).__name__} must define observables()")

    def derived(self) -> Sequence[Derived]:
        """What follows from the means."""
        return ()

    def tuned(self) -> Sequence[Tuned]:
        """The numbers that the thermalisation adjusts."""
        return ()

    def result_fields(self) -> Sequence[Field]:
        """The fields of the result: every array that is neither hidden nor work, unless it is overridden."""
        shown = (array for array in self.state() if not array.work and not array.hidden)
        return [Field(array.name, (array.name,), unit=array.unit, doc=array.doc) for array in shown]

    def asked(self, observables: Mapping[str, str], fields: Sequence[str] = (), *, steady: bool = False) -> Model:
        """This model, ready to measure these formulas and fields of `output`; what is wrong `expressed` refuses."""
        return self

    def measurement(self) -> Measurement:
        """What is worked out before anything is measured, of what `asked` has named."""
        return Measurement()

    def optional_fields(self) -> Sequence[Field]:
        """Fields of the result that are made for `output.fields.names` only, of arrays that `measurement` writes."""
        return ()

    def quenched(self) -> Mapping[str, tuple[np.ndarray, tuple[str, ...], str]]:
        """By name, numbers drawn or read before the run, for the group `/disorder` of a result, axes, and description.

        They have the shape of the state, and beyond it one axis for each name in the axes; or the latter axes alone.
        """
        return {}

    def remarks(self) -> Sequence[tuple[str, str, bool]]:
        """(name, text, whether a run warns of it, too): lines about the model for `simcore plan`."""
        return ()

    def adaptive(self) -> Adaptive | None:
        """How the length of a step is chosen; None if it is `run.dt`, always."""
        return None

    def constants(self) -> Mapping[str, Any]:
        """Numbers, or arrays nobody writes, that kernels may name beside the parameters."""
        return {}

    def coordinates(self) -> Mapping[str, np.ndarray]:
        """Where the cells lie along the axes `x`, `y`, `z`, one float64 array each; cell numbers where not given."""
        return {}

    def expressed(self, name: str, text: str) -> Sequence[Observable | Derived]:
        """The observables behind `output.observables: {name: text}`, the last one called `name`, others hidden.

        The last one may be a Derived. Raises InvalidValueError("output.observables.NAME", "...").
        """
        raise InvalidValueError(
            f"output.observables.{name}", f"{type(self).__name__} takes no observables from the experiment"
        )

    def rate_of_change(self) -> Observable | None:
        """The largest rate of change of any field, for `run.until: {steady: ...}`; None if there is none."""
        return None

    def known_times(self) -> Mapping[str, tuple[float, float]]:
        """By the dotted path of a key the first and the last time of its table: a run stays between them."""
        return {}

    def stability_limit(self) -> float | None:
        """The largest stable time step; None if none is known."""
        return None

    def audit(self, state: Mapping[str, np.ndarray], given: Mapping[str, Any], moves: int, key: int) -> str:
        """What is wrong with what the functions work out in this state, "" where nothing is found.

        Asked at the beginning and at the end of a run; it must take less than 1 % of a second and change nothing.
        state: the arrays without ghost cells. given: the numbers and tables that kernels are given, by name. moves: how
        many places are looked at, about. key: of random numbers.
        """
        return ""

    def revalued(self, parameters: Any) -> Model | None:
        """This model with other values of its parameters, quickly, for many runs in a row; None: make it anew.

        parameters: checked, and with the same names. What is returned must have the functions, arrays and observables
        of this model; constants, initial values, boundaries and the stability limit must be those of the new values.
        The engine compares it with a model made anew before it trusts it.
        """
        return None

    def check(self, dt: float | None) -> None:
        """Refuse what no type can: raise `simcore.errors.InvalidValueError("run.dt", "...")`.

        dt: None for Monte Carlo.
        """
