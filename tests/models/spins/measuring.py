"""Observables of spins in one state, worked out cell by cell in plain Python."""

from __future__ import annotations

from typing import Any

import numpy as np

from simcore.models.spins.spin_model import SpinModel
from simcore.models.spins.spins import Spins
from simcore.spec.observables import Observable
from tests.models.spins.plainkernels import PlainModel

REDUCE = {"sum": np.sum, "mean": np.mean, "min": np.min, "max": np.max}


def model_of(lattice: str, shape: list[int], spin: dict, hamiltonian: dict, boundary: Any = "periodic") -> Spins:
    return Spins.model_validate(
        {
            "lattice": {"type": lattice, "shape": shape, "boundary": boundary},
            "parameters": {"temperature": 1.3, "J": 0.7, "D": 0.25, "L": 3.0},
            "spin": spin,
            "hamiltonian": hamiltonian,
        }
    )


def random_state(model: SpinModel, generator: np.random.Generator) -> np.ndarray:
    """Values of shape (*shape, basis, components)."""
    spin, geometry = model.system.spin, model.geometry
    shape = (*geometry.shape, geometry.basis)
    if spin.kind == "states":
        return generator.choice(spin.states, (*shape, 1))
    return spin.values(spin.stored(2.0 * generator.normal(size=(*shape, spin.components))))


class Measuring:
    """A formula, and the observables behind it, in one state after the other. last: what the formula has become."""

    def __init__(self, model: SpinModel, text: str) -> None:
        self._plain = PlainModel(model)
        found = model.expressed("q", text)
        self.last = found[-1]
        self._observables = [one for one in found if isinstance(one, Observable)]
        needed = {name for one in self._observables for name in one.of}
        if needed - {one.name for one in found}:
            others = (one for one in model.observables() if not isinstance(one.value, str) and one.name != "acceptance")
            self._observables = [*others, *self._observables]

    def samples(self, state: np.ndarray) -> dict[str, float]:
        """Their values by name."""
        arrays = self._plain.arrays(state)
        cells = list(np.ndindex(self._plain.model.geometry.shape))
        known: dict[str, float] = {}
        for one in self._observables:
            if one.of:
                known[one.name] = float(one.value(*(np.float64(known[name]) for name in one.of)))
            else:
                values = [self._plain.call(one.value, arrays, cell) for cell in cells]
                known[one.name] = float(REDUCE[one.reduce](np.array(values, float)))
        return known


def measured(model: SpinModel, text: str, state: np.ndarray) -> float:
    """What the formula is in one state."""
    return Measuring(model, text).samples(state)["q"]
