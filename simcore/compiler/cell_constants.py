"""Constants that line up with the cells: one that a kernel indexes by `i`, `j`, `k` gets ghost cells like the state.

Which axes of a constant these are is read from the source of the kernels, so that a table of values which happens to
have as many entries as the state has cells stays what it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import FunctionType

import numpy as np

from simcore.compiler.accesses import Index, Read
from simcore.compiler.argument_names import CELL_INDICES
from simcore.compiler.argument_usage import usage
from simcore.compiler.layout import Layout
from simcore.errors import InvalidValueError
from simcore.spec.arrays import Function, Periodic, StateArray


def plain_functions(functions: Iterable[Function | str]) -> list[FunctionType]:
    """Those that are plain Python of a user's; what simcore itself writes follows the rules by construction."""
    plain = [getattr(function, "py_func", function) for function in functions]
    return [
        each
        for each in dict.fromkeys(p for p in plain if isinstance(p, FunctionType))
        if not each.__module__.startswith("simcore.")
    ]


def lined_up(
    tables: Mapping[str, np.ndarray],
    functions: Iterable[Function | str],
    arrays: Sequence[StateArray],
    layout: Layout,
) -> dict[str, np.ndarray]:
    """The constants as kernels are given them.

    Along an axis that kernels index by `i`, `j`, `k` ghost cells are added: the other end if the axis is periodic, else
    the value at the edge. An array that has them already is taken as it is. Raises InvalidValueError if the number of
    entries fits neither, or if one axis is indexed both by cells and by numbers.
    """
    if not tables:
        return dict(tables)
    reads, opaque = _reads_of(functions, tables)
    found = dict(tables)
    for name, table in tables.items():
        if any(name in function.__code__.co_varnames for function in opaque):
            _refuse_opaque(name, table, layout)
        for axis in range(table.ndim):
            along = [(read, read.indices[axis]) for read in reads.get(name, ()) if axis < len(read.indices)]
            found[name] = _along(found[name], table.shape[axis], name, axis, along, arrays, layout)
    return found


def _reads_of(
    functions: Iterable[Function | str], tables: Mapping[str, np.ndarray]
) -> tuple[dict[str, list[Read]], list[FunctionType]]:
    """The reads of each constant; and the functions without source."""
    reads: dict[str, list[Read]] = {}
    opaque: list[FunctionType] = []
    for function in plain_functions(functions):
        if not tables.keys() & {*function.__code__.co_varnames[: function.__code__.co_argcount]}:
            continue
        used = usage(function)
        if used is None:
            opaque.append(function)
            continue
        for read in used.reads:
            reads.setdefault(read.name, []).append(read)
    return reads, opaque


def _along(
    table: np.ndarray,
    entries: int,
    name: str,
    axis: int,
    along: Sequence[tuple[Read, Index]],
    arrays: Sequence[StateArray],
    layout: Layout,
) -> np.ndarray:
    """One axis of a constant, with ghost cells if kernels index it by cells."""
    by_cell = [(read, index) for read, index in along if index.axis is not None]
    if not by_cell:
        return table
    read, index = by_cell[0]
    assert index.axis is not None
    cells, halo = layout.shape[index.axis], layout.halo
    for other, each in along:
        if each.wrapped and entries != cells:
            return table  # a pattern that comes again
        if each.wrapped and halo:
            raise InvalidValueError("model", wrapped(other, each, halo))
        if each.axis != index.axis and halo and entries == cells:
            raise InvalidValueError(
                "model",
                f"{read.function} reads {read.text} and {other.function} reads {other.text}: along axis {axis}, "
                f"'{name}' is indexed both by the cell and by something else; give two constants",
            )
    if entries not in (cells, cells + 2 * halo) and (halo or entries < cells):
        raise InvalidValueError(
            "model",
            f"the constant '{name}' has {entries} entries along axis {axis}, where {read.function} reads {read.text}; "
            f"the state has {cells} cells there: give one entry for each cell",
        )
    for other, each in by_cell:
        if each.known:
            _refuse_beyond(name, axis, entries, other, each, layout)
    if not halo or entries == cells + 2 * halo:
        return table
    width = [(halo, halo) if each == axis else (0, 0) for each in range(table.ndim)]
    sides = [array.boundary[index.axis] for array in arrays if array.halo]
    ring = all(isinstance(side, Periodic) for pair in sides for side in pair)
    return np.pad(table, width, mode="wrap" if ring else "edge")


def _refuse_beyond(name: str, axis: int, entries: int, read: Read, index: Index, layout: Layout) -> None:
    assert index.axis is not None
    assert index.low is not None
    assert index.high is not None
    cells, halo = layout.shape[index.axis], layout.halo
    most = halo if entries in (cells, cells + 2 * halo) else entries - cells
    if index.low < -halo or index.high > most:
        far = index.low if index.low < -halo else index.high
        raise InvalidValueError(
            "model",
            f"{read.function} reads {read.text}: {abs(far)} beyond the cell along axis {axis} of '{name}', "
            f"and {max(halo, 0)} is allowed, the halo of the state's arrays; give them halo={abs(far)}",
        )


def wrapped(read: Read, index: Index, halo: int) -> str:
    """What to write in place of a remainder."""
    cell = CELL_INDICES[index.axis or 0]
    return (
        f"{read.function} reads {read.text}: {cell} counts the {halo} ghost cells at the lower end, so the remainder "
        f"is another cell; with ghost cells, {cell} + 1 and {cell} - 1 are the neighbours at the ends, too"
    )


def _refuse_opaque(name: str, table: np.ndarray, layout: Layout) -> None:
    if layout.halo and any(entries in layout.shape for entries in table.shape):
        raise InvalidValueError(
            "model",
            f"whether '{name}' is indexed by cells cannot be seen, as Python has no source of the kernel: put the "
            "model in a file",
        )
