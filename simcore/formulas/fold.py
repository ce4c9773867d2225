"""Parts of an expression without a name become the one number that they are."""

from __future__ import annotations

import cmath

from simcore.formulas.error import ExpressionError
from simcore.formulas.evaluate import evaluate
from simcore.formulas.tree import Binary, Call, Name, Negative, Node, Number, is_boolean, walk
from simcore.formulas.vocabulary import FUNCTIONS


def fold(text: str, node: Node) -> Node:
    """The same formula with constant parts worked out in float64, bottom up, so that no large integer is ever made.

    Refuses a part that is no finite number, such as `9**9**9`, `1/0`, `log(0)`.
    """
    folded = _with_folded_children(text, node)
    if is_boolean(folded) or any(map(_varies, walk(folded))):
        return folded
    value = evaluate(folded, {}).item()
    if not cmath.isfinite(value):
        reason = "is not a real number" if cmath.isnan(value) else "is infinite: it divides by zero or exceeds 1.8e308"
        raise ExpressionError(text, node.column, f"this constant {reason}")
    return Number(value, node.column)


def _varies(node: Node) -> bool:
    """Whether it is not known before there are values: a name, or an operator on fields."""
    match node:
        case Name():
            return True
        case Call(function, arguments):
            return function not in FUNCTIONS or not FUNCTIONS[function].accepts(len(arguments))
    return False


def _with_folded_children(text: str, node: Node) -> Node:
    match node:
        case Negative(operand):
            return Negative(fold(text, operand), node.column)
        case Binary(operator, left, right):
            return Binary(operator, fold(text, left), fold(text, right), node.column)
        case Call(function, arguments):
            return Call(function, tuple(fold(text, argument) for argument in arguments), node.column)
    return node
