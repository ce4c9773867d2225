"""An epidemic with diffusion."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from simcore.config import Section, parameter
from simcore.models.grid.equations import SchemeName
from simcore.models.grid.field import FieldSection
from simcore.models.grid.parameters import EquationParameters
from simcore.models.grid.presets.preset import Preset, starting


class SirParameters(EquationParameters):
    beta: float = parameter(0.5, unit="1/time", doc="infections by one infected", at_least=0.0)
    gamma: float = parameter(0.2, unit="1/time", doc="rate of recovery", at_least=0.0)
    D: float = parameter(0.0, unit="length^2/time", doc="diffusivity", at_least=0.0)


class SirFields(Section):
    S: FieldSection = starting("0.999")
    I: FieldSection = starting("0.001")  # noqa: E741
    R: FieldSection = starting("0")


class Sir(Preset):
    """dS/dt = D laplace(S) - beta S I; dI/dt = D laplace(I) + beta S I - gamma I; dR/dt = D laplace(R) + gamma I."""

    equations: ClassVar = {
        "S": "D*laplace(S) - beta*S*I",
        "I": "D*laplace(I) + beta*S*I - gamma*I",
        "R": "D*laplace(R) + gamma*I",
    }
    reference: ClassVar[str] = (
        "W. O. Kermack and A. G. McKendrick, Proc. R. Soc. A 115, 700 (1927); J. V. Noble, Nature 250, 726 (1974)"
    )
    example: ClassVar[str] = """
name: sir
model:
  type: sir
  grid: {shape: [200, 200], boundary: {derivative: 0.0}}
  parameters: {beta: 0.5, gamma: 0.2, D: 0.5}
  fields:
    S: {initial: "1"}
    I: {initial: "where((x - 100)**2 + (y - 100)**2 < 9, 0.1, 0)"}
    R: {initial: "0"}
run: {seed: 1, dt: 0.2, t_end: 200.0, measure_every: 10}
"""

    parameters: SirParameters = SirParameters()
    fields: SirFields = SirFields()
    scheme: SchemeName = Field(default="rk4", description="how a step is made")
