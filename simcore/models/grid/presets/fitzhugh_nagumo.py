"""The FitzHugh-Nagumo equations with diffusion."""

from __future__ import annotations

from typing import ClassVar

from simcore.config import Section, parameter
from simcore.models.grid.field import FieldSection
from simcore.models.grid.parameters import EquationParameters
from simcore.models.grid.presets.preset import Preset, starting


class FitzHughNagumoParameters(EquationParameters):
    D: float = parameter(1.0, unit="length^2/time", doc="diffusivity of u", at_least=0.0)
    epsilon: float = parameter(0.08, unit="1/time", doc="rate of recovery")
    beta: float = parameter(0.7)
    gamma: float = parameter(0.8)
    current: float = parameter(0.0, doc="stimulus")


class FitzHughNagumoFields(Section):
    u: FieldSection = starting("-1.2")
    v: FieldSection = starting("-0.6")


class FitzHughNagumo(Preset):
    """du/dt = D laplace(u) + u - u^3/3 - v + current; dv/dt = epsilon (u + beta - gamma v).

    Pulses and spirals in excitable media.
    """

    equations: ClassVar = {
        "u": "D*laplace(u) + u - u**3/3 - v + current",
        "v": "epsilon*(u + beta - gamma*v)",
    }
    reference: ClassVar[str] = (
        "R. FitzHugh, Biophys. J. 1, 445 (1961); J. Nagumo, S. Arimoto, S. Yoshizawa, Proc. IRE 50, 2061 (1962)"
    )
    example: ClassVar[str] = """
name: fitzhugh-nagumo
model:
  type: fitzhugh_nagumo
  grid: {shape: [200, 200], spacing: 1.0, boundary: {derivative: 0.0}}
  parameters: {D: 1.0, epsilon: 0.08, beta: 0.7, gamma: 0.8, current: 0.0}
  fields:
    u: {initial: "where((x > 90) & (x < 96) & (y < 100), 2, -1.2)"}
    v: {initial: "where((x < 90) & (y < 100), 1.5, -0.62)"}
run: {seed: 1, dt: 0.1, t_end: 400.0, measure_every: 100}
output:
  fields: {every: 1000 steps, names: [u]}
"""

    parameters: FitzHughNagumoParameters = FitzHughNagumoParameters()
    fields: FitzHughNagumoFields = FitzHughNagumoFields()
