"""What a named model of spins is made of."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar

from simcore.models.spins.hamiltonian import Hamiltonian
from simcore.models.spins.spin import Spin
from simcore.models.spins.spin_key import read_spin
from simcore.models.spins.spin_model import SpinModel


class Preset(SpinModel):
    """Spins with a name: `spin` and `hamiltonian` as an experiment of type `spins` would write them.

    A model whose spins or energy depend on its keys overrides `spin_keys` or `hamiltonian_keys`.
    """

    spin: ClassVar[Mapping[str, Any]]
    hamiltonian: ClassVar[Mapping[str, Any]]

    def spin_keys(self) -> Mapping[str, Any]:
        """What stands under `spin`."""
        return self.spin

    def hamiltonian_keys(self) -> Mapping[str, Any]:
        """What stands under `hamiltonian`."""
        return self.hamiltonian

    @cached_property
    def _spin(self) -> Spin:
        return read_spin(self.spin_keys())

    @cached_property
    def _hamiltonian(self) -> Hamiltonian:
        return Hamiltonian.model_validate(self.hamiltonian_keys())

    def spin_kind(self) -> Spin:
        """What a site holds."""
        return self._spin

    def energy_terms(self) -> Hamiltonian:
        """The energy."""
        return self._hamiltonian

    def place_of(self, path: tuple[str, ...]) -> tuple[str, ...]:
        """The energy is known to be right: what does not fit it is the lattice."""
        return ("lattice",) if path[0] == "hamiltonian" else path
