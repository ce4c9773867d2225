"""The Swift-Hohenberg equation."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from simcore.config import Section, parameter
from simcore.models.grid.equations import SchemeName
from simcore.models.grid.field import FieldSection
from simcore.models.grid.parameters import EquationParameters
from simcore.models.grid.presets.preset import Preset, starting


class SwiftHohenbergParameters(EquationParameters):
    r: float = parameter(0.2, unit="1/time", doc="distance from the onset of rolls")
    g: float = parameter(0.0, doc="quadratic term")


class SwiftHohenbergFields(Section):
    u: FieldSection = starting({"random": {"uniform": [-0.1, 0.1]}})


class SwiftHohenberg(Preset):
    """du/dt = r u - (1 + laplace)^2 u + g u^2 - u^3: rolls, and hexagons if g is not 0, of wave length 2 pi."""

    equations: ClassVar = {"u": "(r - 1)*u - 2*bend - laplace(bend) + g*u**2 - u**3"}
    expressions: ClassVar = {"bend": "laplace(u)"}
    reference: ClassVar[str] = "J. Swift and P. C. Hohenberg, Phys. Rev. A 15, 319 (1977)"
    example: ClassVar[str] = """
name: swift-hohenberg
model:
  type: swift_hohenberg
  grid: {shape: [128, 128], spacing: 0.7853981633974483}
  parameters: {r: 0.2, g: 0.0}
  fields: {u: {initial: {random: {uniform: [-0.1, 0.1]}}}}
run: {seed: 1, dt: 0.1, t_end: 60.0, measure_every: 10}
"""

    parameters: SwiftHohenbergParameters = SwiftHohenbergParameters()
    fields: SwiftHohenbergFields = SwiftHohenbergFields()
    scheme: SchemeName = Field(default="imex", description="how a step is made")
