"""The Ising model."""

from __future__ import annotations

from typing import ClassVar

from simcore.config import parameter
from simcore.models.spins.parameters import SpinParameters
from simcore.models.spins.presets.preset import Preset


class IsingParameters(SpinParameters):
    J: float = parameter(1.0, unit="energy", doc="coupling of neighbours; ferromagnetic where positive")
    h: float = parameter(0.0, unit="energy", doc="external field")


class Ising(Preset):
    """H = -J sum over bonds of a b - h sum of a, spins -1 and 1."""

    spin: ClassVar = {"states": [-1, 1]}
    hamiltonian: ClassVar = {"bonds": "-J*a*b", "sites": "-h*a"}
    reference: ClassVar[str] = "E. Ising, Z. Phys. 31, 253 (1925); L. Onsager, Phys. Rev. 65, 117 (1944)"
    example: ClassVar[str] = """
name: ising-2d
model:
  type: ising
  lattice: {type: square, shape: [64, 64]}      # or size: 64
  parameters: {temperature: 2.269185, J: 1.0, h: 0.0}
run: {seed: 1, thermalization: 1000, sweeps: 10000, measure_every: 10}
"""

    parameters: IsingParameters
