"""Fourier components of the spins, and the correlation length that follows from them.

    S(k) = |sum over sites of a exp(i k r)|**2 / N

The squares of all components of a spin are added; those of an angle are its cosine and its sine. The wave vector is
n / L in units of the reciprocal lattice: k r = 2 pi (n_x x / L_x + ...), where x, y, ... count cells and hold the place
of a basis site within its cell.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from simcore.formulas.simplify import simplify
from simcore.formulas.tree import Binary, Call, Name, Node, Number
from simcore.models.spins.kernel_writer import KernelWriter
from simcore.models.spins.local_energy import total
from simcore.models.spins.observables.asked import Asked
from simcore.models.spins.thermodynamics import spin_components
from simcore.spec.arrays import AXES


def structure_factor(asked: Asked) -> Node:
    """At the wave vector of the numbers n_x, n_y, ...: whole ones; whole ones and a half along antiperiodic axes."""
    waves = asked.numbers()
    for n, wrap, axis, at in zip(waves, asked.system.geometry.wrap, AXES, asked.call.arguments, strict=False):
        shift = 0.5 if wrap == "antiperiodic" else 0.0
        if not (n - shift).is_integer() or abs(n) > 2**31:
            needed = "a whole number and a half, such as 0.5, since it is antiperiodic" if shift else "a whole number"
            raise asked.error(f"takes {needed} along {axis}, not {n:g}", at)
    return fourier_square(asked, waves)


def fourier_square(asked: Asked, waves: Sequence[float]) -> Node:
    """S(k) of a sample."""
    components = len(spin_components(asked.system, 0))
    functions = ("cos", "sin") if any(waves) else ("cos",)
    parts = [_component(asked, waves, c, function) for c in range(components) for function in functions]
    squares = total(Binary("**", part, Number(2.0)) for part in parts)
    return Binary("/", squares, Number(float(asked.system.geometry.sites)))


def _component(asked: Asked, waves: Sequence[float], component: int, of_phase: str) -> Name:
    """The sum over all sites of a component of the spin, times the cosine or sine of k r."""
    system = asked.system
    function = KernelWriter("wave", system, "The spins of a cell times a plane wave.")
    array = function.argument(system.arrays.name(0)) if any(waves) else ""
    per_cell: dict[int, Node] = {}
    for axis, (n, index) in enumerate(zip(waves, system.indices, strict=True)):
        if n:
            cells = function.let(f"cells_{index}", f"{array}.shape[{axis}] - {2 * system.halo}")
            per_cell[axis] = Binary("/", Number(2.0 * math.pi * n), Name(cells))
    trees: list[Node] = []
    for site, position in enumerate(system.geometry.positions):
        places = {axis: Binary("+", Name(system.indices[axis]), Number(float(position[axis]))) for axis in per_cell}
        phase = total(Binary("*", per_cell[axis], place) for axis, place in places.items())
        wave = asked.readable(simplify(Call(of_phase, (phase,))), site)
        trees.append(simplify(Binary("*", wave, spin_components(system, site)[component])))
    return asked.behind.reduced(function.returns(*function.work_out([total(trees)])))


def correlation_length(asked: Asked) -> Node:
    """The second-moment correlation length along an axis, in cells: sqrt(S(0)/S(k) - 1) / (2 sin(k/2)), k = 2 pi/L.

    F. Cooper, B. Freedman, D. Preston, Nucl. Phys. B 210, 210 (1982).
    """
    axis, geometry = asked.axis(), asked.system.geometry
    cells = geometry.shape[axis]
    if geometry.wrap[axis] != "periodic" or "antiperiodic" in geometry.wrap:
        raise asked.error("needs a periodic axis, and no antiperiodic one beside it", asked.call.arguments[0])
    if cells < 2:
        raise asked.error(f"needs at least two cells along {AXES[axis]}", asked.call.arguments[0])
    origin = [0.0] * geometry.dimensions
    smallest = [float(other == axis) for other in range(geometry.dimensions)]
    means = [asked.behind.mean(asked.behind.sample(fourier_square(asked, waves)).name) for waves in (origin, smallest)]
    ratio = Binary("-", Binary("/", means[0], means[1]), Number(1.0))
    return Binary("/", Call("sqrt", (ratio,)), Number(2.0 * math.sin(math.pi / cells)))
