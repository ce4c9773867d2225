"""A field on a grid: where it starts, what holds at its sides, what its numbers are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from pydantic import Field, field_validator

from simcore.config import Section
from simcore.errors import InvalidValueError
from simcore.models.grid.boundary import BoundaryKey
from simcore.models.grid.domain import DomainWallKey
from simcore.models.grid.grid import Grid
from simcore.models.grid.start import Start


class FieldSection(Section):
    """One key under `fields`."""

    initial: Start = Field(
        description="a formula in x, y, z, parameters, other fields, normal and uniform; a number; {file: start.npy}, "
        "a picture or a run; or {random: {...}}"
    )
    velocity: Start | None = Field(
        default=None, description="du/dt at the start, of a field of second order in time; 0 by default"
    )
    boundary: BoundaryKey | None = Field(default=None, description="at the sides that it names; the grid's at others")
    velocity_boundary: BoundaryKey | None = Field(
        default=None,
        exclude_if=lambda given: given is None,  # so that random numbers of experiments without it stay as they are
        description="of du/dt, at the sides that it names; else the rate of change of the boundary of u",
    )
    domain: DomainWallKey | None = Field(
        default=None,
        exclude_if=lambda given: given is None,
        description="at the faces of grid.domain: {derivative: 0} by default, {value: v}, {mixed: [a, b]}",
    )
    clip: tuple[float | None, float | None] | None = Field(
        default=None,
        exclude_if=lambda given: given is None,
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

    def check(self, grid: Grid, parameters: Sequence[str], path: str) -> None:
        """Refuse what can be seen of its sides and limits without making the field. `path`: of this section."""
        if self.clip is not None and self.is_complex:
            raise InvalidValueError(f"{path}.clip", "complex numbers have no order; clip a real field")
        for given, key in ((self.boundary, "boundary"), (self.velocity_boundary, "velocity_boundary")):
            if given is not None:
                try:
                    given.check(grid.places(), parameters)
                except ValueError as error:
                    raise InvalidValueError(f"{path}.{key}", str(error)) from None
