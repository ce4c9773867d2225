"""The source of `advance(...)`: many steps of one worker in one call, barriers included.

A program with a HostPhase is cut there: `advance_0`, `advance_1`, ... make one part of a step each, and Python makes
the calls in between.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import groupby

from simcore.compiler.adaptive_step import StepControl
from simcore.compiler.boundary_fill import Ghosts
from simcore.compiler.code import SAMPLE, SNAPSHOT
from simcore.compiler.compact_phases import CompactCall
from simcore.compiler.counters import Tallies
from simcore.compiler.kernels import RUNS, PhaseKernel, new
from simcore.compiler.layout import ROW_SITES
from simcore.compiler.loop_rerolling import repeats
from simcore.compiler.reductions import RowSums
from simcore.compiler.source_lines import Text
from simcore.compiler.stacked import write_stretch
from simcore.compiler.temporal_blocking import Level, Passes
from simcore.compiler.tuning import Adjusted, Tuning
from simcore.compiler.vectorize import Vectorized
from simcore.compiler.whole_phases import RANDOM, RowCall, SystemCall
from simcore.spec.arrays import StateArray
from simcore.spec.phases import HostPhase

SIGNATURE = (
    "_control, _rank, _workers, _first, _last, step, _steps, _every, _cells, _key0, _key1, "
    "_depth, _tuning, _goal_column, _goal, _express, "
    "_clock, _tuned, _values, _arrays, _tables, _partial, _sums, _series"
)

_DOCUMENT = '''"""Make `_steps` steps after `step` over the rows _first <= row < _last; returns (status, steps made).

Every worker calls it with the same steps. Where a step is a multiple of `_every`, the partial sums of all rows are
added in order into the next sample of `_series`; it ends there if that sample's `_goal_column` is at most `_goal`.
Tuned numbers change in steps up to `_tuning`. At most `_depth` steps are made in one pass over the rows, if any can.
With `_express` no step is made: the arrays that snapshots need are worked out from the state (1), or a sample (2).
status: 0 done, 1 told to stop, 2 a value in these rows is not finite, 3 the goal is reached, 4 no step is small enough.
"""'''


Part = PhaseKernel | SystemCall | RowCall | CompactCall | tuple[str, RowSums] | HostPhase
"""What a step is made of."""


@dataclass(frozen=True)
class Driver:
    """All that the driver is written from.

    copies: the names of the arrays it is given. items: one step in order; a reduction is (its name, its sums).
    finite: arrays that must stay so. line_buffers: how many lines of random numbers a phase needs at once.
    buffers: the lines of each buffer of `gathering`. reach: how many rows away a phase may read; None if several
    steps cannot be made in one pass. samples, snapshots: what runs before something is measured, or kept as a field.
    scheduled: numbers that have another value in each step; refilled: tables that have.
    ladder: whether workers exchange states: then they meet between steps, and measure a state without a step.
    """

    arrays: Sequence[StateArray]
    copies: Sequence[str]
    values: Sequence[str]
    tables: Sequence[str]
    items: Sequence[Part]
    measurement: RowSums
    ghosts: dict[str, Ghosts]
    finite: Sequence[str]
    halo: int
    tallies: Tallies
    tuning: Tuning
    line_buffers: int = 0
    buffers: Mapping[str, int] = field(default_factory=dict)
    control: StepControl | None = None
    reach: int | None = None
    samples: Sequence[PhaseKernel | tuple[str, RowSums]] = ()
    snapshots: Sequence[PhaseKernel | tuple[str, RowSums]] = ()
    scheduled: Sequence[Adjusted] = ()
    refilled: Sequence[Adjusted] = ()
    ladder: bool = False

    def write(self, text: Text) -> None:
        if self._passes is not None:
            self._passes.write_front(text)
            text.lines("", "")
        part: list[PhaseKernel | SystemCall | RowCall | tuple[str, RowSums]] = []
        host: HostPhase | None = None
        past: list[tuple[str, RowSums]] = []
        number = 0
        for item in self.items:
            if isinstance(item, HostPhase):
                self._write_part(text, f"advance_{number}", part, host, past, last=False)
                text.lines("", "")
                past = [*past, *(each for each in part if isinstance(each, tuple))]
                part, host, number = [], item, number + 1
            else:
                part.append(item)
        self._write_part(text, f"advance_{number}" if number else "advance", part, host, past, last=True)
        if number or self.ladder:
            text.lines("", "", "@njit(cache=True, nogil=True)")
            with text.block("def meet(_control, _workers, _rank):"):
                text.line("return wait(_control, _workers, _rank)")
        if self.ladder and not number:
            write_stretch(text, len(self.values), len(self.copies), len(self.tables))

    def _write_part(
        self,
        text: Text,
        name: str,
        items: Sequence,
        host: HostPhase | None,
        past: Sequence[tuple[str, RowSums]],
        *,
        last: bool,
    ) -> None:
        """host: the call before this part of the step; past: the reductions of the parts before."""
        text.line("@njit(cache=True, nogil=True, error_model='numpy')")
        with text.block(f"def {name}({SIGNATURE}):"):
            text.lines(*_DOCUMENT.splitlines())
            self._unpack(text)
            if host is None and self.snapshots:
                self._express(text)
            if host is None and self.ladder:
                self._probe(text)
            with text.block("if _steps == 0:"):
                text.line("return 0, 0")
            text.lines("_sample = 0", "_made = 0", "_status = 0")
            if self.control is not None:
                self.control.begin(text)
            if self._passes is not None:
                text.lines("_bad = 0", "_final = step + _steps")
            self.tuning.begin(text)
            self._refresh(text, host)
            named = {argument for item in items for argument in _arguments(item)}
            if host is None and not last and not self.halo and self._wholes:
                self.barrier(text)  # others may still look at the end of the step before, which one worker may write
            text.lines(*(f"{name} = {sums.total_call(0, '_sums')}" for name, sums in past if name in named))
            for compact in self._compact:
                compact.write_enter(text)
                self.barrier(text)
            going = "_made < _steps" if self.control is None else "_made < _steps and time < _end"
            with text.block(f"while {going}:"):
                if self._passes is not None:
                    self._passes.write_pass(text, self.barrier)
                else:
                    self._step(text, items, first=host is None)
                if last:
                    self.tuning.after_step(text, self.tallies)
                    self._progress(text)
                    self._measure(text)
            for compact in self._compact:
                compact.write_leave(text)
            if last:
                self._check(text)
                self.tuning.end(text)
            if self.control is not None:
                self.control.end(text)
            text.line("return _status, _made")

    def _step(self, text: Text, items: Sequence[PhaseKernel | tuple[str, RowSums]], *, first: bool) -> None:
        text.lines("step += 1", "_made += 1")
        if self.control is not None:
            self.control.step(text, lambda: self._items(text, items), self.rows, self.barrier)
        else:
            text.lines(*self._clock)
            self._schedule(text)
            self.tallies.begin_step(text, self.rows, first=first)
            self._items(text, items)

    def _schedule(self, text: Text) -> None:
        text.lines(*(f"{one.name} = {one.function}({', '.join(one.arguments)})" for one in self.scheduled))
        text.lines(*(f"{one.function}({', '.join(one.arguments)})" for one in self.refilled))

    @property
    def _wholes(self) -> bool:
        """Whether some phase writes to rows that other workers own."""
        return any(isinstance(item, SystemCall | RowCall) for item in self.items)

    @property
    def _compact(self) -> list[CompactCall]:
        """The one phase on another form of the state, if there is one."""
        return [item for item in self.items if isinstance(item, CompactCall)]

    @cached_property
    def _passes(self) -> Passes | None:
        if self.reach is None:
            return None
        kernels = [item for item in self.items if isinstance(item, PhaseKernel)]
        last = {name: number for number, kernel in enumerate(kernels) for name in kernel.targets}
        levels = [
            replace(
                self._level(kernel),
                final=[copy for name, copy in kernel.targets.items() if name in self.finite and last[name] == number],
            )
            for number, kernel in enumerate(kernels)
        ]
        return Passes(levels, self.reach, self._clock)

    @property
    def _timed(self) -> bool:
        return "dt" in self.values

    @property
    def _clock(self) -> list[str]:
        return ["time = (step - 1) * dt"] if self._timed else []

    def _unpack(self, text: Text) -> None:
        for group, names in (("_values", self.values), ("_arrays", self.copies), ("_tables", self.tables)):
            for position, name in enumerate(names):
                own = ".copy()" if any(one.name == name for one in self.refilled) else ""
                text.line(f"{name} = {group}[{position}]{own}")
        if self.line_buffers:
            text.line(f"_scratch = np.empty(({self.line_buffers}, {self._line_cells()}))")
        if any(isinstance(item, SystemCall | CompactCall) for item in self.items):
            text.line(RANDOM)
        if any(isinstance(item, RowCall) for item in self.items):
            text.line("_turn = 0")
        text.lines(*(Vectorized.buffer(name, lines) for name, lines in self.buffers.items()))

    def _line_cells(self) -> str:
        array = self.arrays[0]
        last = len(array.shape) - 1
        return f"{array.name}.shape[{last}] - {2 * self.halo}" if last else str(ROW_SITES)

    def _refresh(self, text: Text, host: HostPhase | None) -> None:
        """Ghost cells are not kept: fill those of the state, or of what the call before this part wrote."""
        if not self.halo:
            return
        if host is not None:
            time, arrays = f"(step + {host.at!r}) * dt", list(host.writes)
        else:
            time = "step * dt" if self.control is None else "time"
            arrays = [array.name for array in self.arrays if not array.work]
        self._fill_ghosts(text, arrays, time)

    def _fill_ghosts(self, text: Text, arrays: Sequence[str], time: str) -> None:
        self.rows(text, [self.ghosts[name].call(name, time) for name in arrays if name in self.ghosts])
        self.barrier(text)

    def _whole(self, text: Text, call: SystemCall | RowCall) -> None:
        """A phase that takes whole arrays, and the ghost cells of what it has changed."""
        if isinstance(call, SystemCall):
            call.write(text, self.barrier)
        else:
            call.write(text, self.barrier, f"{self.arrays[0].name}.shape[0] - {2 * self.halo}")
        if any(name in self.ghosts for name in call.targets):
            self._fill_ghosts(text, call.targets, self._time_at(call.phase.at))

    def _time_at(self, at: float) -> str:
        """To the bit the time at which `_refresh` fills ghost cells where a slice begins, if it is the step's end."""
        return "step * dt" if at == 1.0 and self.control is None else f"time + {at!r} * dt"

    def _items(self, text: Text, items: Sequence[PhaseKernel | tuple[str, RowSums]]) -> None:
        for phases, group in groupby(items, lambda item: isinstance(item, PhaseKernel)):
            if phases:
                self._phases(text, [item for item in group if isinstance(item, PhaseKernel)])
                continue
            for item in group:
                if isinstance(item, CompactCall):
                    item.write(text, self.barrier)
                    continue
                if isinstance(item, SystemCall | RowCall):
                    self._whole(text, item)
                    continue
                name, sums = item
                self.rows(text, [sums.row_call("_sums")])
                self.barrier(text)
                text.line(f"{name} = {sums.total_call(0, '_sums')}")

    def _phases(self, text: Text, kernels: Sequence[PhaseKernel]) -> None:
        for stretch, times in repeats(kernels):
            if times == 1:
                self._phase(text, stretch[0])
                continue
            again = len(stretch), sum(kernel.phase.draws for kernel in stretch)
            every = len(stretch) * times == len(self.items) and all(k.phase.sites is not None for k in stretch)
            # So that a program does not depend on how many colours the sides of a lattice need.
            count = f"{RUNS}.shape[0] // {len(stretch)}" if every else str(times)
            with text.block(f"for _time in range({count}):"):
                for kernel in stretch:
                    self._phase(text, kernel, again)

    def _phase(self, text: Text, kernel: PhaseKernel, again: tuple[int, int] | None = None) -> None:
        level = self._level(kernel, again)
        self.rows(text, level.calls)
        self.barrier(text)
        level.swap(text)

    def _level(self, kernel: PhaseKernel, again: tuple[int, int] | None = None) -> Level:
        calls = [kernel.row_call(again)]
        time = self._time_at(kernel.phase.at)
        calls += [self.ghosts[name].call(copy, time) for name, copy in kernel.targets.items() if name in self.ghosts]
        return Level(calls, [(name, new(name)) for name in kernel.swapped])

    def _progress(self, text: Text) -> None:
        with text.block("if _rank == 0:"):
            text.line("_control[STEP] = step")

    def _measure(self, text: Text) -> None:
        with text.block("if step % _every == 0:"):
            if self._timed and self.control is None:
                text.line("time = step * dt")
            self._into_series(text)
            text.line("_sample += 1")
            with text.block("if _goal_column >= 0 and _total_goal(_partial, _cells, _goal_column) <= _goal:"):
                text.lines("_status = 3", "break")

    def _into_series(self, text: Text) -> None:
        for compact in self._compact:
            self._measure_compact(text, compact)
        self._items(text, self.samples)
        self.rows(text, [self.measurement.row_call("_partial")])
        self.barrier(text)
        with text.block("if _rank == 0:"):
            for number in range(len(self.measurement.sums)):
                text.line(f"_series[_sample, {number}] = {self.measurement.total_call(number, '_partial')}")
            if self.control is not None:
                text.line(f"_series[_sample, {len(self.measurement.sums)}] = time")

    def _measure_compact(self, text: Text, compact: CompactCall) -> None:
        """What it counts, and the state itself if something that is measured reads it."""
        compact.write_count(text)
        read = self.samples or any(
            name in compact.state for one in self.measurement.sums if not one.tally for name in one.arguments
        )
        if read:
            compact.write_leave(text)
            self.rows(text, [self.ghosts[name].call(name, "0.0") for name in compact.state if name in self.ghosts])
        self.barrier(text)
        text.lines(*(f"{name} = _total_sum(_sums, {place}) / _cells" for name, place in compact.counts.items()))

    def _express(self, text: Text) -> None:
        """Work out what snapshots need, at the time of the state, in place of any step."""
        with text.block(f"if _express == {SNAPSHOT}:"):
            text.line("_made = 0")
            if self.control is not None:
                self.control.begin(text)
            elif self._timed:
                text.line("time = step * dt")
            self._schedule(text)
            self.tuning.begin(text)
            self._refresh(text, None)
            self._items(text, self.snapshots)
            text.line("return 0, 0")

    def _probe(self, text: Text) -> None:
        """Measure the state at the end of `step`, in place of any step."""
        with text.block(f"if _express == {SAMPLE}:"):
            text.lines("_made = 0", "_sample = 0", "_odd = step & 1")
            self.tuning.begin(text)
            self._refresh(text, None)
            for compact in self._compact:
                compact.write_enter(text)
                self.barrier(text)
            self._into_series(text)
            text.line("return 0, 0")

    def _check(self, text: Text) -> None:
        """Whether all is finite; what a pass has looked at already is looked at again if the goal ended the slice."""
        seen = {name for item in self.items if isinstance(item, PhaseKernel) for name in item.targets}
        if self._passes is None:
            self._scan(text, self.finite)
            return
        with text.block("if _bad != 0:"):
            text.line("_status = 2")
        self._scan(text, [name for name in self.finite if name not in seen])
        if again := [name for name in self.finite if name in seen]:
            with text.block("if step != _final:"):
                self._scan(text, again)

    def _scan(self, text: Text, names: Sequence[str]) -> None:
        for name in names:
            with text.block("for _row in range(_first, _last):"), text.block(f"if not _finite(_row, {name}):"):
                text.line("_status = 2")

    def rows(self, text: Text, calls: Sequence[str]) -> None:
        with text.block("for _row in range(_first, _last):"):
            text.lines(*calls)

    def barrier(self, text: Text) -> None:
        with text.block("if wait(_control, _workers, _rank) != 0:"):
            text.line("return 1, _made")


def _arguments(part: PhaseKernel | SystemCall | RowCall | tuple[str, RowSums]) -> Sequence[str]:
    """What the functions of a part of a step ask for by name."""
    if isinstance(part, PhaseKernel):
        return part.called
    return part[1].arguments if isinstance(part, tuple) else part.asked
