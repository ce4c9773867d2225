"""Sums, products and powers without the terms and factors that do nothing."""

from __future__ import annotations

from collections.abc import Collection
from math import isfinite

from simcore.formulas.evaluate import evaluate
from simcore.formulas.tree import Binary, Call, Name, Negative, Node, Number, is_boolean, rewrite, walk
from simcore.formulas.vocabulary import FUNCTIONS

EVEN, ODD = ("abs", "cos", "cosh"), ("sin", "sinh", "tan", "tanh")


def simplify(node: Node) -> Node:
    """An equal formula for finite numbers, to rounding: no x + 0, 1*x, 0*x, x**1, --x; constant parts worked out."""
    return rewrite([node], _simpler)[0]


def _simpler(node: Node) -> Node:
    match node:
        case Negative(Number(value)):
            return Number(-value if value else 0.0, node.column)
        case Negative(Negative(operand)):
            return operand
        case Binary(_, Number(), Number()) if not is_boolean(node):
            return _worked_out(node)
        case Binary("+" | "-", left, right):
            return _sum(node.operator, left, right, node.column)
        case Binary("*" | "/", left, right):
            return _product(node.operator, left, right, node.column)
        case Binary("**", base, Number(exponent)) if exponent in (0.0, 1.0):
            return base if exponent else Number(1.0, node.column)
        case Call("where", (_, chosen, other)) if chosen == other:
            return chosen
        case Call(function, (Negative(operand),)) if function in EVEN:
            return Call(function, (operand,), node.column)
        case Call(function, (Negative(operand),)) if function in ODD:
            return Negative(Call(function, (operand,), node.column), node.column)
        case Call(function, arguments) if function in FUNCTIONS and all(isinstance(a, Number) for a in arguments):
            return _worked_out(node)
    return node


def _worked_out(node: Node) -> Node:
    value = evaluate(node, {}).item()
    return Number(value, node.column) if isinstance(value, complex) or isfinite(value) else node


def _is(node: Node, value: float) -> bool:
    return isinstance(node, Number) and node.value == value


def _sum(operator: str, left: Node, right: Node, column: int) -> Node:
    if _is(right, 0.0):
        return left
    if _is(left, 0.0):
        return right if operator == "+" else _simpler(Negative(right, column))
    if isinstance(right, Negative):
        return Binary("-" if operator == "+" else "+", left, right.operand, column)
    return Binary(operator, left, right, column)


def _product(operator: str, left: Node, right: Node, column: int) -> Node:
    if _is(left, 0.0) or (operator == "*" and _is(right, 0.0)):
        return Number(0.0, column)
    if _is(right, 1.0):
        return left
    if operator == "*" and _is(left, 1.0):
        return right
    if _is(right, -1.0):
        return _simpler(Negative(left, column))
    if operator == "*" and _is(left, -1.0):
        return _simpler(Negative(right, column))
    if isinstance(left, Negative):
        return _simpler(Negative(_product(operator, left.operand, right, column), column))
    if isinstance(right, Negative):
        return _simpler(Negative(_product(operator, left, right.operand, column), column))
    return Binary(operator, left, right, column)


def mentions(node: Node, names: Collection[str]) -> bool:
    """Whether any of the names is a variable of the formula."""
    return any(isinstance(part, Name) and part.name in names for part in walk(node))
