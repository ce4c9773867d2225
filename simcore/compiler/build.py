"""A model's phases and observables as one generated module and the arrays it works on."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from simcore import random
from simcore.compiler import bounds_check, nonfinite
from simcore.compiler.adaptive_step import StepControl
from simcore.compiler.argument_names import Names, TakenName, argument_names
from simcore.compiler.boundary_fill import Ghosts, share_ghosts, wall_values
from simcore.compiler.bounds_check import GUARD, GUARDED
from simcore.compiler.code import Code
from simcore.compiler.compact_phases import CompactCall
from simcore.compiler.counters import Tallies
from simcore.compiler.dependence import reads_near
from simcore.compiler.driver import Driver, Part
from simcore.compiler.functions import FunctionSources
from simcore.compiler.kernel_rules import beside_solve, kernel_tables, works_out_indices
from simcore.compiler.kernels import RUNS, PhaseKernel, changed_by, new, share_kernels
from simcore.compiler.measurements import Measuring, functions_of_cells
from simcore.compiler.model_checks import cell_functions, check, check_measurement, layout_of, runs_of, values_of
from simcore.compiler.program import Program
from simcore.compiler.program_key import NotCacheable, structure
from simcore.compiler.reach import check_reach
from simcore.compiler.recent import Recent
from simcore.compiler.reductions import Reduced, RowSums, write_totals
from simcore.compiler.reserved_names import clash, place_of
from simcore.compiler.source_lines import Text
from simcore.compiler.streams import first_draws
from simcore.compiler.temporal_blocking import reach_of_rows, worthwhile
from simcore.compiler.tuning import Adjusted, Tuning
from simcore.compiler.whole_phases import RowCall, SystemCall, functions_of, views_of
from simcore.errors import InvalidValueError
from simcore.formulas import vector_functions
from simcore.spec.arrays import CellFunction, Function
from simcore.spec.description import Description
from simcore.spec.observables import Observable
from simcore.spec.phases import (
    AnyPhase,
    CompactPhase,
    HostPhase,
    Phase,
    Reduction,
    Refilled,
    RowPhase,
    Scheduled,
    SystemPhase,
    Tuned,
)

_IMPORTS = (
    "import numpy as np",
    "from numba import njit",
    "from simcore.parallel.barrier import wait",
    "from simcore.parallel.shared import STEP",
)
# Functions that Python never calls need none of numba's wrappers, which take a fifth of the time to compile.
_DECORATORS = (
    "inner = njit(error_model='numpy', no_cpython_wrapper=True, no_cfunc_wrapper=True)",
    "inlined = njit(error_model='numpy', no_cpython_wrapper=True, no_cfunc_wrapper=True, forceinline=True)",
)
_GUARDED = f"{GUARD} = njit({GUARDED}error_model='numpy', no_cpython_wrapper=True, no_cfunc_wrapper=True)"
_RESERVED = ("njit", "inner", "inlined", GUARD, "wait", "STEP", "advance", "meet", "stretch", "step", "time")
# Else a loop does not vectorise, over random numbers or over cells: eight times slower.
_INLINED = ("philox4x32", "philox4x32_words", "uniform53", *vector_functions.NAMES)


@dataclass(frozen=True)
class _Written:
    """What of a program stays where only numbers, shapes and tables differ. changed: the arrays that a step changes."""

    name: str
    text: str
    pickled: Mapping[str, bytes]
    copies: tuple[str, ...]
    swaps: tuple[tuple[str, str, int], ...]
    part_swaps: tuple[tuple[tuple[str, str], ...], ...]
    changed: frozenset[str]
    sums: int
    levels: int


# For the runs that go through one process one after the other. The functions in a key live as long as it does.
MOST_REMEMBERED = 64
_REMEMBERED: Recent[_Written] = Recent(MOST_REMEMBERED)


def build(
    description: Description,
    dt: float | None = None,
    observables: Sequence[Observable] | None = None,
    *,
    remember: bool = False,
    ladder: bool = False,
) -> Program:
    """The program of a described model; raises InvalidValueError if the model breaks its contract.

    observables: instead of the model's own. remember: take the text of a program of the same functions that this
    process has written before; what these functions see of their modules must not have changed since. ladder: whether
    several systems exchange their states.
    """
    measured = description.observables if observables is None else observables
    return _Builder(description, dt, measured, ladder=ladder).program(remember)


class _Builder:
    def __init__(
        self, description: Description, dt: float | None, observables: Sequence[Observable], *, ladder: bool
    ) -> None:
        self._description, self._dt, self._ladder = description, dt, ladder
        self._arrays = description.arrays
        self._reduced = [o for o in observables if not o.of]
        self._measuring = Measuring(description.measurement)
        self._adaptive, self._tuned, self._scheduled = description.adaptive, description.tuned, description.scheduled
        self._layout = layout_of(self._arrays)
        self._items = beside_solve(description.phases, self._layout)
        self._large = worthwhile(self._layout, [array.dtype for array in self._arrays])
        constants = description.constants
        self._values = values_of(description, dt, constants)
        self._tables = {name: value for name, value in constants.items() if isinstance(value, np.ndarray)}
        every = (*self._items, *self._measuring.items)
        reductions = tuple(item.name for item in every if isinstance(item, Reduction))
        arrays = tuple(array.name for array in self._arrays)
        counting = [item.tally for item in self._items if isinstance(item, Phase | SystemPhase | CompactPhase)]
        self._counts = [name for item in self._items if isinstance(item, CompactPhase) for name in item.counts]
        counting += self._counts
        self._tallies = tuple(dict.fromkeys(tally for tally in counting if tally))
        values, tables, tuned = tuple(self._values), tuple(self._tables), tuple(one.name for one in self._tuned)
        try:
            self._names = Names(arrays, values, tables, reductions, self._layout.dimensions, tuned, self._tallies)
        except TakenName as taken:
            raise InvalidValueError(place_of(description.model, taken.name), taken.message) from None
        known = {*values, *tables}
        if self._scheduled and (self._adaptive is not None or {one.name for one in self._scheduled} - known):
            raise InvalidValueError("model", "what is scheduled is in constants(), and not for adaptive steps")
        check(self._items, self._reduced, self._names, adaptive=self._adaptive is not None)
        check_measurement(self._measuring.items, self._arrays)
        given = self._arrays, self._tables, self._layout
        self._tables = kernel_tables(every, self._reduced, self._adaptive, *given)
        self._views = views_of(self._arrays, constants, self._tables, self._layout)
        self._worked_out = works_out_indices(cell_functions(every, self._reduced, self._adaptive, self._arrays))
        check_reach(functions_of_cells(every, self._reduced, self._adaptive), self._arrays, self._tables, self._layout)
        if self._layout.halo:
            self._values |= wall_values(self._arrays)
        runs = runs_of(self._phases, self._layout)
        self._tables |= {} if runs is None else {RUNS: runs}
        named = (*reductions, *self._names.tuned, *self._tallies, *self._names.indices)
        taken = (*_RESERVED, *arrays, *self._values, *self._tables, *named)
        self._sources = FunctionSources(taken)
        self._sums: list[RowSums] = []
        self._guards: set[str] = set()
        self._streams: set[str] = set()

    @property
    def _host_numbers(self) -> list[int]:
        return [number for number, item in enumerate(self._items) if isinstance(item, HostPhase)]

    @property
    def _phases(self) -> list[Phase]:
        return [item for item in self._items if isinstance(item, Phase)]

    def program(self, remember: bool) -> Program:
        written = self._remembered() if remember else self._written()
        code = Code(
            name=written.name,
            text=written.text,
            pickled=written.pickled,
            layout=self._layout,
            values=tuple(self._values.values()),
            tables=tuple(self._tables.values()),
            copies=written.copies,
            swaps=written.swaps,
            levels=written.levels,
            hosts=tuple(self._items[number] for number in self._host_numbers),
            dt=self._dt,
            tuned=len(self._tuned),
            host_draws=tuple(first_draws(self._items)[number] for number in self._host_numbers),
            part_swaps=written.part_swaps,
        )
        return Program(
            code=code,
            arrays=self._arrays,
            kept=tuple(array.name for array in self._arrays if not array.work and array.name in written.changed),
            observables=tuple(observable.name for observable in self._reduced),
            sums=written.sums,
            adaptive=self._adaptive,
            tuned=self._tuned,
            worked_out=self._worked_out,
            given={**self._values, **self._tables},
            expressed=self._measuring.expressed,
        )

    def _remembered(self) -> _Written:
        try:
            key = structure(
                self._arrays,
                self._items,
                self._reduced,
                self._measuring.measurement,
                self._adaptive,
                (self._tuned, self._scheduled),
                (
                    self._names,
                    tuple(self._values),
                    self._large,
                    bounds_check.asked(),
                    tuple(self._views.padded.items()),
                    self._ladder,
                ),
            )
            known = _REMEMBERED.get(key)
        except (NotCacheable, TypeError):  # TypeError: something that cannot be hashed
            return self._written()
        if known is None:
            known = self._written()
            _REMEMBERED.keep(key, known)
        return known

    def _written(self) -> _Written:
        driver = self._driver()
        text = self._write(driver)
        if (name := clash(text, self._names.every)) is not None:
            raise InvalidValueError(
                place_of(self._description.model, name), f"the name '{name}' belongs to the code that the engine writes"
            )
        kernels = [item for item in driver.items if isinstance(item, PhaseKernel)]
        changed = {name for kernel in kernels for name in kernel.targets}
        changed |= {name for item in self._items for name in changed_by(item)}
        changed |= set(self._adaptive.arrays) if self._adaptive else set()
        return _Written(
            name=f"program_{_digest(text, self._sources.pickled)}",
            text=text,
            pickled=self._sources.pickled,
            copies=tuple(driver.copies),
            swaps=self._swaps(kernels),
            part_swaps=self._part_swaps(driver.items),
            changed=frozenset(changed),
            sums=len(self._sums) + driver.tallies.columns + 2 * any(isinstance(i, RowCall) for i in driver.items),
            levels=len(kernels) if driver.reach is not None else 0,
        )

    def _driver(self) -> Driver:
        sources, names, halo = self._sources, self._names, self._layout.halo
        if any(phase.draws for phase in self._phases):
            sources.add(random.fill_uniforms)
        if any(isinstance(item, SystemPhase) for item in self._items):
            for function in (random.begin_stream, random.next_uniform, random.next_normal, random.next_integer):
                self._streams |= sources.reached(sources.add(function))
        tallies = Tallies(self._tallies, len(self._names.reductions) + bool(self._adaptive))
        items = self._kernels(self._items, tallies)
        worked_out = self._kernels(self._measuring.items, tallies, len(items))
        measured = [self._measured(observable, tallies) for observable in self._reduced]
        control = None
        if self._adaptive is not None:
            control = StepControl(self._adaptive, self._sum("error", self._adaptive.error, "max", ()))
        buffers: dict[str, int] = {}
        for item in items:
            if isinstance(item, PhaseKernel) and item.gathering is not None:
                buffers |= {name: max(n, buffers.get(name, 0)) for name, n in item.gathering.buffers.items()}
        twice = {name for item in items if isinstance(item, PhaseKernel) for name in item.swapped}
        pairs = ((a.name, new(a.name)) if a.name in twice else (a.name,) for a in self._arrays)
        return Driver(
            arrays=self._arrays,
            copies=[name for pair in pairs for name in pair],
            values=list(self._values),
            tables=list(self._tables),
            items=items,
            measurement=RowSums("sample", measured, names),
            ghosts={a.name: Ghosts(a, names, halo, sources.add) for a in self._arrays if a.halo},
            finite=[a.name for a in self._arrays if not a.work and np.dtype(a.dtype).kind in "fc"],
            halo=halo,
            line_buffers=max((phase.draws for phase in self._phases), default=0),
            buffers=buffers,
            control=control,
            reach=reach_of_rows(self._layout) if self._large and self._near() else None,
            tallies=tallies,
            **self._measuring.parted(worked_out),
            tuning=Tuning([self._adjusted(one) for one in self._tuned]),
            scheduled=[self._worked_out_anew(one) for one in self._scheduled if isinstance(one, Scheduled)],
            refilled=[self._worked_out_anew(one) for one in self._scheduled if isinstance(one, Refilled)],
            ladder=self._ladder,
        )

    def _near(self) -> bool:
        """Whether a step is phases of whole rows that are made from the rows around them, and nothing else."""
        arrays = self._names.arrays

        def near(item: AnyPhase) -> bool:
            if not isinstance(item, Phase) or item.sites is not None or item.tally is not None or item.reads:
                return False
            definition = self._sources.definitions.get(self._sources.add(item.update), "")
            return reads_near(definition, arrays, self._layout.halo)

        return self._adaptive is None and not self._tuned and not self._scheduled and all(map(near, self._items))

    def _adjusted(self, tuned: Tuned) -> Adjusted:
        function, arguments = self._sources.add(tuned.update), self._names.tuning_arguments(tuned.update)
        return Adjusted(tuned.name, function, arguments, tuned.always)

    def _worked_out_anew(self, one: Scheduled | Refilled) -> Adjusted:
        return Adjusted(one.name, self._sources.add(one.value), self._names.scheduling_arguments(one.value))

    def _measured(self, observable: Observable, tallies: Tallies) -> Reduced:
        value = observable.value
        if isinstance(value, str):
            return Reduced("", (), observable.reduce, tallies.place(value))
        arguments = self._names.arguments(value, reductions=[*self._measuring.reductions, *self._counts])
        return Reduced(self._sources.add(value), arguments, observable.reduce, cell=observable.cell)

    def _kernels(self, listed: Sequence[AnyPhase], tallies: Tallies, number: int = 0) -> list[Part]:
        """number: of the first phase."""
        items: list[Part] = []
        known: list[str] = []
        dtypes = {array.name: np.dtype(array.dtype) for array in self._arrays}
        for item, draw in zip(listed, first_draws(listed), strict=True):
            if isinstance(item, Phase):
                function, tally = self._sources.add(item.update), item.tally and tallies.place(item.tally)
                halo = self._layout.halo
                items.append(PhaseKernel(number, item, function, self._names, halo, draw, known, dtypes, tally))
                number += 1
            elif isinstance(item, Reduction):
                items.append((item.name, self._sum(item.name, item.value, item.reduce, known, item.cell)))
                known.append(item.name)
            elif isinstance(item, SystemPhase | RowPhase):
                items.append(self._whole(item, draw, known, tallies))
            elif isinstance(item, CompactPhase):
                items.append(self._compact(item, draw, tallies))
            else:
                items.append(item)
        return items

    def _whole(
        self, phase: SystemPhase | RowPhase, draw: int, known: Sequence[str], tallies: Tallies
    ) -> SystemCall | RowCall:
        """The call of a phase that takes whole arrays."""
        called = [(self._guarded(function), argument_names(function)) for function in functions_of(phase)]
        if isinstance(phase, RowPhase):
            column = tallies.column + tallies.columns
            return RowCall(phase, self._views, called, column, self._layout.dimensions)
        (function, arguments), begin = called[0], self._sources.add(random.begin_stream)
        tally = phase.tally and tallies.place(phase.tally)
        return SystemCall(phase, self._views, function, arguments, draw, begin, tally)

    def _compact(self, phase: CompactPhase, draw: int, tallies: Tallies) -> CompactCall:
        stages, (enter, leave, count) = (
            [(self._sources.add(function), argument_names(function)) for function in functions]
            for functions in (phase.stages, (phase.enter, phase.leave, phase.count))
        )
        return CompactCall(
            self._views,
            stages,
            enter,
            leave,
            count,
            draw,
            self._sources.add(random.begin_stream),
            phase.tally and tallies.place(phase.tally),
            {name: tallies.place(name) for name in phase.counts},
            phase.state,
        )

    def _guarded(self, function: Function) -> str:
        """Add a function of whole arrays; it and what it calls are compiled with a test of their indices.

        But for functions that a program has written: those are tested in the checked build.
        """
        name = self._sources.add(function)
        if not isinstance(function, CellFunction):
            self._guards |= self._sources.reached(name) - self._streams
        return name

    def _sum(self, name: str, value: Any, reduce: Any, known: Sequence[str], cell: tuple[str, ...] = ()) -> RowSums:
        arguments = self._names.arguments(value, reductions=known)
        reduced = [Reduced(self._sources.add(value), arguments, reduce, cell=cell)]
        sums = RowSums(name, reduced, self._names, len(self._sums))
        self._sums.append(sums)
        return sums

    def _swaps(self, kernels: Sequence[PhaseKernel]) -> tuple[tuple[str, str, int], ...]:
        swapped = [name for kernel in kernels for name in kernel.swapped]
        if self._adaptive is not None:
            return tuple((a, b, 1) for a, b in zip(self._adaptive.arrays, self._adaptive.proposed, strict=True))
        return tuple((name, new(name), swapped.count(name)) for name in dict.fromkeys(swapped))

    @staticmethod
    def _part_swaps(items: Sequence[Any]) -> tuple[tuple[tuple[str, str], ...], ...]:
        """What has changed places at the end of each part of a step, if Python has a share in it."""
        parts: list[list[str]] = [[]]
        for item in items:
            if isinstance(item, HostPhase):
                parts.append([])
            elif isinstance(item, PhaseKernel):
                parts[-1] += item.swapped
        return tuple(tuple((name, new(name)) for name in dict.fromkeys(p) if p.count(name) % 2) for p in parts)

    def _write(self, driver: Driver) -> str:
        text, sources, halo = Text(), self._sources, self._layout.halo
        text.line('"""Compiled by simcore. Written by a program: a change here is lost."""')
        text.lines("", *_IMPORTS, *sources.imports.values())
        text.lines("", *_DECORATORS, *([_GUARDED] if self._guards else []), *sources.numbers.values())
        called_once = [phase for phase in self._phases if phase.reads or isinstance(phase.update, CellFunction)]
        inlined = {*_INLINED, *(sources.add(phase.update) for phase in called_once)}
        for name, definition in sources.definitions.items():
            decorator = "inlined" if name in inlined else GUARD if name in self._guards else "inner"
            text.lines("", "", f"@{decorator}", *definition.splitlines())
        for ghosts in share_ghosts(list(driver.ghosts.values())):
            text.lines("", "")
            ghosts.write(text)
        every = (*driver.items, *driver.samples, *driver.snapshots)
        for kernel in share_kernels([item for item in every if isinstance(item, PhaseKernel)]):
            text.lines("", "")
            kernel.write(text)
        for sums in (*self._sums, driver.measurement):
            text.lines("", "")
            sums.write(text, halo)
        kinds = set().union(*(sums.kinds() for sums in (*self._sums, driver.measurement)))
        kinds |= {"sum"} if self._tuned or self._counts else set()
        kinds |= {"max"} if any(isinstance(item, RowPhase) and item.repeat for item in self._items) else set()
        write_totals(text, kinds)
        driver.measurement.write_goal(text)
        if driver.finite:
            text.lines("", "")
            nonfinite.write(text, self._names, halo)
        text.lines("", "")
        driver.write(text)
        if bounds_check.asked():
            return bounds_check.checked(str(text), [*driver.copies, *self._tables])
        return str(text)


def _digest(text: str, pickled: Mapping[str, bytes]) -> str:
    """Of all that goes into the compiled code and stands in no argument: numba's own cache sees none of it."""
    barrier = Path(random.__file__).parents[1] / "parallel" / "barrier.py"
    parts = [text, barrier.read_text(), *map(metadata.version, ("simcore", "numba")), *map(repr, pickled.items())]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]
