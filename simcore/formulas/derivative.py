"""The derivative of a formula by one of its variables."""

from __future__ import annotations

import math
from collections.abc import Callable

from simcore.formulas.simplify import mentions, simplify
from simcore.formulas.tree import Binary, Call, Name, Negative, Node, Number, Shifted, postorder

ZERO, ONE, TWO = Number(0.0), Number(1.0), Number(2.0)


def derivative(node: Node, name: str, *, flat: bool = False) -> Node:
    """d node / d name, simplified. Raises ValueError if a comparison, floor, max or the like depends on the name.

    flat: take 0 for the derivative of these instead. That is right for a formula that is proved not to depend on the
    name through them (`normalform`), such as P*max(a, b) at P = 0.
    """
    slopes: dict[int, Node] = {}
    for part in postorder([node]):
        try:
            slopes[id(part)] = simplify(_slope(part, name, lambda below: slopes[id(below)]))
        except ValueError:
            if not flat:
                raise
            slopes[id(part)] = ZERO
    return slopes[id(node)]


def _slope(node: Node, name: str, slope: Callable[[Node], Node]) -> Node:
    match node:
        case Name(variable):
            return ONE if variable == name else ZERO
        case Number() | Shifted():
            return ZERO
        case Negative(operand):
            return Negative(slope(operand))
        case Binary("+" | "-", left, right):
            return Binary(node.operator, slope(left), slope(right))
        case Binary("*", left, right):
            return _plus(_times(slope(left), right), _times(left, slope(right)))
        case Binary("/", left, right):
            quotient = Binary("/", _times(left, slope(right)), _times(right, right))
            return Binary("-", Binary("/", slope(left), right), quotient)
        case Binary("**", base, exponent):
            return _power(base, exponent, slope(base), slope(exponent))
        case Call("where", (condition, chosen, other)):
            return Call("where", (condition, slope(chosen), slope(other)))
        case Call(function, (argument,)) if function in _OUTER:
            return _times(_OUTER[function](argument), slope(argument))
        case Call(function, arguments):
            if all(slope(argument) == ZERO for argument in arguments):
                return ZERO
            raise ValueError(f"{function} has no derivative")
        case Binary(operator):
            if mentions(node, [name]):
                raise ValueError(f"{operator} has no derivative")
            return ZERO
    raise TypeError(f"not a node of an expression: {node!r}")


def _power(base: Node, exponent: Node, base_slope: Node, exponent_slope: Node) -> Node:
    """(n base**(n - 1)) base', and base**exponent log(base) exponent'."""
    lowered = Binary("**", base, simplify(Binary("-", exponent, ONE)))
    by_base = _times(_times(exponent, lowered), base_slope)
    if exponent_slope == ZERO:
        return by_base
    return _plus(by_base, _times(_times(Binary("**", base, exponent), Call("log", (base,))), exponent_slope))


def _plus(left: Node, right: Node) -> Node:
    return Binary("+", left, right)


def _times(left: Node, right: Node) -> Node:
    return Binary("*", left, right)


def _cathetus(x: Node) -> Node:
    """sqrt(1 - x**2)."""
    return Call("sqrt", (Binary("-", ONE, Binary("**", x, TWO)),))


_OUTER: dict[str, Callable[[Node], Node]] = {
    "abs": lambda x: Call("sign", (x,)),
    "acos": lambda x: Negative(Binary("/", ONE, _cathetus(x))),
    "asin": lambda x: Binary("/", ONE, _cathetus(x)),
    "atan": lambda x: Binary("/", ONE, _plus(ONE, Binary("**", x, TWO))),
    "cos": lambda x: Negative(Call("sin", (x,))),
    "cosh": lambda x: Call("sinh", (x,)),
    "erf": lambda x: _times(Number(2.0 / math.sqrt(math.pi)), Call("exp", (Negative(Binary("**", x, TWO)),))),
    "exp": lambda x: Call("exp", (x,)),
    "log": lambda x: Binary("/", ONE, x),
    "log10": lambda x: Binary("/", Number(1.0 / math.log(10.0)), x),
    "sin": lambda x: Call("cos", (x,)),
    "sinh": lambda x: Call("cosh", (x,)),
    "sqrt": lambda x: Binary("/", Number(0.5), Call("sqrt", (x,))),
    "tan": lambda x: _plus(ONE, Binary("**", Call("tan", (x,)), TWO)),
    "tanh": lambda x: Binary("-", ONE, Binary("**", Call("tanh", (x,)), TWO)),
}
