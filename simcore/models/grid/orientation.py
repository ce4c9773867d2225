"""Which way a flux goes: to its divergence is added the field that it changes, and its sign becomes that of a flow.

With upwind or limited fluxes the scheme has to know the speed of du/dt = -df/dx. So `2*divergence(f)` in the equation
of u becomes -divergence(-2*f): the numbers that a divergence is multiplied by go into its flux.
"""

from __future__ import annotations

from collections.abc import Callable

from simcore.formulas.tree import Binary, Call, Name, Negative, Node, Number, postorder, rewrite, with_children
from simcore.models.grid.fluxes import FLUXES, FluxError


def with_owner(tree: Node, field: str) -> Node:
    """Every flux of an expanded equation with the name of its field as a second argument."""

    def change(node: Node) -> Node:
        if _is_flux(node) and len(node.arguments) == 1:  # type: ignore[union-attr]
            return with_children_added(node, Name(field, node.column))  # type: ignore[arg-type]
        return node

    return rewrite([tree], change)[0]


def with_children_added(call: Call, more: Node) -> Call:
    """The call with one argument more."""
    return Call(call.function, (*call.arguments, more), call.column)


def oriented(tree: Node, is_number: Callable[[Node], bool]) -> Node:
    """An equation in which every flux stands as -flux(f). is_number: whether a formula is the same in all cells.

    Raises FluxError if a flux is multiplied by something that is not a number, or is inside a function or an operator.
    """
    return _oriented(tree, [], False, is_number)


def _oriented(node: Node, factors: list[Node], negative: bool, is_number: Callable[[Node], bool]) -> Node:
    """factors times the node, where it is added or, `negative`, subtracted."""
    if not _holds_flux(node):
        return _scaled(node, factors)
    match node:
        case Call(function, (f, *others)) if function in FLUXES:
            if any(map(_holds_flux, (f, *others))):
                raise FluxError(node, "a divergence inside of a flux has no direction; take advection: central")
            if negative:
                return with_children(node, [_scaled(f, factors), *others])
            return Negative(with_children(node, [Negative(_scaled(f, factors)), *others]))
        case Negative(operand):
            return Negative(_oriented(operand, factors, not negative, is_number))
        case Binary("+" | "-" as sign, left, right):
            below = negative != (sign == "-")
            sides = _oriented(left, factors, negative, is_number), _oriented(right, factors, below, is_number)
            return with_children(node, sides)
        case Binary("*", left, right) if is_number(left):
            return _oriented(right, [*factors, left], negative, is_number)
        case Binary("*", left, right) if is_number(right):
            return _oriented(left, [*factors, right], negative, is_number)
        case Binary("/", left, right) if is_number(right):
            return _oriented(left, [*factors, Binary("/", Number(1.0), right)], negative, is_number)
    reason = "only a number may multiply the divergence of a flux with a direction; take advection: central"
    raise FluxError(node, reason)


def _scaled(node: Node, factors: list[Node]) -> Node:
    for factor in factors:
        node = Binary("*", factor, node)
    return node


def _is_flux(node: Node) -> bool:
    return isinstance(node, Call) and node.function in FLUXES


def _holds_flux(tree: Node) -> bool:
    return any(map(_is_flux, postorder([tree])))
