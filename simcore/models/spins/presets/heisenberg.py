"""The classical Heisenberg model."""

from __future__ import annotations

from typing import ClassVar

from simcore.config import parameter
from simcore.models.spins.parameters import SpinParameters
from simcore.models.spins.presets.preset import Preset


class HeisenbergParameters(SpinParameters):
    J: float = parameter(1.0, unit="energy", doc="coupling of neighbours; ferromagnetic where positive")
    h: float = parameter(0.0, unit="energy", doc="field along z")


class Heisenberg(Preset):
    """H = -J sum over bonds of a . b - h sum of a_z, a and b unit vectors in space.

    On the cubic lattice T_c = 1.443 J; no order at any temperature on a chain or in the plane.
    """

    spin: ClassVar = {"vector": 3}
    hamiltonian: ClassVar = {"bonds": "-J*dot(a, b)", "sites": "-h*a[2]"}
    reference: ClassVar[str] = (
        "M. E. Fisher, Am. J. Phys. 32, 343 (1964) for the chain; "
        "P. Peczak, A. M. Ferrenberg, D. P. Landau, Phys. Rev. B 43, 6087 (1991)"
    )
    example: ClassVar[str] = """
name: heisenberg
model:
  type: heisenberg
  lattice: {type: cubic, size: 16}
  parameters: {temperature: 1.443, J: 1.0}
  algorithm: {type: heat_bath, over_relaxation: 4}
run: {seed: 1, thermalization: 1000, sweeps: 10000, measure_every: 5}
"""

    parameters: HeisenbergParameters
