"""What can be wrong with divergences, and with named expressions that operators read across a wall."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field

from simcore.formulas import Expression, ExpressionError
from simcore.formulas.complex_parts import complex_nodes
from simcore.formulas.tree import Call, Name, Node, Number, postorder, substitute
from simcore.models.grid.boundary import AXES
from simcore.models.grid.fluxes import (
    COMPACT,
    DIFFUSION,
    DIVERGENCE,
    FLUXES,
    TENSOR,
    FluxError,
    FluxRules,
    compact_of,
    expand,
    rank,
    require_scalar,
    require_vector,
)
from simcore.models.grid.nesting import inner_operator
from simcore.models.grid.operators import is_operator

NAMED = "expressions: {{{}: {{value: formula, boundary: ...}}}}"
NAMED_ON_DOMAIN = "expressions: {{{}: {{value: formula, boundary: ..., domain: ...}}}}"
ONE_OPERATOR = "the divergence of a flux is one operator, divergence(D*gradient(u))"


@dataclass
class FluxChecks:
    """The faults of divergences in one model.

    dimensions: axes of the grid; order: of central differences; varying: the names of all that may differ from cell to
    cell; walled: the axes with a wall somewhere; own_walls: named expressions with walls of their own; meets: by the
    name of each array in a formula, the axes along which it is periodic; domain: whether the grid has one. vectors: the
    named expressions that are vectors, and steep: the scalar ones with an operator in them; both found by `formula`,
    which sees named expressions in order of need.
    """

    dimensions: int
    order: int
    rules: FluxRules
    varying: frozenset[str]
    walled: tuple[str, ...]
    own_walls: frozenset[str]
    meets: Callable[[Node], Mapping[str, Collection[str]]] = lambda tree: {}
    domain: bool = False
    vectors: dict[str, Node] = field(default_factory=dict)
    steep: dict[str, frozenset[str]] = field(default_factory=dict)

    def formula(self, expression: Expression, complexes: set[str], name: str | None = None) -> None:
        """Check one formula, the named expression `name` where there is one. Raises ExpressionError."""
        try:
            self._formula(expression, complexes, name)
        except FluxError as error:
            raise ExpressionError(expression.text, error.column, error.reason) from None

    def _formula(self, expression: Expression, complexes: set[str], name: str | None) -> None:
        tree = expression.tree
        if name is not None and rank(tree, self.vectors):
            if name in self.own_walls:
                raise FluxError(tree, "is a vector and takes no boundary: the walls are those of the fields")
            require_vector(tree, self.vectors, self.dimensions)
            self.vectors[name] = substitute(tree, self.vectors)
            return
        require_scalar(tree, self.vectors, self.dimensions)
        tree = expand(tree, self.vectors)
        self._no_inner_operator(tree)
        self._order(tree)
        self._corners(tree)
        self._real(tree, complexes)
        self._same_ends(tree)
        self._walls_of_named(tree)
        if name is not None:
            self._note_steep(name, tree)

    def _named(self, name: str) -> str:
        return (NAMED_ON_DOMAIN if self.domain else NAMED).format(name)

    def _no_inner_operator(self, tree: Node) -> None:
        if self.walled and (inner := inner_operator(tree)):
            raise FluxError(
                inner,
                f"where the boundary is not periodic, the inner {inner.function} must be a named expression "
                f"({self._named('name')}): it needs walls of its own; {ONE_OPERATOR}",
            )

    def _order(self, tree: Node) -> None:
        for call in compact_of(tree, (DIFFUSION, TENSOR)) if self.order != 2 else ():
            names = {node.name for node in postorder(call.arguments[1:]) if isinstance(node, Name)}
            if call.function == TENSOR or names & self.varying:
                raise FluxError(call, "a coefficient that varies, or a tensor, is of second order; it needs order: 2")

    def _corners(self, tree: Node) -> None:
        """Off the diagonal a tensor reads across corners, beyond which a domain says nothing."""
        for call in compact_of(tree, (TENSOR,)) if self.domain else ():
            upper = iter(call.arguments[1:])
            for row in range(self.dimensions):
                for column in range(row, self.dimensions):
                    if next(upper) != Number(0.0) and row != column:
                        wanted = "[[a, 0], [0, b]]*gradient(u), or D = 0 in the place of a domain"
                        raise FluxError(call, f"on a grid with a domain a tensor is diagonal: {wanted}")

    def _same_ends(self, tree: Node) -> None:
        """The two cells at a face work out the same number only if all that is in a flux wraps there, or nothing."""
        for call in compact_of(tree):
            found = dict(self.meets(call))
            first = next(iter(found), "")
            for name, periodic in found.items():
                for axis in _differences(call.function)[0]:
                    if (axis in periodic) != (axis in found[first]):
                        wraps, ends = (name, first) if axis in periodic else (first, name)
                        raise FluxError(
                            call,
                            f"{wraps} is periodic along {axis} and {ends} is not, so that a flux of both is not "
                            f"conserved there; give both the same boundary along {axis}",
                        )

    def _real(self, tree: Node, complexes: set[str]) -> None:
        found = complex_nodes([tree], complexes)
        for call in compact_of(tree):
            if call.function in FLUXES and self.rules.advection != "central" and id(call) in found:
                raise FluxError(call, "an upwind or limited flux needs real numbers; take advection: central")
            coefficients = call.arguments[1:] if call.function in (DIFFUSION, TENSOR) else ()
            if self.rules.mean == "harmonic" and any(id(part) in found for part in coefficients):
                raise FluxError(call, "a harmonic mean needs a real coefficient; take mean: arithmetic")

    # -- named expressions at walls --------------------------------------------------------------------------------

    def _walls_of_named(self, tree: Node) -> None:
        """Refuse one that has the walls of the grid if they are not what its formula needs."""
        for node in postorder([tree]):
            for name, axis, odd in self._read_across(node):
                if odd or axis in self.steep[name]:
                    shown = DIVERGENCE if node.function in COMPACT else node.function  # type: ignore[union-attr]
                    reason = f"{shown} reads '{name}' across a wall, and it has no walls of its own; write "
                    reason += f"{self._named(name)}, or, since {ONE_OPERATOR}, that"
                    raise FluxError(node, reason)

    def _read_across(self, node: Node) -> Iterator[tuple[str, str, bool]]:
        """The named expressions that an operator reads along axes with walls, and whether by an odd derivative."""
        if not self.walled or not is_operator(node):
            return
        assert isinstance(node, Call)
        samples = node.arguments
        if node.function == "advect":
            samples = samples[-1:]
        elif node.function in (DIFFUSION, TENSOR):
            samples = samples[:1]
        names = {part.name for part in postorder(samples) if isinstance(part, Name) and part.name in self.steep}
        axes, odd = _differences(node.function)
        for name in sorted(names - self.own_walls):
            for axis in axes:
                if axis in self.walled:
                    yield name, axis, odd

    def _note_steep(self, name: str, tree: Node) -> None:
        """The axes along which it holds an odd derivative."""
        axes: set[str] = set()
        steep = False
        for node in postorder([tree]):
            if isinstance(node, Name) and node.name in self.steep:
                steep = True
                axes |= self.steep[node.name]
            elif is_operator(node):
                steep = True
                along, odd = _differences(node.function)  # type: ignore[union-attr]
                if odd and node.function != "gradient_squared":  # type: ignore[union-attr]
                    axes |= set(along)
        if steep:
            self.steep[name] = frozenset(axes)


def _differences(function: str) -> tuple[tuple[str, ...], bool]:
    """The axes along which an operator takes differences, and whether they are odd."""
    if function in FLUXES:
        return (AXES[FLUXES.index(function)],), True
    if function[0] == "d" and function[-1] in AXES:
        return (function[-1],), not function.startswith("d2")
    return AXES, function in ("advect", "gradient_squared")
