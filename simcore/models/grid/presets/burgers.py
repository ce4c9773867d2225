"""The viscous Burgers equation."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from simcore.config import Section, parameter
from simcore.models.grid.equations import SchemeName
from simcore.models.grid.field import FieldSection
from simcore.models.grid.parameters import EquationParameters
from simcore.models.grid.presets.preset import Preset, starting


class BurgersParameters(EquationParameters):
    nu: float = parameter(0.1, unit="length^2/time", doc="viscosity", at_least=0.0)


class BurgersFields(Section):
    u: FieldSection = starting("sin(x)")


class Burgers(Preset):
    """du/dt = nu laplace(u) - u du/dx: shocks of width nu."""

    equations: ClassVar = {"u": "nu*laplace(u) - u*dx(u)"}
    reference: ClassVar[str] = (
        "J. M. Burgers, Adv. Appl. Mech. 1, 171 (1948); E. Hopf, Comm. Pure Appl. Math. 3, 201 (1950); "
        "J. D. Cole, Quart. Appl. Math. 9, 225 (1951)"
    )
    example: ClassVar[str] = """
name: burgers
model:
  type: burgers
  grid: {shape: [512], extent: 6.283185307179586}
  parameters: {nu: 0.05}
  fields: {u: {initial: "1 + sin(x)"}}
run: {seed: 1, dt: 1e-3, t_end: 4.0, measure_every: 100}
"""

    parameters: BurgersParameters = BurgersParameters()
    fields: BurgersFields = BurgersFields()
    scheme: SchemeName = Field(default="rk4", description="how a step is made")
