"""The linear part, with constant coefficients, of a discrete formula: a stencil for each array."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from simcore.expressions.evaluate import evaluate
from simcore.expressions.tree import Binary, Call, Name, Negative, Node, Number, Shifted, postorder, rewrite

Offsets = tuple[int, ...]
Stencil = Mapping[Offsets, complex]
"""The weights of the cells around, `sum weight * u[cell + offset]`."""


@dataclass(frozen=True)
class Split:
    """A formula as stencils over arrays, plus the rest, a formula (None where nothing is left).

    fixed: whether the rest holds neither array nor coordinate nor time, only numbers: then it has a value.
    """

    stencils: Mapping[str, Stencil] = field(default_factory=dict)
    rest: Node | None = None
    fixed: bool = True

    @property
    def is_number(self) -> bool:
        return not self.stencils and self.fixed

    @cached_property
    def rest_or_zero(self) -> Node:
        return self.rest if self.rest is not None else Number(0.0)


def split(tree: Node, arrays: Collection[str], numbers: Mapping[str, Any]) -> Split:
    """Of a formula out of `discretise`, in `arrays`; `numbers` gives the values of parameters and constants.

    A product of two things that both vary is part of the rest, as is all that depends on time or place.
    """
    tree = rewrite([tree], lambda node: _decided(node, numbers))[0]
    done: dict[int, Split] = {}
    for node in postorder([tree]):
        done[id(node)] = _split(node, done, arrays, numbers)
    return done[id(tree)]


def _decided(node: Node, numbers: Mapping[str, Any]) -> Node:
    """A `where` whose condition is made of numbers is the branch that it takes; the other one may vary."""
    if isinstance(node, Call) and node.function == "where":
        parts = postorder([node.arguments[0]])
        if all(part.name in numbers for part in parts if isinstance(part, Name | Shifted)):
            return node.arguments[1 if _value(node.arguments[0], numbers) else 2]
    return node


def _split(node: Node, done: Mapping[int, Split], arrays: Collection[str], numbers: Mapping[str, Any]) -> Split:
    match node:
        case Shifted(name, offsets) if name in arrays:
            return Split({name: {offsets: 1.0}})
        case Number():
            return Split(rest=node)
        case Name(name):
            return Split(rest=node, fixed=name in numbers)
        case Negative(operand):
            return _scaled(done[id(operand)], -1.0, Negative)
        case Binary("+" | "-" as sign, left, right):
            return _joined(done[id(left)], sign, done[id(right)])
        case Binary("*", left, right):
            for factor, other in ((left, right), (right, left)):
                if done[id(factor)].is_number and done[id(other)].stencils:
                    return _scaled(
                        done[id(other)], _value(factor, numbers), lambda rest, f=factor: Binary("*", f, rest)
                    )
        case Binary("/", left, right) if done[id(right)].is_number and done[id(left)].stencils:
            return _scaled(done[id(left)], 1.0 / _value(right, numbers), lambda rest: Binary("/", rest, right))
        case Call("where", (condition, chosen, other)) if _is_fixed(condition, done):
            return done[id(chosen if _value(condition, numbers) else other)]
    below = [done[id(child)] for child in _children(node)]
    return Split(rest=node, fixed=not isinstance(node, Shifted) and all(part.is_number for part in below))


def _children(node: Node) -> tuple[Node, ...]:
    match node:
        case Binary(_, left, right):
            return left, right
        case Call(_, arguments):
            return arguments
    return ()


def _is_fixed(condition: Node, done: Mapping[int, Split]) -> bool:
    return done[id(condition)].is_number


def _value(node: Node, numbers: Mapping[str, Any]) -> Any:
    return evaluate(node, numbers)


def _scaled(part: Split, factor: complex, around: Any) -> Split:
    stencils = {name: {o: factor * w for o, w in stencil.items()} for name, stencil in part.stencils.items()}
    return Split(stencils, None if part.rest is None else around(part.rest), part.fixed)


def _joined(left: Split, sign: str, right: Split) -> Split:
    stencils = {name: dict(stencil) for name, stencil in left.stencils.items()}
    for name, stencil in right.stencils.items():
        into = stencils.setdefault(name, {})
        for offsets, weight in stencil.items():
            into[offsets] = into.get(offsets, 0.0) + (weight if sign == "+" else -weight)
    fixed = left.fixed and right.fixed
    if right.rest is None:
        return Split(stencils, left.rest, fixed)
    if left.rest is None:
        return Split(stencils, right.rest if sign == "+" else Negative(right.rest), fixed)
    return Split(stencils, Binary(sign, left.rest, right.rest), fixed)


def symbol(stencil: Stencil, angles: np.ndarray) -> np.ndarray:
    """What a stencil multiplies exp(i theta . cell) by; angles: theta along each axis, of shape (axes, ...)."""
    total = np.zeros(angles.shape[1:], complex)
    for offsets, weight in stencil.items():
        total += weight * np.exp(1j * np.tensordot(np.array(offsets, float), angles, 1))
    return total


@dataclass(frozen=True)
class Through:
    """Weights over an intermediate, which is itself `inner` of the variable; whole: and nothing else."""

    stencil: Stencil
    name: str
    inner: LinearOperator
    whole: bool


@dataclass(frozen=True)
class LinearOperator:
    """Weights over the variable itself, plus what reaches it through intermediates (a laplace of a laplace)."""

    own: Stencil
    through: tuple[Through, ...] = ()

    def symbol(self, angles: np.ndarray) -> np.ndarray:
        """What it multiplies exp(i theta . cell) by, on a periodic grid; angles: of shape (axes, ...)."""
        total = symbol(self.own, angles)
        for part in self.through:
            total = total + symbol(part.stencil, angles) * part.inner.symbol(angles)
        return total

    def __bool__(self) -> bool:
        return bool(self.own or self.through)
