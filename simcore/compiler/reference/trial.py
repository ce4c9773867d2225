"""Some cells after the next step, worked out by calling the functions of a model in plain Python.

Only what these cells need is worked out: a value after a phase is asked for when a later one reads it. So it takes as
long for a large state as for a small one, and each access to an array is looked at.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from simcore.compiler.argument_names import CELL_INDICES, argument_names, title
from simcore.compiler.kernels import changed_by, written
from simcore.compiler.layout import ROW_SITES, Layout
from simcore.compiler.reference.whole import Given, Unknown, changed_by_rows, changed_by_system, stored
from simcore.compiler.streams import first_draws
from simcore.compiler.whole_phases import titles
from simcore.errors import InvalidValueError
from simcore.random import PhaseStream
from simcore.random.philox import key_words, philox4x32, uniform53
from simcore.spec.arrays import CellFunction, Function, Periodic, StateArray
from simcore.spec.observables import Observable
from simcore.spec.phases import AnyPhase, Clock, CompactPhase, HostPhase, Phase, Reduction, RowPhase, SystemPhase

Cell = tuple[int, ...]
CELLS, SECONDS, MOST_SUMMED, MOST_HOSTED = 48, 0.3, 512, 2**16


class Trial:
    """The next step of a model at some cells.

    state: the arrays before the step, without ghost cells. known: numbers and constants by name, constants as kernels
    are given them. key: of the random numbers. step: the one being made, from 1. constants: the arrays among them as
    the model gives them. seconds: for the cells, and for each phase of whole arrays.
    """

    def __init__(
        self,
        arrays: Sequence[StateArray],
        items: Sequence[AnyPhase],
        layout: Layout,
        state: Mapping[str, np.ndarray],
        known: Mapping[str, Any],
        key: int,
        step: int,
        constants: Mapping[str, np.ndarray] | None = None,
        seconds: float | None = None,
    ) -> None:
        self._arrays = {array.name: array for array in arrays}
        self._items, self._layout, self._state, self._known = list(items), layout, state, dict(known)
        self._key, self._whole_key, self._step = key_words(key), key, step
        self._seconds = SECONDS if seconds is None else seconds
        self._constants = dict(constants or {})
        self._wholes: dict[int, Mapping[tuple[str, Cell], Any] | None] = {}
        self._hosts: dict[int, Mapping[str, np.ndarray] | None] = {}
        self._values: dict[tuple[str, int, Cell], Any] = {}
        self._updates: dict[tuple[int, Cell], tuple[Any, ...]] = {}
        self._totals: dict[int, float] = {}
        self._first_draws = first_draws(items)
        self._plain: dict[int, tuple[Any, list[str]]] = {}

    def cells(self) -> Iterator[Cell]:
        """Corners, the middle, and some more, for as long as it may take."""
        end = time.monotonic() + self._seconds
        shape = self._layout.shape
        corners = np.ndindex(*(min(n, 2) for n in shape))
        chosen = dict.fromkeys(tuple(0 if at == 0 else n - 1 for at, n in zip(c, shape, strict=True)) for c in corners)
        chosen[tuple(n // 2 for n in shape)] = None
        numbers = np.random.default_rng(0).integers(0, shape, (CELLS, len(shape)))
        for cell in dict.fromkeys([*chosen, *map(tuple, numbers.tolist())]):
            if time.monotonic() > end:
                return
            yield cell

    def after(self, name: str, cell: Cell) -> Any:
        """The value of an array at a cell after the step. Raises InvalidValueError (a fault of the model), Unknown."""
        return self._value(name, len(self._items), cell)

    def measure(self, observable: Observable, cell: Cell) -> Any:
        """The value of an observable at a cell. Raises InvalidValueError and Unknown."""
        return self._call(observable.value, len(self._items), cell, {})  # type: ignore[arg-type]

    @property
    def numbers(self) -> list[Any]:
        """All numbers that kernels are given."""
        return [value for value in self._known.values() if not isinstance(value, np.ndarray)]

    def _value(self, name: str, number: int, cell: Cell) -> Any:
        """The value of an array before the item `number` of the step."""
        place = (name, number, cell)
        if place not in self._values:
            self._values[place] = self._found(name, number, cell)
        return self._values[place]

    def _found(self, name: str, number: int, cell: Cell) -> Any:
        for before in range(number - 1, -1, -1):
            item = self._items[before]
            if isinstance(item, HostPhase) and name in item.writes:
                return self._called_host(before, item)[name][cell]
            if isinstance(item, CompactPhase) and name in item.writes:
                raise Unknown
            if isinstance(item, SystemPhase | RowPhase) and (name, cell) in self._changed(before, item, name):
                return self._changed(before, item, name)[name, cell]
            if isinstance(item, Phase) and name in written(item) and self._place(item, cell) is not None:
                new = self._update(before, item, cell)[written(item).index(name)]
                return stored(new, self._arrays[name].dtype)
        return stored(self._state[name][cell] if name in self._state else 0, self._arrays[name].dtype)

    def _update(self, number: int, phase: Phase, cell: Cell) -> tuple[Any, ...]:
        if (number, cell) not in self._updates:
            reads = {
                name: self._view(array, number)[tuple(x + d + self._layout.halo for x, d in zip(cell, by, strict=True))]
                for name, (array, by) in phase.reads.items()
            }
            drawn = Drawn(self._drawn(number, phase, cell), title(phase.update))
            found = self._call(phase.update, number, cell, {**reads, "random": drawn})
            results = found if isinstance(found, tuple) else (found,)
            if len(results) < len(written(phase)):
                raise Unknown
            self._updates[number, cell] = results
        return self._updates[number, cell]

    def _call(self, function: Function, number: int, cell: Cell, more: Mapping[str, Any]) -> Any:
        plain, names = self._called(function)
        indices = {name: x + self._layout.halo for name, x in zip(CELL_INDICES, cell, strict=False)}
        given = []
        for name in names:
            if name in more:
                given.append(more[name])
            elif name in self._arrays:
                given.append(self._view(name, number))
            elif name in indices:
                given.append(indices[name])
            else:
                given.append(self._known[name] if name in self._known else self._total(name, number))
        try:
            with np.errstate(all="ignore"):
                return plain(*given)
        except (InvalidValueError, Unknown):
            raise
        except IndexError as error:
            raise InvalidValueError("model", f"{title(function)} at cell {list(cell)}: {error}") from None
        except RecursionError:
            raise Unknown from None
        except Exception as error:  # division by zero, say, which compiled code takes for infinity
            if "read-only" in str(error):
                raise InvalidValueError("model", f"{title(function)} changes a constant: {_CHANGES_NOTHING}") from None
            raise Unknown from error

    def _called_host(self, number: int, phase: HostPhase) -> Mapping[str, np.ndarray]:
        """What a Python call leaves in its arrays, if it is made here, too: a function of what it is given."""
        if number not in self._hosts:
            self._hosts[number] = None
            if phase.set_up is not None or self._layout.cells > MOST_HOSTED:
                raise Unknown
            arrays = {name: self._whole(name, number) for name in (*phase.reads, *phase.writes)}
            clock = Clock(self._step, *(self._known[name] for name in ("time", "dt") if "dt" in self._known))
            try:
                phase.run(arrays, clock, PhaseStream(self._whole_key, self._step, self._first_draws[number]))
            except Exception as error:  # the worker says so
                raise Unknown from error
            self._hosts[number] = arrays
        if (found := self._hosts[number]) is None:
            raise Unknown
        return found

    def _changed(self, number: int, phase: SystemPhase | RowPhase, name: str) -> Mapping[tuple[str, Cell], Any]:
        """What a phase of whole arrays leaves in the places of `name` that it writes, if it is done in time."""
        if name not in phase.writes:
            return {}
        if number not in self._wholes:
            self._wholes[number] = None
            renewed = {name for item in self._items[:number] for name in changed_by(item)}

            def before(place: tuple[str, Cell]) -> Any:
                name, cell = place
                if self._arrays[name].work and name not in renewed:
                    raise InvalidValueError(
                        "model",
                        f"{titles(phase)} reads '{name}' at {list(cell)}, a work array, before it writes it: nothing "
                        "is kept there from step to step",
                    )
                return self._value(name, number, cell)

            given = Given(self._arrays, lambda name: self._number(name, number), time.monotonic() + self._seconds)
            if isinstance(phase, SystemPhase):
                counter = self._step, self._first_draws[number]
                self._wholes[number] = changed_by_system(phase, given, before, counter, self._key)
            else:
                self._wholes[number] = changed_by_rows(phase, given, before, self._layout)
        if (found := self._wholes[number]) is None:
            raise Unknown
        return found

    def _number(self, name: str, number: int) -> Any:
        """A number or a constant without ghost cells, as the item `number` of the step is given it."""
        if name in self._constants:
            return self._constants[name]
        return self._known[name] if name in self._known else self._total(name, number)

    def _whole(self, name: str, number: int) -> np.ndarray:
        """A copy of a whole array before the item `number` of the step."""
        shape, dtype = self._layout.shape, self._arrays[name].dtype
        if not any(name in changed_by(item) for item in self._items[:number]):
            return np.array(self._state[name]) if name in self._state else np.zeros(shape, dtype)
        if self._layout.cells > MOST_SUMMED:
            raise Unknown
        values = [self._value(name, number, cell) for cell in np.ndindex(*shape)]
        return np.array(values, dtype).reshape(shape)

    def _called(self, function: Function) -> tuple[Any, list[str]]:
        if id(function) not in self._plain:
            plain: Any = getattr(function, "py_func", function)
            if isinstance(function, CellFunction):
                space: dict[str, Any] = {"np": np, "math": math, **function.uses}
                exec(compile(function.source, f"<{title(function)}>", "exec"), space)  # written by simcore
                plain = space[title(function)]
            self._plain[id(function)] = plain, argument_names(function)
        return self._plain[id(function)]

    def _total(self, name: str, number: int) -> float:
        """The newest value of a reduction."""
        before = [n for n in range(number) if isinstance(item := self._items[n], Reduction) and item.name == name]
        if not before or self._layout.cells > MOST_SUMMED:
            raise Unknown
        if before[-1] not in self._totals:
            item = self._items[before[-1]]
            assert isinstance(item, Reduction)
            if item.cell:
                raise Unknown
            values = [self._call(item.value, before[-1], cell, {}) for cell in np.ndindex(*self._layout.shape)]
            total = {"min": min, "max": max}.get(item.reduce, math.fsum)(values)
            self._totals[before[-1]] = total / len(values) if item.reduce == "mean" else total
        return self._totals[before[-1]]

    def _view(self, name: str, number: int) -> Watched:
        return Watched(self, self._arrays[name], number)

    # -- random numbers --------------------------------------------------------------------------------------------

    def _place(self, phase: Phase, cell: Cell) -> tuple[int, int] | None:
        """The line of a cell and its place among those that a phase works on there; None if it is none of them."""
        if len(cell) == 1:
            line, at, first = cell[0] // ROW_SITES, cell[0], cell[0] // ROW_SITES * ROW_SITES
        else:
            line, at, first = int(np.ravel_multi_index(cell[:-1], self._layout.shape[:-1])), cell[-1], 0
        if phase.sites is None:
            return line, at - first
        begin, stop, stride = (int(t[line]) for t in (phase.sites.first, phase.sites.stop, phase.sites.stride))
        begin, stride = max(begin, 0), max(stride, 1)
        return (line, (at - begin) // stride) if begin <= at < stop and (at - begin) % stride == 0 else None

    def _drawn(self, number: int, phase: Phase, cell: Cell) -> list[float]:
        place = self._place(phase, cell)
        assert place is not None
        line, at = place
        found = []
        for draw in range(self._first_draws[number], self._first_draws[number] + phase.draws):
            last = np.uint64(draw + (self._step >> 32 << 16))
            counter = np.uint64(at // 2), np.uint64(line), np.uint64(self._step & 0xFFFFFFFF), last
            words = philox4x32(*counter, *self._key)
            found.append(float(uniform53(*words[2 * (at % 2) : 2 * (at % 2) + 2])))
        return found

    # -- arrays ----------------------------------------------------------------------------------------------------

    def at(self, array: StateArray, number: int, place: Cell) -> Any:
        """The value at a place of an array with its ghost cells, before the item `number` of the step."""
        halo, shape = self._layout.halo, self._layout.shape
        cell = tuple(index - halo for index in place)
        sides = []
        for axis, (x, n) in enumerate(zip(cell, shape, strict=True)):
            beyond = max(-x, x - n + 1)
            if beyond <= 0:
                continue
            if beyond > array.halo:
                raise InvalidValueError(
                    "model",
                    f"a kernel reads '{array.name}' {beyond} beyond its end along axis {axis}, and it has "
                    f"halo={array.halo}",
                )
            side = array.boundary[axis][0 if x < 0 else 1]
            if not all(isinstance(part, (int, float, complex)) for part in (side.scale, side.shift)):
                raise Unknown
            sides.append(side)
            x = x % n if isinstance(side, Periodic) else -1 - x if x < 0 else 2 * n - 1 - x
            cell = (*cell[:axis], x, *cell[axis + 1 :])
        value = self._value(array.name, number, cell)
        for side in reversed(sides):  # axis 0 is filled last, and each ghost cell holds a number of the array's type
            value = stored(side.scale * value + side.shift, array.dtype)
        return value

    @property
    def padded(self) -> tuple[int, ...]:
        """The shape of the arrays with their ghost cells."""
        return self._layout.padded


class Watched:
    """An array as a kernel sees it."""

    def __init__(self, trial: Trial, array: StateArray, number: int) -> None:
        self._trial, self._array, self._number = trial, array, number
        self.shape, self.ndim = trial.padded, len(trial.padded)
        self.size, self.dtype = math.prod(trial.padded), np.dtype(array.dtype)

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, index: Any) -> Any:
        place = index if isinstance(index, tuple) else (index,)
        if len(place) != self.ndim or not all(isinstance(each, int | np.integer) for each in place):
            raise Unknown  # a row, or a slice
        return self._trial.at(self._array, self._number, tuple(map(int, place)))

    def __setitem__(self, index: Any, value: Any) -> None:
        raise InvalidValueError("model", f"a kernel writes to '{self._array.name}': {_CHANGES_NOTHING}")


class Drawn(tuple):
    """The random numbers of a cell."""

    def __new__(cls, numbers: Sequence[float], function: str) -> Drawn:
        made = super().__new__(cls, numbers)
        made.function = function
        return made

    function: str

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, int | np.integer) and not -len(self) <= index < len(self):
            raise InvalidValueError(
                "model", f"{self.function} takes random[{index}], and its phase has draws={len(self)}"
            )
        return super().__getitem__(index)


_CHANGES_NOTHING = "it returns the new value of its cell, and changes no argument"
