"""Which parts of a tree are complex numbers."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from simcore.formulas.error import ExpressionError
from simcore.formulas.expression import Expression
from simcore.formulas.tree import Call, Name, Node, Number, Shifted, children, is_boolean, postorder
from simcore.formulas.vocabulary import FUNCTIONS

REAL_VALUED = ("abs", "imag", "real", "truth")
ORDERED = ("<", "<=", ">", ">=")


def complex_nodes(roots: Sequence[Node], names: Collection[str]) -> set[int]:
    """The `id` of every complex node below `roots`, where the variables in `names` are complex."""
    found: set[int] = set()
    for node in postorder(roots):
        if _is_complex(node, names, found):
            found.add(id(node))
    return found


def _is_complex(node: Node, names: Collection[str], found: set[int]) -> bool:
    match node:
        case Number(value):
            return isinstance(value, complex)
        case Name(name) | Shifted(name):
            return name in names
        case Call(function) if function in REAL_VALUED:
            return False
    return not is_boolean(node) and any(id(child) in found for child in children(node))


def require_order(expression: Expression, names: Collection[str], ordering: Collection[str] = ()) -> bool:
    """Whether the value is complex, where the variables in `names` are.

    Raises `ExpressionError` where complex numbers are put in an order: by <, by functions such as max and sign, by the
    operators in `ordering` (in all arguments but the last, or the only one).
    """
    found = complex_nodes([expression.tree], names)
    for node in postorder([expression.tree]):
        if any(id(part) in found for part in _ordered_parts(node, ordering)):
            what = node.function if isinstance(node, Call) else node.operator  # type: ignore[union-attr]
            raise ExpressionError(
                expression.text, node.column, f"{what} needs real numbers; take abs, real or imag of the complex one"
            )
    return id(expression.tree) in found


def _ordered_parts(node: Node, ordering: Collection[str]) -> tuple[Node, ...]:
    match node:
        case Call(function, (only,)) if function in ordering or (function in FUNCTIONS and FUNCTIONS[function].real):
            return (only,)
        case Call(function, (*first, _)) if function in ordering and function not in FUNCTIONS:
            return tuple(first)
        case Call(function, arguments) if function in FUNCTIONS and FUNCTIONS[function].real:
            return arguments
    return children(node) if is_boolean(node) and node.operator in ORDERED else ()  # type: ignore[union-attr]
