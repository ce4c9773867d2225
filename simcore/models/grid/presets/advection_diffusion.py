"""Advection and diffusion at constant velocity."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from simcore.config import Section, parameter
from simcore.models.grid.field import FieldSection
from simcore.models.grid.parameters import EquationParameters
from simcore.models.grid.presets.preset import Preset, starting


class AdvectionDiffusionParameters(EquationParameters):
    D: float = parameter(1.0, unit="length^2/time", doc="diffusivity", at_least=0.0)
    vx: float = parameter(1.0, unit="length/time", doc="velocity along x")
    vy: float = parameter(0.0, unit="length/time", doc="velocity along y")
    vz: float = parameter(0.0, unit="length/time", doc="velocity along z")


class AdvectionDiffusionFields(Section):
    u: FieldSection = starting({"random": {"uniform": [0.0, 1.0]}})


class AdvectionDiffusion(Preset):
    """du/dt = D laplace(u) - v . grad(u), upwind differences for the flow (upwind: 1 or 3)."""

    reference: ClassVar[str] = (
        "W. Hundsdorfer and J. G. Verwer, Numerical Solution of Time-Dependent "
        "Advection-Diffusion-Reaction Equations, Springer (2003)"
    )
    example: ClassVar[str] = """
name: advection-diffusion
model:
  type: advection_diffusion
  grid: {shape: [200, 100], spacing: 0.1}
  parameters: {D: 0.02, vx: 1.0, vy: 0.25}
  fields: {u: {initial: "exp(-2*((x - 5)**2 + (y - 5)**2))"}}
  scheme: rk4
  upwind: 3
run: {seed: 1, dt: 0.02, t_end: 20.0, measure_every: 50}
"""

    parameters: AdvectionDiffusionParameters = AdvectionDiffusionParameters()
    fields: AdvectionDiffusionFields = AdvectionDiffusionFields()

    def texts(self) -> Mapping[str, Any]:
        """As many velocities as axes."""
        velocity = ", ".join(f"v{axis}" for axis in self.grid.axes)
        return {"u": f"D*laplace(u) - advect({velocity}, u)"}
