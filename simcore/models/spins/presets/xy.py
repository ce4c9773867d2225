"""The XY model."""

from __future__ import annotations

from typing import ClassVar

from simcore.config import parameter
from simcore.models.spins.parameters import SpinParameters
from simcore.models.spins.presets.preset import Preset


class XYParameters(SpinParameters):
    J: float = parameter(1.0, unit="energy", doc="coupling of neighbours; ferromagnetic where positive")
    h: float = parameter(0.0, unit="energy", doc="field along the angle 0")


class XY(Preset):
    """H = -J sum over bonds of cos(a - b) - h sum of cos(a), a and b angles.

    On the square lattice vortices unbind at T_KT = 0.893 J.
    """

    spin: ClassVar = {"angle": True}
    hamiltonian: ClassVar = {"bonds": "-J*cos(a - b)", "sites": "-h*cos(a)"}
    reference: ClassVar[str] = "J. M. Kosterlitz, D. J. Thouless, J. Phys. C 6, 1181 (1973)"
    example: ClassVar[str] = """
name: xy
model:
  type: xy
  lattice: {type: square, shape: [64, 64]}
  parameters: {temperature: 0.893, J: 1.0}
  algorithm: {type: metropolis, over_relaxation: 4}
run: {seed: 1, thermalization: 2000, sweeps: 20000, measure_every: 10}
output:
  observables: {stiffness: "helicity_modulus(x)"}
"""

    parameters: XYParameters
