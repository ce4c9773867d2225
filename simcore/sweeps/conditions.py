"""`where`: which combinations of a block are points, as in `size >= 32 or temperature < 2`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from simcore.formulas import ExpressionError, parse_condition
from simcore.sweeps.blocks import Combinations
from simcore.sweeps.names import short_names


def chosen(combinations: Combinations, condition: str) -> Combinations:
    """Those for which the condition holds.

    Its names are the last parts of the swept paths, the whole path if two have the same; a whole path always will
    do. Raises ExpressionError: an unknown name, a key with non-numeric values.
    """
    expression = parse_condition(condition)
    columns = _columns(combinations)
    paths = {name: path for path, name in short_names(columns).items()}
    expression.require(paths if not expression.names & columns.keys() else [*paths, *columns])
    values = {
        name: _numbers(*columns[paths.get(name, name)], name, expression.text) for name in sorted(expression.names)
    }
    kept = np.flatnonzero(np.broadcast_to(expression.evaluate(values), len(combinations)))
    return replace(combinations, indices=tuple(index[kept] for index in combinations.indices))


def _columns(combinations: Combinations) -> dict[str, tuple[Sequence, np.ndarray]]:
    """path -> (values, the one that each combination takes)."""
    axes = zip(combinations.axes, combinations.indices, strict=True)
    return {column.path: (column.values, index) for axis, index in axes for column in axis.columns}


def _numbers(values: Sequence, index: np.ndarray, name: str, condition: str) -> np.ndarray:
    if not all(isinstance(value, int | float) for value in values):
        raise ExpressionError(condition, condition.find(name) + 1, f"'{name}' has values that are not numbers")
    return np.asarray(values, dtype=np.float64)[index]
