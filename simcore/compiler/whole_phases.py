"""The source of phases that take whole arrays: by one worker for all, or by each worker over its range of rows.

Such a function indexes arrays as it likes, so that no source shows where it ends: its indices are tested while it runs
(`bounds_check.GUARD`). Arrays have no ghost cells for it; those of arrays that it writes are filled when it is done.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from simcore.compiler.argument_names import Names, title
from simcore.compiler.layout import ROW_SITES, Layout
from simcore.compiler.source_lines import Text
from simcore.random.serial import WORDS
from simcore.spec.arrays import StateArray
from simcore.spec.phases import RowPhase, SystemPhase

RANGE = ("first", "last")
RANDOM = f"_random = np.empty({WORDS}, np.uint64)"


@dataclass(frozen=True)
class Views:
    """How whole functions see arrays: without ghost cells.

    padded: for each array and each constant that has ghost cells along some axis, whether it has them along each.
    """

    padded: Mapping[str, tuple[bool, ...]]
    halo: int

    def lines(self, names: Sequence[str]) -> list[str]:
        """The source that makes the views of what is named."""
        return [f"{self.of(name)} = {name}[{self._index(name)}]" for name in names if name in self.padded]

    def of(self, name: str) -> str:
        """What an argument is given as."""
        return f"_whole_{name}" if name in self.padded else name

    def _index(self, name: str) -> str:
        inner = f"{self.halo}:-{self.halo}"
        return ", ".join(inner if along else ":" for along in self.padded[name])


def views_of(
    arrays: Sequence[StateArray], constants: Mapping[str, object], tables: Mapping[str, np.ndarray], layout: Layout
) -> Views:
    """constants: as the model gives them; tables: as kernels of cells are given them, with ghost cells."""
    padded: dict[str, tuple[bool, ...]] = {}
    if layout.halo:
        padded = {array.name: (True,) * layout.dimensions for array in arrays if array.cells is None}
        for name, table in tables.items():
            given = np.shape(constants[name]) if name in constants else table.shape
            along = tuple(n != m for n, m in zip(table.shape, given, strict=True))
            padded |= {name: along} if any(along) else {}
    return Views(padded, layout.halo)


@dataclass(frozen=True)
class Whole:
    """What both kinds have: the arrays they change, which have ghost cells to be filled at `at`."""

    phase: SystemPhase | RowPhase
    views: Views

    @property
    def targets(self) -> tuple[str, ...]:
        return self.phase.writes  # type: ignore[return-value]

    def _call(self, function: str, arguments: Sequence[str], text: Text) -> str:
        text.lines(*self.views.lines(arguments))
        given = {"random": "_random", "first": "_begin", "last": "_end"}
        return f"{function}({', '.join(given.get(name, self.views.of(name)) for name in arguments)})"


@dataclass(frozen=True)
class SystemCall(Whole):
    """The call of a `SystemPhase`. draw: of its stream; begin: the function that begins one; tally: its place."""

    function: str
    arguments: Sequence[str]
    draw: int
    begin: str
    tally: str | None

    @property
    def asked(self) -> Sequence[str]:
        return self.arguments

    def write(self, text: Text, barrier: Callable[[Text], None]) -> None:
        """Worker 0 makes the call while the others wait."""
        with text.block("if _rank == 0:"):
            if "random" in self.arguments:
                text.line(f"{self.begin}(_random, step, {self.draw}, _key0, _key1)")
            call = self._call(self.function, self.arguments, text)
            text.line(call if self.tally is None else f"_sums[0, {self.tally}] += {call}")
        barrier(text)


@dataclass(frozen=True)
class RowCall(Whole):
    """The stages of a `RowPhase`: (function, arguments) of each.

    column: the first of two columns of `_sums` in which workers say whether to go on, in turn: no worker writes the one
    that another may still read, since it comes to it again after one more barrier only.
    """

    stages: Sequence[tuple[str, Sequence[str]]]
    column: int
    dimensions: int

    @property
    def asked(self) -> Sequence[str]:
        return [name for _, arguments in self.stages for name in arguments]

    def write(self, text: Text, barrier: Callable[[Text], None], cells: str) -> None:
        """Every worker calls each stage for its rows, between barriers. cells: those along axis 0 (source)."""
        if self.dimensions == 1:
            text.lines(f"_begin = _first * {ROW_SITES}", f"_end = min(_last * {ROW_SITES}, {cells})")
        else:
            text.lines("_begin = _first", "_end = _last")
        if not self.phase.repeat:
            self._write_stages(text, barrier)
            return
        text.lines("_again = True", "_rounds = 0")
        with text.block("while _again:"):
            with text.block(f"if _rounds == {self.phase.most}:"):
                text.line("return 5, _made")
            text.lines("_rounds += 1", "_turn = 1 - _turn")
            self._write_stages(text, barrier)
            text.line(f"_again = _total_max(_sums, {self.column} + _turn) > 0.0")

    def _write_stages(self, text: Text, barrier: Callable[[Text], None]) -> None:
        for number, (function, arguments) in enumerate(self.stages):
            call = self._call(function, arguments, text)
            if self.phase.repeat and number == len(self.stages) - 1:
                call = f"_sums[_first, {self.column} + _turn] = 1.0 if {call} else 0.0"
            text.line(call)
            barrier(text)


def functions_of(phase: SystemPhase | RowPhase) -> tuple:
    """The functions of a phase of whole arrays."""
    return (phase.update,) if isinstance(phase, SystemPhase) else phase.stages  # type: ignore[return-value]


def allowed(phase: SystemPhase | RowPhase, names: Names, reductions: Sequence[str]) -> tuple[str, ...]:
    """What the functions of a phase may be called with."""
    more = ("random",) if isinstance(phase, SystemPhase) else RANGE
    return (*names.arrays, *names.values, *names.tables, *names.tuned, *reductions, *names.clock, *more)


def titles(phase: SystemPhase | RowPhase) -> str:
    """What a phase is called in messages."""
    return ", ".join(map(title, functions_of(phase)))
