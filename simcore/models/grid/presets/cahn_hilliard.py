"""The Cahn-Hilliard equation."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from simcore.config import Section, parameter
from simcore.models.grid.equations import SchemeName
from simcore.models.grid.field import FieldSection
from simcore.models.grid.parameters import EquationParameters
from simcore.models.grid.presets.preset import Preset, starting


class CahnHilliardParameters(EquationParameters):
    M: float = parameter(1.0, unit="length^2/time", doc="mobility", at_least=0.0)
    kappa: float = parameter(1.0, unit="length^2", doc="gradient energy", at_least=0.0)


class CahnHilliardFields(Section):
    c: FieldSection = starting({"random": {"uniform": [-0.1, 0.1]}})


class CahnHilliard(Preset):
    """dc/dt = M laplace(mu), mu = c^3 - c - kappa laplace(c): a mixture that separates and keeps its mass."""

    equations: ClassVar = {"c": "M*laplace(mu)"}
    expressions: ClassVar = {"mu": "c**3 - c - kappa*laplace(c)"}
    reference: ClassVar[str] = (
        "J. W. Cahn and J. E. Hilliard, J. Chem. Phys. 28, 258 (1958); J. W. Cahn, Acta Metall. 9, 795 (1961)"
    )
    example: ClassVar[str] = """
name: cahn-hilliard
model:
  type: cahn_hilliard
  grid: {shape: [128, 128]}
  parameters: {M: 1.0, kappa: 1.0}
  fields: {c: {initial: {random: {uniform: [-0.1, 0.1]}}}}
run: {seed: 1, dt: 0.1, t_end: 50.0, measure_every: 10}
output:
  observables: {contrast: "std(c)"}
"""

    parameters: CahnHilliardParameters = CahnHilliardParameters()
    fields: CahnHilliardFields = CahnHilliardFields()
    scheme: SchemeName = Field(default="imex", description="how a step is made")
