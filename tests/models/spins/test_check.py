"""Checks of a Hamiltonian pass what is right, and find what is wrong."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from simcore.compiler.reference import Draw, NotEnumerable, outcomes
from simcore.models.spins.algorithms import metropolis
from simcore.models.spins.checking.balance import balance_checks
from simcore.models.spins.checking.chain import Chain
from simcore.models.spins.checking.energies import DirectEnergy
from simcore.models.spins.checking.energy_change import energy_checks
from simcore.models.spins.checking.sampling import sampling_checks
from simcore.models.spins.checking.smaller import resized, small, tiny
from simcore.models.spins.checking.spins import spin_checks
from simcore.models.spins.spins import Spins
from simcore.models.spins.system import SpinSystem
from simcore.spec.arrays import CellFunction
from tests.models.spins.test_sweep import CASES, model_of, phase_matrices
from tests.physics.oracles.spins import BruteForce, all_states

ISING = {
    "lattice": {"type": "square", "shape": [5, 6]},
    "parameters": {"temperature": 2.0, "J": 1.0, "h": 0.3},
    "spin": {"states": [-1, 1]},
    "hamiltonian": {"bonds": "-J*a*b", "sites": "-h*a"},
}
POTTS = {**ISING, "spin": {"states": [0, 1, 2]}, "hamiltonian": {"bonds": "-J*equal(a, b) + h*a*(b - a)"}}
XY = {**ISING, "spin": {"angle": True}, "hamiltonian": {"bonds": "-J*cos(a - b)", "sites": "-h*cos(a)"}}
VECTOR = {**ISING, "spin": {"vector": 3}, "hamiltonian": {"bonds": "-J*dot(a, b)", "sites": "-h*a[2]"}}
REAL = {**ISING, "spin": {"real": True}, "hamiltonian": {"bonds": "J*(a - b)**2/2", "sites": "h*a**2 + a**4"}}
GLASS = {
    **ISING,
    "lattice": {"type": "kagome", "shape": [4, 4], "boundary": {"x": "open"}},
    "hamiltonian": {
        "bonds": "-K*a*b",
        "sites": "-g*a + 0.1*x*a",
        "couplings": {"K": {"random": {"normal": [0, 1]}, "seed": 5}},
        "fields": {"g": {"random": {"uniform": [-1, 1]}, "seed": 6}},
    },
}


@pytest.fixture(autouse=True)
def nothing_remembered(monkeypatch):
    """Neither of functions that another test has spoiled, nor for others of those that are spoiled here."""
    monkeypatch.setattr("simcore.models.spins.shared_structure.REMEMBERED", {})


def model(keys, **more):
    return Spins.model_validate({**keys, **more})


def failed(checks):
    return [check.what for check in checks if check.ok is False]


# -- what is right passes ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "keys",
    [
        ISING,
        {**POTTS, "algorithm": "heat_bath"},
        GLASS,
        {**ISING, "algorithm": "kawasaki", "initial": "random"},
        {**ISING, "lattice": {"type": "triangular", "shape": [6, 6], "boundary": {"x": "antiperiodic", "y": "open"}},
         "hamiltonian": {"bonds": "-J*a*b"}},
    ],
    ids=["ising", "potts", "glass", "kawasaki", "a corner that is open and antiperiodic"],
)  # fmt: skip
def test_what_is_right_with_states_passes_and_is_checked_exactly(keys):
    found = list(spin_checks(model(keys)))
    assert not failed(found)
    checked = [check.what.split(",")[0] for check in found if check.ok]
    assert {"ergodicity", "stationarity of the sweep"} <= set(checked)
    assert any(what.startswith("detailed balance of each") for what in checked)


@pytest.mark.parametrize("keys", [XY, REAL, {**VECTOR, "algorithm": {"type": "heat_bath", "over_relaxation": 2}}])
def test_what_is_right_with_continuous_spins_passes(keys, monkeypatch):
    monkeypatch.setattr("simcore.models.spins.checking.sampling.WALKERS", 200)
    found = list(spin_checks(model(keys)))
    assert not failed(found)
    assert any(check.what.startswith("stationarity") and check.ok for check in found)
    assert any("over-relaxation" in check.what for check in found) == (keys["spin"] == {"vector": 3})


# -- what is wrong is found --------------------------------------------------------------------------------------------


class Half(Spins):
    """Accepts with the square root of the probability."""

    def constants(self):
        given = dict(super().constants())
        return {name: np.sqrt(v) if name.startswith("acceptance_table") else v for name, v in given.items()}


class TooOften(Spins):
    """A wrong factor in the exponent of the written function."""

    def phases(self):
        return [self._wrong(phase) for phase in super().phases()]

    def _wrong(self, phase):
        source = phase.update.source.replace("temperature", "(1.5 * temperature)", 2).replace(
            "(1.5 * temperature)", "temperature", 1
        )
        assert source != phase.update.source
        return phase.__class__(**{**vars(phase), "update": CellFunction(source, phase.update.uses)})


def test_a_wrong_acceptance_of_states_fails_balance_and_stationarity():
    names = failed(balance_checks(Half.model_validate(ISING)))
    assert any(name.startswith("detailed balance") for name in names)
    assert any(name.startswith("stationarity") for name in names)


@pytest.mark.parametrize("keys", [XY, REAL, VECTOR])
def test_a_wrong_acceptance_of_continuous_spins_fails(keys, monkeypatch):
    monkeypatch.setattr("simcore.models.spins.checking.sampling.WALKERS", 600)
    assert failed(sampling_checks(TooOften.model_validate(keys)))


def turned(angle, x, y):
    return angle + 0.01


def test_over_relaxation_that_changes_the_energy_is_found(monkeypatch):
    monkeypatch.setattr("simcore.models.spins.checking.sampling.WALKERS", 20)
    monkeypatch.setattr("simcore.models.spins.algorithms.over_relaxation.reflected", turned)
    found = failed(sampling_checks(model(XY, algorithm={"type": "metropolis", "over_relaxation": 1})))
    assert "energy change in over-relaxation, 2 x 2" in found


@pytest.mark.parametrize("keys", [ISING, POTTS, XY, REAL, GLASS])
def test_a_wrong_local_energy_is_found(keys, monkeypatch):
    right = SpinSystem.local

    def without_the_last_term(self, site):
        local = right(self, site)
        return SimpleNamespace(
            sites=local.sites, terms=local.terms[:-1], uniform=local.uniform, neighbours=local.neighbours, site=site
        )

    one = model(keys)
    monkeypatch.setattr(SpinSystem, "local", without_the_last_term)
    assert failed(energy_checks(one))


def test_a_sweep_without_the_pause_is_not_ergodic(monkeypatch):
    monkeypatch.setattr(metropolis, "ATTEMPTS", 1.0)
    ring = {**ISING, "lattice": {"type": "chain", "shape": [4]}, "hamiltonian": {"bonds": "-J*a*b"}}
    (name,) = failed(balance_checks(model(ring)))
    assert name == "ergodicity, 4"


def test_neighbours_updated_at_once_are_found(monkeypatch):
    monkeypatch.setattr("simcore.models.spins.system.colour_classes", lambda *given: [None])
    names = failed(spin_checks(model(ISING, lattice={"type": "square", "shape": [2, 3]})))
    assert any(name.startswith("sites that read what another one writes") for name in names)


def test_a_sweep_that_never_proposes_a_state_is_found():
    class Stuck(Spins):
        def constants(self):
            given = dict(super().constants())
            table = given["acceptance_table0"].reshape(-1, 3, 2).copy()
            table[:, 0, 1] = table[:, 2, 0] = table[:, 1, 0] = table[:, 2, 1] = 0.0
            return {**given, "acceptance_table0": table.ravel()}

    (name,) = failed(balance_checks(Stuck.model_validate({**POTTS, "hamiltonian": {"bonds": "0"}})))
    assert name.startswith("ergodicity")


def test_an_update_that_returns_no_state_is_found():
    class Beyond(Spins):
        def phases(self):
            function = CellFunction("def beyond(random):\n    return 2 if random[0] < 0.25 else 0, 0\n")
            return [phase.__class__(**{**vars(phase), "update": function, "reads": {}}) for phase in super().phases()]

    (check,) = balance_checks(Beyond.model_validate(ISING))
    assert check.ok is False
    assert "returns 2" in check.found


def test_a_formula_that_tells_the_ends_of_a_bond_apart_is_remarked():
    texts = [check.what for check in spin_checks(model(POTTS)) if "directions" in check.found]
    assert texts == ["bonds: a and b exchanged"]


# -- the parts -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", ["2 x 2", "honeycomb", "antiperiodic", "potts", "states with another end"])
def test_the_matrices_are_those_of_the_tests_that_draw_by_bisection(case):
    *setting, field = CASES[case]
    one, brute = model_of(*setting, field)
    states = all_states(one.geometry, one.spin.states)
    chain = Chain(one)
    order = np.moveaxis(chain.indices.reshape(-1, one.geometry.basis, *one.geometry.shape), 1, -1)
    same = [int(np.flatnonzero((one.spin.stored(states)[..., 0] == s).all(axis=tuple(range(1, order.ndim))))[0])
            for s in order]  # fmt: skip
    for found, wanted in zip(chain.moves, phase_matrices(one, states), strict=True):
        np.testing.assert_allclose(found.toarray(), wanted[np.ix_(same, same)], atol=4e-15)
    np.testing.assert_allclose(chain.energies, [brute.energy(states[n]) for n in same], rtol=1e-13, atol=1e-13)


def test_the_energy_of_whole_states_is_that_of_plain_python():
    one = small(model(GLASS))
    values = one.system.interactions.values
    couplings = tuple(values(f"K{n}", {}) for n in range(len(one.geometry.bonds)))
    places = one.geometry.site_positions()

    def site(a, place):
        return -values(f"g{place[-1]}", {})[place[:-1]] * a[0] + 0.1 * places[place][0] * a[0]

    brute = BruteForce(one.geometry, "states", {"nn": lambda a, b, c: -c * a[0] * b[0]}, site, couplings=couplings)
    states = np.random.default_rng(3).choice([-1.0, 1.0], (5, *one.geometry.shape, 3, 1))
    np.testing.assert_allclose(DirectEnergy(one.system)(states), [brute.energy(state) for state in states], rtol=1e-12)


def test_a_small_lattice_keeps_type_and_ends():
    one = small(model(GLASS, lattice={**GLASS["lattice"], "shape": [40, 3]}))
    assert one.geometry.shape == (5, 3)
    assert one.geometry.wrap == ("open", "periodic")
    assert tiny(model(GLASS), 6).geometry.shape in {(1, 2), (2, 1)}


def test_a_field_from_a_file_becomes_one_of_its_range(tmp_path):
    np.save(tmp_path / "g.npy", np.linspace(2.0, 3.0, 30).reshape(5, 6))
    fields = {"g": {"file": str(tmp_path / "g.npy")}}
    one = resized(model(ISING, hamiltonian={"bonds": "-a*b", "sites": "-g*a", "fields": fields}), (2, 2))
    values = one.system.interactions.values("g", {})
    assert values.shape == (2, 2)
    assert ((values >= 2.0) & (values <= 3.0)).all()


def test_the_cases_of_random_numbers_are_found_however_narrow():
    def function(random):
        scaled = random[0] * 3
        choice = int(scaled)
        return choice if scaled - choice < 1e-12 else -1, random[1] >= 0.25

    found = outcomes(function, 2)
    assert found[(2, True)] == pytest.approx(1e-12 / 3 * 0.75, rel=1e-3)
    assert found[(-1, False)] == pytest.approx(0.25)
    assert sum(found.values()) == pytest.approx(1.0, abs=1e-15)


@pytest.mark.parametrize(
    "function",
    [
        lambda r: np.exp(r[0]) < 2.0,
        lambda r: r[0] < r[1],
        lambda r: r[0],
        lambda r: r[0] ** 2 < 0.5,
        lambda r: float(r[0]),
    ],
)
def test_what_is_no_matter_of_arithmetic_and_comparisons_is_said(function):
    with pytest.raises(NotEnumerable):
        outcomes(function, 2)


def test_an_infinite_factor_decides_as_in_the_kernel():
    assert outcomes(lambda r: 1 if r[0] * np.float64(np.inf) < 1.0 else 0, 1) == {0: 1.0}
    assert isinstance(np.float64(2.0) * Draw(0, 0.0, 1.0), Draw)


def test_a_sum_over_many_sites_counts_its_roundings_and_not_their_number():
    keys = {**ISING, "lattice": {"type": "square", "shape": [64, 64]}, "parameters": {"temperature": 1.0, "D": 1.9656}}
    one = model(keys, spin={"states": [-1, 0, 1]}, hamiltonian={"bonds": "-a*b", "sites": "D*a**2"})
    assert not failed(energy_checks(one))
