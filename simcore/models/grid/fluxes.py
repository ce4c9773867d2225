"""What may stand in a divergence, and the compact operators that it turns into.

The argument of a divergence is a sum of fluxes, each with scalar factors and divisors:

gradient(f)                              the gradient of any formula f
[[a, b], [b, c]]*gradient(f)             a symmetric tensor times a gradient
[vx, vy]                                 a vector by its components, such as [vx, vy]*u
J                                        a named expression that is such a flux
a                                        in one dimension: any formula, such as v*u

`expand` replaces each divergence by a sum of operators with scalar arguments, which no text can call:

diffusion(f, k1, k2, ...)                div(k1 k2 ... grad f)
tensor_diffusion(f, a, b, ...)           div(T grad f), the upper triangle of T row by row
flux_x(f), flux_y(f), flux_z(f)          df/dx by values at the faces
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import Literal

from simcore.formulas.tree import LIST, Binary, Call, Name, Negative, Node, Number, postorder, rewrite, substitute

AXES = ("x", "y", "z")
DIVERGENCE, GRADIENT = "divergence", "gradient"
DIFFUSION, TENSOR = "diffusion", "tensor_diffusion"
FLUXES = tuple(f"flux_{axis}" for axis in AXES)
COMPACT = (DIFFUSION, TENSOR, *FLUXES)
"""The operators that a divergence turns into."""

Advection = Literal["central", "upwind", "minmod", "van_leer", "superbee"]


@dataclass(frozen=True)
class FluxRules:
    """How values at a face come from those of the cells.

    mean: of a coefficient of diffusion; None: harmonic for factors that are fixed in time, arithmetic for those that
    depend on a field. advection: the value that a flux carries. bound: a factor of upwind fluxes, for estimates of
    stability only.
    """

    mean: Literal["harmonic", "arithmetic"] | None = None
    advection: Advection = "central"
    bound: float = 1.0

    def bounded(self) -> FluxRules:
        """Linear rules with rates at least as large: a limited flux is at most an upwind flux of twice the speed."""
        if self.advection in ("central", "upwind"):
            return self
        return replace(self, advection="upwind", bound=2.0)


CENTRAL = FluxRules()
"""The default."""


class FluxError(ValueError):
    """A divergence that cannot be read: the reason, and its column in the text."""

    def __init__(self, at: Node, reason: str) -> None:
        super().__init__(reason)
        self.column, self.reason = at.column, reason


def rank(node: Node, vectors: Mapping[str, Node]) -> int:
    """0 for a number, 1 for a vector, 2 for a matrix. vectors: the named expressions that are not numbers.

    Raises FluxError if the two sides of an operation do not fit.
    """
    match node:
        case Name(name) if name in vectors:
            return rank(vectors[name], vectors)
        case Call(function) if function == GRADIENT:
            return 1
        case Call(function, parts) if function == LIST:
            below = {rank(part, vectors) for part in parts}
            if len(below) > 1 or not below <= {0, 1}:
                raise FluxError(node, "a list holds numbers, or lists of numbers")
            return 1 + below.pop()
        case Negative(operand):
            return rank(operand, vectors)
        case Binary("+" | "-", left, right):
            return max(rank(left, vectors), rank(right, vectors))
        case Binary("*", left, right):
            return _product_rank(node, rank(left, vectors), rank(right, vectors))
        case Binary("/", left, _):
            return rank(left, vectors)
    return 0


def _product_rank(node: Node, left: int, right: int) -> int:
    if (left, right) == (2, 1):
        return 1
    if left and right:
        wanted = "a tensor is [[a, b], [b, c]]*gradient(u), a diagonal one [[a, 0], [0, b]]*gradient(u)"
        raise FluxError(node, f"two vectors have no product here; {wanted}")
    return left + right


def vectors_of(named: Mapping[str, Node]) -> dict[str, Node]:
    """The named expressions that are vectors or matrices; named: in order of need."""
    found: dict[str, Node] = {}
    for name, tree in named.items():
        if rank(tree, found):
            found[name] = substitute(tree, found)
    return found


def require_scalar(tree: Node, vectors: Mapping[str, Node], dimensions: int) -> None:
    """Raise FluxError at a divergence that cannot be read, and at a vector outside of one."""
    if rank(tree, vectors):
        raise FluxError(tree, "is a vector; a number is needed, such as divergence(D*gradient(u)) or dx(u)")
    for node in postorder([tree]):
        if isinstance(node, Call) and node.function == DIVERGENCE:
            for argument in node.arguments:
                _require_flux(node, argument, vectors, dimensions)
    (bare,) = rewrite([tree], lambda node: Number(0.0) if _is_divergence(node) else node)
    _require_no_vector(bare, vectors)


def require_vector(tree: Node, vectors: Mapping[str, Node], dimensions: int) -> None:
    """Raise FluxError if a named vector or matrix is not one of this grid."""
    if rank(tree, vectors) == 1:
        for term in terms(tree, vectors):
            _require_term(term, vectors, dimensions)
    else:
        _matrix(tree, vectors, dimensions)


def _is_divergence(node: Node) -> bool:
    return isinstance(node, Call) and node.function == DIVERGENCE


def _require_flux(call: Call, argument: Node, vectors: Mapping[str, Node], dimensions: int) -> None:
    order = rank(argument, vectors)
    if order == 2:
        raise FluxError(argument, "is a matrix; the divergence takes a vector, such as [[a, b], [b, c]]*gradient(u)")
    if order == 1 and len(call.arguments) > 1:
        raise FluxError(argument, "is a vector; divergence takes one vector, or one number for each axis")
    for term in terms(argument, vectors):
        _require_term(term, vectors, 1 if order == 0 else dimensions)


def _require_term(term: Term, vectors: Mapping[str, Node], dimensions: int) -> None:
    for factor in (*term.factors, *term.divisors):
        _require_no_vector(factor, vectors)
    if term.kind == "gradient":
        _require_no_vector(term.parts[0], vectors)
        if term.matrix is not None:
            for row in _matrix(term.matrix, vectors, dimensions):
                for entry in row:
                    _require_no_vector(entry, vectors)
    elif term.kind == "list":
        if len(term.parts) != dimensions:
            raise FluxError(term.at, f"a vector has {dimensions} components here, not {len(term.parts)}")
        for part in term.parts:
            _require_no_vector(part, vectors)
    else:
        _require_no_vector(term.parts[0], vectors)
        if dimensions > 1:
            raise FluxError(term.at, f"has no direction: write [{', '.join(f'v{a}' for a in AXES[:dimensions])}]*u")


def _require_no_vector(tree: Node, vectors: Mapping[str, Node]) -> None:
    """Divergences inside are looked at by themselves."""
    (bare,) = rewrite([tree], lambda node: Number(0.0) if _is_divergence(node) else node)
    for node in postorder([bare]):
        match node:
            case Call(function) if function == GRADIENT:
                advice = "divergence(D*gradient(u)), gradient_squared(u) or dx(u)"
                raise FluxError(
                    node, f"gradient(...) is a vector and is allowed inside divergence only; write {advice}"
                )
            case Call(function) if function == LIST:
                raise FluxError(node, "a list is allowed inside divergence only: divergence([vx, vy]*u)")
            case Name(name) if name in vectors:
                raise FluxError(node, f"'{name}' is a vector and is allowed inside divergence only")


@dataclass(frozen=True)
class Term:
    """One flux of a sum. kind: "gradient" (parts: its argument), "list" (its components) or "scalar"."""

    kind: str
    parts: tuple[Node, ...]
    at: Node
    factors: tuple[Node, ...] = ()
    divisors: tuple[Node, ...] = ()
    matrix: Node | None = None
    negative: bool = False

    def times(self, factor: Node) -> Term:
        return replace(self, factors=(*self.factors, factor))

    def coefficient(self, first: Node | None = None) -> Node | None:
        """The product of all factors, `first` before the others; None for 1."""
        factors = [*([] if first is None else [first]), *self.factors]
        product = reduce(lambda left, right: Binary("*", left, right), factors) if factors else None
        for divisor in self.divisors:
            product = Binary("/", product or Number(1.0), divisor)
        return product


def terms(node: Node, vectors: Mapping[str, Node]) -> list[Term]:
    """The fluxes that a formula is the sum of."""
    match node:
        case Name(name) if name in vectors:
            return terms(vectors[name], vectors)
        case Call(function, arguments) if function == GRADIENT:
            return [Term("gradient", arguments, node)]
        case _ if rank(node, vectors) == 0:
            return [Term("scalar", (node,), node)]
        case Call(function, arguments) if function == LIST:
            return [Term("list", arguments, node)]
        case Negative(operand):
            return [replace(term, negative=not term.negative) for term in terms(operand, vectors)]
        case Binary("+" | "-" as sign, left, right):
            after = terms(right, vectors)
            if sign == "-":
                after = [replace(term, negative=not term.negative) for term in after]
            return [*terms(left, vectors), *after]
        case Binary("/", left, right):
            return [replace(term, divisors=(*term.divisors, right)) for term in terms(left, vectors)]
        case Binary("*", left, right):
            if rank(left, vectors) == 2:
                return [_with_matrix(term, left, node) for term in terms(right, vectors)]
            flux, factor = (left, right) if rank(left, vectors) else (right, left)
            return [term.times(factor) for term in terms(flux, vectors)]
    raise FluxError(node, "is no flux")


def _with_matrix(term: Term, matrix: Node, at: Node) -> Term:
    if term.kind != "gradient" or term.matrix is not None:
        raise FluxError(at, "a matrix multiplies a gradient: [[a, b], [b, c]]*gradient(u)")
    return replace(term, matrix=matrix)


def _matrix(node: Node, vectors: Mapping[str, Node], dimensions: int = 0) -> list[list[Node]]:
    """The entries of a symmetric matrix; raises FluxError. dimensions: of the grid, 0 if it was looked at before."""
    rows = [list(row) for row in _entries(node, vectors)]
    n = dimensions or len(rows)
    if len(rows) != n or any(len(row) != n for row in rows):
        raise FluxError(node, f"a tensor has {n} rows of {n} here, not {' + '.join(str(len(row)) for row in rows)}")
    for i in range(n):
        for j in range(i):
            if rows[i][j] != rows[j][i]:
                raise FluxError(
                    node, f"a tensor is symmetric: entries ({j + 1}, {i + 1}) and ({i + 1}, {j + 1}) differ"
                )
    return rows


def _entries(node: Node, vectors: Mapping[str, Node]) -> list[list[Node]]:
    match node:
        case Name(name) if name in vectors:
            return _entries(vectors[name], vectors)
        case Call(function, rows) if function == LIST:
            lists = [row for row in rows if isinstance(row, Call) and row.function == LIST]
            if len(lists) < len(rows):
                raise FluxError(node, "the rows of a tensor are written out: [[a, b], [b, c]]")
            return [list(row.arguments) for row in lists]
        case Negative(operand):
            return _each(_entries(operand, vectors), Negative)
        case Binary("/", left, right):
            return _each(_entries(left, vectors), lambda entry: Binary("/", entry, right))
        case Binary("*", left, right):
            if rank(left, vectors):
                return _each(_entries(left, vectors), lambda entry: Binary("*", entry, right))
            return _each(_entries(right, vectors), lambda entry: Binary("*", left, entry))
    raise FluxError(node, "is no tensor; write [[a, b], [b, c]]*gradient(u)")


def _each(rows: list[list[Node]], change: Callable[[Node], Node]) -> list[list[Node]]:
    return [[change(entry) for entry in row] for row in rows]


def expand(tree: Node, vectors: Mapping[str, Node] | None = None) -> Node:
    """The tree with every divergence as a sum of compact operators. Raises FluxError; see `require_scalar`."""
    known = vectors or {}

    def change(node: Node) -> Node:
        if not isinstance(node, Call) or node.function != DIVERGENCE:
            return node
        if len(node.arguments) > 1:
            along = zip(FLUXES, node.arguments, strict=False)
            return _sum([(Call(name, (flux,), node.column), False) for name, flux in along])
        parts = [part for term in terms(node.arguments[0], known) for part in _compact(term, known, node.column)]
        return _sum(parts)

    return rewrite([tree], change)[0]


def _sum(parts: Sequence[tuple[Node, bool]]) -> Node:
    """Of (term, whether it is subtracted)."""
    (first, negative), *others = parts
    total: Node = Negative(first) if negative else first
    for part, subtracted in others:
        total = Binary("-" if subtracted else "+", total, part)
    return total


def _compact(term: Term, vectors: Mapping[str, Node], column: int) -> list[tuple[Node, bool]]:
    if term.kind == "scalar":
        return [(Call(FLUXES[0], (term.coefficient(term.parts[0]) or term.parts[0],), column), term.negative)]
    if term.kind == "list":
        along = zip(FLUXES, term.parts, strict=False)
        return [(Call(name, (term.coefficient(part) or part,), column), term.negative) for name, part in along]
    if term.matrix is not None:
        rows = _matrix(term.matrix, vectors)
        upper = [rows[i][j] for i in range(len(rows)) for j in range(i, len(rows))]
        entries = [entry if _is_zero(entry) else term.coefficient(entry) or entry for entry in upper]
        return [(Call(TENSOR, (*term.parts, *entries), column), term.negative)]
    factors = [factor for given in term.factors for factor in _factors(given)]
    factors += [Binary("/", Number(1.0), divisor) for divisor in term.divisors]
    return [(Call(DIFFUSION, (*term.parts, *factors), column), term.negative)]


def _is_zero(node: Node) -> bool:
    return isinstance(node, Number) and node.value == 0.0


def _factors(node: Node) -> list[Node]:
    match node:
        case Negative(operand):
            return [Number(-1.0), *_factors(operand)]
        case Binary("*", left, right):
            return [*_factors(left), *_factors(right)]
        case Binary("/", left, right):
            return [*_factors(left), Binary("/", Number(1.0), right)]
    return [node]


def compact_of(tree: Node, functions: Collection[str] = COMPACT) -> list[Call]:
    """The compact operators of an expanded tree."""
    return [node for node in postorder([tree]) if isinstance(node, Call) and node.function in functions]
