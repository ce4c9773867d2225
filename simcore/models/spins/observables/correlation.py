"""`correlation(dx, dy, ...)`: the mean of a(r) a(r + d) over all pairs of sites so many cells apart.

`correlation([dx, dy, ...], from, to)` is that of basis site `from` of a cell with basis site `to` of the cell at the
distance; without these two it is that of each site with its own kind.

The product is that of numbers, the dot product of vectors, the cosine of the difference of angles. Beyond a periodic
end the lattice goes on with the sites of the other one, beyond an antiperiodic one with their negatives, as often as
the distance goes around; between open ends only pairs that exist count. It takes one pass over the lattice.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from simcore.formulas.tree import LIST, Binary, Call, Name, Node, Number
from simcore.models.spins.kernel_writer import KernelWriter
from simcore.models.spins.local_energy import total
from simcore.models.spins.observables.asked import Asked
from simcore.models.spins.spin import Angle
from simcore.models.spins.system import SpinSystem
from simcore.spec.arrays import AXES


def correlation(asked: Asked) -> Node:
    """Of the spins at a distance."""
    system = asked.system
    asked, sites = _arguments(asked)
    distance = asked.whole_numbers()
    function = KernelWriter("pairs", system, "The products of the spins of a cell with those at a distance.")
    far = FarCell(function, system, distance)
    products: Node = total(_product(system, *pair, far) for pair in sites)
    if far.sign is not None:
        products = Binary("*", Name(far.sign), products)
    if (present := system.present([tuple(distance)])) is not None:
        products = Call("where", (present, products, Number(0.0)))
    found = asked.behind.reduced(function.returns(*function.work_out([products])))
    return Binary("/", found, Number(float(_pairs(asked, distance, len(sites)))))


def _arguments(asked: Asked) -> tuple[Asked, list[tuple[int, int]]]:
    """The call with the numbers of the distance as its arguments, and the pairs of basis sites that are meant."""
    first, *ends = asked.call.arguments
    if not (isinstance(first, Call) and first.function == LIST):
        return asked, [(site, site) for site in range(asked.system.geometry.basis)]
    if len(ends) not in (0, 2):
        raise asked.error("takes a distance and two basis sites, correlation([1, 0], 0, 1), or the distance alone")
    distance = replace(asked, call=replace(asked.call, arguments=first.arguments))
    if not ends:
        return _arguments(distance)
    return distance, [(asked.basis_site(ends[0]), asked.basis_site(ends[1]))]


def _pairs(asked: Asked, distance: Sequence[int], sites: int) -> int:
    geometry = asked.system.geometry
    count = sites
    for axis, n, wrap, d, at in zip(AXES, geometry.shape, geometry.wrap, distance, asked.call.arguments, strict=False):
        if wrap == "open" and abs(d) >= n:
            raise asked.error(f"finds no pair: {axis} has open ends and {n} cells, so at most {n - 1} between two", at)
        count *= n - abs(d) if wrap == "open" else n
    return count


def _product(system: SpinSystem, site: int, other: int, far: FarCell) -> Node:
    here = [system.value(site, c) for c in range(system.spin.components)]
    there = [system.value_of(Name(far.read(name))) for name in system.arrays.of_site(other)]
    if isinstance(system.spin, Angle):
        return Call("cos", (Binary("-", here[0], there[0]),))
    return total(Binary("*", a, b) for a, b in zip(here, there, strict=True))


class FarCell:
    """Lines that find the cell at any distance from this one. sign: a variable, -1 if the spins there are turned.

    Ghost cells reach as far as the energy does; this goes around the ends by itself. Beyond an open end it does so,
    too, so that what is read is there.
    """

    def __init__(self, function: KernelWriter, system: SpinSystem, distance: Sequence[int]) -> None:
        self._function = function
        self.sign: str | None = None
        array = function.argument(system.arrays.name(0))
        self._at: list[str] = []
        for axis, (index, n, d) in enumerate(zip(system.indices, system.geometry.shape, distance, strict=True)):
            function.argument(index)
            short = int(math.fmod(d, n))
            turned = system.geometry.wrap[axis] == "antiperiodic" and d != 0
            around = "False"
            there = index
            if short:
                cells = function.let(f"cells_{index}", f"{array}.shape[{axis}] - {2 * system.halo}")
                moved = function.let(f"moved_{index}", f"{index} {'+' if short > 0 else '-'} {abs(short)}")
                beyond = f"{moved} >= {cells} + {system.halo}" if short > 0 else f"{moved} < {system.halo}"
                around = function.let(f"around_{index}", beyond)
                back = "-" if short > 0 else "+"
                there = function.let(f"there_{index}", f"{moved} {back} {cells} if {around} else {moved}")
            if turned:
                self._turn(around, odd_turns=(abs(d) // n) % 2 == 1)
            self._at.append(there)

    def read(self, array: str) -> str:
        """A variable that holds the value of an array there."""
        return self._function.let("far", f"{self._function.argument(array)}[{', '.join(self._at)}]")

    def _turn(self, around: str, *, odd_turns: bool) -> None:
        once, twice = ("1.0", "-1.0") if odd_turns else ("-1.0", "1.0")
        before = "" if self.sign is None else f"{self.sign} * "
        self.sign = self._function.let("turned", f"{before}({once} if {around} else {twice})")
