"""A field on a grid: where it starts, what holds at its sides, what its numbers are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

import numpy as np
from pydantic import Field, field_validator

from simcore.config import Section
from simcore.errors import Refusal
from simcore.models.contract import Side
from simcore.models.grid.boundary import BoundaryKey, Shift
from simcore.models.grid.grid import Grid
from simcore.models.grid.start import Start, check_start, start_values
from simcore.random import Stream


class FieldSection(Section):
    """One key under `fields`."""

    initial: Start = Field(
        description="a formula in x, y, z and the parameters, a number, {file: start.npy} or {random: {...}}"
    )
    velocity: Start | None = Field(
        default=None, description="du/dt at the start, of a field of second order in time; 0 by default"
    )
    boundary: BoundaryKey | None = Field(default=None, description="instead of the grid's")
    clip: tuple[float | None, float | None] | None = Field(
        default=None,
        description="[least, greatest]: values beyond are set to them after every step; null: no limit",
    )
    dtype: Literal["float64", "float32", "complex128", "complex64"] = "float64"

    @field_validator("clip")
    @classmethod
    def _in_order(cls, clip: tuple[float | None, float | None] | None) -> tuple[float | None, float | None] | None:
        if clip is not None and (clip == (None, None) or (None not in clip and clip[0] >= clip[1])):
            raise ValueError("must be [least, greatest] with least < greatest; null stands for no limit")
        return clip

    @property
    def is_complex(self) -> bool:
        """Whether its numbers have an imaginary part."""
        return np.dtype(self.dtype).kind == "c"

    def check(self, grid: Grid, parameters: Mapping[str, Any], path: str) -> None:
        """Refuse what can be seen without making the field: its sides, and unknown names. `path`: of this section."""
        for start, key in ((self.initial, "initial"), (self.velocity, "velocity")):
            if start is not None:
                check_start(start, grid, parameters, f"{path}.{key}")
        if self.clip is not None and self.is_complex:
            raise Refusal(f"{path}.clip", "complex numbers have no order; clip a real field")
        if self.boundary is not None:
            try:
                self.boundary.check(grid.places(), tuple(parameters))
            except ValueError as error:
                raise Refusal(f"{path}.boundary", str(error)) from None

    def walls(
        self, grid: Grid, depth: int, parameters: Mapping[str, Any], shift: Shift, path: str
    ) -> tuple[tuple[Side, Side], ...]:
        """The (lower, upper) sides along each axis, with `depth` ghost cells. Raises Refusal."""
        try:
            return (self.boundary or grid.boundary).walls(grid.places(depth), parameters, shift)
        except ValueError as error:
            key = "model.grid.boundary" if self.boundary is None else f"{path}.boundary"
            raise Refusal(key, str(error)) from None

    def start(
        self, grid: Grid, parameters: Mapping[str, Any], path: str
    ) -> np.ndarray | Callable[[Stream], np.ndarray]:
        """The field at the start, of the grid's shape and this dtype, or a function that draws it; raises Refusal."""
        return start_values(self.initial, grid, parameters, self.dtype, f"{path}.initial")
