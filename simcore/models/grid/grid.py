"""The cells of space: how many, how large, and if."""

from __future__ import annotations

import math
from typing import Annotated, Any

import numpy as np
from pydantic import AfterValidator, Field, ValidationInfo, WithJsonSchema, field_validator

from simcore.config import Section, Shape
from simcore.models.grid.boundary import AXES, Boundary, BoundaryKey, Place, read_boundary
from simcore.models.grid.domain import DomainKey


def _squarable(length: float) -> float:
    if not 1e-100 <= length <= 1e100:
        raise ValueError("must be from 1e-100 to 1e+100")
    return length


Length = Annotated[float, AfterValidator(_squarable)]


def _number_or_list(number: dict[str, Any]) -> WithJsonSchema:
    return WithJsonSchema({"anyOf": [number, {"type": "array", "items": number, "minItems": 1, "maxItems": 3}]})


_POSITIVE = _number_or_list({"type": "number", "exclusiveMinimum": 0})


class Grid(Section):
    """A cell-centred grid of one to three axes: along an axis of spacing h, cell i lies at origin + (i + 1/2) h."""

    shape: Shape = Field(description="cells along x, y, z")
    extent: Annotated[tuple[Length, ...], _POSITIVE] | None = Field(
        default=None, exclude=True, description="size of the grid, instead of spacing: a number, or one for each axis"
    )
    spacing: Annotated[tuple[Length, ...], _POSITIVE] = Field(
        default=None, validate_default=True, description="size of a cell, 1 by default: a number, or one for each axis"
    )
    origin: Annotated[tuple[float, ...], _number_or_list({"type": "number"})] = Field(
        default=0.0, validate_default=True, description="corner of cell 0: a number, or one for each axis"
    )
    boundary: BoundaryKey = Field(
        default=read_boundary("periodic"), description="of all sides; a field may change some"
    )

    domain: DomainKey | None = Field(
        default=None,
        exclude_if=lambda given: given is None,  # so that random numbers of experiments without it stay as they are
        description='the cells that belong to the grid: a condition, "x**2 + y**2 < 100", or {file: maze.png}',
    )

    @field_validator("extent", "spacing", "origin", mode="before")
    @classmethod
    def _listed(cls, value: object, info: ValidationInfo) -> object:
        if value is None:
            return None
        if not isinstance(value, list | tuple):
            return (value,)
        axes = len(info.data.get("shape", value))
        if len(value) != axes:
            raise ValueError(f"must be a number or a list of {axes}, one for each axis; {len(value)} are given")
        return tuple(value)

    @field_validator("spacing", mode="before")
    @classmethod
    def _from_extent(cls, value: object, info: ValidationInfo) -> object:
        """Runs before `_listed`: of validators that come before, the last one written is the first to run."""
        extent = info.data.get("extent")
        if extent is None:
            return 1.0 if value is None else value
        if value is not None:
            raise ValueError("give either spacing or extent, not both")
        return tuple(length / n for length, n in zip(extent, info.data.get("shape", ()), strict=False))

    @field_validator("extent", "spacing", "origin")
    @classmethod
    def _one_for_each_axis(cls, values: tuple[float, ...] | None, info: ValidationInfo) -> tuple[float, ...] | None:
        return values * len(info.data.get("shape", values)) if values and len(values) == 1 else values

    @field_validator("boundary")
    @classmethod
    def _fits(cls, boundary: Boundary, info: ValidationInfo) -> Boundary:
        if "shape" in info.data:
            boundary.check_sides(AXES[: len(info.data["shape"])])
        return boundary

    @property
    def axes(self) -> tuple[str, ...]:
        """The names of the axes, x first."""
        return AXES[: len(self.shape)]

    def centres(self, axis: int) -> np.ndarray:
        """Where the cells lie along `axis`, float64 of length shape[axis]."""
        return self.origin[axis] + (np.arange(self.shape[axis]) + 0.5) * self.spacing[axis]

    def coordinates(self) -> dict[str, np.ndarray]:
        """`x`, `y`, `z`: the centres along each axis."""
        return {name: self.centres(axis) for axis, name in enumerate(self.axes)}

    def places(self, depth: int = 1) -> tuple[tuple[Place, Place], ...]:
        """Where the lower and the upper side of each axis lie, with `depth` ghost cells."""
        pairs: list[tuple[Place, Place]] = []
        for axis, h, start, n in zip(self.axes, self.spacing, self.origin, self.shape, strict=True):
            along = {name: centres for name, centres in self.mesh().items() if name != axis}
            lower = Place(axis, "-", h, start, depth, along)
            pairs.append((lower, Place(axis, "+", h, start + n * h, depth, along)))
        return tuple(pairs)

    @property
    def cell_volume(self) -> float:
        """Length, area or volume of a cell."""
        return math.prod(self.spacing)

    def mesh(self) -> dict[str, np.ndarray]:
        """`x`, `y`, `z`: the centres, each shaped to broadcast along its own axis of a field."""
        return dict(zip(self.axes, np.ix_(*self.coordinates().values()), strict=True))
