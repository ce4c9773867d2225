"""The Potts model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import Field

from simcore.config import parameter
from simcore.models.spins.parameters import SpinParameters
from simcore.models.spins.presets.preset import Preset
from simcore.models.spins.spin import MOST_STATES


class PottsParameters(SpinParameters):
    J: float = parameter(1.0, unit="energy", doc="gain of two equal neighbours; ferromagnetic where positive")
    h: float = parameter(0.0, unit="energy", doc="field on the state 0")


class Potts(Preset):
    """H = -J sum over bonds of delta(a, b) - h sum of delta(a, 0), q states 0, 1, ..., q - 1: `states`.

    On the square lattice T_c = J/ln(1 + sqrt(q)); continuous up to q = 4, of first order beyond. `magnetization` is the
    mean number of the states, which says little; `order` in the example is 0 without order and 1 in a ground state.
    """

    hamiltonian: ClassVar = {"bonds": "-J*equal(a, b)", "sites": "-h*equal(a, 0)"}
    reference: ClassVar[str] = (
        "R. B. Potts, Proc. Camb. Phil. Soc. 48, 106 (1952); F. Y. Wu, Rev. Mod. Phys. 54, 235 (1982)"
    )
    example: ClassVar[str] = """
name: potts
model:
  type: potts
  states: 3
  lattice: {type: square, shape: [64, 64]}
  parameters: {temperature: 0.994973, J: 1.0}   # T_c = 1/ln(1 + sqrt(3))
run: {seed: 1, thermalization: 2000, sweeps: 20000, measure_every: 10}
output:
  observables:
    order: "(3*max(mean(equal(a, 0)), mean(equal(a, 1)), mean(equal(a, 2))) - 1)/2"
"""

    states: int = Field(default=3, ge=2, le=MOST_STATES, description="q, the number of states")
    parameters: PottsParameters

    def spin_keys(self) -> Mapping[str, Any]:
        """The states 0 to q - 1."""
        return {"states": list(range(self.states))}
