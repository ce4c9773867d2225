"""How coordinates and the parameters that vary in space go on beyond the sides of a grid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from simcore.errors import InvalidValueError
from simcore.formulas.tree import Node, Shifted, postorder


@dataclass(frozen=True)
class Wrapping:
    """A coordinate belongs to the cell that is read: where an axis is periodic, to the cell at its other end.

    Elsewhere it is that of the ghost cell, beyond the wall: of `c(x)*u` the values at the two sides of a wall, c times
    2 v - u and c times u, then have the mean c v at the wall, to second order in the spacing.

    periodic: by axis, whether its ends meet; None if they meet for some fields and not for others. cells: how many
    there are along each axis. given: the names of the parameters that vary in space.
    """

    periodic: Mapping[str, bool | None] = field(default_factory=dict)
    cells: Mapping[str, int] = field(default_factory=dict)
    given: frozenset[str] = frozenset()

    def check(self, trees: Sequence[Node]) -> None:
        """Refuse a read at a neighbouring cell of what may or may not wrap. trees: discrete formulas."""
        for node in postorder(trees):
            if isinstance(node, Shifted) and (node.name in self.given or node.name in self.cells):
                for axis, offset in zip(self.cells, node.offsets, strict=False):
                    if offset and self.periodic.get(axis, False) is None:
                        reason = f"an operator takes '{node.name}' at neighbouring cells along {axis}"
                        wanted = f"make {axis} periodic for all fields or for none"
                        raise InvalidValueError(
                            "model.fields", f"{reason}, where some fields are periodic and others not; {wanted}"
                        )

    def coordinate(self, axis: str, index: str, offset: int, halo: int, *, ghost: bool) -> str:
        """The source of a coordinate, `offset` cells away from the one at `index`, which may be a `ghost` cell itself.

        Names `origin_x`, `hx`, and `cells_x` and `where` if it wraps. The value is to the bit that of the cell itself.
        """
        half = offset - halo + 0.5
        place = f"{index} {'-' if half < 0 else '+'} {abs(half)}"
        if self.periodic.get(axis) and (ghost or abs(offset) > self.cells[axis]):
            place = f"({index} - {halo - offset}) % cells_{axis} + 0.5"
        elif self.periodic.get(axis) and offset < 0:
            place = f"{place} + where({index} < {halo - offset}, cells_{axis}, 0)"
        elif self.periodic.get(axis) and offset > 0:
            place = f"{place} - where({index} >= cells_{axis} + {halo - offset}, cells_{axis}, 0)"
        return f"(origin_{axis} + ({place}) * h{axis})"
