"""Several algorithms, one sweep of each in turn: each keeps Boltzmann's distribution, and so do they together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from simcore.models.spins.algorithms.algorithm import Algorithm
from simcore.models.spins.algorithms.audit import Audit
from simcore.spec.arrays import StateArray
from simcore.spec.observables import ArrayObservable, Observable
from simcore.spec.phases import AnyPhase, Refilled, Tuned


@dataclass(frozen=True)
class InTurn(Algorithm):
    """The members of a list."""

    members: tuple[Algorithm, ...]

    @property
    def conserves(self) -> bool:
        return all(member.conserves for member in self.members)

    @property
    def unreached(self) -> str:
        reasons = [member.unreached for member in self.members]
        return reasons[0] if all(reasons) else ""

    def refuse(self) -> None:
        for member in self.members:
            member.refuse()
            if not member.canonical:
                raise self.refusal("an algorithm that samples another distribution than Boltzmann's stands alone")
        seen: set[str] = set()
        for name in [one.name for member in self.members for one in member.observables() if not one.hidden]:
            if name in seen:
                raise self.refusal(f"two algorithms of the list measure '{name}'; leave one of them out")
            seen.add(name)

    def phases(self) -> Sequence[AnyPhase]:
        return [phase for member in self.members for phase in member.phases()]

    def state(self) -> Sequence[StateArray]:
        return [array for member in self.members for array in member.state()]

    def constants(self) -> Mapping[str, Any]:
        return {name: value for member in self.members for name, value in member.constants().items()}

    def refilled(self) -> Sequence[Refilled]:
        return [table for member in self.members for table in member.refilled()]

    def tables_at(self, values: Mapping[str, float]) -> Mapping[str, np.ndarray]:
        return {name: table for member in self.members for name, table in member.tables_at(values).items()}

    def tuned(self) -> Sequence[Tuned]:
        return [tuned for member in self.members for tuned in member.tuned()]

    def observables(self) -> Sequence[Observable]:
        return [observable for member in self.members for observable in member.observables()]

    def array_observable(self, name: str, text: str) -> ArrayObservable | None:
        found = (member.array_observable(name, text) for member in self.members)
        return next((one for one in found if one is not None), None)

    def audits(self) -> Sequence[Audit]:
        return [audit for member in self.members for audit in member.audits()]
