"""The loop over the cells of one row, written once for every phase, observable and ghost cell.

Inside, `_row` is the row, `_low` and `_high` its range along axis 0, and `i`, `j`, `k` index the padded arrays.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from simcore.program.layout import ROW_SITES
from simcore.program.text import Text


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
        with text.block(f"for j in range({halo}, _n1 + {halo}):"):
            text.line(f"_line = _row * _n1 + j - {halo}")
            yield


def last_range(dimensions: int, halo: int) -> str:
    """The bounds of the last index along a line."""
    return f"_low + {halo}, _high + {halo}" if dimensions == 1 else f"{halo}, _n{dimensions - 1} + {halo}"
