"""Independent states with the weights exp(-E/T), drawn by a plain Metropolis walk of each, without any kernel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simcore.models.spins.checking.energies import DirectEnergy
from simcore.models.spins.checking.energy_change import random_states
from simcore.models.spins.spin import Angle, Real, Spin, States

if TYPE_CHECKING:
    from simcore.models.spins.spin_model import SpinModel

STEPS = 200
"""Sweeps of each walk; every other one proposes spins far away, so that on a few sites much fewer would do."""


def walkers(model: SpinModel, count: int, generator: np.random.Generator) -> np.ndarray:
    """Values of shape (count, *shape, basis, components), each state the end of a walk of its own."""
    direct, temperature = DirectEnergy(model.system), model.system.parameters["temperature"]
    states = random_states(model, count)
    energies = direct(states)
    for step in range(STEPS):
        for place in np.ndindex(states.shape[1:-1]):
            proposed = states.copy()
            here = (slice(None), *place)
            proposed[here] = _proposals(model.system.spin, states[here], generator, far=step % 2 == 0)
            new = direct(proposed)
            accepted = generator.random(count) < np.exp(np.minimum((energies - new) / temperature, 0.0))
            states[accepted], energies[accepted] = proposed[accepted], new[accepted]
    return states


def _proposals(spin: Spin, old: np.ndarray, generator: np.random.Generator, *, far: bool) -> np.ndarray:
    """As likely back as there; old: of shape (count, components)."""
    if isinstance(spin, States):
        return generator.choice(spin.states, old.shape)
    step = generator.normal(size=old.shape)
    if isinstance(spin, Real):
        return old + step * 10.0 ** generator.uniform(-1.5, 1.5, old.shape)
    if isinstance(spin, Angle):
        return generator.uniform(-np.pi, np.pi, old.shape) if far else old + 0.5 * step
    return spin.stored(step if far else old + 0.5 * step)
