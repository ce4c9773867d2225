"""The heat equation."""

from __future__ import annotations

from typing import ClassVar

from simcore.config import Section, parameter
from simcore.models.grid.field import FieldSection
from simcore.models.grid.parameters import EquationParameters
from simcore.models.grid.presets.preset import Preset, starting


class HeatParameters(EquationParameters):
    D: float = parameter(1.0, unit="length^2/time", doc="diffusivity", at_least=0.0)


class HeatFields(Section):
    u: FieldSection = starting({"random": {"uniform": [0.0, 1.0]}})


class Heat(Preset):
    """du/dt = D laplace(u): diffusion of heat, or of anything that spreads down its gradient."""

    equations: ClassVar = {"u": "D*laplace(u)"}
    reference: ClassVar[str] = "J. Crank, The Mathematics of Diffusion, 2nd ed., Oxford (1975), chapter 8"
    example: ClassVar[str] = """
name: heat
model:
  type: heat
  grid: {shape: [128, 128], spacing: 1.0, boundary: {value: 0.0}}
  parameters: {D: 1.0}
  fields: {u: {initial: "sin(pi*x/128)*sin(pi*y/128)"}}
run: {seed: 1, dt: 0.1, steps: 20000, measure_every: 100}
checkpoint: {every: 400 steps}
"""

    parameters: HeatParameters = HeatParameters()
    fields: HeatFields = HeatFields()
