"""The lattice gas."""

from __future__ import annotations

from typing import ClassVar

from simcore.config import parameter
from simcore.models.spins.parameters import SpinParameters
from simcore.models.spins.presets.preset import Preset


class LatticeGasParameters(SpinParameters):
    epsilon: float = parameter(1.0, unit="energy", doc="attraction of two neighbours; they repel where negative")
    mu: float = parameter(0.0, unit="energy", doc="chemical potential; without effect where particles are conserved")


class LatticeGas(Preset):
    """H = -epsilon sum over bonds of a b - mu sum of a, a site empty (0) or occupied (1).

    Grand canonical by metropolis or heat_bath, canonical by kawasaki. `energy` holds the term of mu; `magnetization` is
    the density. It is an Ising model with J = epsilon/4: with z neighbours, half filling is at mu = -z epsilon/2.
    """

    spin: ClassVar = {"states": [0, 1]}
    hamiltonian: ClassVar = {"bonds": "-epsilon*a*b", "sites": "-mu*a"}
    reference: ClassVar[str] = "T. D. Lee, C. N. Yang, Phys. Rev. 87, 410 (1952)"
    example: ClassVar[str] = """
name: lattice-gas
model:
  type: lattice_gas
  lattice: {type: square, shape: [64, 64]}
  parameters: {temperature: 0.5, epsilon: 1.0, mu: -2.0}
  algorithm: heat_bath              # kawasaki: the number of particles stays, and mu is without effect
  initial: random
run: {seed: 1, thermalization: 5000, sweeps: 20000, measure_every: 20}
"""

    parameters: LatticeGasParameters
