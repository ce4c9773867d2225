"""Whether the sweep leaves exp(-E/T) alone, tested on many independent states of a lattice of a few sites.

For spins that cannot be enumerated. The states come from `walkers`, which share nothing with the kernels. Under a right
sweep the mean of every quantity f stays what it was, and under each right move x -> y those of f(x) g(y) and g(x) f(y)
are the same: detailed balance. Both are means over independent states, so that their z-scores are normal.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from simcore.compiler.reference import State
from simcore.models.spins.algorithms import InTurn, OverRelaxation
from simcore.models.spins.checking.energies import DirectEnergy
from simcore.models.spins.checking.energy_change import KEY, random_states, size, stored
from simcore.models.spins.checking.moves import Moves
from simcore.models.spins.checking.rounding import MOST, UNIT, in_ulp
from simcore.models.spins.checking.smaller import COLDEST, one_sweep_of_each, tiny, warmer
from simcore.models.spins.checking.walkers import walkers
from simcore.models.spins.spin import Angle, Real
from simcore.spec.check import Check, within

if TYPE_CHECKING:
    from simcore.models.spins.spin_model import SpinModel

SITES = 4
WALKERS = 1000
SWEEPS = 4
FALSE_ALARM = 1e-6
"""How often a right algorithm would fail by chance, all z-scores of a check together."""

MOST_COMPONENTS = 3  # of a vector, that are looked at
SAME = 1e-9
"""Changes of a quantity by less than this share of its size are rounding errors."""


def sampling_checks(model: SpinModel) -> Iterator[Check]:
    """Detailed balance of each move, stationarity of the sweep, by z-scores; the energy that over-relaxation keeps."""
    found = tiny(model, SITES)
    if found is None:
        yield Check("detailed balance, stationarity", f"not checked: no lattice of 2 to {SITES} sites keeps its terms")
    else:
        yield from _checks(_warm(one_sweep_of_each(found)))


def _warm(model: SpinModel) -> SpinModel:
    """Not so cold that nothing moves."""
    if isinstance(model.system.spin, Real):
        return model
    least = float(np.ptp(DirectEnergy(model.system)(random_states(model, WALKERS)))) / COLDEST
    return warmer(model, least) if model.system.parameters["temperature"] < least else model


def _checks(model: SpinModel) -> Iterator[Check]:
    generator = np.random.Generator(np.random.Philox(KEY))
    random = iter(generator.random, None)
    moves, keeping = Moves(model), _that_keep(model)
    states = walkers(model, WALKERS, generator)
    held = [stored(model, moves.plain, state) | moves.work for state in states]
    first = _quantities(model, states)
    scores: list[float] = []
    changes: list[float] = []
    for group in moves.groups:
        held = [moves.after(group, state, random) for state in held]
        before, states = states, values_of(model, held)
        scores += _unbalance(_quantities(model, before), _quantities(model, states))
        if group[0] in keeping:
            changes.append(in_ulp(*DirectEnergy(model.system).change(before, states)))
    for group in moves.groups * (SWEEPS - 1):
        held = [moves.after(group, state, random) for state in held]
    last = _quantities(model, values_of(model, held))
    drifts = [_score(after - before, np.abs(before).max()) for before, after in zip(first, last, strict=True)]
    place = f"{size(model)}, T = {model.system.parameters['temperature']:.4g}, {WALKERS} states"
    yield _scored(f"detailed balance of each phase ({len(moves.groups)}), {place}", scores)
    yield _scored(f"stationarity of {SWEEPS} sweeps, {place}", drifts)
    if changes:
        yield within(f"energy change in over-relaxation, {size(model)}", max(changes), MOST, UNIT)
    yield Check("ergodicity", "not checked: too many states to list")


def _that_keep(model: SpinModel) -> set[int]:
    """The numbers of the phases of over-relaxation, which keep the energy."""
    members = model.sweeper.members if isinstance(model.sweeper, InTurn) else (model.sweeper,)
    kinds = [isinstance(member, OverRelaxation) for member in members for _ in member.phases()]
    return {number for number, keeps in enumerate(kinds) if keeps}


def values_of(model: SpinModel, held: list[State]) -> np.ndarray:
    """Values of shape (states, *shape, basis, components), of states as kernels see them."""
    spin, geometry = model.system.spin, model.geometry
    arrays = np.array([[state[name] for name in model.system.arrays.names] for state in held])
    parts = arrays.reshape(len(held), geometry.basis, spin.components, *geometry.shape)
    return np.asarray(spin.values(np.moveaxis(parts, (1, 2), (-2, -1))), float)


def _quantities(model: SpinModel, states: np.ndarray) -> np.ndarray:
    """Numbers that tell states apart: energy, mean spin, their squares; shape (quantities, states)."""
    flat = states.reshape(len(states), model.geometry.sites, -1)
    if isinstance(model.system.spin, Angle):
        flat = np.concatenate([np.cos(flat), np.sin(flat)], axis=2)
    energies = DirectEnergy(model.system)(states)
    spins = flat[..., :MOST_COMPONENTS]
    means, squares = spins.mean(axis=1).T, (spins**2).mean(axis=1).T
    return np.array([energies, energies**2, *means, *squares, (means**2).sum(axis=0)])


def _unbalance(before: np.ndarray, after: np.ndarray) -> list[float]:
    """The z-scores of f(x) g(y) - g(x) f(y) for all pairs of quantities, each without its mean."""
    mean = before.mean(axis=1, keepdims=True)
    pairs = combinations(range(len(before)), 2)
    before, after = before - mean, after - mean
    sizes = np.abs(before).max(axis=1)
    return [_score(before[f] * after[g] - before[g] * after[f], sizes[f] * sizes[g]) for f, g in pairs]


def _score(differences: np.ndarray, size: float) -> float:
    """The mean over its standard error; 0 for rounding errors."""
    if np.abs(differences).max() <= SAME * size:
        return 0.0
    return float(abs(differences.mean()) / (differences.std(ddof=1) / np.sqrt(len(differences))))


def _scored(what: str, scores: list[float]) -> Check:
    most = NormalDist().inv_cdf(1.0 - FALSE_ALARM / (2 * len(scores)))
    return within(what, float(np.max(scores)), most, "standard errors")
