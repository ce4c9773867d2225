"""Divergences of fluxes at the faces between cells: (F[+1/2] - F[-1/2]) / h along each axis.

The cells at both sides of a face work out the same formula from the same numbers, so that what leaves one enters the
other to the last bit, and the sum over all cells changes by rounding only. R. J. LeVeque, Finite Volume Methods for
Hyperbolic Problems, Cambridge (2002), chapter 4. At the wall of an axis:

diffusion   the difference to the ghost cell, with the coefficient at the wall: of the fields there, in the medium of
            the cell. The part of a tensor that acts along a wall counts at walls with a given value only.
advection   no flux through a wall with a given derivative; else the flux of the values at the wall.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce

from simcore.formulas.tree import Binary, Call, Name, Node, Number, Shifted, postorder
from simcore.models.grid import stencils
from simcore.models.grid.advection import Carried, lax_friedrichs, split_speed, upwind
from simcore.models.grid.fluxes import FluxRules
from simcore.models.grid.shifting import Shifting
from simcore.models.grid.stencils import add, multiply, subtract

ZERO, ONE, HALF = Number(0.0), Number(1.0), Number(0.5)


@dataclass(frozen=True)
class Faces:
    """Writes the divergences of one grid. order: of central differences."""

    cells: Shifting
    rules: FluxRules
    order: int

    # -- diffusion -------------------------------------------------------------------------------------------------

    def diffusion(self, f: Node, factors: Sequence[Node]) -> Node | None:
        """div(k grad f), k the product of the factors: those that vary; None if none does."""
        varying = [factor for factor in factors if self.cells.varies(factor)]
        if not varying:
            return None
        self._require_second_order()
        along, scale = [], self._scale(varying)
        for axis in self._axes:
            at = self.cells.at(f, axis)
            upper = multiply(self._coefficient(f, varying, axis, 1), subtract(at(1), at(0)))
            lower = multiply(self._coefficient(f, varying, axis, -1), subtract(at(0), at(-1)))
            along.append(subtract(upper, lower))
        weights = [
            self._inverse(axis, 2) if scale == 1 else multiply(Number(scale), self._inverse(axis, 2))
            for axis in self._axes
        ]
        if self.cells.grid.cubic:
            return multiply(weights[0], reduce(add, along))
        return reduce(add, map(multiply, weights, along))

    def _groups(self, factors: Sequence[Node]) -> list[tuple[Node, bool]]:
        """The products of factors that have a mean of their own, and whether it is harmonic."""
        groups = [list(factors)]
        if self.rules.mean is None:
            fixed = [factor for factor in factors if self.cells.is_fixed(factor)]
            groups = [part for part in (fixed, [k for k in factors if k not in fixed]) if part]
        products = [reduce(multiply, group) for group in groups]
        return [(k, self._is_harmonic([k])) for k in products]

    def _scale(self, factors: Sequence[Node]) -> float:
        """What `_coefficient` has to be multiplied by: a power of 2, taken out of the sum over all faces."""
        return math.prod(2.0 if harmonic else 0.5 for _, harmonic in self._groups(factors))

    def _coefficient(self, f: Node, factors: Sequence[Node], axis: int, end: int) -> Node:
        """The product of the factors at the upper (`end` 1) or lower (-1) face of the cell, over `_scale`."""
        means, walls, placed = [], [], False
        for k, harmonic in self._groups(factors):
            left, right = self._both(k, axis, end)
            means.append(resistance_mean(left, right) if harmonic else add(left, right))
            walls.append(self.cells.face(k, axis, 0, end, medium=True))
            placed = placed or not self.cells.reads(k) <= self.cells.grid.fixed  # else the ghost cell is the cell
        inside = reduce(multiply, means)
        if placed and self.cells.has_wall([f, *factors], axis, end):
            inside = self.cells.where_at_end(axis, end, self._scaled(walls, factors), inside)
        if not self.cells.domain:
            return inside
        walls = [self.cells.domain.face(k, axis, end, medium=True) for k, _ in self._groups(factors)]
        return self.cells.domain.where_open(axis, end, inside, self._scaled(walls, factors))

    def _scaled(self, products: Sequence[Node], factors: Sequence[Node]) -> Node:
        """A product of factors, over `_scale`."""
        return multiply(Number(1.0 / self._scale(factors)), reduce(multiply, products))

    def _both(self, k: Node, axis: int, end: int) -> tuple[Node, Node]:
        """A formula in the cells at both sides of a face."""
        left, right = (self.cells.shifted(k, axis, cells) for cells in ((0, 1) if end > 0 else (-1, 0)))
        return left, right

    def _is_harmonic(self, coefficients: Sequence[Node]) -> bool:
        if self.rules.mean is not None:
            return self.rules.mean == "harmonic"
        numbers = [node.value for node in postorder(coefficients) if isinstance(node, Number)]
        return all(map(self.cells.is_fixed, coefficients)) and not any(isinstance(n, complex) for n in numbers)

    def _mean(self, k: Node, axis: int, end: int, harmonic: bool) -> Node:
        """The mean of a coefficient in the two cells of a face; itself where it is the same everywhere."""
        if not self.cells.varies(k):
            return k
        left, right = self._both(k, axis, end)
        return harmonic_mean(left, right) if harmonic else arithmetic_mean(left, right)

    def tensor_diffusion(self, f: Node, upper: Sequence[Node]) -> Node:
        """div(T grad f), T symmetric, its upper triangle row by row."""
        self._require_second_order()
        n = len(self.cells.grid.axes)
        rows = iter(upper)
        entries = {(i, j): next(rows) for i in range(n) for j in range(i, n)}
        harmonic = self._is_harmonic(list(entries.values()))
        parts = []
        for axis in self._axes:
            across = {b: entries[min(axis, b), max(axis, b)] for b in self._axes if b != axis}
            faces = [self._tensor_flux(f, entries[axis, axis], across, axis, end, harmonic) for end in (1, -1)]
            parts.append(multiply(self._inverse(axis), subtract(*faces)))
        return reduce(add, parts)

    def _tensor_flux(self, f: Node, normal: Node, across: dict[int, Node], axis: int, end: int, harmonic: bool) -> Node:
        """The flux through one face of the cell: T_nn df/dn and, for each axis along the face, T_nb df/db.

        Harmonic: as through layers across the face, T_nb/T_nn being the mean of both (G. W. Milton, The Theory of
        Composites, Cambridge 2002, section 9.2).
        """
        at = self.cells.at(f, axis)
        difference = subtract(at(1), at(0)) if end > 0 else subtract(at(0), at(-1))
        middle = self._mean(normal, axis, end, harmonic)
        inside = multiply(middle, multiply(self._inverse(axis), difference))
        at_wall = self.cells.face(normal, axis, 0, end, medium=True)
        through_wall = along_wall = multiply(at_wall, multiply(self._inverse(axis), difference))
        for along, entry in across.items():
            if entry == ZERO:
                continue
            if harmonic and self.cells.varies(entry) and self.cells.varies(normal):
                share = Binary("/", entry, Call("where", (Binary("==", normal, ZERO), ONE, normal)))
                mixed = multiply(middle, self._mean(share, axis, end, harmonic=False))
            else:
                mixed = self._mean(entry, axis, end, harmonic=False)
            inside = add(inside, multiply(mixed, self._along_face(f, axis, end, along)))
            slope = stencils.first(self.cells.at(self.cells.face(f, axis, 0, end), along), 2, self._inverse(along))
            along_wall = add(along_wall, multiply(self.cells.face(entry, axis, 0, end, medium=True), slope))
        if self.cells.has_wall([f, normal, *across.values()], axis, end):
            wall = self.cells.by_kind([f], axis, end, lambda kinds: along_wall if "value" in kinds else through_wall)
            inside = self.cells.where_at_end(axis, end, wall, inside)
        if not self.cells.domain:
            return inside
        at_face = self.cells.domain.face(normal, axis, end, medium=True)  # a tensor is diagonal there
        through = multiply(at_face, multiply(self._inverse(axis), difference))
        return self.cells.domain.where_open(axis, end, inside, through)

    def _along_face(self, f: Node, axis: int, end: int, along: int) -> Node:
        """df/db at a face: the mean of the central differences in its two cells."""
        central = stencils.first(self.cells.at(f, along), 2, self._inverse(along))
        return arithmetic_mean(central, self.cells.shifted(central, axis, end))

    # -- advection -------------------------------------------------------------------------------------------------

    def advection(self, f: Node, axis: int, own: Node | None) -> Node:
        """df/dx along an axis, f a flux; own: the field that it changes, where there is one."""
        wanted = [own] if isinstance(own, Shifted) else []
        walled = bool(self.cells.domain) or any(self.cells.has_wall(wanted or [f], axis, end) for end in (-1, 1))
        if self.rules.advection == "central" or not wanted:
            if not walled:
                return stencils.first(self.cells.at(f, axis), self.order, self._inverse(axis))
            upper = self._central(f, axis)
        else:
            upper = self._carried(f, axis, wanted[0])
        lower = self.cells.shifted(upper, axis, -1)
        faces = [self._with_wall(face, f, axis, end, wanted) for face, end in ((upper, 1), (lower, -1))]
        return multiply(self._inverse(axis), subtract(*faces))

    def _central(self, f: Node, axis: int) -> Node:
        """At the upper face: (f + f[1])/2, or (7 (f + f[1]) - f[-1] - f[2])/12; differences are `stencils.first`."""
        at = self.cells.within(f, axis)
        near = add(at(0), at(1))
        if self.order == 2:
            return multiply(HALF, near)
        return multiply(Number(1.0 / 12.0), subtract(multiply(Number(7.0), near), add(at(-1), at(2))))

    def _carried(self, f: Node, axis: int, own: Shifted) -> Node:
        """At the upper face, by the speed df/du of the field u."""
        carried = split_speed(f, own)
        values = Carried(self.cells, axis, own, self.rules)
        if carried.speed is None:
            return lax_friedrichs(values, carried)
        flux: Node | None = None
        if carried.speed != ZERO:
            flux = upwind(values, self._mean(carried.speed, axis, 1, harmonic=False))
            if self.rules.bound != 1.0:
                flux = multiply(Number(self.rules.bound), flux)
        if carried.rest != ZERO:
            rest = self._mean(carried.rest, axis, 1, harmonic=False)
            flux = rest if flux is None else add(flux, rest)
        return ZERO if flux is None else flux

    def _with_wall(self, face: Node, f: Node, axis: int, end: int, wanted: Sequence[Shifted]) -> Node:
        names: Sequence[Node] = wanted or [f]
        domain = self.cells.domain
        if self.cells.has_wall(names, axis, end):
            flux = self._through_wall(f, end, wanted, lambda tree: self.cells.face(tree, axis, 0, end))
            wall = self.cells.by_kind(names, axis, end, lambda kinds: ZERO if kinds == {"derivative"} else flux)
            face = self.cells.where_at_end(axis, end, wall, face)
        if domain:
            through = self._through_wall(f, end, wanted, lambda tree: domain.face(tree, axis, end))
            wall = domain.by_kind(names, axis, end, lambda kinds: ZERO if kinds == {"derivative"} else through)
            face = domain.where_open(axis, end, face, wall)
        return face

    def _through_wall(self, f: Node, end: int, wanted: Sequence[Shifted], at_wall: Callable[[Node], Node]) -> Node:
        """What flows in has the value at the wall, what flows out that of the cell; at_wall: a formula there."""
        if not wanted or self.rules.advection == "central":
            return at_wall(f)
        own = wanted[0]
        carried = split_speed(f, own)
        left, right = (own, at_wall(own)) if end > 0 else (at_wall(own), own)
        if carried.speed is None:
            return carried.between(left, right, at_wall, at_wall)
        if carried.speed == ZERO:
            return at_wall(f)
        speed = at_wall(carried.speed)
        value = Call("where", (Binary(">", speed, ZERO), left, right))
        flux = multiply(speed, value)
        return flux if carried.rest == ZERO else add(flux, at_wall(carried.rest))

    # -- conserved noise -------------------------------------------------------------------------------------------

    def amplitude(self, g: Node, axis: int, own: Node) -> Node:
        """Of the noise at the upper face of a cell: the root of the mean of g**2, 0 at a wall of the field `own`."""
        if self.cells.varies(g):
            square = multiply(g, g)
            g = Call("sqrt", (self._mean(square, axis, 1, self._is_harmonic([square])),))
        if self.cells.has_wall([own], axis, 1):
            g = self.cells.where_at_end(axis, 1, ZERO, g)
        return self.cells.domain.where_open(axis, 1, g, ZERO)

    def face_difference(self, face: Node, axis: int) -> Node:
        """(F - F[-1])/h of an array that holds the flux through the upper face of each cell."""
        return multiply(self._inverse(axis), subtract(face, self.cells.shifted(face, axis, -1)))

    # -- small things ----------------------------------------------------------------------------------------------

    @property
    def _axes(self) -> range:
        return range(len(self.cells.grid.axes))

    def _inverse(self, axis: int, power: int = 1) -> Name:
        return Name(f"inverse_h{self.cells.grid.axes[axis]}{'' if power == 1 else power}")

    def _require_second_order(self) -> None:
        if self.order != 2:
            raise ValueError("a coefficient that varies, or a tensor, needs order: 2")


def arithmetic_mean(left: Node, right: Node) -> Node:
    return multiply(HALF, add(left, right))


def harmonic_mean(left: Node, right: Node) -> Node:
    """2 a b/(a + b); 0 if either is 0, or if their signs differ."""
    return multiply(Number(2.0), resistance_mean(left, right))


def resistance_mean(left: Node, right: Node) -> Node:
    """Half the harmonic mean: 1/(1/a + 1/b)."""
    mean = multiply(left, Binary("/", right, add(left, right)))
    return Call("where", (Binary("<=", multiply(left, right), ZERO), ZERO, mean))
