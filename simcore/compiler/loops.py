"""The loop over the cells of one row, written once for every phase, observable and ghost cell.

Inside, `_row` is the row, `_low` and `_high` its range along axis 0, and `i`, `j`, `k` index the padded arrays.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from simcore.compiler.argument_names import CELL_INDICES
from simcore.compiler.layout import ROW_SITES
from simcore.compiler.source_lines import Text


def extents(text: Text, array: str, dimensions: int, halo: int) -> None:
    """The number of cells along each axis, `_n0` and so on, from one of the arrays."""
    for axis in range(dimensions):
        text.line(f"_n{axis} = {array}.shape[{axis}] - {2 * halo}")


def row_range(text: Text, dimensions: int) -> None:
    """`_low` and `_high`: the part of axis 0 that is this row.

    The compiler cannot know that `_row` is no negative index; told so, it leaves out the wrap-around of every access.
    """
    text.line("_row = max(_row, 0)")
    if dimensions == 1:
        text.lines(f"_low = _row * {ROW_SITES}", f"_high = min(_low + {ROW_SITES}, _n0)")
    else:
        text.lines("_low = _row", "_high = _row + 1")


@contextmanager
def lines_of_row(text: Text, dimensions: int, halo: int) -> Iterator[None]:
    """The loop over the lines of a row: sets `_line` and every index but the last."""
    if dimensions == 1:
        text.line("_line = _row")
        yield
    elif dimensions == 2:
        text.lines("_line = _row", f"i = _row + {halo}")
        yield
    else:
        text.line(f"i = _row + {halo}")
        line = "_row"
        with ExitStack() as loops:
            for axis in range(1, dimensions - 1):
                loops.enter_context(text.block(f"for _across{axis} in range(_n{axis}):"))
                text.line(f"{CELL_INDICES[axis]} = _across{axis} + {halo}")
                line = f"({line}) * _n{axis} + _across{axis}" if axis > 1 else f"{line} * _n1 + _across1"
            text.line(f"_line = {line}")
            yield


@contextmanager
def cells_of_line(text: Text, dimensions: int, halo: int) -> Iterator[None]:
    """The loop along a line: sets `_at`, the number of the cell in it, and the last index.

    It counts from 0 because the compiler knows then that `j - 1` is no negative index; of a `j` that begins at a halo
    of 2 it does not, and the loop is seven times slower.
    """
    count, begin = ("_high - _low", "_low + ") if dimensions == 1 else (f"_n{dimensions - 1}", "")
    with text.block(f"for _at in range({count}):"):
        text.line(f"{CELL_INDICES[dimensions - 1]} = {begin}_at + {halo}")
        yield
