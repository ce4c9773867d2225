"""The value that a flux carries through a face: upwind or with a limited slope.

The flux f(u, ...) of a field u, du/dt = -df/dx, moves u with the speed df/du. If f is linear in u, f = s u + r, the
value of u is taken from the side that the mean speed of both cells comes from, and r is the mean of both. Else the flux
is that of Lax and Friedrichs, local form (V. V. Rusanov 1961): (f(a) + f(b))/2 - max(|f'(a)|, |f'(b)|) (b - a)/2.

With a limiter the value at the face is u + L(a, b)/2, a the difference behind and b that ahead; L is 0 if their
signs differ, so that no extremum grows (A. Harten, J. Comp. Phys. 49, 357 (1983); P. K. Sweby, SIAM J. Numer. Anal.
21, 995 (1984)). A step of Euler keeps the bounds if dt times the sum of |s|/h over all axes is at most 1/2.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from simcore.formulas.derivative import derivative
from simcore.formulas.simplify import simplify
from simcore.formulas.tree import Binary, Call, Name, Node, Number, Shifted, postorder, rewrite, substitute
from simcore.models.grid.fluxes import FluxRules
from simcore.models.grid.shifting import Shifting
from simcore.models.grid.stencils import add, multiply, subtract

ZERO, HALF, TWO = Number(0.0), Number(0.5), Number(2.0)
OWN = "own value"
"""The name of the field while a flux is looked at; no field can be called so."""


@dataclass(frozen=True)
class SplitFlux:
    """A flux f by its field u. speed: df/du if it does not depend on u; None else. rest: f - speed u.

    flux, slope: f and df/du with the field under the name OWN.
    """

    flux: Node
    slope: Node
    speed: Node | None
    rest: Node

    def between(
        self, left: Node, right: Node, at_left: Callable[[Node], Node], at_right: Callable[[Node], Node]
    ) -> Node:
        """The flux of Lax and Friedrichs between two values; at_left, at_right: take all else to its side."""
        flux_left, slope_left = (_with_own(at_left(tree), left) for tree in (self.flux, self.slope))
        flux_right, slope_right = (_with_own(at_right(tree), right) for tree in (self.flux, self.slope))
        fastest = Call("max", (Call("abs", (slope_left,)), Call("abs", (slope_right,))))
        spread = multiply(multiply(HALF, fastest), subtract(right, left))
        return subtract(multiply(HALF, add(flux_left, flux_right)), spread)


def split_speed(f: Node, own: Shifted) -> SplitFlux:
    """By the derivative of a discrete formula. Raises ValueError if it has none."""
    named = rewrite([f], lambda node: Name(OWN) if node == own else node)[0]
    slope = derivative(named, OWN)
    linear = not any(isinstance(node, Name) and node.name == OWN for node in postorder([slope]))
    rest = simplify(substitute(named, {OWN: ZERO})) if linear else ZERO
    return SplitFlux(named, slope, slope if linear else None, rest)


def _with_own(tree: Node, value: Node) -> Node:
    return substitute(tree, {OWN: value})


@dataclass(frozen=True)
class Carried:
    """The values of a field at both sides of the upper face of a cell."""

    cells: Shifting
    axis: int
    own: Shifted
    rules: FluxRules

    @property
    def left(self) -> Node:
        """In the cell, carried to the face."""
        here, ahead = self._value(0), self._value(1)
        if self.rules.advection == "upwind":
            return here
        behind = self.cells.to_face(self.own, self.axis, -1)
        return add(here, multiply(HALF, self._limited(subtract(here, behind), subtract(ahead, here))))

    @property
    def right(self) -> Node:
        """In the next cell, carried to the face."""
        here, ahead = self._value(0), self._value(1)
        if self.rules.advection == "upwind":
            return ahead
        beyond = self.cells.to_face(self.own, self.axis, 2, nearest=1)  # the last cell has no upper face but the wall
        return add(ahead, multiply(HALF, self._limited(subtract(ahead, beyond), subtract(here, ahead))))

    def _value(self, cells: int) -> Node:
        return self.cells.shifted(self.own, self.axis, cells)

    def _limited(self, behind: Node, ahead: Node) -> Node:
        return LIMITERS[self.rules.advection](behind, ahead)


def upwind(values: Carried, speed: Node) -> Node:
    """speed times the value of the side that it comes from."""
    return multiply(speed, Call("where", (Binary(">", speed, ZERO), values.left, values.right)))


def lax_friedrichs(values: Carried, flux: SplitFlux) -> Node:
    """Between the values at both sides of a face."""
    return flux.between(
        values.left, values.right, lambda tree: tree, lambda tree: values.cells.shifted(tree, values.axis, 1)
    )


def minmod(a: Node, b: Node) -> Node:
    """The smaller one of two slopes of one sign, else 0."""
    smaller = Call("where", (Binary("<", Call("abs", (a,)), Call("abs", (b,))), a, b))
    return _same_sign(a, b, smaller)


def van_leer(a: Node, b: Node) -> Node:
    """2 a b/(a + b) of two slopes of one sign, else 0; B. van Leer, J. Comp. Phys. 14, 361 (1974)."""
    return _same_sign(a, b, multiply(multiply(TWO, a), Binary("/", b, add(a, b))))


def superbee(a: Node, b: Node) -> Node:
    """The larger one of minmod(2 a, b) and minmod(a, 2 b); P. L. Roe, Lect. Appl. Math. 22, 163 (1985)."""
    first, second = minmod(multiply(TWO, a), b), minmod(a, multiply(TWO, b))
    return Call("where", (Binary(">", Call("abs", (first,)), Call("abs", (second,))), first, second))


def _same_sign(a: Node, b: Node, slope: Node) -> Node:
    return Call("where", (Binary(">", multiply(a, b), ZERO), slope, ZERO))


LIMITERS: dict[str, Callable[[Node, Node], Node]] = {"minmod": minmod, "van_leer": van_leer, "superbee": superbee}
