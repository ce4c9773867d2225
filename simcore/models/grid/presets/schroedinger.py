"""The Schroedinger equation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import Field

from simcore.config import Section
from simcore.models.grid.equation import FormulaKey, read_formula
from simcore.models.grid.equations import SchemeName
from simcore.models.grid.parameters import EquationParameters
from simcore.models.grid.presets.preset import ComplexField, Preset


class SchroedingerParameters(EquationParameters):
    """It has none."""


class SchroedingerFields(Section):
    psi: ComplexField = ComplexField.model_validate({"initial": "exp(-x**2/2)"})


class Schroedinger(Preset):
    """i dpsi/dt = -laplace(psi)/2 + V psi, hbar = m = 1, V a formula of the position: `potential`."""

    equations: ClassVar = {"psi": "0.5j*laplace(psi) - 1j*V*psi"}
    reference: ClassVar[str] = "E. Schroedinger, Ann. Phys. 384, 361 (1926)"
    example: ClassVar[str] = """
name: schroedinger
model:
  type: schroedinger
  grid: {shape: [400], extent: 40.0, origin: -20.0, boundary: {value: 0.0}}
  potential: "where(abs(x - 5) < 0.5, 2, 0)"
  fields: {psi: {initial: "exp(-(x + 5)**2/4 + 2j*x)/(2*pi)**0.25"}}
run: {seed: 1, dt: 2e-3, t_end: 5.0, measure_every: 50}
output:
  observables: {norm: "integral(abs(psi)**2)"}
"""

    parameters: SchroedingerParameters = SchroedingerParameters()
    fields: SchroedingerFields = SchroedingerFields()
    scheme: SchemeName = Field(default="rk4", description="how a step is made")
    potential: FormulaKey = Field(default=read_formula("0"), description="V, a formula of x, y, z, t")

    @property
    def expressions(self) -> Mapping[str, Any]:  # type: ignore[override]
        """V, as the experiment gives it."""
        return {"V": self.potential}
