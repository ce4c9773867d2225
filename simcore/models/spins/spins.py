"""Spins on a lattice whose energy the experiment itself writes."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field, ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from simcore.models.spins.hamiltonian import Hamiltonian
from simcore.models.spins.parameters import FreeParameters
from simcore.models.spins.spin import Spin
from simcore.models.spins.spin_key import SpinKey
from simcore.models.spins.spin_model import SpinModel


class Spins(SpinModel):
    """Your own spins: any lattice, states, angles, vectors or real numbers, and any energy."""

    reference: ClassVar[str] = "docs/spins.md; F. Y. Wu, Rev. Mod. Phys. 54, 235 (1982) for the example"
    example: ClassVar[str] = """
name: three-state-potts
model:
  type: spins
  lattice: {type: triangular, shape: [48, 48]}
  parameters: {temperature: 1.2, J: 1.0}
  spin: {states: [0, 1, 2]}         # or {angle: true}, {vector: 3}, {real: true}
  hamiltonian: {bonds: "-J*equal(a, b)", sites: "0"}
run: {seed: 3, thermalization: 2000, sweeps: 20000, measure_every: 10}
"""

    parameters: FreeParameters
    spin: SpinKey = Field(description="{states: [-1, 1]}, {angle: true}, {vector: 3} or {real: true}")
    hamiltonian: Hamiltonian = Field(description="the energy of bonds, sites and plaquettes")

    @model_validator(mode="after")
    def _check_energy(self) -> Spins:
        """All faults at once, each at its key."""
        if problems := self.problems:
            details = [
                InitErrorDetails(type=PydanticCustomError("value_error", "{error}", {"error": m}), loc=path, input=None)
                for path, m in problems
            ]
            raise ValidationError.from_exception_data(type(self).__name__, details)
        return self

    def spin_kind(self) -> Spin:
        """As the experiment says."""
        return self.spin

    def energy_terms(self) -> Hamiltonian:
        """As the experiment says."""
        return self.hamiltonian
