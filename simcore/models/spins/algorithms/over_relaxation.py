"""Over-relaxation: every spin is reflected about its local field, which changes it much and costs no energy.

M. Creutz, Phys. Rev. D 36, 515 (1987); F. R. Brown, T. J. Woch, Phys. Rev. Lett. 58, 2394 (1987). Alone it stays at one
energy for ever: it is mixed into another algorithm.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from simcore.models.spins.algorithms.algorithm import Algorithm, sweep
from simcore.models.spins.algorithms.audit import Audit
from simcore.models.spins.algorithms.cost_audit import field_audit
from simcore.models.spins.algorithms.local_field import nonlinear_term, scaled_field, sum_of_squares
from simcore.models.spins.kernel_writer import KernelWriter
from simcore.models.spins.spin import Angle, Vector
from simcore.spec.arrays import CellFunction
from simcore.spec.phases import AnyPhase


def reflected(angle, x, y):
    """Twice the direction of (x, y) less the angle, from -pi to pi."""
    turned = 2.0 * np.arctan2(y, x) - angle
    return turned - 6.283185307179586 * np.floor((turned + 3.141592653589793) / 6.283185307179586)


class OverRelaxation(Algorithm):
    """Sweeps that reflect every spin. Alone it stays at one energy for ever."""

    takes: ClassVar[tuple[str, ...]] = ("sweeps",)

    @property
    def unreached(self) -> str:
        return "over_relaxation keeps the energy: mix it in, {type: metropolis, over_relaxation: 4}"

    def refuse(self) -> None:
        if not isinstance(self.system.spin, Angle | Vector):
            raise self.refusal(
                f"over_relaxation turns angles and vectors about their local fields; a spin of {self.system.spin.kind} "
                "has no direction"
            )
        if term := nonlinear_term(self.system):
            raise self.refusal(f"over_relaxation needs an energy linear in each spin; model.hamiltonian.{term} is not")

    def phases(self) -> Sequence[AnyPhase]:
        once: list[AnyPhase] = []
        for site in range(self.system.geometry.basis):
            function = self._writer()
            once += sweep(self.system, site, self._function(site, function), draws=0, reads=function.reads)
        return once * self.options.sweeps

    def audits(self) -> Sequence[Audit]:
        return [field_audit(self.system, self.system.local(site)) for site in range(self.system.geometry.basis)]

    def _writer(self) -> KernelWriter:
        doc = "The spin of a site, reflected about its local field."
        return KernelWriter("over_relax", self.system, doc, gather=self.system.fixed_neighbours)

    def _function(self, site: int, function: KernelWriter) -> CellFunction:
        old = [function.let(f"old{c}", function.read(a)) for c, a in enumerate(self.system.arrays.of_site(site))]
        field, _ = scaled_field(function, site)
        square = function.let("square", sum_of_squares(field))
        there = f"{square} > 0.0"
        if isinstance(self.system.spin, Angle):
            turned = f"{function.use(reflected)}({old[0]}, {field[0]}, {field[1]})"
            return function.returns(f"{turned} if {there} else {old[0]}")
        along = " + ".join(f"{a} * {h}" for a, h in zip(old, field, strict=True))
        twice = function.let("twice", f"2.0 * ({along}) / {square} if {there} else 0.0")
        new = [function.let(f"new{c}", f"{twice} * {field[c]} - {a}") for c, a in enumerate(old)]
        # One Newton step of 1/sqrt at 1: a length off by a rounding error is off by its square, so none adds up.
        unit = function.let("unit", f"1.5 - 0.5 * ({sum_of_squares(new)})")
        return function.returns(*(f"{b} * {unit} if {there} else {a}" for a, b in zip(old, new, strict=True)))
