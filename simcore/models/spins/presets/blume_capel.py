"""The model of Blume and Capel."""

from __future__ import annotations

from typing import ClassVar

from simcore.config import parameter
from simcore.models.spins.parameters import SpinParameters
from simcore.models.spins.presets.preset import Preset


class BlumeCapelParameters(SpinParameters):
    J: float = parameter(1.0, unit="energy", doc="coupling of neighbours; ferromagnetic where positive")
    D: float = parameter(0.0, unit="energy", doc="crystal field: what a spin that is not 0 costs")
    h: float = parameter(0.0, unit="energy", doc="external field")


class BlumeCapel(Preset):
    """H = -J sum over bonds of a b + D sum of a^2 - h sum of a, spins -1, 0 and 1.

    On the square lattice continuous up to the tricritical point at D = 1.966 J, T = 0.608 J, then of first order.
    """

    spin: ClassVar = {"states": [-1, 0, 1]}
    hamiltonian: ClassVar = {"bonds": "-J*a*b", "sites": "D*a**2 - h*a"}
    reference: ClassVar[str] = "M. Blume, Phys. Rev. 141, 517 (1966); H. W. Capel, Physica 32, 966 (1966)"
    example: ClassVar[str] = """
name: blume-capel
model:
  type: blume_capel
  lattice: {type: square, shape: [64, 64]}
  parameters: {temperature: 0.8, J: 1.0, D: 1.8}
run: {seed: 1, thermalization: 2000, sweeps: 20000, measure_every: 10}
"""

    parameters: BlumeCapelParameters
