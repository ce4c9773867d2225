"""Whether bonds join all sites of a lattice."""

from __future__ import annotations

from collections.abc import Sequence

from simcore.models.montecarlo.geometry import Bond, Geometry


def connected(geometry: Geometry, bonds: Sequence[Bond]) -> bool:
    """Whether every site can be reached from every other along these bonds, far from open ends.

    So it is where the basis sites of a cell are joined and the closed ways through them lead to all cells: these ways,
    and the sides of closed axes, generate all whole-number vectors.
    """
    reached = {0: (0,) * geometry.dimensions}
    for _ in range(geometry.basis):
        for bond in bonds:
            if bond.source in reached:
                reached.setdefault(bond.target, _plus(reached[bond.source], bond.offset))
            elif bond.target in reached:
                reached[bond.source] = _plus(reached[bond.target], bond.offset, -1)
    if len(reached) < geometry.basis:
        return False
    ways = [_plus(_plus(reached[b.source], b.offset), reached[b.target], -1) for b in bonds]
    for axis, (side, wrap) in enumerate(zip(geometry.shape, geometry.wrap, strict=True)):
        if wrap != "open" or side == 1:
            ways.append(tuple(side * (along == axis) for along in range(geometry.dimensions)))
    return _generate_all(ways, geometry.dimensions)


def _plus(one: Sequence[int], other: Sequence[int], sign: int = 1) -> tuple[int, ...]:
    return tuple(a + sign * b for a, b in zip(one, other, strict=True))


def _generate_all(vectors: Sequence[Sequence[int]], dimensions: int) -> bool:
    """Whether their sums with whole factors are all whole-number vectors: Gauss elimination by Euclid's algorithm."""
    rows = [list(vector) for vector in vectors]
    for axis in range(dimensions):
        while len(leading := [row for row in rows if row[axis]]) > 1:
            least = min(leading, key=lambda row: abs(row[axis]))
            for row in leading:
                if row is not least:
                    factor = row[axis] // least[axis]
                    row[:] = [a - factor * b for a, b in zip(row, least, strict=True)]
        if not leading or abs(leading[0][axis]) != 1:
            return False
        rows.remove(leading[0])
    return True
