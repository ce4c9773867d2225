"""The Allen-Cahn equation."""

from __future__ import annotations

from typing import ClassVar

from simcore.config import Section, parameter
from simcore.models.grid.field import FieldSection
from simcore.models.grid.parameters import EquationParameters
from simcore.models.grid.presets.preset import Preset, starting


class AllenCahnParameters(EquationParameters):
    epsilon: float = parameter(1.0, unit="length", doc="width of a wall, over sqrt(2)", at_least=0.0)


class AllenCahnFields(Section):
    u: FieldSection = starting({"random": {"uniform": [-0.1, 0.1]}})


class AllenCahn(Preset):
    """du/dt = epsilon^2 laplace(u) + u - u^3: two phases whose walls move by their curvature."""

    equations: ClassVar = {"u": "epsilon**2*laplace(u) + u - u**3"}
    reference: ClassVar[str] = "S. M. Allen and J. W. Cahn, Acta Metall. 27, 1085 (1979)"
    example: ClassVar[str] = """
name: allen-cahn
model:
  type: allen_cahn
  grid: {shape: [256, 256]}
  parameters: {epsilon: 1.5}
  fields: {u: {initial: {random: {uniform: [-0.1, 0.1]}}}}
run: {seed: 1, dt: 0.1, t_end: 100.0, measure_every: 10}
"""

    parameters: AllenCahnParameters = AllenCahnParameters()
    fields: AllenCahnFields = AllenCahnFields()
