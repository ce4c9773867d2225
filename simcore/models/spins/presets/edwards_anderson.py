"""The spin glass of Edwards and Anderson."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import Field

from simcore.config import parameter
from simcore.models.spins.disorder import Disorder
from simcore.models.spins.hamiltonian import CouplingKey
from simcore.models.spins.parameters import SpinParameters
from simcore.models.spins.presets.preset import Preset


class EdwardsAndersonParameters(SpinParameters):
    h: float = parameter(0.0, unit="energy", doc="external field")


class EdwardsAnderson(Preset):
    """H = -sum over bonds of J a b - h sum of a, spins -1 and 1, J drawn for each bond: `couplings`.

    Replicas of a run share their couplings: sweep over `model.couplings.seed` to average over them.
    """

    spin: ClassVar = {"states": [-1, 1]}
    reference: ClassVar[str] = "S. F. Edwards, P. W. Anderson, J. Phys. F 5, 965 (1975)"
    example: ClassVar[str] = """
name: edwards-anderson
model:
  type: edwards_anderson
  lattice: {type: cubic, size: 8}
  parameters: {temperature: 1.5}
  couplings: {random: {choice: [-1, 1]}, seed: 1}     # or {normal: [0, 1]}
  initial: random
run: {seed: 1, thermalization: 5000, sweeps: 20000, measure_every: 10}
"""

    parameters: EdwardsAndersonParameters
    couplings: CouplingKey = Field(
        default=Disorder("choice", (-1.0, 1.0)),
        description="{random: {choice: [-1, 1]}, seed: 5}, another distribution, {file: J.npy} or a formula",
    )

    def hamiltonian_keys(self) -> Mapping[str, Any]:
        """With the couplings as the experiment gives them."""
        return {"bonds": "-J*a*b", "sites": "-h*a", "couplings": {"J": self.couplings}}

    def place_of(self, path: tuple[str, ...]) -> tuple[str, ...]:
        """The couplings are those of the experiment."""
        return ("couplings",) if path[:2] == ("hamiltonian", "couplings") else super().place_of(path)
