"""The equation of Kardar, Parisi and Zhang."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from simcore.config import Section, parameter
from simcore.models.grid.equations import SchemeName
from simcore.models.grid.field import FieldSection
from simcore.models.grid.parameters import EquationParameters
from simcore.models.grid.presets.preset import Preset, starting


class KPZParameters(EquationParameters):
    nu: float = parameter(1.0, unit="length^2/time", doc="surface tension", at_least=0.0)
    growth: float = parameter(1.0, doc="growth along the normal, often called lambda")
    D: float = parameter(0.5, doc="strength of the noise", at_least=0.0)


class KPZFields(Section):
    h: FieldSection = starting("0")


class KPZ(Preset):
    """dh/dt = nu laplace(h) + growth/2 |grad h|^2 + eta, <eta eta> = 2 D delta(x - x') delta(t - t').

    A surface that grows and roughens.
    """

    equations: ClassVar = {"h": "nu*laplace(h) + 0.5*growth*gradient_squared(h)"}
    noise: ClassVar = {"h": "sqrt(2*D)"}
    reference: ClassVar[str] = "M. Kardar, G. Parisi, Y.-C. Zhang, Phys. Rev. Lett. 56, 889 (1986)"
    example: ClassVar[str] = """
name: kpz
model:
  type: kpz
  grid: {shape: [4096]}
  parameters: {nu: 1.0, growth: 1.0, D: 0.5}
  fields: {h: {initial: "0"}}
run: {seed: 1, dt: 0.05, t_end: 500.0, measure_every: 100}
output:
  observables: {width: "std(h)"}
"""

    parameters: KPZParameters = KPZParameters()
    fields: KPZFields = KPZFields()
    scheme: SchemeName = Field(default="euler_maruyama", description="how a step is made")
