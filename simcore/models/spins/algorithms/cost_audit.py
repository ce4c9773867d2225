"""Audits of what it costs to change one spin."""

from __future__ import annotations

from collections.abc import Sequence

from simcore.formulas.tree import Binary, Call, Name, Node
from simcore.models.spins.algorithms.audit import Audit
from simcore.models.spins.algorithms.energy_change import energy_change
from simcore.models.spins.kernel_writer import KernelWriter
from simcore.models.spins.linear import projection
from simcore.models.spins.local_energy import LocalEnergy
from simcore.models.spins.spin import Angle
from simcore.models.spins.system import SpinSystem


def spin_arguments(function: KernelWriter) -> tuple[dict[str, str], list[Node], list[Node]]:
    """Arguments for the spin after and before: their names, and the formulas that stand for them."""
    components = range(function.system.spin.components)
    names = {f"{which}{c}": function.local(f"{which}{c}") for which in ("new", "old") for c in components}
    for name in names.values():
        function.argument(name)
    new, old = ([Name(names[f"{which}{c}"]) for c in components] for which in ("new", "old"))
    return names, list(new), list(old)


def change_audit(system: SpinSystem, local: LocalEnergy) -> Audit:
    """Of E(new) - E(old) as `energy_change` has it."""
    function = KernelWriter("energy_change", system, "What it costs to change a spin.")
    names, new, old = spin_arguments(function)
    (text,) = function.work_out([energy_change(system, local, new, old)])
    return Audit(local.site, "cost", (function.returns(text), {}), names, alone=change_audit)


def field_audit(system: SpinSystem, local: LocalEnergy) -> Audit:
    """Of A . (new - old), A the local field."""
    function = KernelWriter("energy_of_field", system, "What it costs to change a spin, by the local field.")
    names, new, old = spin_arguments(function)
    slopes = system.slopes(local)
    if isinstance(system.spin, Angle):
        new, old = ([Call("cos", (spin[0],)), Call("sin", (spin[0],))] for spin in (new, old))
    (text,) = function.work_out([projection(slopes, _differences(new, old))])
    return Audit(local.site, "cost", (function.returns(text), {}), names, alone=field_audit)


def _differences(new: Sequence[Node], old: Sequence[Node]) -> list[Node]:
    return [Binary("-", a, b) for a, b in zip(new, old, strict=True)]
