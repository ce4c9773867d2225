"""The helicity modulus: how much free energy it costs to twist the spins.

With the spins at both ends of every bond turned against each other by phi times their distance along a Cartesian axis,

    Y = (1/N) d2F/dphi2 = (1/N) (<H''> - (<H'**2> - <H'>**2)/T)     at phi = 0,

where the derivatives of the energy H by phi are taken of its formula. M. E. Fisher, M. N. Barber, D. Jasnow, Phys. Rev.
A 8, 1111 (1973); T. Ohta, D. Jasnow, Phys. Rev. B 20, 139 (1979). It is per site: divide by the area (volume) per site
if that is not 1.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from simcore.formulas.derivative import derivative
from simcore.formulas.simplify import mentions, simplify
from simcore.formulas.tree import Binary, Call, Name, Node, Number, substitute, walk
from simcore.models.spins.formula_syntax import spin_name
from simcore.models.spins.geometry import Corner, Geometry
from simcore.models.spins.interactions import Interaction
from simcore.models.spins.local_energy import total
from simcore.models.spins.observables.asked import Asked
from simcore.models.spins.observables.reductions import of_cell
from simcore.models.spins.proofs import unchanged
from simcore.models.spins.spin import Angle, Spin, Vector
from simcore.spec.arrays import AXES

TWIST = "twist"


def helicity_modulus(asked: Asked) -> Node:
    """Along an axis, for angles and for vectors, which turn in the plane of their first two components."""
    system, axis = asked.system, asked.axis()
    spin, geometry = system.spin, system.geometry
    if not isinstance(spin, Angle | Vector):
        raise asked.error(f"needs spins that turn, {{angle: true}} or {{vector: 2}}, not {spin.kind}")
    if all(wrap == "open" or not vector[axis] for wrap, vector in zip(geometry.wrap, geometry.vectors, strict=True)):
        raise asked.error(f"is zero between open ends: no axis that leads along {AXES[axis]} is periodic")
    if "temperature" in system.scheduled:
        raise asked.error("needs one temperature, and model.parameters.temperature changes from step to step")
    slopes: list[Node] = []
    curvatures: list[Node] = []
    for interaction in system.interactions.terms:
        if len(interaction.corners) > 1:
            _check_symmetry(asked, interaction)
    for site in range(geometry.basis):
        local = system.local(site)
        places = [_coordinate(geometry, corner, axis) for corner in local.sites]
        for term in local.terms:
            if not term.counted or len(term.numbers) == 1:
                continue
            try:
                first, second = _twisted(term.tree, spin, term.numbers, places)
            except ValueError as error:
                raise asked.error(f"needs the second derivative of the energy; {error}") from None
            own = {spin_name(0, c).name: node for c, node in enumerate(asked.spin(site))}
            for tree, found in ((first, slopes), (second, curvatures)):
                found.append(substitute(system.readable(local, tree, term.numbers), own))
    slope, curvature = (asked.behind.reduced(of_cell(asked, total(trees))).name for trees in (slopes, curvatures))
    return _modulus(asked, slope, curvature)


def _modulus(asked: Asked, slope: str, curvature: str) -> Node:
    mean = asked.behind.mean
    variance = Binary("-", mean(slope, 2), Binary("**", mean(slope), Number(2.0)))
    cost = Binary("-", mean(curvature), Binary("/", variance, Name("temperature")))
    return Binary("/", cost, Number(float(asked.system.geometry.sites)))


def _coordinate(geometry: Geometry, corner: Corner, axis: int) -> float:
    site, offset = corner
    return float((np.array(offset) + geometry.positions[site]) @ np.array(geometry.vectors)[:, axis])


def _twisted(tree: Node, spin: Spin, numbers: Sequence[int], places: Sequence[float]) -> tuple[Node, Node]:
    """The first two derivatives of a term by the twist, at none. Raises ValueError if there is none."""
    turned: dict[str, Node] = {}
    for number in numbers:
        angle = simplify(Binary("*", Name(TWIST), Number(places[number] - places[numbers[0]])))
        turned |= _turned(spin, number, angle)
    twisted = simplify(substitute(tree, turned))
    _check_smooth(twisted)
    first = derivative(twisted, TWIST)
    second = derivative(first, TWIST)
    still = {TWIST: Number(0.0)}
    return simplify(substitute(first, still)), simplify(substitute(second, still))


def _turned(spin: Spin, number: int, angle: Node) -> dict[str, Node]:
    """The components that change when a spin turns by an angle."""
    if isinstance(spin, Angle):
        name = spin_name(number)
        return {name.name: simplify(Binary("+", name, angle))}
    x, y = spin_name(number, 0), spin_name(number, 1)
    cos, sin = Call("cos", (angle,)), Call("sin", (angle,))
    return {
        x.name: simplify(Binary("-", Binary("*", cos, x), Binary("*", sin, y))),
        y.name: simplify(Binary("+", Binary("*", sin, x), Binary("*", cos, y))),
    }


def _check_symmetry(asked: Asked, interaction: Interaction) -> None:
    """Refuse an energy that is not proved to stay the same when all spins turn by one angle."""
    spin = asked.system.spin
    turned: dict[str, Node] = {}
    for corner in range(len(interaction.corners)):
        turned |= _turned(spin, corner, Name(TWIST))
    if not unchanged(interaction.tree, turned, asked.system.numbers):
        where = ".".join(interaction.path)
        raise asked.error(f"needs an energy that stays the same when all spins turn; hamiltonian.{where} does not")


def _check_smooth(tree: Node) -> None:
    """Raise ValueError for a condition that the twist decides: the energy would have jumps, or kinks."""
    for node in walk(tree):
        if isinstance(node, Call) and node.function == "where" and mentions(node.arguments[0], [TWIST]):
            raise ValueError("where has no derivative, and its condition depends on the directions of the spins")
