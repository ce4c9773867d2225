"""The energies that kernels work out, against the energy of the whole lattice before and after."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np

from simcore.compiler.reference import PlainCells
from simcore.models.spins.algorithms.cost_audit import change_audit
from simcore.models.spins.checking.energies import DirectEnergy
from simcore.models.spins.checking.rounding import MOST, UNIT, in_ulp
from simcore.models.spins.checking.smaller import small
from simcore.models.spins.system import SpinSystem
from simcore.random import Stream
from simcore.spec.arrays import CellFunction
from simcore.spec.check import Check, within

if TYPE_CHECKING:
    from simcore.models.spins.spin_model import SpinModel

STATES, MOVES = 8, 200
MOST_SITES = 4096  # of the lattice itself
KEY = 2026


def energy_checks(model: SpinModel) -> Iterator[Check]:
    """On the lattice with short sides and, where it has few sites, on the lattice itself."""
    lesser = small(model)
    models = [lesser]
    if lesser.geometry.shape != model.geometry.shape and model.geometry.sites <= MOST_SITES:
        models.append(model)
    for one in models:
        yield from _on_one_lattice(one)


def size(model: SpinModel) -> str:
    """The shape of the lattice, as `5 x 5`."""
    return " x ".join(map(str, model.geometry.shape))


def _on_one_lattice(model: SpinModel) -> Iterator[Check]:
    plain, direct = PlainCells(model), DirectEnergy(model.system)
    states = random_states(model, STATES)
    measured = [_measured(model, plain, state) for state in states]
    text = f"energy that is measured, {STATES} random states, {size(model)}"
    yield within(text, in_ulp(measured - direct(states), direct.scale(states)), MOST, UNIT)
    text = f"energy change by local energies, {MOVES} random moves, {size(model)}"
    found, exact, scale = _moves(model, plain, direct, states)
    yield within(text, in_ulp(found - exact, scale), MOST, UNIT)


def _moves(
    model: SpinModel, plain: PlainCells, direct: DirectEnergy, states: np.ndarray
) -> tuple[np.ndarray, np.ndarray, float]:
    """What a random new spin at a random site costs: by the local energy, and by all terms; and the size of these."""
    generator = np.random.Generator(np.random.Philox(KEY))
    kernels = [change_function(model.system, site) for site in range(model.geometry.basis)]
    before = states[np.arange(MOVES) % len(states)]
    others = random_states(model, len(states), KEY + 1)
    after, found = before.copy(), np.zeros(MOVES)
    for move in range(MOVES):
        cell, site = int(generator.integers(model.geometry.cells)), int(generator.integers(model.geometry.basis))
        place = (move, *plain.cells[cell], site)
        after[place] = others[(move % len(states), *place[1:])]
        function, names = kernels[site]
        given = {names[f"new{c}"]: value for c, value in enumerate(after[place])}
        given |= {names[f"old{c}"]: value for c, value in enumerate(before[place])}
        found[move] = plain.call(function, stored(model, plain, before[move]), cell, **given)
    exact, scale = direct.change(before, after)
    return found, exact, scale


def _measured(model: SpinModel, plain: PlainCells, state: np.ndarray) -> float:
    """What the observable `energy` gives for the whole lattice."""
    value: Callable[..., float] | CellFunction | str = next(o.value for o in model.observables() if o.name == "energy")
    assert not isinstance(value, str)
    held = stored(model, plain, state)
    cells = range(model.geometry.cells)
    return model.geometry.basis * math.fsum(plain.call(value, held, cell) for cell in cells)


def change_function(system: SpinSystem, site: int) -> tuple[CellFunction, dict[str, str]]:
    """E(new) - E(old) of the spin at a site of a cell as a kernel works it out; what its arguments are called there."""
    audit = change_audit(system, system.local(site))
    return audit.function[0], dict(audit.names)


def random_states(model: SpinModel, count: int, key: int = KEY) -> np.ndarray:
    """Values of shape (count, *shape, basis, components)."""
    spin, geometry = model.system.spin, model.geometry
    values = spin.values(spin.random((count, *geometry.shape, geometry.basis), Stream(key)))
    return np.asarray(values, float)


def stored(model: SpinModel, plain: PlainCells, state: np.ndarray) -> dict[str, list]:
    """A state (values) as kernels see it, with the disorder."""
    spin, names = model.system.spin, model.system.arrays.names
    held = np.moveaxis(spin.stored(state).reshape(*model.geometry.shape, -1), -1, 0)
    return plain.state(dict(zip(names, held, strict=True)) | disorder(model))


def disorder(model: SpinModel) -> dict[str, np.ndarray]:
    """The arrays of couplings and fields."""
    return {array.name: np.asarray(array.initial) for array in model.system.disorder()}
