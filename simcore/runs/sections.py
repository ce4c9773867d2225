"""The sections of an experiment beside `model`: how long it runs, what it saves, what it keeps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, ValidationInfo, field_validator, model_validator

from simcore.config import Count, Duration, Interval, Section
from simcore.config.generated import Generator, length, values
from simcore.runs.listed import ObservableFormulas

Seed = Annotated[int, Field(ge=0, lt=2**63)]
_ROUNDING = 1e-12
LONGEST = 10**15
MOST_REPLICAS = 1_000_000


class Run(Section):
    """What both clocks share."""

    seed: Seed | None = Field(
        default=None, description="seed of all random numbers; drawn and recorded where it is not given"
    )
    replica: Annotated[int, Field(ge=0, lt=2**63)] = Field(
        default=0, description="picks an independent stream of one seed"
    )
    replicas: Annotated[int, Field(ge=1, le=MOST_REPLICAS)] = Field(
        default=1, description="systems in one run, with the streams replica, replica + 1, ..."
    )
    workers: Literal["auto"] | Annotated[int, Field(ge=1, le=4096)] = Field(
        default="auto", description="worker processes"
    )
    operations: tuple[str, ...] = Field(default=(), description="of installed packages, which act beside the steps")
    measure_every: Count = Field(default=1, description="steps between two measurements")
    max_walltime: Duration | None = Field(default=None, description="stop after so long, with a checkpoint")


class UntilErrors(Section):
    """What ends a Monte Carlo run before its last sweep."""

    error: Annotated[dict[str, Annotated[float, Field(gt=0)]], Field(min_length=1)] = Field(
        description="standard errors that are small enough: {energy: 1e-4}"
    )


Thresholds = dict[str, float]


class UntilPassed(Section):
    """What ends a run at the first measurement, after thermalisation, in which all of these hold."""

    below: Thresholds = Field(default={}, description="observables that are at most so large: {mean_u: 0.01}")
    above: Thresholds = Field(default={}, description="observables that are at least so large: {max_u: 100}")

    @model_validator(mode="after")
    def _has_one(self) -> UntilPassed:
        if not self.below and not self.above:
            raise ValueError("give below, above or both: {below: {mean_u: 0.01}}")
        return self

    def passed(self, values: Mapping[str, float]) -> bool:
        """Whether the values of the observables are beyond all thresholds. A value that is NaN is not."""
        under = all(values[name] <= threshold for name, threshold in self.below.items())
        return under and all(values[name] >= threshold for name, threshold in self.above.items())


class SweepRun(Run):
    """`run` of a Monte Carlo model."""

    thermalization: Literal["auto"] | Annotated[int, Field(ge=0, le=LONGEST)] = Field(
        default=0, description="sweeps before the averages begin; auto: until no observable drifts"
    )
    thermalization_limit: Count = Field(default=100_000, description="the most sweeps that auto takes")
    sweeps: Count = Field(description="sweeps after thermalization, in all")
    until: UntilErrors | UntilPassed | None = Field(default=None, description="what ends the run before its last sweep")

    @property
    def total_steps(self) -> int:
        """Sweeps from the start, thermalisation included: the most that there can be."""
        return self.longest_thermalization + self.sweeps

    @property
    def longest_thermalization(self) -> int:
        """The most sweeps before the averages begin."""
        return self.thermalization_limit if self.thermalization == "auto" else self.thermalization


class UntilSteady(Section):
    """What ends a run in time before its end, at a step that is measured."""

    steady: Annotated[float, Field(gt=0)] = Field(description="the largest rate of change of any field is this small")


class TimeRun(Run):
    """`run` of a model in time: `dt`, and `steps` or `t_end`."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": ["steps"]}, {"required": ["t_end"]}]})

    dt: Annotated[float, Field(gt=0)] = Field(description="time step; where steps are adaptive, the first one")
    max_dt: Annotated[float, Field(gt=0)] | None = Field(
        default=None, description="the longest step of an adaptive scheme (rk45)"
    )
    steps: Count | None = Field(default=None, description="steps, in all")
    t_end: Annotated[float, Field(gt=0)] | None = Field(
        default=None, description="time at the end; a whole number of steps"
    )

    until: UntilSteady | UntilPassed | None = Field(default=None, description="what ends the run before its end")
    allow_unstable: bool = Field(False, description="take a time step beyond the estimated stability limit")

    @field_validator("t_end")
    @classmethod
    def _whole_steps(cls, t_end: float | None, info: ValidationInfo) -> float | None:
        if t_end is not None and info.data.get("steps") is not None:
            raise ValueError("give either steps or t_end, not both")
        return t_end

    @model_validator(mode="after")
    def _has_an_end(self) -> TimeRun:
        if self.steps is None and self.t_end is None:
            raise ValueError("must say how long: steps or t_end is required")
        return self

    @property
    def longest_thermalization(self) -> int:
        """A model in time has none."""
        return 0

    @property
    def total_steps(self) -> int:
        """Steps from the start."""
        return self.steps if self.steps is not None else step_at(self.t_end or 0.0, self.dt)


def step_at(time: float, dt: float) -> int:
    """The step that ends at `time`. Raises ValueError, naming the nearest times, where that is no whole number."""
    exact = time / dt
    if exact > LONGEST:
        raise ValueError(f"must be at most 1e15 steps of dt = {dt:.15g}, not {time:.15g}")
    step = round(exact)
    if abs(exact - step) <= _ROUNDING * exact and step > 0:
        return step
    below = int(exact)
    around = [f"{n * dt:.12g} ({n} step{'s' if n > 1 else ''})" for n in (below, below + 1) if n > 0]
    raise ValueError(
        f"must be a whole number of steps of dt = {dt:.15g}, not {time:.15g}; the nearest is {' or '.join(around)}"
    )


class Checkpoint(Section):
    """How often the state is saved, and how many of the files are kept."""

    every: Interval = Field(default="60 s", validate_default=True, description="between two checkpoints")
    keep: Annotated[int, Field(ge=1, le=1000)] = Field(default=3, description="files kept, the newest")

    @field_validator("every")
    @classmethod
    def _no_time(cls, every: Interval) -> Interval:
        if every.time is not None:
            raise ValueError(f"must be a number of steps or a wall time, such as '400 steps' or '60 s', not {every}")
        return every


Moment = Annotated[float, Field(ge=0)]
Moments = Annotated[tuple[Moment, ...], Field(min_length=1)]
MarkedSteps = Annotated[tuple[Annotated[int, Field(ge=0, le=LONGEST)], ...], Field(min_length=1)]
MOST_SNAPSHOTS = 1_000_000


class Fields(Section):
    """Snapshots of the arrays of the state, every n steps or at given times; the final state is always kept."""

    every: Interval | None = Field(default=None, description="between two snapshots, as in 1000 steps, 0.5 time")
    times: Moments | Generator | None = Field(
        default=None,
        description="times of snapshots, each at a whole step; those of a rule, {linspace: [0, 50, 101]}, are those of "
        "the nearest steps",
    )
    steps: MarkedSteps | Generator | None = Field(
        default=None, description="steps of snapshots; those of a rule, {geomspace: [1, 10000, 9]}, are rounded"
    )
    start: bool = Field(
        default=False,
        exclude_if=lambda given: not given,  # so that resolved experiments without it stay as they are
        description="a snapshot of the initial state, too",
    )
    names: Annotated[tuple[str, ...], Field(min_length=1)] | None = Field(
        default=None, description="arrays; all by default"
    )

    @field_validator("every")
    @classmethod
    def _by_no_clock(cls, every: Interval | None) -> Interval | None:
        if every is not None and every.seconds is not None:
            reason = "results may not depend on a clock"
            raise ValueError(f"must count steps or time, as in '1000 steps' or '0.5 time', not {every}: {reason}")
        return every

    @field_validator("times", "steps")
    @classmethod
    def _one_of_three(cls, given: object, info: ValidationInfo) -> object:
        before = [key for key in ("every", "times") if key != info.field_name and info.data.get(key) is not None]
        if given is not None and before:
            raise ValueError(f"give either {before[0]} or {info.field_name}, not both")
        if isinstance(given, Generator):
            if length(given) > MOST_SNAPSHOTS:
                raise ValueError(f"at most {MOST_SNAPSHOTS:,} snapshots can be asked for")
            if min(values(given), default=-1.0) < 0.0:
                raise ValueError("must be one or more numbers from 0 on")
        return given

    @property
    def rule(self) -> bool:
        """Whether the times follow from a rule, so that each stands for the nearest step."""
        return isinstance(self.times, Generator)

    @property
    def moments(self) -> tuple[float, ...]:
        """The times, as they are written or as they follow from a rule; none if there are none."""
        if isinstance(self.times, Generator):
            return tuple(map(float, values(self.times)))
        return self.times or ()

    def period(self, dt: float | None) -> int | None:
        """The steps between two snapshots; None without `every`. Raises ValueError if that is no whole number."""
        if self.every is None or self.every.time is None or dt is None:
            return None if self.every is None else self.every.steps
        return step_at(self.every.time, dt)

    def marks(self, dt: float | None, total: int) -> Sequence[int]:
        """The steps, ascending, at which a snapshot is taken in a run of `total` steps; 0 is the initial state."""
        if (period := self.period(dt)) is not None:
            return range(0 if self.start else period, total + 1, period)
        found = {0} if self.at_start else set()
        if self.steps is not None:
            given = values(self.steps) if isinstance(self.steps, Generator) else self.steps
            found |= {round(step) for step in given}
        if dt is not None:
            found |= {round(time / dt) if self.rule or time == 0.0 else step_at(time, dt) for time in self.moments}
        return sorted(step for step in found if step <= total)

    def times_to(self, end: float) -> tuple[float, ...]:
        """For adaptive steps, the times beyond 0 at which a snapshot is taken up to `end`, ascending."""
        if self.every is not None and self.every.time is not None:
            count = int(end / self.every.time * (1.0 + _ROUNDING))
            return tuple(number * self.every.time for number in range(1, count + 1))
        return tuple(sorted({time for time in self.moments if time > 0.0}))

    @property
    def at_start(self) -> bool:
        """Whether the initial state is kept."""
        return self.start or 0.0 in self.moments


class Output(Section):
    """What is kept beside series and estimates."""

    observables: ObservableFormulas = Field(
        default={},
        description="numbers to measure, as formulas: {mean_v: mean(v)}; one for each of several values: "
        '{c: {formula: "correlation(r, 0)", r: [1, 2, 4]}}',
    )
    covariance: tuple[str, ...] = Field(
        default=(), description="observables that are arrays, of which the covariance of the means is kept, too"
    )
    fields: Fields = Field(default=Fields(), description="snapshots of the state")
    vtk: bool = Field(default=False, description="write fields.vtkhdf, too, for ParaView and PyVista")
