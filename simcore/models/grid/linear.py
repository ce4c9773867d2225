"""The linear part, with constant coefficients, of a discrete formula: a stencil for each array."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from simcore.formulas.evaluate import evaluate
from simcore.formulas.tree import Binary, Call, Name, Negative, Node, Number, Shifted, postorder, rewrite

Offsets = tuple[int, ...]
Stencil = Mapping[Offsets, Any]
"""The weights of the cells around, `sum weight * u[cell + offset]`: numbers, or arrays if they vary in space."""
Along = Callable[[int, int], Any]


@dataclass(frozen=True)
class Split:
    """A formula as stencils over arrays, plus the rest, a formula (None if nothing is left).

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

    def is_linear(self, numbers: Mapping[str, Any]) -> bool:
        """Whether nothing but the stencils is left, a rest that is 0 aside."""
        return self.rest is None or (self.fixed and not np.any(evaluate(self.rest, numbers)))


def split(tree: Node, arrays: Collection[str], numbers: Mapping[str, Any]) -> Split:
    """Of a formula out of `discretise`, in `arrays`; `numbers` gives the values of parameters and constants.

    A product of two things that both vary is part of the rest, as is all that depends on time or place. A value in
    `numbers` may be an array over the grid: then the weights that hold it are arrays.
    """
    nodes = list(postorder([tree]))
    if any(isinstance(node, Call) and node.function == "where" for node in nodes):
        tree = rewrite([tree], lambda node: _decided(node, numbers))[0]
        nodes = list(postorder([tree]))
    done: dict[int, Split] = {}
    with np.errstate(all="ignore"):  # a weight that is not finite is for the caller to find
        for node in nodes:
            done[id(node)] = _split(node, done, arrays, numbers)
    return done[id(tree)]


def _decided(node: Node, numbers: Mapping[str, Any]) -> Node:
    """A `where` whose condition is made of numbers is the branch that it takes; the other one may vary."""
    if isinstance(node, Call) and node.function == "where":
        parts = postorder([node.arguments[0]])
        if all(part.name in numbers for part in parts if isinstance(part, Name | Shifted)):
            truth = _value(node.arguments[0], numbers)
            if np.ndim(truth) == 0:
                return node.arguments[1 if truth else 2]
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
        case Call("where", (condition, chosen, other)) if done[id(condition)].is_number:
            truth = _value(condition, numbers)
            if np.ndim(truth) == 0:
                return done[id(chosen if truth else other)]
            if done[id(chosen)].stencils or done[id(other)].stencils:
                return _chosen(condition, truth, done[id(chosen)], done[id(other)])
    below = [done[id(child)] for child in _children(node)]
    return Split(rest=node, fixed=not isinstance(node, Shifted) and all(part.is_number for part in below))


def _children(node: Node) -> tuple[Node, ...]:
    match node:
        case Binary(_, left, right):
            return left, right
        case Call(_, arguments):
            return arguments
    return ()


def _value(node: Node, numbers: Mapping[str, Any]) -> Any:
    return evaluate(node, numbers)


def _chosen(condition: Node, truth: np.ndarray, chosen: Split, other: Split) -> Split:
    """One stencil or the other at each place; truth: of the condition, an array."""
    stencils: dict[str, dict[Offsets, Any]] = {}
    for name in {**chosen.stencils, **other.stencils}:
        first, second = (part.stencils.get(name, {}) for part in (chosen, other))
        stencils[name] = {o: np.where(truth, first.get(o, 0.0), second.get(o, 0.0)) for o in {**first, **second}}
    rest: Node | None = None
    if chosen.rest is not None or other.rest is not None:
        rest = Call("where", (condition, chosen.rest_or_zero, other.rest_or_zero))
    return Split(stencils, rest, chosen.fixed and other.fixed)


def _scaled(part: Split, factor: Any, around: Any) -> Split:
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


def symbol(stencil: Stencil, along: Along) -> Any:
    """What a stencil multiplies a wave by.

    along(axis, cells): what a shift by so many cells multiplies it by, arrays that broadcast (see `waves`). Weights may
    be arrays, too.
    """
    total: Any = 0.0
    for offsets, weight in stencil.items():
        factor = weight
        for axis, cells in enumerate(offsets):
            if cells:
                factor = factor * along(axis, cells)
        total = total + factor
    return total


def waves(angles: np.ndarray) -> Along:
    """For `symbol`: the waves exp(i theta . cell); angles: theta along each axis, of shape (axes, ...)."""
    return lambda axis, cells: np.exp(1j * cells * angles[axis])
