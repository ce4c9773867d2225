"""The gonihedric Ising model."""

from __future__ import annotations

from typing import ClassVar

from simcore.config import parameter
from simcore.models.spins.parameters import SpinParameters
from simcore.models.spins.presets.preset import Preset


class GonihedricParameters(SpinParameters):
    kappa: float = parameter(0.0, doc="weight of the edges where a surface meets itself", at_least=0.0)


class Gonihedric(Preset):
    """H = -2 kappa sum over nn of a b + kappa/2 sum over nnn of a b - (1 - kappa)/2 sum over squares of a b c d.

    Spins -1 and 1 on the cubic lattice. The walls between them cost energy if they bend, not by their area; any
    plane of spins may be turned over at no cost. At kappa = 0 squares alone, with a transition of first order and
    glassy states below it.
    """

    spin: ClassVar = {"states": [-1, 1]}
    hamiltonian: ClassVar = {
        "bonds": {"nn": "-2*kappa*a*b", "nnn": "kappa/2*a*b"},
        "plaquettes": {"square": "-(1 - kappa)/2*a*b*c*d"},
    }
    reference: ClassVar[str] = (
        "G. K. Savvidy, F. J. Wegner, Nucl. Phys. B 413, 605 (1994); "
        "D. A. Johnston, R. P. K. C. Malmini, Phys. Lett. B 378, 87 (1996)"
    )
    example: ClassVar[str] = """
name: gonihedric
model:
  type: gonihedric
  lattice: {type: cubic, size: 12}
  parameters: {temperature: 2.4, kappa: 1.0}
run: {seed: 1, thermalization: 2000, sweeps: 20000, measure_every: 10}
"""

    parameters: GonihedricParameters
