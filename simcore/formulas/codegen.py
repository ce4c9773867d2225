"""The Python source of one lowered formula of scalars, as numba compiles it.

The order of operations is the user's own, to the last bracket; nothing is reassociated. A formula of float32 fields is
worked out in float32 until it meets a literal or a parameter, which are float64, and is in float64 from there on; the
result is rounded when it is stored.
"""

from __future__ import annotations

from collections.abc import Callable

from simcore.formulas import cell_functions, vector_functions
from simcore.formulas.tree import Binary, Call, Name, Negative, Node, Number, Shifted

# How tightly Python binds; an operand that binds less is put in brackets.
BINDING = {"|": 1, "&": 2, "+": 3, "-": 3, "*": 4, "/": 4, "**": 6}
COMPARISON, SIGN, ATOM = 0, 5, 7
ATTRIBUTES = {"real": "real", "imag": "imag"}
METHODS = {"conj": "conjugate"}
BUILT_IN = {
    "abs": "abs",
    "acos": "np.arccos",
    "asin": "np.arcsin",
    "atan": "np.arctan",
    "atan2": "np.arctan2",
    "erf": "math.erf",
    "modulus": "abs",
    "round": "np.rint",
}


def source(node: Node, read: Callable[[Shifted], str]) -> str:
    """The text of a tree out of `lowering`; `read` says how the value of a field at a cell is written.

    It names np, math, and the functions of `cell_functions` (`used_functions`).
    """
    match node:
        case Number(value):
            return repr(value) if value == value else "np.nan"
        case Name(name):
            return name
        case Shifted():
            return read(node)
        case Negative(operand):
            return f"-{_bracketed(operand, SIGN, read)}"
        case Binary(operator, left, right):
            binding = BINDING.get(operator, COMPARISON)
            # Python's own associativity: a - (b - c) and (a**b)**c keep their brackets, and comparisons would chain.
            left_binding, right_binding = binding, binding + 1
            if operator == "**":
                left_binding, right_binding = ATOM, SIGN
            elif binding == COMPARISON:
                left_binding = binding + 1
            return f"{_bracketed(left, left_binding, read)} {operator} {_bracketed(right, right_binding, read)}"
        case Call(function, (operand,)) if function in ATTRIBUTES:
            return f"{_bracketed(operand, ATOM, read)}.{ATTRIBUTES[function]}"
        case Call(function, (operand,)) if function in METHODS:
            return f"{_bracketed(operand, ATOM, read)}.{METHODS[function]}()"
        case Call(function, arguments):
            return f"{_function(function)}({', '.join(source(argument, read) for argument in arguments)})"
    raise TypeError(f"not a node of an expression: {node!r}")


def _bracketed(node: Node, least: int, read: Callable[[Shifted], str]) -> str:
    text = source(node, read)
    return text if _binding(node) >= least else f"({text})"


def _binding(node: Node) -> int:
    match node:
        case Number(value):
            return ATOM if isinstance(value, float) and not repr(value).startswith("-") else SIGN
        case Negative():
            return SIGN
        case Binary(operator):
            return BINDING.get(operator, COMPARISON)
    return ATOM


def _function(name: str) -> str:
    if name in cell_functions.FUNCTIONS or name in vector_functions.FUNCTIONS.values():
        return name
    return BUILT_IN.get(name, f"np.{name}")
