"""The `lattice` section of a model: a lattice that has a name, or one of one's own."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args

from pydantic import Field, PlainSerializer, ValidationInfo, WithJsonSchema, field_validator

from simcore.config import Section, hint
from simcore.models.spins.custom_cell import (
    KEYS,
    BasisKey,
    BondList,
    PlaquetteList,
    VectorsKey,
    check_kinds,
    custom_cell,
    known_axes,
)
from simcore.models.spins.geometry import Geometry, Wrap, fitting
from simcore.models.spins.graphs.section import GraphLattice
from simcore.models.spins.lattices import AXES_OF, MOST_AXES, UnitCell, unit_cell
from simcore.models.spins.shells import MOST_SHELLS, shell_bonds
from simcore.spec.arrays import AXES

WRAPS: tuple[str, ...] = get_args(Wrap)

Side = Annotated[int, Field(ge=1, lt=2**31)]


def _written_ends(wrap: tuple[Wrap, ...]) -> Any:
    return wrap[0] if len(set(wrap)) == 1 else dict(zip(AXES, wrap, strict=False))


Size = Annotated[Side | None, Field(exclude=True, description="cells along every axis, in place of shape")]
Shape = Annotated[
    tuple[Side, ...], Field(description="cells along each axis", json_schema_extra={"maxItems": MOST_AXES})
]
Boundary = Annotated[
    tuple[Wrap, ...],
    PlainSerializer(_written_ends),
    WithJsonSchema(
        {
            "anyOf": [
                {"enum": list(WRAPS)},
                {
                    "type": "object",
                    "properties": {a: {"enum": list(WRAPS)} for a in AXES},
                    "additionalProperties": False,
                },
            ]
        }
    ),
    Field(description="periodic, antiperiodic or open: for all axes, or {x: open, y: periodic}"),
]


Shells = Annotated[
    Annotated[int, Field(ge=1, le=MOST_SHELLS, strict=True)] | None,
    Field(
        exclude_if=lambda value: value is None,
        description="also bonds of the kinds shell1, shell2, ... between the sites at the so many shortest distances",
    ),
]


class _Lattice(Section):
    """What lattices have in common; `size: 64` becomes a shape of as many cells along each axis.

    The fields themselves are written in each class: they are validated in order, after those that say what `shape` is.
    """

    if TYPE_CHECKING:
        shape: tuple[int, ...]
        boundary: tuple[Wrap, ...]

    @field_validator("shape", mode="before", check_fields=False)
    @classmethod
    def _from_size(cls, value: object, info: ValidationInfo) -> object:
        axes = cls._axes(info.data)
        if axes is None or "size" not in info.data:
            return (1,) * MOST_AXES  # not to add to what was said of a key above
        size = info.data["size"]
        if (value is None) == (size is None):
            raise ValueError("give either size: 64 or shape: [64, 64]")
        least, most = axes
        if size is None:
            return _sides(value, least, most)
        if least != most:
            raise ValueError("give shape, one number for each axis: size does not say how many axes there are")
        return (size,) * least

    @field_validator("boundary", mode="before", check_fields=False)
    @classmethod
    def _of_each_axis(cls, value: object, info: ValidationInfo) -> object:
        axes = AXES[: len(info.data.get("shape", AXES))]
        if isinstance(value, Mapping):
            for axis, word in value.items():
                if axis not in axes:
                    raise ValueError(f"this lattice has no axis '{axis}'; {hint(str(axis), axes)}")
                _check_word(word, f"{axis}: ")
            return tuple(value.get(axis, "periodic") for axis in axes)
        _check_word(value, "")
        return (value,) * len(axes)

    @classmethod
    def _axes(cls, data: Mapping[str, Any]) -> tuple[int, int] | None:
        """How many axes there may be, least and most, by the keys above `size`; None if one of them is wrong."""
        raise TypeError(f"{cls.__name__} must define _axes()")

    def cell(self) -> UnitCell:
        """Vectors, basis, and the bonds and plaquettes of all kinds that the lattice has."""
        raise TypeError(f"{type(self).__name__} must define cell()")

    @property
    def bond_kinds(self) -> tuple[str, ...]:
        """The kinds of bonds that a Hamiltonian may name."""
        return tuple(dict.fromkeys(bond.kind for bond in self.cell().bonds))

    @property
    def plaquette_kinds(self) -> tuple[str, ...]:
        """The kinds of plaquettes that a Hamiltonian may name."""
        return tuple(dict.fromkeys(plaquette.kind for plaquette in self.cell().plaquettes))

    @property
    def usual_kinds(self) -> tuple[str, ...]:
        """The kinds of bonds that one formula for all bonds is meant for."""
        return self.bond_kinds

    def geometry(self, kinds: Collection[str]) -> Geometry:
        """The lattice with the bonds and plaquettes of these kinds; raises ValueError for one that it has not."""
        cell = self.cell()
        known = (*self.bond_kinds, *self.plaquette_kinds)
        for kind in kinds:
            if kind not in known:
                raise ValueError(f"this lattice has no bonds or plaquettes of the kind '{kind}'; {hint(kind, known)}")
        bonds = (bond for bond in cell.bonds if bond.kind in kinds)
        plaquettes = (plaquette for plaquette in cell.plaquettes if plaquette.kind in kinds)
        terms = fitting(self.shape, self.boundary, bonds, plaquettes)
        return Geometry(self.shape, self.boundary, cell.vectors, cell.positions, *terms)


class StandardLattice(_Lattice):
    """One of the lattices that have a name, see `lattices.py`; `shape` counts its conventional cells."""

    type: Literal[
        "chain",
        "square",
        "triangular",
        "honeycomb",
        "kagome",
        "cubic",
        "bcc",
        "fcc",
        "hypercubic",
        "diamond",
        "pyrochlore",
        "hcp",
        "ladder",
        "checkerboard",
    ]
    size: Size = None
    shape: Shape = Field(default=None, validate_default=True)
    shells: Shells = None
    boundary: Boundary = Field(default="periodic", validate_default=True)

    @field_validator("shells")
    @classmethod
    def _findable(cls, shells: int | None, info: ValidationInfo) -> int | None:
        if shells is not None and info.data.keys() >= {"type", "shape"}:
            cell = unit_cell(info.data["type"], len(info.data["shape"]))
            shell_bonds(cell.vectors, cell.positions, shells)
        return shells

    @field_validator("boundary")
    @classmethod
    def _long_enough(cls, wrap: tuple[Wrap, ...], info: ValidationInfo) -> tuple[Wrap, ...]:
        if info.data.get("shells") is not None and info.data.keys() >= {"type", "shape"}:
            cell = _with_shells(unit_cell(info.data["type"], len(info.data["shape"])), info.data["shells"])
            _check_spans(cell, info.data["shape"], wrap)
        return wrap

    @classmethod
    def _axes(cls, data: Mapping[str, Any]) -> tuple[int, int] | None:
        return AXES_OF.get(data.get("type", ""))

    def cell(self) -> UnitCell:
        """Nearest neighbours `nn`, next-nearest `nnn`, and the smallest closed loops."""
        return _with_shells(unit_cell(self.type, len(self.shape)), self.shells)

    @property
    def usual_kinds(self) -> tuple[str, ...]:
        """Nearest neighbours; on a checkerboard the diagonals, too, without which it is a square lattice."""
        return ("nn", "nnn") if self.type == "checkerboard" else ("nn",)


class CustomLattice(_Lattice):
    """A lattice of one's own: the sites of a cell, and their bonds and plaquettes by kind, each written once."""

    type: Literal["custom"]
    basis: BasisKey = Field(
        default=1, description="sites in a cell: their number, or their positions in fractions of it"
    )
    neighbours: dict[str, BondList] = Field(
        default={}, description="bonds by kind, each once: [dx, dy], or [from, to, [dx, dy]] between sites of a basis"
    )
    plaquettes: dict[str, PlaquetteList] = Field(
        default={}, description="closed loops by kind, each the list of its corners: [dx, dy], or [site, [dx, dy]]"
    )
    vectors: VectorsKey = Field(default=None, description="Cartesian, from a cell to the next one along each axis")
    size: Size = None
    shape: Shape = Field(default=None, validate_default=True)
    shells: Shells = None
    boundary: Boundary = Field(default="periodic", validate_default=True)

    @field_validator("shells")
    @classmethod
    def _by_distance(cls, shells: int | None, info: ValidationInfo) -> int | None:
        if shells is not None and info.data.keys() >= {*KEYS, "shape"}:
            cell = custom_cell(info.data, len(info.data["shape"]))
            for kind in dict.fromkeys(bond.kind for bond in shell_bonds(cell.vectors, cell.positions, shells)):
                if kind in info.data["neighbours"] or kind in info.data["plaquettes"]:
                    raise ValueError(f"'{kind}' is a kind already; choose another name for it")
        return shells

    @field_validator("neighbours", "plaquettes")
    @classmethod
    def _kinds(cls, entries: dict[str, Any], info: ValidationInfo) -> dict[str, Any]:
        check_kinds(entries, info.data)
        return entries

    @field_validator("boundary")
    @classmethod
    def _long_enough(cls, wrap: tuple[Wrap, ...], info: ValidationInfo) -> tuple[Wrap, ...]:
        """Beyond two ends a spin has its sign back, which walls do not know."""
        if info.data.keys() >= {*KEYS, "size", "shape"}:
            cell = _with_shells(custom_cell(info.data, len(info.data["shape"])), info.data.get("shells"))
            _check_spans(cell, info.data["shape"], wrap)
        return wrap

    @classmethod
    def _axes(cls, data: Mapping[str, Any]) -> tuple[int, int] | None:
        if not data.keys() >= KEYS:
            return None
        axes = known_axes(data)
        return (1, MOST_AXES) if axes is None else (axes, axes)

    def cell(self) -> UnitCell:
        """What the experiment says."""
        return _with_shells(custom_cell(dict(self), len(self.shape)), self.shells)

    @property
    def usual_kinds(self) -> tuple[str, ...]:
        """All that are written out; the shells, if none is."""
        return tuple(self.neighbours) or self.bond_kinds


Lattice = Annotated[StandardLattice | CustomLattice | GraphLattice, Field(discriminator="type")]
"""The `lattice` key of a model of spins."""


def _sides(value: object, least: int, most: int) -> tuple[Any, ...]:
    """A list of as many as there are axes."""
    if isinstance(value, list | tuple) and least <= len(value) <= most:
        return tuple(value)
    numbers = f"{least}" if least == most else f"{least} to {most}"
    plural = "" if most == 1 else "s"
    raise ValueError(f"must be a list of {numbers} whole number{plural}, such as {[64] * least}, not {value!r:.60}")


def _with_shells(cell: UnitCell, shells: int | None) -> UnitCell:
    if shells is None:
        return cell
    return replace(cell, bonds=(*cell.bonds, *shell_bonds(cell.vectors, cell.positions, shells)))


def _check_spans(cell: UnitCell, shape: Sequence[int], wrap: Sequence[Wrap]) -> None:
    for axis, n, end, span in zip(AXES, shape, wrap, cell.spans(), strict=False):
        if end == "antiperiodic" and span > n:
            raise ValueError(f"{axis} cannot be antiperiodic: it has {n} cells, and a term of the energy spans {span}")


def _check_word(word: object, where: str) -> None:
    if word not in WRAPS:
        raise ValueError(f"{where}unknown boundary {word!r:.60}; {hint(str(word), WRAPS)}")


def square_by_default(value: object) -> object:
    """The section of a lattice without a type is that of a square one."""
    return {"type": "square", **value} if isinstance(value, Mapping) and "type" not in value else value
