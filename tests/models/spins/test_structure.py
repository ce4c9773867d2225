"""Which models share what is written for them, and that what depends on numbers is never shared."""

from __future__ import annotations

import numpy as np
import pytest

from simcore.models.spins import shared_structure
from simcore.models.spins.presets.ising import Ising
from simcore.models.spins.spins import Spins

KEYS = {
    "lattice": {"type": "square", "shape": [4, 6]},
    "parameters": {"temperature": 2.0, "J": 1.0, "K": 0.5},
    "spin": {"states": [-1, 1]},
    "hamiltonian": {"bonds": "-J*a*b", "couplings": {"J2": {"random": {"choice": [-1, 1]}, "seed": 1}}},
    "algorithm": "metropolis",
}
OTHER = {
    "lattice": {"type": "square", "shape": [4, 6], "boundary": "open"},
    "spin": {"states": [-1, 0, 1]},
    "hamiltonian": {"bonds": "-K*a*b", "couplings": {"J2": {"random": {"choice": [-1, 1]}, "seed": 1}}},
    "algorithm": "heat_bath",
    "parameters": {"temperature": 2.0, "J": 1.0, "K": 0.5, "L": 0.5},
}


@pytest.fixture(autouse=True)
def remembered(monkeypatch):
    """Nothing at first."""
    monkeypatch.setattr(shared_structure, "REMEMBERED", {})
    return shared_structure.REMEMBERED


def phases(**changed: object) -> list[int]:
    return [id(phase) for phase in Spins.model_validate({**KEYS, **changed}).phases()]


def test_values_of_parameters_and_starts_share_what_is_written():
    warmer = {**KEYS["parameters"], "temperature": 3.0}
    assert phases() == phases(parameters=warmer) == phases(initial="random")


@pytest.mark.parametrize("key", OTHER)
def test_any_other_key_is_another_structure(key):
    assert not set(phases()) & set(phases(**{key: OTHER[key]}))


def test_another_seed_of_the_disorder_is_another_structure():
    seeded = {**KEYS["hamiltonian"], "couplings": {"J2": {"random": {"choice": [-1, 1]}, "seed": 2}}}
    assert not set(phases()) & set(phases(hamiltonian=seeded))


def test_numbers_are_those_of_the_model_that_is_asked():
    cold, warm = (
        Ising.model_validate({"lattice": KEYS["lattice"], "parameters": {"temperature": t, "h": t / 10}})
        for t in (1.0, 2.0)
    )
    assert cold.observables() is warm.observables()
    tables = [model.constants()["acceptance_table0"] for model in (cold, warm, cold)]
    np.testing.assert_array_equal(tables[0], tables[2])
    assert not np.array_equal(tables[0], tables[1])
    assert [d.value.keywords["temperature"] for m in (cold, warm) for d in m.derived()[:1]] == [1.0, 2.0]


def test_what_was_used_first_is_forgotten_first(remembered):
    for side in range(1, shared_structure.MOST + 3):
        phases(lattice={"type": "square", "shape": [side, 2]})
    assert len(remembered) == shared_structure.MOST
    assert [shared.lattice.shape[0] for shared in remembered.values()] == list(range(3, shared_structure.MOST + 3))
