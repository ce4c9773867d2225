"""A field on a grid: where it starts and what holds at its sides."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BeforeValidator, Field, PlainSerializer, ValidationInfo, WithJsonSchema

from simcore.config import Section
from simcore.errors import Refusal
from simcore.expressions import Expression, ExpressionError, parse
from simcore.models.arrayfile import SCHEMA, ArrayFile
from simcore.models.contract import Side
from simcore.models.grid.boundary import BoundaryKey
from simcore.models.grid.grid import Grid

MOST_CELLS = 2**40  # 8 TiB


def _read_start(value: object, info: ValidationInfo) -> object:
    if isinstance(value, str):
        return parse(value)
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < float("inf"):
        return parse(repr(value))
    if isinstance(value, Mapping):
        return ArrayFile.read(value, (info.context or {}).get("directory", "."))
    if isinstance(value, Expression | ArrayFile):
        return value
    raise ValueError(f"must be a formula, a number or {{file: start.npy}}, not {value!r}")


Start = Annotated[
    Expression | ArrayFile,
    BeforeValidator(_read_start),
    PlainSerializer(lambda start: start.keys() if isinstance(start, ArrayFile) else start.text),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "number"}, SCHEMA]}),
]


class FieldSection(Section):
    """One key under `fields`."""

    initial: Start = Field(description="a formula in x, y, z and the parameters, a number, or {file: start.npy}")
    boundary: BoundaryKey | None = Field(default=None, description="instead of the grid's")
    dtype: Literal["float64", "float32"] = "float64"

    def sides(self, grid: Grid, path: str) -> tuple[tuple[Side, Side], ...]:
        """The (lower, upper) sides along each axis; `path` is this section's in the experiment. Raises Refusal."""
        try:
            return (self.boundary or grid.boundary).sides(grid.spacing)
        except ValueError as error:
            raise Refusal(f"{path}.boundary", str(error)) from None

    def check(self, grid: Grid, parameters: Mapping[str, Any], path: str) -> None:
        """Refuse what can be seen without making the field: its sides, and unknown names in its formula."""
        self.sides(grid, path)
        if isinstance(self.initial, Expression):
            try:
                self.initial.require((*grid.axes, *parameters))
            except ExpressionError as error:
                raise Refusal(f"{path}.initial", str(error)) from None

    def start(self, grid: Grid, parameters: Mapping[str, Any], path: str) -> np.ndarray:
        """The field at the start, of the grid's shape and this dtype; raises Refusal where it is not finite."""
        self.check(grid, parameters, path)
        try:
            return self._start(grid, parameters, path)
        except MemoryError:
            raise Refusal("model.grid.shape", f"{list(grid.shape)} cells do not fit into the memory") from None

    def _start(self, grid: Grid, parameters: Mapping[str, Any], path: str) -> np.ndarray:
        if math.prod(grid.shape) > MOST_CELLS:
            raise MemoryError
        field = np.empty(grid.shape, self.dtype)  # first, since it is the largest
        if isinstance(self.initial, ArrayFile):
            values = self.initial.load(grid.shape, f"{path}.initial")
        else:
            values = self.initial.evaluate({**parameters, **grid.mesh()})
        with np.errstate(over="ignore"):  # too large for float32: refused below
            field[...] = values
        if not np.isfinite(field).all():
            cell = np.argwhere(~np.isfinite(field))[0].tolist()
            raise Refusal(f"{path}.initial", f"is {field[tuple(cell)]} at cell {cell}; every value must be finite")
        return field
