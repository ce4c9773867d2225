"""The source that detects non-finite values: one pass over the rows at the end of a slice."""

from __future__ import annotations

from simcore.compiler.argument_names import Names
from simcore.compiler.loops import cells_of_line, extents, lines_of_row, row_range
from simcore.compiler.source_lines import Text


def write(text: Text, names: Names, halo: int) -> None:
    """The function `_finite(_row, array)`."""
    text.line("@inner")
    with text.block("def _finite(_row, _array):"):
        extents(text, "_array", names.dimensions, halo)
        row_range(text, names.dimensions)
        text.line("_bad = 0")
        with (
            lines_of_row(text, names.dimensions, halo),
            cells_of_line(text, names.dimensions, halo),
        ):
            text.line(f"_value = _array[{', '.join(names.indices)}]")
            text.line("_bad |= _value - _value != 0")
        text.line("return _bad == 0")
