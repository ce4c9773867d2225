"""Which formula of a Hamiltonian a wrong number comes from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from simcore.models.spins.algorithms.audit import Audit
from simcore.models.spins.guard.reads import Called
from simcore.models.spins.local_energy import LocalEnergy
from simcore.models.spins.system import SpinSystem

CLOSE = 1e-9


def differing(
    system: SpinSystem,
    audit: Audit,
    known: Mapping[str, Any],
    indices: Sequence[np.ndarray],
    old: np.ndarray,
    new: np.ndarray,
    written: Mapping[tuple[str, ...], Any],
) -> str:
    """The path of the formula that costs something else by itself, for one move; of all, where none does.

    written: what each formula costs as it is written.
    """
    local = system.local(audit.site)
    if audit.alone is not None:
        for kind, cost in written.items():
            terms = tuple(term for term in local.terms if _kind(term.role) == kind)
            part = audit.alone(system, LocalEnergy(local.sites, terms))
            names = {part.names[f"new{c}"]: new[:, c] for c in range(new.shape[1])}
            names |= {part.names[f"old{c}"]: old[:, c] for c in range(old.shape[1])}
            places = dict(zip(system.indices, indices, strict=True))
            found = float(np.ravel(Called(*part.function)({**known, **places, **names}, indices))[0])
            if not abs(found - cost) <= CLOSE * max(abs(found), abs(cost)):
                return f"model.hamiltonian.{'.'.join(kind)}"
    return " + ".join(f"model.hamiltonian.{'.'.join(kind)}" for kind in written)


def _kind(role: Any) -> tuple[str, ...]:
    """("bonds", "nn") and so on; ("sites",)."""
    kind: tuple[str, ...] = role[0]
    return kind[:1] if kind[0] == "sites" else kind
