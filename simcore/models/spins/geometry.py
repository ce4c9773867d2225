"""Where the sites of a lattice lie, and which of them meet in a term of the energy.

A lattice is a block of cells, each with the same few basis sites. What it says of one cell holds for all of them: a
bond leads from a site of every cell to a site of the cell at an offset. Every bond and every plaquette is listed once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import permutations
from typing import Literal

import numpy as np

from simcore.spec.arrays import AXES

Wrap = Literal["periodic", "antiperiodic", "open"]

Offset = tuple[int, ...]


@dataclass(frozen=True)
class Bond:
    """A bond from site `source` of a cell to site `target` of the cell at `offset` from it."""

    kind: str
    source: int
    target: int
    offset: Offset


@dataclass(frozen=True)
class Plaquette:
    """Sites that meet in one term: the corners in order around it, each (basis site, offset of its cell).

    The offset of the first corner is zero.
    """

    kind: str
    corners: tuple[tuple[int, Offset], ...]


@dataclass(frozen=True)
class Geometry:
    """Sites, bonds and plaquettes of a lattice of `shape` cells.

    wrap: how the lattice ends along each axis. vectors: Cartesian, from a cell to the next one along each axis.
    positions: of the basis sites, as fractions of `vectors`.

    On a periodic side of 2 both neighbours along the axis are one site, joined by two bonds, and both count. What would
    join a site with itself (on a side of 1, say), or never fits between two open ends, is left out by `fitting`.
    """

    shape: tuple[int, ...]
    wrap: tuple[Wrap, ...]
    vectors: tuple[tuple[float, ...], ...]
    positions: tuple[tuple[float, ...], ...]
    bonds: tuple[Bond, ...]
    plaquettes: tuple[Plaquette, ...]

    @property
    def dimensions(self) -> int:
        return len(self.shape)

    @property
    def axes(self) -> tuple[str, ...]:
        """The names of the axes along which sites have coordinates."""
        return AXES[: self.dimensions]

    @property
    def rank(self) -> np.ndarray | None:
        """The place of each site in an array of the state, where that is not its number."""
        return None

    def arranged(self, values: np.ndarray) -> np.ndarray:
        """Values by the numbers of the sites, as an array of the state holds them."""
        return values

    def site_at(self, cell: tuple[int, ...]) -> tuple[int, ...]:
        """The number of the cell, along each axis, at a place of an array of the state."""
        return cell

    @property
    def basis(self) -> int:
        """How many sites a cell has."""
        return len(self.positions)

    @cached_property
    def cells(self) -> int:
        return int(np.prod(self.shape, dtype=np.int64))

    @property
    def sites(self) -> int:
        return self.cells * self.basis

    @cached_property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of bonds, then those of plaquettes, each once."""
        return tuple(dict.fromkeys([*(bond.kind for bond in self.bonds), *(p.kind for p in self.plaquettes)]))

    @cached_property
    def reach(self) -> int:
        """How many cells apart, along any axis, two sites may lie that meet in a term."""
        return max((abs(component) for _, _, offset in self._meetings for component in offset), default=0)

    def meetings(self, source: int, target: int) -> frozenset[Offset]:
        """The offsets d such that site `target` of cell x + d meets site `source` of cell x in a term."""
        return frozenset(offset for a, b, offset in self._meetings if (a, b) == (source, target))

    def site_positions(self) -> np.ndarray:
        """Cartesian positions of all sites, float64 of shape (*shape, basis, dimensions)."""
        cells = np.moveaxis(np.indices(self.shape, dtype=np.float64), 0, -1)
        return (cells[..., np.newaxis, :] + np.array(self.positions)) @ np.array(self.vectors)

    @cached_property
    def _meetings(self) -> frozenset[tuple[int, int, Offset]]:
        """(source, target, offset) of every pair of sites in a term, both ways round."""
        bonds = [((bond.source, (0,) * self.dimensions), (bond.target, bond.offset)) for bond in self.bonds]
        terms = [*bonds, *(plaquette.corners for plaquette in self.plaquettes)]
        return frozenset(
            (source, target, tuple(int(b - a) for a, b in zip(start, end, strict=True)))
            for corners in terms
            for (source, start), (target, end) in permutations(corners, 2)
        )


Corner = tuple[int, Offset]


def fitting(
    shape: Sequence[int], wrap: Sequence[Wrap], bonds: Iterable[Bond], plaquettes: Iterable[Plaquette]
) -> tuple[tuple[Bond, ...], tuple[Plaquette, ...]]:
    """The bonds and plaquettes that exist on such a lattice, all of whose corners are different sites."""
    origin = (0,) * len(shape)
    kept_bonds = (b for b in bonds if _fits([(b.source, origin), (b.target, b.offset)], shape, wrap))
    return tuple(kept_bonds), tuple(p for p in plaquettes if _fits(p.corners, shape, wrap))


def _fits(corners: Sequence[Corner], shape: Sequence[int], wrap: Sequence[Wrap]) -> bool:
    offsets = np.array([offset for _, offset in corners])
    sides, is_open = np.array(shape), np.array([end == "open" for end in wrap])
    if (is_open & (np.ptp(offsets, axis=0) >= sides)).any():
        return False
    wrapped = np.where(is_open, offsets, offsets % sides)
    return len({(site, *cell) for (site, _), cell in zip(corners, wrapped.tolist(), strict=True)}) == len(corners)
