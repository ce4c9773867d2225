"""The point of `at(u, x0, y0)`: which cell holds it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from simcore.formulas import Expression, ExpressionError
from simcore.formulas.evaluate import evaluate
from simcore.formulas.tree import Call, Name, Node, postorder
from simcore.models.grid.grid import Grid


def check_points(
    expression: Expression, grid: Grid, numbers: Mapping[str, Any], domain: np.ndarray | None = None
) -> None:
    """Raise ExpressionError at a point of `at` that is not constant, or lies outside of the grid.

    numbers: the parameters that are numbers; nothing else may stand in a point. domain: the cells that belong to it.
    """
    for node in postorder([expression.tree]):
        if isinstance(node, Call) and node.function == "at":
            for axis, place in enumerate(node.arguments[1:]):
                if wrong := _fault(place, axis, grid, numbers):
                    raise ExpressionError(expression.text, place.column, wrong)
            if domain is not None and not domain[cell_of(node.arguments[1:], grid, numbers)]:
                raise ExpressionError(expression.text, node.column, "the point lies in no cell of grid.domain")


def _fault(place: Node, axis: int, grid: Grid, numbers: Mapping[str, Any]) -> str | None:
    for node in postorder([place]):
        if isinstance(node, Name) and node.name not in numbers:
            return f"a point is given by numbers and parameters, and '{node.name}' is neither"
    value = evaluate(place, numbers)
    if isinstance(value, complex) or not math.isfinite(value):
        return f"a point is given by finite real numbers, not {value:g}"
    lower, upper = grid.origin[axis], grid.origin[axis] + grid.shape[axis] * grid.spacing[axis]
    if not lower <= value <= upper:
        return f"the point lies beyond the grid, {lower:g} to {upper:g} along {grid.axes[axis]}"
    return None


def cell_of(point: Sequence[Node], grid: Grid, numbers: Mapping[str, Any]) -> tuple[int, ...]:
    """The index, along each axis, of the cell that holds a checked point.

    A point on the face between two cells belongs to the upper one, one on the upper end of the grid to the last cell.
    """
    cells = []
    for axis, place in enumerate(point):
        distance = (float(evaluate(place, numbers)) - grid.origin[axis]) / grid.spacing[axis]
        cells.append(min(max(math.floor(distance), 0), grid.shape[axis] - 1))
    return tuple(cells)
