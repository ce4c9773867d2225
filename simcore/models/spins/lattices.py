"""The lattices that have a name.

Each has bonds of the kinds `nn` and `nnn`, between nearest and next-nearest neighbours, and its smallest closed loops
as plaquettes. Shapes count conventional cells: bcc has 2 sites in a cell, fcc 4, diamond 8, pyrochlore 16, honeycomb,
hcp, ladder and checkerboard 2, kagome 3, the others 1. Nearest neighbours are 1 apart, but in the cubic cells of bcc,
fcc, diamond and pyrochlore the side of a cell is 1. Some lattices have further kinds, which are parts of `nn`: the
directions `x`, `y`, ... of square, cubic and hypercubic lattices, the `leg` and `rung` of a ladder.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import combinations, product
from math import sqrt

import numpy as np

from simcore.models.spins.geometry import Bond, Offset, Plaquette
from simcore.models.spins.shells import kind_of, shell_bonds
from simcore.spec.arrays import AXES

MOST_AXES = 8
FACES = ((0.0, 0.0, 0.0), (0.5, 0.5, 0.0), (0.5, 0.0, 0.5), (0.0, 0.5, 0.5))

Vectors = tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class UnitCell:
    """What the cells of a lattice have in common: see `Geometry` for the fields."""

    vectors: tuple[tuple[float, ...], ...]
    positions: tuple[tuple[float, ...], ...]
    bonds: tuple[Bond, ...]
    plaquettes: tuple[Plaquette, ...] = ()

    def spans(self) -> tuple[int, ...]:
        """How many cells apart along each axis the sites of one term lie at most."""
        origin = (0,) * len(self.vectors)
        terms = [[origin], *([origin, bond.offset] for bond in self.bonds)]
        terms += [[offset for _, offset in plaquette.corners] for plaquette in self.plaquettes]
        return tuple(np.max([np.ptp(offsets, axis=0) for offsets in terms], axis=0).tolist())


def hypercubic(axes: int) -> UnitCell:
    """Neighbours along the axes, then along the diagonals of squares; a chain has none, its nnn are two sites away."""
    units = [_unit(axes, axis) for axis in range(axes)]
    along = [(axis, [unit]) for axis, unit in zip(AXES, units, strict=False)] if axes > 1 else []
    planes = list(combinations(units, 2))
    diagonals = [_sum(a, b, sign) for a, b in planes for sign in (1, -1)]
    origin = (0,) * axes
    return UnitCell(
        vectors=_identity(axes),
        positions=((0.0,) * axes,),
        bonds=(
            *_between_cells("nn", units),
            *_between_cells("nnn", diagonals or [(2,)]),
            *(bond for axis, unit in along for bond in _between_cells(axis, unit)),
        ),
        plaquettes=tuple(_plaquette("square", origin, a, _sum(a, b), b) for a, b in planes),
    )


def triangular() -> UnitCell:
    """Six neighbours; two triangles in a cell."""
    return UnitCell(
        vectors=((1.0, 0.0), (0.5, sqrt(3) / 2)),
        positions=((0.0, 0.0),),
        bonds=_between_cells("nn", [(1, 0), (0, 1), (1, -1)]) + _between_cells("nnn", [(1, 1), (2, -1), (-1, 2)]),
        plaquettes=(
            _plaquette("triangle", (0, 0), (1, 0), (0, 1)),
            _plaquette("triangle", (0, 0), (0, 1), (-1, 1)),
        ),
    )


def honeycomb() -> UnitCell:
    """Three neighbours, all of the other sublattice; one hexagon in a cell."""
    side = sqrt(3)
    hexagon = ((0, (0, 0)), (1, (0, 0)), (0, (1, 0)), (1, (1, -1)), (0, (1, -1)), (1, (0, -1)))
    return UnitCell(
        vectors=((side, 0.0), (side / 2, 1.5)),
        positions=((0.0, 0.0), (1 / 3, 1 / 3)),
        bonds=(
            *(Bond("nn", 0, 1, offset) for offset in ((0, 0), (-1, 0), (0, -1))),
            *_between_cells("nnn", [(1, 0), (0, 1), (1, -1)], basis=2),
        ),
        plaquettes=(Plaquette("hexagon", hexagon),),
    )


def kagome() -> UnitCell:
    """Triangles that share corners, two of them in a cell; four neighbours."""
    nearest = [(0, 1, (0, 0)), (0, 2, (0, 0)), (1, 2, (0, 0)), (0, 1, (-1, 0)), (0, 2, (0, -1)), (1, 2, (1, -1))]
    next_nearest = [(0, 1, (-1, 1)), (0, 1, (0, -1)), (0, 2, (1, -1)), (0, 2, (-1, 0)), (1, 2, (1, 0)), (1, 2, (0, -1))]
    return UnitCell(
        vectors=((2.0, 0.0), (1.0, sqrt(3))),
        positions=((0.0, 0.0), (0.5, 0.0), (0.0, 0.5)),
        bonds=tuple(Bond(kind, *ends) for kind, found in (("nn", nearest), ("nnn", next_nearest)) for ends in found),
        plaquettes=(
            Plaquette("triangle", ((0, (0, 0)), (1, (0, 0)), (2, (0, 0)))),
            Plaquette("triangle", ((0, (0, 0)), (1, (-1, 0)), (2, (0, -1)))),
        ),
    )


def bcc() -> UnitCell:
    """A cube with a site at a corner and one at its centre; eight neighbours."""
    return _cube(((0.0, 0.0, 0.0), (0.5, 0.5, 0.5)), nearest=0.75)


def fcc() -> UnitCell:
    """A cube with a site at a corner and one at the centre of each face; twelve neighbours."""
    return _cube(FACES, nearest=0.5)


def diamond() -> UnitCell:
    """Two fcc lattices, a quarter of the diagonal of the cube apart; four neighbours, all of the other one."""
    return _by_distance(_identity(3), _decorated(((0.0, 0.0, 0.0), (0.25, 0.25, 0.25))))


def pyrochlore() -> UnitCell:
    """Tetrahedra that share corners, on an fcc lattice; six neighbours."""
    tetrahedron = ((0.0, 0.0, 0.0), (0.25, 0.25, 0.0), (0.25, 0.0, 0.25), (0.0, 0.25, 0.25))
    return _by_distance(_identity(3), _decorated(tetrahedron))


def hcp() -> UnitCell:
    """Triangular layers in the order ABAB, c/a = sqrt(8/3); twelve neighbours at one distance."""
    vectors = ((1.0, 0.0, 0.0), (0.5, sqrt(3) / 2, 0.0), (0.0, 0.0, sqrt(8 / 3)))
    return _by_distance(vectors, ((0.0, 0.0, 0.0), (1 / 3, 1 / 3, 0.5)))


def ladder() -> UnitCell:
    """Two legs joined by rungs: nn are both of them, nnn the diagonals of the squares. Both legs lie on the axis x."""
    legs, rungs = _between_cells("leg", [(1,)], basis=2), (Bond("rung", 0, 1, (0,)),)
    return UnitCell(
        vectors=((1.0,),),
        positions=((0.0,), (0.0,)),
        bonds=(
            *(replace(bond, kind="nn") for bond in (*legs, *rungs)),
            *(Bond("nnn", 0, 1, offset) for offset in ((1,), (-1,))),
            *legs,
            *rungs,
        ),
        plaquettes=(Plaquette("square", ((0, (0,)), (0, (1,)), (1, (1,)), (1, (0,)))),),
    )


def checkerboard() -> UnitCell:
    """A square lattice, turned by 45 degrees, in which every other square has its two diagonals: these are the nnn."""
    side = sqrt(2)
    around = ((0, (0, 0)), (1, (0, 0)), (0, (-1, 0)), (1, (0, -1)))
    return UnitCell(
        vectors=((side, 0.0), (0.0, side)),
        positions=((0.5, 0.0), (0.0, 0.5)),
        bonds=(
            *(Bond("nn", 0, 1, offset) for offset in ((0, 0), (1, 0), (0, -1), (1, -1))),
            Bond("nnn", 0, 0, (1, 0)),
            Bond("nnn", 1, 1, (0, 1)),
        ),
        plaquettes=(Plaquette("crossed", around),),
    )


AXES_OF: dict[str, tuple[int, int]] = {
    "chain": (1, 1),
    "square": (2, 2),
    "triangular": (2, 2),
    "honeycomb": (2, 2),
    "kagome": (2, 2),
    "cubic": (3, 3),
    "bcc": (3, 3),
    "fcc": (3, 3),
    "hypercubic": (1, MOST_AXES),
    "diamond": (3, 3),
    "pyrochlore": (3, 3),
    "hcp": (3, 3),
    "ladder": (1, 1),
    "checkerboard": (2, 2),
}
"""The lattices by name: how many axes they may have, least and most."""

_WITH_A_CELL = {
    "triangular": triangular,
    "honeycomb": honeycomb,
    "kagome": kagome,
    "bcc": bcc,
    "fcc": fcc,
    "diamond": diamond,
    "pyrochlore": pyrochlore,
    "hcp": hcp,
    "ladder": ladder,
    "checkerboard": checkerboard,
}


@lru_cache(maxsize=64)
def unit_cell(name: str, axes: int) -> UnitCell:
    """The cell of one of the lattices in `AXES_OF`, with this number of axes."""
    return _WITH_A_CELL[name]() if name in _WITH_A_CELL else hypercubic(axes)


def _cube(positions: tuple[tuple[float, ...], ...], nearest: float) -> UnitCell:
    """A cube of side 1 whose sites have neighbours at the squared distance `nearest`, and the next at distance 1."""
    places = np.array(positions)
    bonds = [
        Bond("nn", source, target, offset)
        for source, target in combinations(range(len(places)), 2)
        for offset in product((-1, 0, 1), repeat=3)
        if np.sum((places[target] + offset - places[source]) ** 2) == nearest  # exact: sums of quarters
    ]
    sides = _between_cells("nnn", [_unit(3, axis) for axis in range(3)], basis=len(places))
    return UnitCell(_identity(3), positions, (*bonds, *sides))


def _by_distance(vectors: Vectors, positions: Vectors) -> UnitCell:
    """The two shortest distances as nn and nnn."""
    kinds = {kind_of(1): "nn", kind_of(2): "nnn"}
    return UnitCell(
        vectors, positions, tuple(replace(b, kind=kinds[b.kind]) for b in shell_bonds(vectors, positions, 2))
    )


def _decorated(group: Vectors) -> Vectors:
    """A group of sites at each site of an fcc lattice."""
    return tuple(tuple((a + b) % 1.0 for a, b in zip(face, site, strict=True)) for face in FACES for site in group)


def _between_cells(kind: str, offsets: Sequence[Offset], basis: int = 1) -> tuple[Bond, ...]:
    """Bonds of each basis site with the same site of other cells."""
    return tuple(Bond(kind, site, site, offset) for site in range(basis) for offset in offsets)


def _plaquette(kind: str, *corners: Offset) -> Plaquette:
    """A plaquette of a lattice of one site in a cell."""
    return Plaquette(kind, tuple((0, corner) for corner in corners))


def _unit(axes: int, axis: int) -> Offset:
    return tuple(int(other == axis) for other in range(axes))


def _sum(a: Offset, b: Offset, sign: int = 1) -> Offset:
    return tuple(x + sign * y for x, y in zip(a, b, strict=True))


def _identity(axes: int) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(map(float, _unit(axes, axis))) for axis in range(axes))
