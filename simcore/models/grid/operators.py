"""The operators of equations, and their discrete form: formulas of shifted cells.

laplace(u)                    sum of the second differences along all axes
dx(u) dy(u) dz(u)             central first difference
d2x(u) d2y(u) d2z(u)          second difference
gradient_squared(u)           sum of the squares of dx, dy, dz (no modulus, where u is complex)
divergence(flux)              of D*gradient(u), v*u, [vx, vy]*u, and sums of them: see `fluxes`
divergence(a[, b[, c]])       dx(a) + dy(b) + dz(c): one argument for each axis
gradient(u)                   in the argument of a divergence
advect(vx[, vy[, vz]], u)     v . grad(u), upwind; the velocity is that at the cell itself

An argument may be any formula, operators included. It is sampled: `laplace(c**3)` takes the cubes of five cells, beyond
a wall as `shifting` says. A coordinate is that of the cell that is read: on a periodic axis it wraps, beyond a wall it
goes on (see `wrapping`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce

from simcore.formulas import Expression, ExpressionError
from simcore.formulas.tree import LIST, Binary, Call, Name, Node, Number, Shifted, postorder, rewrite
from simcore.formulas.vocabulary import FUNCTIONS, Arity
from simcore.models.grid import stencils
from simcore.models.grid.boundary import AXES
from simcore.models.grid.faces import Faces
from simcore.models.grid.fluxes import (
    CENTRAL,
    COMPACT,
    DIFFUSION,
    FLUXES,
    GRADIENT,
    TENSOR,
    FluxError,
    FluxRules,
    expand,
    rank,
)
from simcore.models.grid.grid_names import GridNames
from simcore.models.grid.shifting import Shifting
from simcore.models.grid.whole_field import REDUCTIONS

OPERATORS: dict[str, Arity] = {
    "advect": Arity(2, 4),
    "d2x": Arity(),
    "d2y": Arity(),
    "d2z": Arity(),
    "divergence": Arity(1, 3),
    "dx": Arity(),
    "dy": Arity(),
    "dz": Arity(),
    "gradient": Arity(),
    "gradient_squared": Arity(),
    "laplace": Arity(),
}


FACE_NOISE = "face_noise"
AMPLITUDES = tuple(f"face_amplitude_{axis}" for axis in AXES)
DIFFERENCES = tuple(f"face_difference_{axis}" for axis in AXES)
"""Of conserved noise, see `noise`; no text can call them."""
INTERNAL = (*COMPACT, FACE_NOISE, *AMPLITUDES, *DIFFERENCES)


def is_operator(node: Node) -> bool:
    """Whether it takes differences between cells."""
    return isinstance(node, Call) and (node.function in OPERATORS or node.function in INTERNAL)


def is_reduction(node: Node) -> bool:
    """Whether it is one number for the whole field."""
    if not isinstance(node, Call) or node.function not in REDUCTIONS:
        return False
    return node.function not in FUNCTIONS or len(node.arguments) == 1


def require_dimensions(expression: Expression, dimensions: int, vectors: Mapping[str, Node] | None = None) -> None:
    """Raise `ExpressionError` at an operator or reduction that a grid with this number of axes does not have.

    vectors: the named expressions that are vectors.
    """
    for node in postorder([expression.tree]):
        try:
            reason = _misfit(node, dimensions, vectors or {}) if isinstance(node, Call) else None
        except FluxError as error:
            raise ExpressionError(expression.text, error.column, error.reason) from None
        if reason:
            raise ExpressionError(expression.text, node.column, reason)


def _misfit(call: Call, dimensions: int, vectors: Mapping[str, Node]) -> str | None:
    axes, name, given = f"{dimensions} ax{'e' if dimensions > 1 else 'i'}s", call.function, len(call.arguments)
    if name == "divergence" and given == 1 and (dimensions == 1 or rank(call.arguments[0], vectors)):
        return None
    if name in OPERATORS and name[0] == "d" and name[-1] in AXES and AXES.index(name[-1]) >= dimensions:
        return f"{name} needs an axis {name[-1]}; this grid has {axes}"
    wanted = {"divergence": dimensions, "advect": dimensions + 1, "at": dimensions + 1}.get(name, given)
    if wanted != given:
        reason = f"{name} takes {wanted} argument{'s' if wanted > 1 else ''} on a grid of {axes}, not {given}"
        return reason + ("; or one vector, such as D*gradient(u) or [vx, vy]*u" if name == "divergence" else "")
    return None


def halo_of(*trees: Node) -> int:
    """How many cells beyond its own the discretised formulas read (coordinates aside, they need no ghost cells)."""
    reads = (node for node in postorder(trees) if isinstance(node, Shifted) and node.name not in AXES)
    return max((abs(offset) for node in reads for offset in node.offsets), default=0)


def discretise(tree: Node, grid: GridNames, order: int = 2, upwind: int = 1, fluxes: FluxRules = CENTRAL) -> Node:
    """The formula at one cell: every operator as differences of `Shifted` reads, every array and coordinate `Shifted`.

    order: 2 or 4, of central differences; upwind: 1 or 3, of `advect`; fluxes: how values at faces are made. The
    formula names `inverse_hx`, `inverse_hx2` and so on, 1/h and 1/h**2 along each axis. Equal parts are one object. The
    tree must have passed `require_dimensions`, and have no reduction left.
    """
    if order not in stencils.ORDERS or upwind not in stencils.UPWIND_ORDERS:
        raise ValueError(f"order is one of {stencils.ORDERS}, upwind of {stencils.UPWIND_ORDERS}")
    return rewrite([expand(tree)], _Discretisation(grid, order, upwind, fluxes))[0]


class _Discretisation:
    """Turns a node, its children being discrete already, into its discrete form."""

    def __init__(self, grid: GridNames, order: int, upwind: int, fluxes: FluxRules) -> None:
        self.grid, self.order, self.upwind = grid, order, upwind
        self.cells = Shifting(grid)
        self.same = self.cells.same
        self.faces = Faces(self.cells, fluxes, order)

    def __call__(self, node: Node) -> Node:
        match node:
            case Name(name) if name in self.grid.arrays or name in self.grid.axes:
                return self.same(Shifted(name, self.grid.here, node.column))
            case Call(function, arguments) if is_operator(node):
                return self.same.trees([self.operator(function, arguments)])[0]
            case Call(function) if function == LIST:
                raise ValueError("a list is allowed inside divergence only: divergence([vx, vy]*u)")
            case Call() if is_reduction(node):
                raise ValueError(f"{node.function} is a reduction; it has to be a name here")
        return self.same(node)

    def operator(self, name: str, arguments: Sequence[Node]) -> Node:
        axes = range(len(self.grid.axes))
        match name:
            case "laplace":
                return self.laplace(arguments[0])
            case "gradient_squared":
                return _sum([Binary("**", self.first(arguments[0], axis), Number(2.0)) for axis in axes])
            case "advect":
                *velocity, u = arguments
                return _sum([self.along(v, u, axis) for v, axis in zip(velocity, axes, strict=True)])
            case "gradient":
                raise ValueError(f"{GRADIENT} is allowed inside divergence only")
        if name in INTERNAL:
            return self.compact(name, arguments)
        difference = self.second if name.startswith("d2") else self.first
        return difference(arguments[0], AXES.index(name[-1]))

    def laplace(self, tree: Node) -> Node:
        axes = range(len(self.grid.axes))
        if self.grid.cubic and self.order == 2:
            return stencils.laplacian([self.at(tree, axis) for axis in axes], Name(f"inverse_h{self.grid.axes[0]}2"))
        return _sum([self.second(tree, axis) for axis in axes])

    def compact(self, name: str, arguments: Sequence[Node]) -> Node:
        """The operators that a divergence turns into."""
        f, *others = arguments
        if name == DIFFUSION:
            numbers = [factor for factor in others if not self.cells.varies(factor)]
            part = self.faces.diffusion(f, others)
            return reduce(stencils.multiply, [*numbers, self.laplace(f) if part is None else part])
        if name == TENSOR:
            return self.faces.tensor_diffusion(f, others)
        if name in FLUXES:
            return self.faces.advection(f, FLUXES.index(name), others[0] if others else None)
        if name in AMPLITUDES:
            return self.faces.amplitude(f, AMPLITUDES.index(name), others[0])
        if name in DIFFERENCES:
            return self.faces.face_difference(f, DIFFERENCES.index(name))
        *amplitudes, own = arguments  # of FACE_NOISE: what a step reads of it
        faces = [self.faces.amplitude(g, axis, own) for axis, g in enumerate(amplitudes)]
        return _sum([self.faces.face_difference(stencils.multiply(face, own), axis) for axis, face in enumerate(faces)])

    def first(self, tree: Node, axis: int) -> Node:
        return stencils.first(self.at(tree, axis), self.order, Name(f"inverse_h{self.grid.axes[axis]}"))

    def second(self, tree: Node, axis: int) -> Node:
        return stencils.second(self.at(tree, axis), self.order, Name(f"inverse_h{self.grid.axes[axis]}2"))

    def along(self, velocity: Node, u: Node, axis: int) -> Node:
        return stencils.upwind(self.at(u, axis), velocity, self.upwind, Name(f"inverse_h{self.grid.axes[axis]}"))

    def at(self, tree: Node, axis: int) -> stencils.At:
        return self.cells.at(tree, axis)


def _sum(terms: Sequence[Node]) -> Node:
    return reduce(stencils.add, terms)
