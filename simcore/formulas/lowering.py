"""From a user's formula to one that Python source has words for: those of `cell_functions`, products for powers.

x**2 to x**8 become products (x**4 is the square of x**2), x**-n one over them, x**0.5 a root: what NumPy's power gives,
to rounding. min and max of several become `minimum` and `maximum` of two; a comparison that meets arithmetic becomes
`truth` of it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from simcore.formulas.complex_parts import complex_nodes
from simcore.formulas.tree import (
    LOGICAL,
    Binary,
    Call,
    Node,
    Number,
    children,
    is_boolean,
    postorder,
    with_children,
)

LARGEST_PRODUCT = 8
EXTREMES = {"min": "minimum", "max": "maximum"}


def lower(trees: Sequence[Node], complex_names: Collection[str] = ()) -> list[Node]:
    """The trees rewritten; the variables in `complex_names` are complex. Shared nodes stay shared."""
    complexes = complex_nodes(trees, complex_names)
    lowered: dict[int, Node] = {}
    for node in postorder(trees):
        below = children(node)
        new = with_children(node, _operands(node, [lowered[id(child)] for child in below]))
        lowered[id(node)] = _lowered(new, [id(child) in complexes for child in below])
    return [_number(lowered[id(root)]) for root in trees]


def _operands(node: Node, below: list[Node]) -> list[Node]:
    """The children as numbers, but for the conditions among them."""
    match node:
        case Binary(operator) if operator in LOGICAL:
            return below
        case Call("where"):
            return [below[0], *map(_number, below[1:])]
    return list(map(_number, below))


def _number(node: Node) -> Node:
    return Call("truth", (node,), node.column) if is_boolean(node) else node


def _lowered(node: Node, complexes: Sequence[bool]) -> Node:
    match node:
        case Call("abs", (operand,)) if complexes[0]:
            return Call("modulus", (operand,), node.column)
        case Binary("**", Call("modulus", (operand,)), Number(2.0)):
            return Call("squared_modulus", (operand,), node.column)
        case Binary("**", base, Number(float() as exponent)):
            return _power(base, exponent, node.column)
        case Binary("*", left, right) if complexes[0] != complexes[1]:
            return Call("scaled", (right, left) if complexes[0] else (left, right), node.column)
        case Binary("/", left, right) if complexes[0] and not complexes[1]:
            return Call("divided", (left, right), node.column)
        case Call(function, arguments) if function in EXTREMES:
            return _extreme(EXTREMES[function], arguments, node.column)
        case Call("real" | "conj", (operand,)) if not complexes[0]:
            return operand
        case Call("imag") if not complexes[0]:
            return Number(0.0, node.column)
    return node


def _extreme(function: str, arguments: Sequence[Node], column: int) -> Node:
    """Of many, by halves, so that thousands nest no deeper than a dozen."""
    if len(arguments) == 1:
        return arguments[0]
    half = (len(arguments) + 1) // 2
    sides = (_extreme(function, part, column) for part in (arguments[:half], arguments[half:]))
    return Call(function, tuple(sides), column)


def _power(base: Node, exponent: float, column: int) -> Node:
    if exponent == 0.5:
        return Call("sqrt", (base,), column)
    if not exponent.is_integer() or abs(exponent) > LARGEST_PRODUCT:
        return Binary("**", base, Number(exponent), column)
    product = _product(base, int(abs(exponent)), column)
    return product if exponent >= 0 else Binary("/", Number(1.0), product, column)


def _product(base: Node, factors: int, column: int) -> Node:
    """Of equal factors, by squares: an even number is the square of half as many."""
    if factors < 2:
        return base if factors else Number(1.0)
    if factors % 2:
        return Binary("*", _product(base, factors - 1, column), base, column)
    half = _product(base, factors // 2, column)
    return Binary("*", half, half, column)
