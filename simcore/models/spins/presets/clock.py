"""The clock model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import Field

from simcore.config import parameter
from simcore.models.spins.parameters import SpinParameters
from simcore.models.spins.presets.preset import Preset
from simcore.models.spins.spin import MOST_STATES


class ClockParameters(SpinParameters):
    J: float = parameter(1.0, unit="energy", doc="coupling of neighbours; ferromagnetic where positive")
    h: float = parameter(0.0, unit="energy", doc="field along the state 0")


class Clock(Preset):
    """H = -J sum over bonds of cos(2 pi (a - b)/q) - h sum of cos(2 pi a/q), a = 0, 1, ..., q - 1: `states`.

    q = 2 is the Ising model, q = 3 Potts with 3/2 J, q = 4 two Ising models; from q = 5 two transitions on the square
    lattice, with quasi-long-range order between them; many states approach XY. `magnetization` is the mean number of
    the states, which says little; see `direction2` in the example.
    """

    reference: ClassVar[str] = "J. V. Jose, L. P. Kadanoff, S. Kirkpatrick, D. R. Nelson, Phys. Rev. B 16, 1217 (1977)"
    example: ClassVar[str] = """
name: clock
model:
  type: clock
  states: 6
  lattice: {type: square, shape: [64, 64]}
  parameters: {temperature: 0.8, J: 1.0}
run: {seed: 1, thermalization: 2000, sweeps: 20000, measure_every: 10}
output:
  observables: {direction2: "mean(cos(2*pi*a/6))**2 + mean(sin(2*pi*a/6))**2"}
"""

    states: int = Field(default=6, ge=2, le=MOST_STATES, description="q, the number of states")
    parameters: ClockParameters

    def spin_keys(self) -> Mapping[str, Any]:
        """The states 0 to q - 1."""
        return {"states": list(range(self.states))}

    def hamiltonian_keys(self) -> Mapping[str, Any]:
        """With q as a number."""
        turn = f"2*pi/{self.states}"
        return {"bonds": f"-J*cos({turn}*(a - b))", "sites": f"-h*cos({turn}*a)"}
