"""The source that fills ghost cells: whoever writes a row writes the ghost cells which mirror it.

Axes are filled from the last to axis 0, so that corners are whole: along axis 0 a padded row is copied with its own
ghost cells.
"""

from __future__ import annotations

from contextlib import ExitStack

from simcore.models.contract import Periodic, Side, StateArray
from simcore.program.loops import extents, row_range
from simcore.program.text import Text


def wall_values(arrays: tuple[StateArray, ...]) -> dict[str, float]:
    """The coefficients of the walls of every array, by the names that the generated source gives them."""
    return {
        name: value
        for array in arrays
        for axis, sides in enumerate(array.boundary)
        for end, side in enumerate(sides)
        if not isinstance(side, Periodic)
        for name, value in zip(_wall_names(array.name, axis, end), (side.scale, side.shift), strict=True)
    }


def _wall_names(array: str, axis: int, end: int) -> tuple[str, str]:
    return f"_scale_{array}_{axis}{end}", f"_shift_{array}_{axis}{end}"


def arguments(array: StateArray) -> list[str]:
    """What the ghost function of `array` is called with after the row."""
    return [array.name, *wall_values((array,))]


def write(text: Text, array: StateArray, halo: int) -> None:
    """The function `_ghosts_<array>(_row, ...)`."""
    dimensions = len(array.shape)
    text.line("@njit(error_model='numpy')")
    with text.block(f"def _ghosts_{array.name}(_row, {', '.join(arguments(array))}):"):
        extents(text, array.name, dimensions, halo)
        row_range(text, dimensions)
        if dimensions > 1:
            text.line(f"i = _row + {halo}")
        if dimensions == 3:
            with text.block(f"for j in range({halo}, _n1 + {halo}):"):
                _beyond_ends(text, array, 2, "i, j, ", halo)
        if dimensions > 1:
            _beyond_ends(text, array, 1, "i, ", halo)
        _beyond_rows(text, array, halo)


def _beyond_ends(text: Text, array: StateArray, axis: int, index: str, halo: int) -> None:
    """The ghost cells beyond both ends of an axis within one row."""
    for depth in range(1, halo + 1):
        for end, side in enumerate(array.boundary[axis]):
            ghost, source = _positions(axis, end, depth, halo, side)
            _mirror(text, array, (axis, end), f"{index}{ghost}", f"{index}{source}")


def _beyond_rows(text: Text, array: StateArray, halo: int) -> None:
    """The ghost rows that mirror this row, if there are any."""
    for depth in range(1, halo + 1):
        for end, side in enumerate(array.boundary[0]):
            ghost, source = _positions(0, end, depth, halo, side)
            with text.block(f"if _low <= {source} - {halo} < _high:"):
                _mirror(text, array, (0, end), ghost, source)


def _mirror(text: Text, array: StateArray, where: tuple[int, int], ghost: str, source: str) -> None:
    """Ghost cells from their mirror cells, over all axes behind the one that is left."""
    axis, end = where
    with ExitStack() as loops:
        for behind in range(axis + 1, len(array.shape)):
            loops.enter_context(text.block(f"for _at{behind} in range({array.name}.shape[{behind}]):"))
            ghost, source = f"{ghost}, _at{behind}", f"{source}, _at{behind}"
        mirrored = f"{array.name}[{source}]"
        side = array.boundary[axis][end]
        if not isinstance(side, Periodic):
            scale, shift = _wall_names(array.name, axis, end)
            mirrored = f"{scale} * {mirrored} + {shift}"
        text.line(f"{array.name}[{ghost}] = {mirrored}")


def _positions(axis: int, end: int, depth: int, halo: int, side: Side) -> tuple[str, str]:
    """Padded indices of the ghost cell `depth` beyond an end, and of the cell that it mirrors."""
    n = f"_n{axis}"
    ghost = str(halo - depth) if end == 0 else f"{n} + {halo + depth - 1}"
    if isinstance(side, Periodic):
        return ghost, f"({n} - {depth}) % {n} + {halo}" if end == 0 else f"{depth - 1} % {n} + {halo}"
    return ghost, str(halo + depth - 1) if end == 0 else f"{n} + {halo - depth}"
