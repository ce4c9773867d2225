"""The solid-on-solid model of a crystal's surface."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import Field

from simcore.config import parameter
from simcore.models.spins.algorithm_section import AlgorithmKey, AlgorithmSection
from simcore.models.spins.parameters import SpinParameters
from simcore.models.spins.presets.preset import Preset
from simcore.models.spins.spin import MOST_STATES
from simcore.models.spins.start import Start


class SolidOnSolidParameters(SpinParameters):
    J: float = parameter(1.0, unit="energy", doc="cost of a step of height 1", at_least=0.0)


class SolidOnSolid(Preset):
    """H = J sum over bonds of |a - b|, whole heights from -`height` to `height`.

    On the square lattice rough above T_R = 1.24 J. The bound stands for heights without one if the surface never
    comes near it: start at 0, and take `height` several times the width of the surface and of the way that its mean
    drifts.
    """

    hamiltonian: ClassVar = {"bonds": "J*abs(a - b)"}
    reference: ClassVar[str] = "S. T. Chui, J. D. Weeks, Phys. Rev. B 14, 4978 (1976)"
    example: ClassVar[str] = """
name: solid-on-solid
model:
  type: solid_on_solid
  height: 10
  lattice: {type: square, shape: [32, 32]}
  parameters: {temperature: 1.0, J: 1.0}
run: {seed: 1, thermalization: 1000, sweeps: 10000, measure_every: 10}
output:
  observables: {width: "mean(a**2) - mean(a)**2"}
"""

    height: int = Field(
        default=10, ge=1, le=(MOST_STATES - 1) // 2, description="the largest height; -height the smallest"
    )
    parameters: SolidOnSolidParameters
    algorithm: AlgorithmKey = Field(
        default=AlgorithmSection(type="heat_bath"), description="name, or {type: name, width: ..., ...}"
    )
    initial: Start = Field(default=(0.0,), description="ordered, random, a value, or {file: start.npy}")

    def spin_keys(self) -> Mapping[str, Any]:
        """All heights."""
        return {"states": list(range(-self.height, self.height + 1))}
