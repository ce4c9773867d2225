"""What it costs to change one spin."""

from __future__ import annotations

from collections.abc import Sequence

from simcore.expressions.tree import Binary, Node
from simcore.models.montecarlo.linear import projection
from simcore.models.montecarlo.localenergy import LocalEnergy
from simcore.models.montecarlo.spin import Angle
from simcore.models.montecarlo.system import SpinSystem


def energy_change(system: SpinSystem, local: LocalEnergy, new: Sequence[Node], old: Sequence[Node]) -> Node:
    """E(new) - E(old), readable, by the local field where there is one: it serves both spins."""
    field = None if isinstance(system.spin, Angle) else system.field(local)
    if field is None:
        return Binary("-", system.energy(local, new), system.energy(local, old))
    return projection(field, [Binary("-", a, b) for a, b in zip(new, old, strict=True)])
