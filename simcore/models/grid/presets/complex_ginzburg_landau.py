"""The complex Ginzburg-Landau equation."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from simcore.config import Section, parameter
from simcore.models.grid.equations import SchemeName
from simcore.models.grid.parameters import EquationParameters
from simcore.models.grid.presets.preset import ComplexField, Preset


class ComplexGinzburgLandauParameters(EquationParameters):
    b: float = parameter(0.0, doc="linear dispersion")
    c: float = parameter(0.0, doc="nonlinear dispersion")


class ComplexGinzburgLandauFields(Section):
    A: ComplexField = ComplexField.model_validate({"initial": {"random": {"normal": [0.0, 0.1]}}})


class ComplexGinzburgLandau(Preset):
    """dA/dt = A + (1 + i b) laplace(A) - (1 + i c) |A|^2 A: waves near a Hopf bifurcation, spirals, turbulence."""

    equations: ClassVar = {"A": "A + (1 + 1j*b)*laplace(A) - (1 + 1j*c)*abs(A)**2*A"}
    reference: ClassVar[str] = "I. S. Aranson and L. Kramer, Rev. Mod. Phys. 74, 99 (2002)"
    example: ClassVar[str] = """
name: complex-ginzburg-landau
model:
  type: complex_ginzburg_landau
  grid: {shape: [128, 128]}
  parameters: {b: 0.5, c: -1.5}
  fields: {A: {initial: {random: {normal: [0, 0.1]}}}}
run: {seed: 1, dt: 0.05, t_end: 50.0, measure_every: 20}
"""

    parameters: ComplexGinzburgLandauParameters = ComplexGinzburgLandauParameters()
    fields: ComplexGinzburgLandauFields = ComplexGinzburgLandauFields()
    scheme: SchemeName = Field(default="rk4", description="how a step is made")
