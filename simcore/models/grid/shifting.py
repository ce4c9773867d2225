"""Discrete formulas taken at other cells, and what they are beyond a wall and at it.

A ghost cell holds the value of a field that the wall asks for. A formula F of fields has no ghost cell; its value there
follows from the walls of the fields that it names. Beyond a wall with a given value v it is 2 F(v) - F(u), so that F
takes the value F(v) at the wall; beyond all other walls it is F of the ghost cells, so that its outward derivative is
F'(u) du/dn to second order. v is taken as half the sum of the ghost cell and its mirror cell, which is exactly what the
ghost cell was made of. Of a linear formula both are the same, and F of the ghost cells is taken.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import reduce

from simcore.errors import InvalidValueError
from simcore.formulas.interning import Interned
from simcore.formulas.tree import (
    Binary,
    Call,
    Name,
    Negative,
    Node,
    Number,
    Shifted,
    children,
    postorder,
    rewrite,
    with_children,
)
from simcore.models.grid.domain_faces import DomainFaces
from simcore.models.grid.grid_names import GridNames, TwoKinds, WallKind

At = Callable[[int], Node]


class Shifting:
    """Takes discrete formulas of one grid at other cells; equal parts are one object."""

    def __init__(self, grid: GridNames) -> None:
        self.grid = grid
        self.same = Interned()
        self.domain = DomainFaces(self)
        # By (axis, cells): where each node, by its id, goes. `same` keeps the nodes, so that no id is given twice.
        self._moved: defaultdict[tuple[int, int], dict[int, Node]] = defaultdict(dict)
        self._degrees: dict[int, int] = {}
        self._reads: dict[int, frozenset[str]] = {}

    # -- other cells -----------------------------------------------------------------------------------------------

    def shifted(self, tree: Node, axis: int, cells: int) -> Node:
        """A discrete formula, shifted by a number of cells along an axis."""
        if not cells:
            return tree
        moved = self._moved[axis, cells]
        (tree,) = self.same.trees([tree])
        for node in list(postorder([tree], known=moved)):
            moved[id(node)] = self.same(
                self._move(with_children(node, [moved[id(c)] for c in children(node)]), axis, cells)
            )
        return moved[id(tree)]

    def _move(self, node: Node, axis: int, cells: int) -> Node:
        if not isinstance(node, Shifted):
            return node
        bound = self.grid.axis_of(node.name)  # a coordinate, or an end of an axis
        if bound is not None and bound != axis:
            return node
        offsets = tuple(offset + cells * (along == axis) for along, offset in enumerate(node.offsets))
        return Shifted(node.name, offsets, node.column)

    def at(self, tree: Node, axis: int) -> At:
        """The formula shifted by a number of cells along an axis, also beyond boundaries and faces of a domain."""
        return lambda cells: self._across(tree, axis, cells)

    def within(self, tree: Node, axis: int) -> At:
        """The same, where it is known that the cell belongs to the domain."""
        return lambda cells: self._beyond(tree, axis, cells)

    def _across(self, tree: Node, axis: int, cells: int) -> Node:
        moved = self._beyond(tree, axis, cells)
        if not cells or not self.domain or not self.varies(tree):
            return moved
        if abs(cells) > 1:
            raise ValueError("a stencil of a grid with a domain reads the next cells only")
        return self.domain.where_open(axis, cells, moved, self.domain.beyond(tree, axis, cells))

    # -- walls -----------------------------------------------------------------------------------------------------

    def _beyond(self, tree: Node, axis: int, cells: int) -> Node:
        plain = moved = self.shifted(tree, axis, cells)
        if not cells or not self.has_wall([tree], axis, cells) or self.degree(tree) < 2:
            return moved
        for depth in reversed(range(abs(cells))):
            mirror = _mirror(cells, depth)
            twice = Binary("*", Number(2.0), self.face(tree, axis, mirror, cells))
            ghost = Binary("-", twice, self.shifted(tree, axis, mirror))
            here = self.by_kind([tree], axis, cells, lambda kinds, g=ghost: g if "value" in kinds else plain)
            moved = moved if here is plain else self.where_at_end(axis, cells, here, moved, depth)
        return moved

    def to_face(self, tree: Node, axis: int, cells: int, nearest: int = 0) -> Node:
        """As `at`, but beyond a wall the value at the wall; for cells that are at least `nearest` cells from it."""
        moved = self.shifted(tree, axis, cells)
        if cells and self.has_wall([tree], axis, cells):
            for depth in reversed(range(nearest, abs(cells))):
                wall = self.face(tree, axis, _mirror(cells, depth), cells)
                moved = self.where_at_end(axis, cells, wall, moved, depth)
        if not cells or not self.domain:
            return moved
        end = 1 if cells > 0 else -1
        wall = self.shifted(self.domain.face(tree, axis, end), axis, cells - end)
        return self.domain.where_open(axis, cells, moved, wall)

    def where_at_end(self, axis: int, end: int, here: Node, else_: Node, depth: int = 0) -> Node:
        """`here` where this cell is `depth` cells from the lower (`end` < 0) or upper end of an axis."""
        sign = 1 if end > 0 else -1
        offsets = tuple(sign * depth if along == axis else 0 for along in range(len(self.grid.axes)))
        return Call("where", (Shifted(self.side(axis, end), offsets), here, else_))

    def side(self, axis: int, end: int) -> str:
        return self.grid.axes[axis] + ("+" if end > 0 else "-")

    def face(self, tree: Node, axis: int, mirror: int, ghost: int, *, medium: bool = False) -> Node:
        """The formula at the wall halfway between the cells `mirror` and `ghost`.

        Fields and coordinates are those of the wall, half the sum of both cells; a parameter that varies in space is
        that of the cell. medium: so are coordinates, and expressions without walls of their own.
        """
        kept = {*self.grid.fixed, *((*self.grid.axes, *self.grid.inherited) if medium else ())}
        done: dict[int, Node] = {}
        for node in postorder([tree]):
            new = with_children(node, [done[id(child)] for child in children(node)])
            if isinstance(node, Shifted):
                new = self.shifted(node, axis, mirror)
                beyond = self.shifted(node, axis, ghost)
                if beyond is not new and node.name not in kept and self.grid.end_of(node.name) is None:
                    new = Binary("*", Number(0.5), Binary("+", new, beyond))
            done[id(node)] = new
        return done[id(tree)]

    def has_wall(self, trees: Sequence[Node], axis: int, end: int) -> bool:
        """Whether a field of the formulas has a wall at an end of an axis."""
        return bool(self._kinds(trees, axis, end))

    def by_kind(self, trees: Sequence[Node], axis: int, end: int, make: Callable[[frozenset[str]], Node]) -> Node:
        """What `make` makes of the kinds of walls that the fields of the formulas have at an end of an axis."""
        return self.made_by_kind(self._kinds(trees, axis, end), make, self._placed)

    def _kinds(self, trees: Sequence[Node], axis: int, end: int) -> frozenset[WallKind]:
        side = self.side(axis, end)
        kinds = (self.grid.walls.get(name, {}).get(side) for tree in trees for name in self.reads(tree))
        return frozenset(kind for kind in kinds if kind is not None)

    def made_by_kind(
        self,
        kinds: frozenset[WallKind],
        make: Callable[[frozenset[str]], Node],
        placed: Callable[[Node], Node],
    ) -> Node:
        """What `make` makes of kinds of walls; placed: takes a condition between two kinds to its place."""
        two = next((kind for kind in kinds if isinstance(kind, TwoKinds)), None)
        if two is None:
            return make(kinds)  # type: ignore[arg-type]
        then, other = (
            self.made_by_kind(
                frozenset(
                    getattr(kind, part) if isinstance(kind, TwoKinds) and kind.condition == two.condition else kind
                    for kind in kinds
                ),
                make,
                placed,
            )
            for part in ("then", "other")
        )
        return then if then is other else Call("where", (placed(two.condition), then, other))

    def _placed(self, condition: Node) -> Node:
        """A condition on the places of a wall, at this cell; its time is that at the beginning of the step.

        Raises InvalidValueError if the condition changes in time and the formula is taken at other times, too.
        """
        if self.grid.stages and any(isinstance(node, Name) and node.name == "t" for node in postorder([condition])):
            reason = (
                "a formula or a flux reads a wall whose kind changes in time; give conditions without t, or a scheme"
            )
            raise InvalidValueError("model.grid.boundary", f"{reason} of one stage (euler, euler_maruyama, leapfrog)")

        def change(node: Node) -> Node:
            if isinstance(node, Name) and node.name in self.grid.axes:
                return Shifted(node.name, self.grid.here, node.column)
            return Name("time") if isinstance(node, Name) and node.name == "t" else node

        return rewrite([condition], change)[0]

    # -- what a formula holds --------------------------------------------------------------------------------------

    def reads(self, tree: Node) -> frozenset[str]:
        """The arrays, coordinates and ends of axes in a formula."""
        return self._noted(tree, self._reads, _joined_reads)

    def varies(self, tree: Node) -> bool:
        """Whether the value may differ from cell to cell."""
        return bool(self.reads(tree))

    def is_fixed(self, tree: Node) -> bool:
        """Whether it depends on no field."""
        return all(name in self.grid.fixed or self.grid.axis_of(name) is not None for name in self.reads(tree))

    def degree(self, tree: Node) -> int:
        """0: a number; 1: linear in what it reads, but for a number; 2: anything else."""
        return self._noted(tree, self._degrees, _joined_degree)

    def _noted(self, tree: Node, notes: dict, join: Callable[[Node, list], object]):  # type: ignore[no-untyped-def]
        (tree,) = self.same.trees([tree])  # kept by the table, so that no id is given twice
        for node in postorder([tree], known=notes):
            notes[id(node)] = join(node, [notes[id(child)] for child in children(node)])
        return notes[id(tree)]


def _mirror(ghost: int, depth: int) -> int:
    """The offset of the mirror cell of the cell at `ghost`, of a cell that is `depth` cells from the wall."""
    sign = 1 if ghost > 0 else -1
    return sign * (1 + 2 * depth - abs(ghost))


def _joined_reads(node: Node, below: list[frozenset[str]]) -> frozenset[str]:
    own = frozenset((node.name,)) if isinstance(node, Shifted) else frozenset()
    return reduce(frozenset.union, below, own)


def _joined_degree(node: Node, below: list[int]) -> int:
    highest = max(below, default=0)
    match node:
        case Number() | Name():
            return 0
        case Shifted():
            return 1
        case Negative() | Binary("+" | "-"):
            return highest
        case Binary("*") if 0 in below:
            return highest
        case Binary("/") if below[1] == 0:
            return highest
    return 2 if highest else 0
