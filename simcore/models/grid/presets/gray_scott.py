"""The Gray-Scott reaction with diffusion."""

from __future__ import annotations

from typing import ClassVar

from simcore.config import Section, parameter
from simcore.models.grid.field import FieldSection
from simcore.models.grid.parameters import EquationParameters
from simcore.models.grid.presets.preset import Preset, starting


class GrayScottParameters(EquationParameters):
    Du: float = parameter(0.16, unit="length^2/time", doc="diffusivity of u", at_least=0.0)
    Dv: float = parameter(0.08, unit="length^2/time", doc="diffusivity of v", at_least=0.0)
    F: float = parameter(0.035, unit="1/time", doc="feed rate")
    k: float = parameter(0.065, unit="1/time", doc="kill rate")


class GrayScottFields(Section):
    u: FieldSection = starting("1")
    v: FieldSection = starting({"random": {"uniform": [0.0, 0.5]}})


class GrayScott(Preset):
    """du/dt = Du laplace(u) - u v^2 + F (1 - u); dv/dt = Dv laplace(v) + u v^2 - (F + k) v.

    Spots that divide, stripes, chaos.
    """

    equations: ClassVar = {
        "u": "Du*laplace(u) - u*v**2 + F*(1 - u)",
        "v": "Dv*laplace(v) + u*v**2 - (F + k)*v",
    }
    reference: ClassVar[str] = (
        "P. Gray and S. K. Scott, Chem. Eng. Sci. 38, 29 (1983); J. E. Pearson, Science 261, 189 (1993)"
    )
    example: ClassVar[str] = """
name: gray-scott
model:
  type: gray_scott
  grid: {shape: [256, 256]}
  parameters: {Du: 0.16, Dv: 0.08, F: 0.035, k: 0.065}
  fields:
    u: {initial: "1"}
    v: {initial: "where((abs(x - 128) < 10) & (abs(y - 128) < 10), 0.5, 0)"}
run: {seed: 1, dt: 1.0, t_end: 5000, measure_every: 100}
output:
  fields: {every: 1000 steps, names: [v]}
"""

    parameters: GrayScottParameters = GrayScottParameters()
    fields: GrayScottFields = GrayScottFields()
