"""How far from its own cell a function reads, found in its source, and whether there are ghost cells so far out."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Mapping, Sequence

import numpy as np

from simcore.compiler.argument_names import CELL_INDICES, argument_names, title
from simcore.compiler.layout import Layout
from simcore.errors import InvalidValueError
from simcore.spec.arrays import CellFunction, Function, StateArray


def reach_of(source: str, arrays: Collection[str]) -> dict[str, int]:
    """How many cells away, along any axis, the function with this source reads or writes each of `arrays`.

    An index of axis n counts where it is the n-th of `i`, `j`, `k`, ... plus or minus a whole number; any other one is
    not known from the source, and left to the checked build (`compiler.bounds_check`).
    """
    found: dict[str, int] = {}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id in arrays:
            indices = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
            offsets = [abs(_offset(index, name)) for index, name in zip(indices, CELL_INDICES, strict=False)]
            found[node.value.id] = max(found.get(node.value.id, 0), *offsets)
    return found


def _offset(index: ast.expr, name: str) -> int:
    match index:
        case ast.BinOp(ast.Name(given), ast.Add(), ast.Constant(int() as cells)) if given == name:
            return cells
        case ast.BinOp(ast.Name(given), ast.Sub(), ast.Constant(int() as cells)) if given == name:
            return -cells
    return 0


def check_reach(
    functions: Iterable[Function], arrays: Sequence[StateArray], tables: Mapping[str, np.ndarray], layout: Layout
) -> None:
    """Raise InvalidValueError if a function that a program wrote reads beyond the ghost cells that there are.

    Of an array these are its own `halo`: those of an array that declares none are not filled. Of a table of constants
    they are what it has beyond the shape of the state.
    """
    margins = {array.name: array.halo for array in arrays}
    margins |= {name: _margin(table, layout.shape) for name, table in tables.items() if table.ndim == layout.dimensions}
    seen: set[str] = set()  # many phases may share one function
    for function in functions:
        if not isinstance(function, CellFunction) or function.source in seen:
            continue
        seen.add(function.source)
        named = margins.keys() & set(argument_names(function))
        for name, cells in reach_of(function.source, named).items() if named else ():
            if cells > margins[name]:
                raise InvalidValueError(
                    "model",
                    f"{title(function)} reads '{name}' {cells} cell{'s' * (cells > 1)} away, and '{name}' has "
                    f"{margins[name]} ghost cells; declare a halo of {cells}",
                )


def _margin(table: np.ndarray, shape: Sequence[int]) -> int:
    return max(0, min((given - cells) // 2 for given, cells in zip(table.shape, shape, strict=True)))
