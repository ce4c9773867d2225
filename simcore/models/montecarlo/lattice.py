"""Lattices of sites and the bonds between them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from simcore.config import Section

Side = Annotated[int, Field(ge=1, lt=2**31)]


def _no_sides() -> Any:
    return ()  # until `size` is looked at; a lattice without either is refused


class SquareLattice(Section):
    """A periodic square lattice; each site has a bond to the next one along x and along y.

    On a side of 2 the two neighbours along that axis are one site, joined by two bonds, both of which count. On a side
    of 1 a site would be its own neighbour: that axis has no bonds.

    Write `size: 64` or `shape: [64, 64]`; `size` becomes a `shape`.
    """

    type: Literal["square"] = "square"
    size: Side | None = Field(default=None, exclude=True, description="sites along both axes, in place of shape")
    shape: tuple[Side, Side] = Field(default_factory=_no_sides, description="sites along x and y")

    @field_validator("shape", mode="before")
    @classmethod
    def _two_sides(cls, value: object) -> object:
        if not isinstance(value, list | tuple) or len(value) != 2:
            raise ValueError(f"must be a list of two whole numbers, such as [64, 64], not {value!r}")
        return tuple(value)

    @model_validator(mode="after")
    def _size_or_shape(self) -> Any:
        if ("shape" in self.model_fields_set) == (self.size is not None):
            raise ValueError("give either size: 64 or shape: [64, 64]")
        if self.size is not None:
            object.__setattr__(self, "shape", (self.size, self.size))
            object.__setattr__(self, "size", None)
        return self

    @property
    def sites(self) -> int:
        """How many sites there are."""
        return self.shape[0] * self.shape[1]

    @property
    def self_bonds(self) -> int:
        """How many axes have one site only, so that its ghost cells mirror the site itself and are no neighbours."""
        return sum(side == 1 for side in self.shape)
