"""Finite differences of a formula along one axis of a cell-centred grid.

Each takes `at`, which gives the formula shifted by a number of cells along the axis, and the name of 1/h or
1/h**2. Only differences of values are multiplied, so that a constant field stays constant to the last bit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce

from simcore.formulas.tree import Binary, Call, Name, Node, Number

At = Callable[[int], Node]
ORDERS = (2, 4)
UPWIND_ORDERS = (1, 3)


def add(left: Node, right: Node) -> Node:
    return Binary("+", left, right)


def subtract(left: Node, right: Node) -> Node:
    return Binary("-", left, right)


def multiply(left: Node, right: Node) -> Node:
    return Binary("*", left, right)


def first(at: At, order: int, inverse_h: Name) -> Node:
    """du/dx, central: (u[1] - u[-1]) / 2h, or (8 (u[1] - u[-1]) - (u[2] - u[-2])) / 12h.

    B. Fornberg, Math. Comp. 51 (1988) 699, table 1.
    """
    near = subtract(at(1), at(-1))
    if order == 2:
        return multiply(multiply(Number(0.5), inverse_h), near)
    far = subtract(at(2), at(-2))
    weighted = subtract(multiply(Number(8.0), near), far)
    return multiply(multiply(Number(1.0 / 12.0), inverse_h), weighted)


def second(at: At, order: int, inverse_h2: Name) -> Node:
    """d2u/dx2, central: (u[-1] + u[1] - 2 u) / h**2, or (16 (u[-1] + u[1] - 2 u) - (u[-2] + u[2] - 2 u)) / 12 h**2.

    B. Fornberg, Math. Comp. 51 (1988) 699, table 1.
    """
    near = _second_difference(at, 1)
    if order == 2:
        return multiply(inverse_h2, near)
    weighted = subtract(multiply(Number(16.0), near), _second_difference(at, 2))
    return multiply(multiply(Number(1.0 / 12.0), inverse_h2), weighted)


def laplacian(along: Sequence[At], inverse_h2: Name) -> Node:
    """The second differences of order 2 along all d axes, where h is the same: (sum of neighbours - 2 d u) / h**2.

    One product where `second` along each axis would take as many as there are axes.
    """
    neighbours = reduce(add, (add(at(-1), at(1)) for at in along))
    return multiply(inverse_h2, subtract(neighbours, multiply(Number(2.0 * len(along)), along[0](0))))


def _second_difference(at: At, cells: int) -> Node:
    return subtract(add(at(-cells), at(cells)), multiply(Number(2.0), at(0)))


def upwind(at: At, velocity: Node, order: int, inverse_h: Name) -> Node:
    """velocity du/dx, the difference taken against the flow.

    Order 1: (u - u[-1]) / h if the velocity is positive. Order 3, upwind-biased, without a limiter:
    (2 u[1] + 3 u - 6 u[-1] + u[-2]) / 6h, the kappa = 1/3 scheme of B. van Leer, Lectures in Applied Mathematics 22
    (1985) 327. Mirrored if the velocity is negative.
    """
    forward, backward = subtract(at(1), at(0)), subtract(at(0), at(-1))
    if order == 1:
        return multiply(velocity, multiply(inverse_h, _against(velocity, backward, forward)))
    rising = _biased(forward, backward, subtract(at(-1), at(-2)))
    falling = _biased(backward, forward, subtract(at(2), at(1)))
    scale = multiply(Number(1.0 / 6.0), inverse_h)
    return multiply(velocity, multiply(scale, _against(velocity, rising, falling)))


def _biased(downstream: Node, upstream: Node, far_upstream: Node) -> Node:
    """2 (u[1] - u) + 5 (u - u[-1]) - (u[-1] - u[-2])."""
    return subtract(add(multiply(Number(2.0), downstream), multiply(Number(5.0), upstream)), far_upstream)


def _against(velocity: Node, rising: Node, falling: Node) -> Node:
    return Call("where", (Binary(">", velocity, Number(0.0)), rising, falling))
