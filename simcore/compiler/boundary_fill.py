"""The source that fills ghost cells: the worker that writes a row writes the ghost cells which mirror it.

Axes are filled from the last to axis 0, so that corners are whole: along axis 0 a padded row is copied with its own
ghost cells.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack

from simcore.compiler.argument_names import CELL_INDICES, Names
from simcore.compiler.loops import extents, row_range
from simcore.compiler.source_lines import Text
from simcore.spec.arrays import Function, Periodic, Side, StateArray


def wall_values(arrays: Sequence[StateArray]) -> dict[str, float | complex]:
    """The constant coefficients of the walls of every array, by the names that the generated source gives them."""
    values: dict[str, float | complex] = {}
    for array in arrays:
        for axis, sides in enumerate(array.boundary):
            for end, side in enumerate(sides):
                for kind, part in _coefficients(side):
                    if isinstance(part, (int, float, complex)):
                        values[_wall_name(kind, array.name, axis, end)] = part
    return values


class Ghosts:
    """`_ghosts_<array>(_row, ...)`; arrays with walls of the same kinds share one, called with the values of their own.

    `_functions`: the names and arguments of coefficients that are functions, by ("scale" or "shift", axis, end).
    """

    def __init__(self, array: StateArray, names: Names, halo: int, add: Callable[[Function], str]) -> None:
        self.array, self._halo, self.name = array, halo, f"_ghosts_{array.name}"
        self._functions: dict[tuple[str, int, int], tuple[str, list[str]]] = {}
        for axis, sides in enumerate(array.boundary):
            for end, side in enumerate(sides):
                for kind, part in _coefficients(side):
                    if not isinstance(part, (int, float, complex)):
                        self._functions[kind, axis, end] = (add(part), names.wall_arguments(part))
        needed = {name: None for _, arguments in self._functions.values() for name in arguments}
        extra = [name for name in needed if name not in (*names.indices, "time")]
        self._time = ["_time"] if "time" in needed else []
        own = wall_values((array,))
        self._arguments = [*own, *extra]
        self._parameters = [*(name.replace(f"_{array.name}_", "_", 1) for name in own), *extra]
        text = Text()
        self._write_body(text)
        self.body = str(text)

    def call(self, target: str, time: str) -> str:
        """For the copy `target` of the array, whose values hold at `time` (source)."""
        return f"{self.name}({', '.join(['_row', target, *self._arguments, *[time][: len(self._time)]])})"

    def write(self, text: Text) -> None:
        text.lines("@inner", f"def {self.name}{self.body}".rstrip())

    def _write_body(self, text: Text) -> None:
        halo, dimensions = self._halo, len(self.array.shape)
        with text.block(f"({', '.join(['_row', '_array', *self._parameters, *self._time])}):"):
            extents(text, "_array", dimensions, halo)
            row_range(text, dimensions)
            if dimensions > 1:
                text.line(f"i = _row + {halo}")
            for axis in range(dimensions - 1, 0, -1):
                self._beyond_ends(text, axis)
            self._beyond_rows(text)

    def _beyond_ends(self, text: Text, axis: int) -> None:
        """The ghost cells beyond both ends of an axis within one row."""
        index = "".join(f"{name}, " for name in CELL_INDICES[:axis])
        with ExitStack() as loops:
            for before in range(1, axis):
                name = CELL_INDICES[before]
                loops.enter_context(text.block(f"for {name} in range({self._halo}, _n{before} + {self._halo}):"))
            self._both_ends(text, axis, index)

    def _both_ends(self, text: Text, axis: int, index: str) -> None:
        for depth in range(1, self._halo + 1):
            for end, side in enumerate(self.array.boundary[axis]):
                ghost, source = _positions(axis, end, depth, self._halo, side)
                self._mirror(text, axis, end, f"{index}{ghost}", f"{index}{source}")

    def _beyond_rows(self, text: Text) -> None:
        """The ghost rows that mirror this row, if there are any."""
        for depth in range(1, self._halo + 1):
            for end, side in enumerate(self.array.boundary[0]):
                ghost, source = _positions(0, end, depth, self._halo, side)
                with text.block(f"if _low <= {source} - {self._halo} < _high:"):
                    self._mirror(text, 0, end, ghost, source)

    def _mirror(self, text: Text, axis: int, end: int, ghost: str, source: str) -> None:
        """Ghost cells from their mirror cells, over all axes behind the one that is left."""
        with ExitStack() as loops:
            for behind in range(axis + 1, len(self.array.shape)):
                loops.enter_context(text.block(f"for _at{behind} in range(_array.shape[{behind}]):"))
                ghost, source = f"{ghost}, _at{behind}", f"{source}, _at{behind}"
            text.line(f"_array[{ghost}] = {self._mirrored(axis, end, source)}")

    def _mirrored(self, axis: int, end: int, source: str) -> str:
        value = f"_array[{source}]"
        if _copied(self.array.boundary[axis][end]):
            return value
        scale, shift = (self._coefficient(kind, axis, end, source) for kind in ("scale", "shift"))
        return f"{scale} * {value} + {shift}"

    def _coefficient(self, kind: str, axis: int, end: int, source: str) -> str:
        """The scale or the shift of a wall, at the mirror cell `source`."""
        if (kind, axis, end) not in self._functions:
            return f"_{kind}_{axis}{end}"
        function, arguments = self._functions[kind, axis, end]
        here: Mapping[str, str] = dict(zip(CELL_INDICES, source.split(", "), strict=False)) | {"time": "_time"}
        return f"{function}({', '.join(here.get(name, name) for name in arguments)})"


def share_ghosts(ghosts: Sequence[Ghosts]) -> list[Ghosts]:
    """Name those that have the same body after the first of them; returns those that are to be written."""
    first: dict[str, Ghosts] = {}
    for one in ghosts:
        one.name = first.setdefault(one.body, one).name
    return list(first.values())


def _copied(side: Side) -> bool:
    return isinstance(side, Periodic) and side.plain


def _coefficients(side: Side) -> tuple[tuple[str, float | complex | Function], ...]:
    """The scale and the shift by their kinds; none of a copy."""
    return () if _copied(side) else (("scale", side.scale), ("shift", side.shift))


def _wall_name(kind: str, array: str, axis: int, end: int) -> str:
    return f"_{kind}_{array}_{axis}{end}"


def _positions(axis: int, end: int, depth: int, halo: int, side: Side) -> tuple[str, str]:
    """Padded indices of the ghost cell `depth` beyond an end, and of the cell that it mirrors."""
    n = f"_n{axis}"
    ghost = str(halo - depth) if end == 0 else f"{n} + {halo + depth - 1}"
    if isinstance(side, Periodic):
        return ghost, f"({n} - {depth}) % {n} + {halo}" if end == 0 else f"{depth - 1} % {n} + {halo}"
    return ghost, str(halo + depth - 1) if end == 0 else f"{n} + {halo - depth}"
