"""The scalar field with a quartic potential."""

from __future__ import annotations

from typing import ClassVar

from simcore.config import parameter
from simcore.models.spins.parameters import SpinParameters
from simcore.models.spins.presets.preset import Preset


class Phi4Parameters(SpinParameters):
    temperature: float = parameter(1.0, unit="energy", doc="what the action is divided by", above=0.0)
    m2: float = parameter(0.25, doc="square of the bare mass; may be negative where lam is positive")
    lam: float = parameter(0.0, doc="lambda, the quartic coupling", at_least=0.0)


class Phi4(Preset):
    """S = sum over bonds of (a - b)^2/2 + sum of (m2/2 a^2 + lam a^4), a real, weight exp(-S).

    The Euclidean action of a scalar field; `energy` is S per site.
    """

    spin: ClassVar = {"real": True}
    hamiltonian: ClassVar = {"bonds": "(a - b)**2/2", "sites": "m2/2*a**2 + lam*a**4"}
    reference: ClassVar[str] = "I. Montvay, G. Muenster, Quantum Fields on a Lattice (Cambridge, 1994), chapter 2"
    example: ClassVar[str] = """
name: phi4
model:
  type: phi4
  lattice: {type: square, shape: [32, 32]}
  parameters: {m2: -0.65, lam: 0.125}
run: {seed: 1, thermalization: 2000, sweeps: 20000, measure_every: 10}
output:
  observables: {square: "mean(a**2)"}
"""

    parameters: Phi4Parameters = Phi4Parameters()
