"""The local field A of a spin with the energy C + A . a, as lines of a function of one cell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from simcore.formulas import cell_functions
from simcore.models.spins.kernel_writer import KernelWriter
from simcore.models.spins.linear import is_linear
from simcore.models.spins.system import SpinSystem

SMALLEST = 1e-300
"""A field of which no component is larger counts as none: its reciprocal would not be finite."""

STIFFEST = 1e150
"""The largest |A|/T that counts: the spin is fixed to all digits at much less, and its square is finite."""


def nonlinear_term(system: SpinSystem) -> str:
    """Which formula of the Hamiltonian is not linear in a spin, such as `bonds.nn`; "" if all are.

    At the values of the parameters.
    """
    for site in range(system.geometry.basis):
        for term in system.local(site).terms:
            if not is_linear(term, system.spin, system.numbers):
                kind, _ = cast(tuple[tuple[str, ...], int], term.role)
                return ".".join(kind[: 1 if kind[0] == "sites" else 2])
    return ""


def scaled_field(function: KernelWriter, site: int) -> tuple[list[str], str]:
    """Lines for A/s and s, s the largest |component|, so that squares neither overflow nor vanish; 0 and s for none.

    Returns the names.
    """
    system = function.system
    field = system.slopes(system.local(site))
    components = [function.let(f"field{c}", text) for c, text in enumerate(function.work_out(list(field)))]
    largest = f"abs({components[0]})"
    for component in components[1:]:
        largest = f"{function.use(cell_functions.maximum)}({largest}, abs({component}))"
    scale = function.let("scale", largest)
    inverse = function.let("inverse", f"1.0 / {scale} if {scale} > {SMALLEST!r} else 0.0")
    return [function.let(f"scaled{c}", f"{name} * {inverse}") for c, name in enumerate(components)], scale


def preferred(function: KernelWriter, site: int) -> tuple[list[str], str]:
    """Lines for the unit vector -A/|A| and the stiffness |A|/T, at most `STIFFEST`; the weight is exp(|A|/T cos).

    Without a field the vector is that of the first axis. Returns the names.
    """
    scaled, scale = scaled_field(function, site)
    length = function.let("length", f"np.sqrt({sum_of_squares(scaled)})")
    there = f"{length} > 0.0"
    inverse = function.let("inverse_length", f"1.0 / {length} if {there} else 0.0")
    axis = [function.let("axis0", f"-{scaled[0]} * {inverse} if {there} else 1.0")]
    axis += [function.let(f"axis{c}", f"-{name} * {inverse}") for c, name in enumerate(scaled[1:], 1)]
    least = function.use(cell_functions.minimum)
    ratio = f"{scale} * {length} / {function.argument('temperature')}"
    return axis, function.let("stiffness", f"{least}({ratio}, {STIFFEST!r})")


def sum_of_squares(names: Sequence[str]) -> str:
    """The text."""
    return " + ".join(f"{name} * {name}" for name in names)
