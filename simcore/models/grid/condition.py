"""What holds at one side of a grid, and the formulas of the ghost cells that it gives."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import nan
from typing import Any

import numpy as np

from simcore.formulas import Expression, ExpressionError
from simcore.formulas.complex_parts import complex_nodes, require_order
from simcore.formulas.derivative import derivative
from simcore.formulas.evaluate import evaluate
from simcore.formulas.simplify import mentions, simplify
from simcore.formulas.tree import Binary, Call, Name, Node, Number
from simcore.spec.arrays import Periodic, Side, Wall

AXES = ("x", "y", "z")
COUNTS = {"value": 1, "derivative": 1, "mixed": 2}
ONE, TWO = Number(1.0), Number(2.0)

Coefficient = Callable[[Node], Any]
"""What turns the formula of a wall's scale or shift into its number, or into a function of the mirror cell."""


@dataclass(frozen=True)
class Place:
    """Where a side lies.

    axis, end: "x" and "-" or "+"; spacing: h along the axis; position: the coordinate of the side; depth: how many
    ghost cells lie beyond it; along: the coordinates of the cells along the side, each shaped to broadcast.
    """

    axis: str
    end: str
    spacing: float
    position: float
    depth: int = 1
    along: Mapping[str, np.ndarray] = field(default_factory=dict, compare=False)

    @property
    def side(self) -> str:
        """As it is written in an experiment: `x-`."""
        return self.axis + self.end

    @property
    def distance(self) -> Node:
        """From the mirror cell to its ghost cell: h, 3 h for the second ghost cell, and so on."""
        if self.depth == 1:
            return Number(self.spacing)
        return _times(TWO, Call("abs", (Binary("-", Name(self.axis), Number(self.position)),)))

    @property
    def longest(self) -> float:
        """The largest `distance`."""
        return (2 * self.depth - 1) * self.spacing


@dataclass(frozen=True)
class GhostCell:
    """ghost = scale * mirror + shift, both formulas of parameters, `t` and the coordinates of the mirror cell."""

    scale: Node
    shift: Node

    def rate(self) -> GhostCell:
        """The ghost cell of the rate of change: d/dt ghost = scale * d/dt mirror + d/dt shift, branch by branch.

        Raises ValueError if the shift has no derivative, or if the scale changes in time: the rate would then depend on
        the mirror cell's value, too.
        """
        if mentions(self.scale, ["t"]):
            raise ValueError("its kind, or a of mixed, changes in time")
        return GhostCell(self.scale, derivative(self.shift, "t"))

    def wall(self, coefficient: Coefficient) -> Wall:
        """With the coefficients that the engine takes."""
        return Wall(coefficient(self.scale), coefficient(self.shift))


@dataclass(frozen=True)
class Condition:
    """What holds at one side.

    kind: "periodic", "value" (u = v), "derivative" (du/dn = g, n pointing outward), "mixed" (du/dn + a u = b), or
    "where", one of two conditions at each place;
    numbers: (), (v,), (g,), (a, b), or the comparison of "where": each a formula of parameters, t, and the coordinates
    along the side; parts: of "where" the condition if the comparison holds, and the other one.
    """

    kind: str
    numbers: tuple[Expression, ...] = ()
    parts: tuple[Condition, ...] = ()

    def check(self, place: Place, parameters: Sequence[str]) -> None:
        """Raise ValueError for a name that a wall there does not know."""
        along = [axis for axis in AXES if axis != place.axis]
        for expression in self.numbers:
            try:
                expression.require((*parameters, "t", *along))
                require_order(expression, ())
            except ExpressionError as error:
                raise ValueError(f"{error} ({place.side} is given along itself and over time)") from None
        for part in self.parts:
            part.check(place, parameters)

    def ghost(self, place: Place) -> GhostCell:
        """The ghost cell, from its mirror cell u at a distance d, the side halfway between the two.

        value: ghost = 2 v - u. derivative: ghost = u + d g. mixed: (ghost - u)/d + a (ghost + u)/2 = b, so that
        ghost = (2 - a d)/(2 + a d) u + 2 d b/(2 + a d); if a formula makes a d <= -2, it is NaN, see `side`. d is
        the spacing h, and 3 h for a second ghost cell, which mirrors the second cell: of second order in h, too.
        """
        d = place.distance
        match self.kind, self.numbers:
            case "value", (v,):
                return GhostCell(Number(-1.0), _times(TWO, v.tree))
            case "derivative", (g,):
                return GhostCell(ONE, simplify(_times(g.tree, d)))
            case "mixed", (a, b):
                product = _times(a.tree, d)
                above = Binary("+", TWO, product)
                scale: Node = Binary("/", Binary("-", TWO, product), above)
                if a.names:
                    sign = Call("real", (above,)) if complex_nodes([above], ()) else above
                    scale = Call("where", (Binary(">", sign, Number(0.0)), scale, Number(nan)))
                return GhostCell(scale, _times(Binary("/", _times(TWO, d), above), b.tree))
            case "where", (comparison,):
                one, other = (part.ghost(place) for part in self.parts)
                scale, shift = (
                    Call("where", (comparison.tree, *pair))
                    for pair in ((one.scale, other.scale), (one.shift, other.shift))
                )
                return GhostCell(simplify(scale), simplify(shift))
        raise ValueError(f"{self.kind} has no ghost cell of its own")

    def side(self, place: Place, parameters: Mapping[str, Any], coefficient: Coefficient) -> Side:
        """What the engine takes; raises ValueError."""
        if self.kind == "periodic":
            return Periodic()
        self._check_mixed(place, {**parameters, **place.along, "t": 0.0}, np.True_)
        return self.ghost(place).wall(coefficient)

    def rate(self, place: Place, coefficient: Coefficient) -> Side:
        """What holds for the rate of change of what this holds for; raises ValueError."""
        return Periodic() if self.kind == "periodic" else self.ghost(place).rate().wall(coefficient)

    def _check_mixed(self, place: Place, values: Mapping[str, Any], held: Any) -> None:
        """Refuse a d <= -2, at the start: the ghost cell would have the wrong sign, or none."""
        if self.kind == "mixed":
            a = np.real(self.numbers[0].evaluate(values))
            limit = -2.0 / place.longest
            if (wrong := held & ~(a > limit)).any():
                least = np.broadcast_to(a, wrong.shape)[wrong].min()
                spacing = "spacing" if place.depth == 1 else f"({2 * place.depth - 1}*spacing)"
                raise ValueError(f"mixed: a must be above -2/{spacing} = {limit:.6g}, not {least:g}")
        if self.kind == "where":
            chosen = np.asarray(evaluate(self.numbers[0].tree, values), bool)
            for part, there in zip(self.parts, (chosen, ~chosen), strict=True):
                part._check_mixed(place, values, held & there)

    def formulas(self) -> Iterator[Expression]:
        """All numbers and formulas."""
        yield from self.numbers
        for part in self.parts:
            yield from part.formulas()

    def keys(self) -> Any:
        """As it is written in an experiment."""
        if self.kind == "periodic":
            return "periodic"
        if self.kind == "where":
            one, other = self.parts
            return {"where": self.numbers[0].text, "then": one.keys(), "else": other.keys()}
        numbers = [_written(expression) for expression in self.numbers]
        return {self.kind: numbers[0] if COUNTS[self.kind] == 1 else numbers}


def _written(expression: Expression) -> float | str:
    try:
        return float(expression.text)
    except ValueError:
        return expression.text


def _times(left: Node, right: Node) -> Node:
    return Binary("*", left, right)
