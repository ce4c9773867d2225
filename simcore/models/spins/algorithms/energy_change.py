"""What it costs to change one spin, and how often it is done."""

from __future__ import annotations

from collections.abc import Sequence

from simcore.formulas.derivative import derivative
from simcore.formulas.tree import Binary, Call, Name, Negative, Node, Number, substitute
from simcore.models.spins.algorithms.algorithm import ATTEMPTS
from simcore.models.spins.formula_syntax import spin_name
from simcore.models.spins.kernel_writer import KernelWriter
from simcore.models.spins.linear import projection
from simcore.models.spins.local_energy import LocalEnergy, total
from simcore.models.spins.spin import Angle
from simcore.models.spins.system import SpinSystem

HALF, TWO = Number(0.5), Number(2.0)


def energy_change(system: SpinSystem, local: LocalEnergy, new: Sequence[Node], old: Sequence[Node]) -> Node:
    """E(new) - E(old), readable, by the local field if there is one: it serves both spins."""
    field = system.field(local)
    if field is None:
        return Binary("-", system.energy(local, new), system.energy(local, old))
    if isinstance(system.spin, Angle):
        return _turn(system, local, new[0], old[0])
    return projection(field, [Binary("-", a, b) for a, b in zip(new, old, strict=True)])


def _turn(system: SpinSystem, local: LocalEnergy, new: Node, old: Node) -> Node:
    """2 sin((new - old)/2) E'((new + old)/2), which is E(new) - E(old) if E = C + A cos a + B sin a.

    By cos x - cos y = -2 sin((x + y)/2) sin((x - y)/2) and its like: one sine for each neighbour in the place of two.
    """
    own = spin_name(0).name
    middle = Binary("*", HALF, Binary("+", new, old))
    slopes = (system.readable(local, derivative(term.tree, own, flat=True), term.numbers) for term in local.terms)
    slope = substitute(total(slopes), {own: middle})
    step = Call("sin", (Binary("*", HALF, Binary("-", new, old)),))
    return Binary("*", Binary("*", TWO, step), slope)


def limit(function: KernelWriter, cost: Node) -> str:
    """Lines for ATTEMPTS min(1, exp(-cost/T)): the text."""
    known = Name(function.let("cost", function.work_out([cost])[0]))
    exponent = Binary("/", Call("min", (Negative(known), Number(0.0))), Name("temperature"))
    (text,) = function.work_out([Binary("*", Number(ATTEMPTS), Call("exp", (exponent,)))])
    return text
