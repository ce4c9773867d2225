"""The source of sums over all cells: partial sums of each row, and their total in the order of the rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from simcore.compiler.argument_names import Names
from simcore.compiler.layout import ROW_SITES
from simcore.compiler.loops import cells_of_line, extents, lines_of_row, row_range
from simcore.compiler.source_lines import Text

_START = {"mean": "0.0", "sum": "0.0", "min": "np.inf", "max": "-np.inf"}
_ADD = {
    "mean": "{total} += {value}",
    "sum": "{total} += {value}",
    "min": "{total} = {total} if {total} <= {value} else {value}",
    "max": "{total} = {total} if {total} >= {value} else {value}",
}


@dataclass(frozen=True)
class Reduced:
    """One sum: its function's name in the generated module, what that is called with, and how values are joined.

    tally: the column of `_sums` in which the phases have added it up already (source); then there is no function.
    cell: the names of the indices of the one cell at which it is taken.
    """

    function: str
    arguments: Sequence[str]
    reduce: Literal["mean", "sum", "min", "max"]
    tally: str | None = None
    cell: tuple[str, ...] = ()


class RowSums:
    """`_rows_<name>(_row, _partial, ...)` reduces one row into columns of `_partial`; `write_totals` the rows.

    column: the first of its columns.
    """

    def __init__(self, name: str, sums: Sequence[Reduced], names: Names, column: int = 0) -> None:
        self.name, self.sums, self._names, self._column = name, sums, names, column
        called = {argument for one in sums for argument in (*one.arguments, *one.cell)} - set(names.indices)
        shaped = names.arrays[0]
        tallied = ["_sums", "_odd"] if any(one.tally for one in sums) else []
        self.arguments = [shaped, *sorted(called - {shaped}), *tallied]
        self._functions = {number: one for number, one in enumerate(sums) if one.tally is None and not one.cell}
        self._single = {number: one for number, one in enumerate(sums) if one.cell}

    def row_call(self, partial: str) -> str:
        return f"_rows_{self.name}(_row, {partial}, {', '.join(self.arguments)})"

    def total_call(self, number: int, partial: str) -> str:
        if self._single.get(number):
            row = self.sums[number].cell[0] + (f" // {ROW_SITES}" if self._names.dimensions == 1 else "")
            return f"{partial}[{row}, {self._column + number}]"
        total = f"_total_{self._kind(number)}({partial}, {self._column + number})"
        return f"{total} / _cells" if self.sums[number].reduce == "mean" else total

    def kinds(self) -> set[str]:
        """Which of `write_totals` it calls."""
        return {self._kind(number) for number in range(len(self.sums))}

    def _kind(self, number: int) -> str:
        reduce = "sum" if number in self._single else self.sums[number].reduce
        return "sum" if reduce == "mean" else reduce

    def write_goal(self, text: Text) -> None:
        """`_total_goal(_partial, _cells, column)`: the total of a column that is not known beforehand."""
        text.lines("", "", "@inner")
        with text.block("def _total_goal(_partial, _cells, _column):"):
            for number in range(len(self.sums)):
                total = self.total_call(number, "_partial")
                if number in self._single:  # its index is not known here; in all other rows it is 0
                    total = f"_total_sum(_partial, {self._column + number})"
                with text.block(f"if _column == {number}:"):
                    text.line(f"return {total}")
            text.line("return np.inf")

    def write(self, text: Text, halo: int) -> None:
        dimensions = self._names.dimensions
        text.line("@inner")
        with text.block(f"def _rows_{self.name}(_row, _partial, {', '.join(self.arguments)}):"):
            extents(text, self._names.arrays[0], dimensions, halo)
            row_range(text, dimensions)
            for number, one in enumerate(self.sums):
                start = "0.0" if one.cell else _START[one.reduce]
                text.line(f"_total{number} = {start if one.tally is None else f'_sums[_row, {one.tally}]'}")
            for number, one in self._single.items():
                self._write_cell(text, number, one, halo)
            if self._functions:
                self._write_loop(text, dimensions, halo)
            for number in range(len(self.sums)):
                text.line(f"_partial[_row, {self._column + number}] = _total{number}")

    def _write_cell(self, text: Text, number: int, one: Reduced, halo: int) -> None:
        """The value at one cell, by the worker that owns its row."""
        with text.block(f"if _low <= {one.cell[0]} < _high:"):
            text.lines(*(f"{i} = {at} + {halo}" for i, at in zip(self._names.indices, one.cell, strict=True)))
            text.line(f"_total{number} = {one.function}({', '.join(one.arguments)})")

    def _write_loop(self, text: Text, dimensions: int, halo: int) -> None:
        with lines_of_row(text, dimensions, halo), cells_of_line(text, dimensions, halo):
            for number, one in self._functions.items():
                text.line(f"_value{number} = {one.function}({', '.join(one.arguments)})")
                text.line(_ADD[one.reduce].format(total=f"_total{number}", value=f"_value{number}"))


def write_totals(text: Text, kinds: set[str]) -> None:
    """`_total_sum(_partial, _column)` and the like: one column, in the order of the rows."""
    for kind in sorted(kinds):
        text.lines("", "", "@inner")
        with text.block(f"def _total_{kind}(_partial, _column):"):
            text.line(f"_total = {_START[kind]}")
            with text.block("for _row in range(_partial.shape[0]):"):
                text.line("_value = _partial[_row, _column]")
                text.line(_ADD[kind].format(total="_total", value="_value"))
            text.line("return _total")
