"""The wave equation."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from simcore.config import Section, parameter
from simcore.models.grid.equations import SchemeName
from simcore.models.grid.field import FieldSection
from simcore.models.grid.parameters import EquationParameters
from simcore.models.grid.presets.preset import Preset, starting


class WaveParameters(EquationParameters):
    c: float = parameter(1.0, unit="length/time", doc="speed", at_least=0.0)


class WaveFields(Section):
    u: FieldSection = starting("exp(-x**2)")


class Wave(Preset):
    """d2u/dt2 = c^2 laplace(u): sound, light, a string, a drum."""

    equations: ClassVar = {"u": {"tt": "c**2*laplace(u)"}}
    reference: ClassVar[str] = (
        "J. d'Alembert, Hist. Acad. Sci. Berlin 3, 214 (1747); K. W. Morton and D. F. Mayers, "
        "Numerical Solution of Partial Differential Equations (2005), chapter 4"
    )
    example: ClassVar[str] = """
name: wave
model:
  type: wave
  grid: {shape: [256, 256], extent: 1.0, boundary: {value: 0.0}}
  parameters: {c: 1.0}
  fields: {u: {initial: "exp(-500*((x - 0.3)**2 + (y - 0.4)**2))"}}
run: {seed: 1, dt: 0.0025, t_end: 2.0, measure_every: 40}
"""

    parameters: WaveParameters = WaveParameters()
    fields: WaveFields = WaveFields()
    scheme: SchemeName = Field(default="leapfrog", description="how a step is made")
