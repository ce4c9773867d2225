"""The operators of equations, and their discrete form: formulas of shifted cells.

laplace(u)                    sum of the second differences along all axes
dx(u) dy(u) dz(u)             central first difference
d2x(u) d2y(u) d2z(u)          second difference
gradient_squared(u)           sum of the squares of dx, dy, dz (no modulus, where u is complex)
divergence(a[, b[, c]])       dx(a) + dy(b) + dz(c): one argument for each axis
advect(vx[, vy[, vz]], u)     v . grad(u), upwind; the velocity is that at the cell itself

An argument may be any formula, operators included. It is sampled: `laplace(c**3)` takes the cubes of five cells. A
coordinate is that of the cell that is read: on a periodic axis it wraps, beyond a wall it goes on (see `wrapping`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

from simcore.expressions import Expression, ExpressionError
from simcore.expressions.interning import Interned
from simcore.expressions.tree import (
    Binary,
    Call,
    Name,
    Node,
    Number,
    Shifted,
    children,
    postorder,
    rewrite,
    with_children,
)
from simcore.expressions.vocabulary import FUNCTIONS, Arity
from simcore.models.grid import stencils
from simcore.models.grid.boundary import AXES

OPERATORS: dict[str, Arity] = {
    "advect": Arity(2, 4),
    "d2x": Arity(),
    "d2y": Arity(),
    "d2z": Arity(),
    "divergence": Arity(1, 3),
    "dx": Arity(),
    "dy": Arity(),
    "dz": Arity(),
    "gradient_squared": Arity(),
    "laplace": Arity(),
}
REDUCTIONS: dict[str, Arity] = {
    "at": Arity(2, 4),
    "integral": Arity(),
    "max": Arity(),
    "mean": Arity(),
    "min": Arity(),
    "std": Arity(),
}
"""Over the whole field; min and max of two and more are the functions of numbers."""


@dataclass(frozen=True)
class GridNames:
    """What the names of a formula are on a grid.

    axes: the coordinates, `x` first, one for each axis. arrays: the fields, the intermediate expressions and the
    parameters that vary in space. Every other name is a number. cubic: the spacing is the same along all axes.
    """

    axes: tuple[str, ...]
    arrays: frozenset[str]
    cubic: bool = False

    @property
    def here(self) -> tuple[int, ...]:
        """No shift."""
        return (0,) * len(self.axes)


def is_operator(node: Node) -> bool:
    """Whether it takes differences between cells."""
    return isinstance(node, Call) and node.function in OPERATORS


def is_reduction(node: Node) -> bool:
    """Whether it is one number for the whole field."""
    if not isinstance(node, Call) or node.function not in REDUCTIONS:
        return False
    return node.function not in FUNCTIONS or len(node.arguments) == 1


def require_dimensions(expression: Expression, dimensions: int) -> None:
    """Raise `ExpressionError` at an operator or reduction that a grid of so many axes does not have."""
    for node in postorder([expression.tree]):
        if isinstance(node, Call) and (reason := _misfit(node, dimensions)):
            raise ExpressionError(expression.text, node.column, reason)


def _misfit(call: Call, dimensions: int) -> str | None:
    axes, name, given = f"{dimensions} ax{'e' if dimensions > 1 else 'i'}s", call.function, len(call.arguments)
    if name in OPERATORS and name[0] == "d" and name[-1] in AXES and AXES.index(name[-1]) >= dimensions:
        return f"{name} needs an axis {name[-1]}; this grid has {axes}"
    wanted = {"divergence": dimensions, "advect": dimensions + 1, "at": dimensions + 1}.get(name, given)
    if wanted != given:
        return f"{name} takes {wanted} argument{'s' if wanted > 1 else ''} on a grid of {axes}, not {given}"
    return None


def halo_of(*trees: Node) -> int:
    """How many cells beyond its own the discretised formulas read (coordinates aside, they need no ghost cells)."""
    reads = (node for node in postorder(trees) if isinstance(node, Shifted) and node.name not in AXES)
    return max((abs(offset) for node in reads for offset in node.offsets), default=0)


def discretise(tree: Node, grid: GridNames, order: int = 2, upwind: int = 1) -> Node:
    """The formula at one cell: every operator as differences of `Shifted` reads, every array and coordinate `Shifted`.

    order: 2 or 4, of central differences; upwind: 1 or 3, of `advect`. The formula names `inverse_hx`, `inverse_hx2`
    and so on, 1/h and 1/h**2 along each axis. Equal parts are one object. The tree must have passed
    `require_dimensions`, and have no reduction left.
    """
    if order not in stencils.ORDERS or upwind not in stencils.UPWIND_ORDERS:
        raise ValueError(f"order is one of {stencils.ORDERS}, upwind of {stencils.UPWIND_ORDERS}")
    return rewrite([tree], _Discretisation(grid, order, upwind))[0]


class _Discretisation:
    """Turns a node, its children being discrete already, into its discrete form."""

    def __init__(self, grid: GridNames, order: int, upwind: int) -> None:
        self.grid, self.order, self.upwind = grid, order, upwind
        self.same = Interned()
        # By (axis, cells): where each node, by its id, goes. `same` keeps the nodes, so that no id is given twice.
        self.moved: defaultdict[tuple[int, int], dict[int, Node]] = defaultdict(dict)

    def __call__(self, node: Node) -> Node:
        match node:
            case Name(name) if name in self.grid.arrays or name in self.grid.axes:
                return self.same(Shifted(name, self.grid.here, node.column))
            case Call(function, arguments) if function in OPERATORS:
                return self.same.trees([self.operator(function, arguments)])[0]
            case Call() if is_reduction(node):
                raise ValueError(f"{node.function} is a reduction; it has to be a name here")
        return self.same(node)

    def operator(self, name: str, arguments: Sequence[Node]) -> Node:
        axes = range(len(self.grid.axes))
        match name:
            case "laplace" if self.grid.cubic and self.order == 2:
                along = [self.at(arguments[0], axis) for axis in axes]
                return stencils.laplacian(along, Name(f"inverse_h{self.grid.axes[0]}2"))
            case "laplace":
                return _sum([self.second(arguments[0], axis) for axis in axes])
            case "gradient_squared":
                return _sum([Binary("**", self.first(arguments[0], axis), Number(2.0)) for axis in axes])
            case "divergence":
                return _sum([self.first(flux, axis) for flux, axis in zip(arguments, axes, strict=True)])
            case "advect":
                *velocity, u = arguments
                return _sum([self.along(v, u, axis) for v, axis in zip(velocity, axes, strict=True)])
        difference = self.second if name.startswith("d2") else self.first
        return difference(arguments[0], AXES.index(name[-1]))

    def first(self, tree: Node, axis: int) -> Node:
        return stencils.first(self.at(tree, axis), self.order, Name(f"inverse_h{self.grid.axes[axis]}"))

    def second(self, tree: Node, axis: int) -> Node:
        return stencils.second(self.at(tree, axis), self.order, Name(f"inverse_h{self.grid.axes[axis]}2"))

    def along(self, velocity: Node, u: Node, axis: int) -> Node:
        return stencils.upwind(self.at(u, axis), velocity, self.upwind, Name(f"inverse_h{self.grid.axes[axis]}"))

    def at(self, tree: Node, axis: int) -> stencils.At:
        return lambda cells: self.shifted(tree, axis, cells)

    def shifted(self, tree: Node, axis: int, cells: int) -> Node:
        """A discrete formula, taken so many cells along an axis."""
        if not cells:
            return tree
        moved = self.moved[axis, cells]
        for node in list(postorder([tree], known=moved)):
            moved[id(node)] = self.same(
                self.move(with_children(node, [moved[id(c)] for c in children(node)]), axis, cells)
            )
        return moved[id(tree)]

    def move(self, node: Node, axis: int, cells: int) -> Node:
        if not isinstance(node, Shifted) or (node.name in self.grid.axes and node.name != self.grid.axes[axis]):
            return node
        offsets = tuple(offset + cells * (along == axis) for along, offset in enumerate(node.offsets))
        return Shifted(node.name, offsets, node.column)


def _sum(terms: Sequence[Node]) -> Node:
    return reduce(stencils.add, terms)
