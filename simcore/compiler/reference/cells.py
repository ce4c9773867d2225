"""A model whose functions are called by hand, at any cell of any state."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from simcore.compiler.argument_names import CELL_INDICES, argument_names, title
from simcore.compiler.cell_constants import lined_up
from simcore.compiler.kernels import written
from simcore.compiler.layout import ROW_SITES
from simcore.compiler.model_checks import cell_functions, layout_of, values_of
from simcore.compiler.reference.ghost_sources import GhostSource, origins
from simcore.errors import InvalidValueError
from simcore.spec.arrays import CellFunction, Function, StateArray
from simcore.spec.description import Description
from simcore.spec.model import Model
from simcore.spec.phases import Phase

State = dict[str, list[Any]]
"""The values of the cells of each array by its name, in C order."""

Place = tuple[str, int]
"""An array and the number of a cell."""


class View:
    """An array as a function of one cell indexes it, ghost cells included. log: takes the places that are read."""

    def __init__(
        self, name: str, values: Sequence[Any], found: Mapping[tuple[int, ...], GhostSource], log: list[Place]
    ):
        self._name, self._values, self._origins, self._log = name, values, found, log

    def __getitem__(self, index: Any) -> Any:
        place = index if isinstance(index, tuple) else (index,)
        try:
            origin = self._origins[tuple(map(int, place))]
        except KeyError:
            text = ", ".join(map(str, place))
            raise InvalidValueError("model", f"a kernel reads {self._name}[{text}], beyond the ghost cells") from None
        self._log.append((self._name, origin.cell))
        value = self._values[origin.cell]
        return value if origin.plain else origin.scale * value + origin.shift


class PlainCells:
    """Calls the functions of `model` as the compiled loops would. Raises ValueError for walls that move in time."""

    def __init__(self, model: Model, dt: float | None = None) -> None:
        self.model, description = model, Description(model)
        self.arrays: tuple[StateArray, ...] = description.arrays
        self.layout = layout_of(self.arrays)
        constants = description.constants
        given = {name: value for name, value in constants.items() if isinstance(value, np.ndarray)}
        functions = cell_functions(description.phases, description.observables, description.adaptive, self.arrays)
        tables = lined_up(given, functions, self.arrays, self.layout)
        tuned = {one.name: np.float64(one.initial) for one in description.tuned}
        numbers = {name: _as_compiled(value) for name, value in values_of(description, dt, constants).items()}
        self._known: dict[str, Any] = {**numbers, **tables, **tuned, "step": 1, "time": np.float64(0.0)}
        self._origins = {array.name: origins(array, self.layout.halo) for array in self.arrays}
        self._compiled: dict[Any, tuple[Callable[..., Any], list[str]]] = {}

    @cached_property
    def cells(self) -> list[tuple[int, ...]]:
        """All cells, in C order."""
        return list(np.ndindex(self.layout.shape))

    def state(self, values: Mapping[str, np.ndarray]) -> State:
        """From arrays of the lattice's shape; those that are not given hold zeros."""
        shape = self.layout.shape
        arrays = {a.name: np.asarray(values.get(a.name, 0), a.dtype) for a in self.arrays}
        return {name: _values(np.broadcast_to(array, shape).ravel()) for name, array in arrays.items()}

    def sites(self, phase: Phase) -> list[int]:
        """The cells that a phase updates, as numbers in C order."""
        return [cell for _, cells in self.lines(phase) for cell in cells]

    def lines(self, phase: Phase) -> list[tuple[int, list[int]]]:
        """The number of each line and the cells of it that a phase updates, in order."""
        numbers = np.arange(self.layout.cells)
        width = ROW_SITES if self.layout.dimensions == 1 else self.layout.shape[-1]
        found = []
        for line in range(self.layout.lines):
            run = slice(line * width, (line + 1) * width)
            if phase.sites is not None:
                start = 0 if self.layout.dimensions == 1 else line * width
                first, stop, stride = (int(t[line]) for t in (phase.sites.first, phase.sites.stop, phase.sites.stride))
                run = slice(start + max(first, 0), start + stop, max(stride, 1))
            found.append((line, numbers[run].tolist()))
        return found

    def update(self, phase: Phase, state: State, cell: int, random: Sequence[Any], log: list[Place]) -> tuple[Any, ...]:
        """The new values of what a phase writes at a cell, without its tally. log: takes the places that it reads."""
        here = self.cells[cell]
        halo = self.layout.halo
        reads = {
            name: self._view(array, state, log)[tuple(x + d + halo for x, d in zip(here, offset, strict=True))]
            for name, (array, offset) in phase.reads.items()
        }
        found = self.call(phase.update, state, cell, log, random=tuple(random), **reads)
        results = found if isinstance(found, tuple) else (found,)
        return results[: len(written(phase))]

    def after(self, phase: Phase, state: State, random: Mapping[int, Sequence[float]]) -> State:
        """The state after a phase in which every cell reads the old one. random: the numbers for each cell."""
        cells, arrays = self.sites(phase), written(phase)
        after = state | {name: list(state[name]) for name in arrays}
        for cell in cells:
            for name, value in zip(arrays, self.update(phase, state, cell, random[cell], []), strict=True):
                after[name][cell] = value
        return after

    def call(self, function: Function, state: State, cell: int, log: list[Place] | None = None, **more: Any) -> Any:
        """A function at a cell; `more` are arguments by name that go before all others."""
        plain, names = self._plain(function)
        log = [] if log is None else log
        indices = {name: x + self.layout.halo for name, x in zip(CELL_INDICES, self.cells[cell], strict=False)}
        values = [
            more[name]
            if name in more
            else self._view(name, state, log)
            if name in state
            else indices[name]
            if name in indices
            else self._known[name]
            for name in names
        ]
        with np.errstate(all="ignore"):
            return plain(*values)

    def arguments(self, function: Function) -> list[str]:
        """The names of its arguments."""
        return self._plain(function)[1]

    def _view(self, name: str, state: State, log: list[Place]) -> View:
        return View(name, state[name], self._origins[name], log)

    def _plain(self, function: Function) -> tuple[Callable[..., Any], list[str]]:
        key = function.source if isinstance(function, CellFunction) else function
        if key not in self._compiled:
            self._compiled[key] = _plain(function), argument_names(function)
        return self._compiled[key]


def _plain(function: Function) -> Callable[..., Any]:
    if not isinstance(function, CellFunction):
        return getattr(function, "py_func", function)
    names: dict[str, Any] = {"np": np, "math": math, **function.uses}
    exec(compile(function.source, f"<{title(function)}>", "exec"), names)  # written by simcore, see CellFunction
    plain: Callable[..., Any] = names[title(function)]
    return plain


def _values(array: np.ndarray) -> list[Any]:
    """Whole numbers as Python's own, which like numba's do not overflow; the rest as NumPy's, which may be infinite."""
    return array.tolist() if array.dtype.kind in "bi" else list(array)


def _as_compiled(value: Any) -> Any:
    return np.float64(value) if isinstance(value, float) else value
