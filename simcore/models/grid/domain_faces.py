"""Discrete formulas beyond the faces of a domain and at them.

A face lies halfway between a cell of the domain and one outside of it. What stands in cells outside is never read: each
read of a neighbour asks first whether that cell belongs to the domain. Beyond a face a field is what its condition
makes of the cell inside, by the formulas of ghost cells, and a formula of fields is what `shifting` says of formulas
beyond a wall. A coordinate at a face is that of the middle of the face.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from simcore.formulas.simplify import simplify
from simcore.formulas.tree import Binary, Call, Name, Node, Number, Shifted, rewrite
from simcore.models.grid.domain import IN_DOMAIN, belongs
from simcore.models.grid.grid_names import DomainWall

if TYPE_CHECKING:
    from simcore.models.grid.shifting import Shifting

HALF, TWO = Number(0.5), Number(2.0)


class DomainFaces:
    """The faces of the domain of one grid; of a grid without a domain there are none."""

    def __init__(self, cells: Shifting) -> None:
        self.cells = cells

    def __bool__(self) -> bool:
        return self.cells.grid.domain is not None

    def where_open(self, axis: int, cells: int, open_: Node, closed: Node) -> Node:
        """`open_` where the cell at that offset along an axis belongs to the domain, else `closed`."""
        if not self or open_ is closed:
            return open_
        end = 1 if cells > 0 else -1
        offsets = tuple(cells - end if along == axis else 0 for along in range(len(self.cells.grid.axes)))
        return Call("where", (belongs(Shifted(IN_DOMAIN, offsets), axis, end), open_, closed))

    def beyond(self, tree: Node, axis: int, end: int) -> Node:
        """The formula beyond the lower (`end` -1) or the upper face (1) of this cell along an axis."""
        if not self.cells.varies(tree):
            return tree
        ghost = self._with(tree, axis, end, self._ghost)
        if self.cells.degree(tree) < 2:
            return ghost
        mirrored = Binary("-", Binary("*", TWO, self.face(tree, axis, end)), tree)
        return self.by_kind([tree], axis, end, lambda kinds: mirrored if "value" in kinds else ghost)

    def face(self, tree: Node, axis: int, end: int, *, medium: bool = False) -> Node:
        """The formula at that face; medium: coordinates, and expressions without walls of their own, are the cell's."""
        return self._with(tree, axis, end, self._at_face, medium=medium)

    def by_kind(self, trees: Sequence[Node], axis: int, end: int, make: Callable[[frozenset[str]], Node]) -> Node:
        """What `make` makes of the kinds of the conditions that the fields of the formulas have."""
        walls = self.cells.grid.domain or {}
        kinds = {walls[name].kind for tree in trees for name in self.cells.reads(tree) if name in walls}
        return self.cells.made_by_kind(frozenset(kinds), make, lambda condition: self._placed(condition, axis, end))

    # -- one read --------------------------------------------------------------------------------------------------

    def _with(self, tree: Node, axis: int, end: int, value: Callable, *, medium: bool = False) -> Node:  # type: ignore[type-arg]
        grid = self.cells.grid
        walls = grid.domain or {}

        def change(node: Node) -> Node:
            if not isinstance(node, Shifted) or node.name == IN_DOMAIN or grid.end_of(node.name) is not None:
                return node
            if node.name in grid.axes:
                return node if medium else self._coordinate(node, axis, end, beyond=value == self._ghost)
            if node.name not in walls or (medium and node.name in grid.inherited):
                return node
            if node.offsets != grid.here:
                raise ValueError("an operator inside of an operator reads across a face of the domain")
            return value(node, walls[node.name], axis, end)

        return self.cells.same.trees([rewrite([tree], change)[0]])[0]

    def _ghost(self, read: Node, wall: DomainWall, axis: int, end: int) -> Node:
        scale, shift = (self._placed(part, axis, end) for part in wall.ghosts[axis])
        return simplify(Binary("+", Binary("*", scale, read), shift))

    def _at_face(self, read: Node, wall: DomainWall, axis: int, end: int) -> Node:
        scale, shift = (self._placed(part, axis, end) for part in wall.ghosts[axis])
        if scale == Number(-1.0):
            return simplify(Binary("*", HALF, shift))
        if scale == Number(1.0):
            return simplify(Binary("+", read, Binary("*", HALF, shift)))
        return Binary("*", HALF, Binary("+", read, self._ghost(read, wall, axis, end)))

    def _placed(self, formula: Node, axis: int, end: int) -> Node:
        """A formula of a condition, at the middle of a face."""
        grid = self.cells.grid

        def change(node: Node) -> Node:
            if isinstance(node, Name) and node.name in grid.axes:
                return self._coordinate(Shifted(node.name, grid.here, node.column), axis, end, beyond=False)
            return grid.moment if isinstance(node, Name) and node.name == "t" else node

        return rewrite([formula], change)[0]

    def _coordinate(self, read: Shifted, axis: int, end: int, *, beyond: bool) -> Node:
        """Of a face, half a spacing away along its axis, or of the cell `beyond` it."""
        if read.name != self.cells.grid.axes[axis]:
            return read
        distance: Node = Name(f"h{read.name}")
        distance = distance if beyond else Binary("*", HALF, distance)
        return Binary("+" if end > 0 else "-", read, distance)
