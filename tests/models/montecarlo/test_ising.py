"""The kernels of the Ising model as plain Python, against listed states."""

import math

import numpy as np
import pytest
from pydantic import ValidationError

from simcore.errors import Refusal
from simcore.models.montecarlo.ising import (
    ATTEMPTS,
    Ising,
    abs_magnetization,
    acceptance_table,
    energy,
    magnetization,
)
from simcore.random import Stream
from tests.physics.oracles.ising import Enumeration

SHAPES = [(1, 1), (1, 2), (1, 5), (2, 1), (2, 2), (2, 3), (3, 3), (3, 4)]


def ising(**keys):
    return Ising.model_validate({"lattice": {"size": 4}, "parameters": {"temperature": 2.0}, **keys})


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_energy_and_magnetisation_of_every_state(shape):
    model = ising(lattice={"shape": shape})
    J, h, self_bonds = 0.7, 0.2, model.constants()["self_bonds"]
    listed = Enumeration(shape, 1.0, J, h)
    cells = [(i, j) for i in range(1, shape[0] + 1) for j in range(1, shape[1] + 1)]
    step = max(1, len(listed.states) // 64)
    for state, wanted in list(zip(listed.states, listed.energies, strict=True))[::step]:
        s = np.pad(state.reshape(shape), 1, mode="wrap")
        assert sum(energy(s, i, j, J, h, self_bonds) for i, j in cells) == pytest.approx(wanted, abs=1e-12)
        assert sum(int(magnetization(s, i, j)) for i, j in cells) == state.sum()


@pytest.mark.parametrize("self_bonds", [0, 1, 2])
def test_acceptance_obeys_detailed_balance(self_bonds):
    T, J, h = 1.7, 0.9, 0.3
    table = acceptance_table(T, J, h, self_bonds)
    for neighbours in range(-4 + 2 * self_bonds, 5 - 2 * self_bonds):
        up, down = table[1, neighbours + 2 * self_bonds + 4], table[0, neighbours - 2 * self_bonds + 4]
        cost = 2.0 * (J * neighbours + h)
        assert up / down == pytest.approx(math.exp(-cost / T), rel=1e-14)
        assert max(up, down) == ATTEMPTS


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(("temperature", "J"), [(1e-300, 1e100), (1e300, 1.0), (5e-324, -1.0)])
def test_extreme_temperatures_give_probabilities(temperature, J):
    table = acceptance_table(temperature, J, 0.0, 0)
    assert ((table >= 0.0) & (table <= ATTEMPTS)).all()


def test_energies_that_would_overflow_are_refused():
    ising().check(None)
    with pytest.raises(Refusal, match=r"^model.parameters.J: must lie between -1e\+100 and 1e\+100"):
        ising(parameters={"temperature": 2.0, "J": -2e100}).check(None)


def test_derived_quantities_are_those_of_the_listed_states():
    listed = Enumeration((3, 3), 2.1, 1.0, 0.15)
    averages, p = listed.averages(), listed.probabilities
    series = {"energy": listed.energies / 9, "magnetization": listed.states.mean(axis=1)}
    series["abs_magnetization"] = abs_magnetization(series["magnetization"])
    model = ising(lattice={"size": 3}, parameters={"temperature": 2.1, "h": 0.15})
    for derived in model.derived():
        means = [p @ series[name] ** power for name, power in derived.moments]
        assert derived.value(*means) == pytest.approx(averages[derived.name], rel=1e-11)


def test_size_stands_for_two_equal_sides():
    assert ising(lattice={"size": 5}) == ising(lattice={"shape": [5, 5]})
    assert ising(lattice={"size": 5}).model_dump(mode="json")["lattice"] == {"type": "square", "shape": [5, 5]}
    assert Ising.model_validate_json(ising().model_dump_json()) == ising()


@pytest.mark.parametrize(
    ("keys", "place", "words"),
    [
        ({"lattice": {}}, ("lattice",), "either size"),
        ({"lattice": {"size": 4, "shape": [4, 4]}}, ("lattice",), "either size"),
        ({"lattice": {"shape": [4]}}, ("lattice", "shape"), "two whole numbers"),
        ({"lattice": {"shape": [4, 0]}}, ("lattice", "shape", 1), "greater than or equal to 1"),
        ({"parameters": {"temperature": 0.0}}, ("parameters", "temperature"), "greater than 0"),
        ({"parameters": {}}, ("parameters", "temperature"), "required"),
        ({"algorithm": "wolf"}, ("algorithm",), "metropolis"),
        ({"initial": "orderd"}, ("initial",), "did you mean 'ordered'?"),
        ({"initial": {"file": "no.npy"}}, ("initial",), "No such file"),
    ],
)
def test_a_wrong_value_is_one_error_at_its_key(keys, place, words):
    with pytest.raises(ValidationError) as caught:
        ising(**keys)
    (error,) = caught.value.errors()
    assert (error["loc"], words in error["msg"]) == (place, True), error


def test_starts():
    ordered = ising().state()[0]
    assert (ordered.initial == 1).all()
    assert ordered.initial.dtype == np.int8
    draw = ising(initial="random", lattice={"size": 64}).state()[0].initial
    spins = draw(Stream(7))
    assert spins.dtype == np.int8
    assert set(np.unique(spins)) == {-1, 1}
    assert abs(spins.sum()) < 4 * 64  # 4 standard deviations: 1 seed in 16,000
    np.testing.assert_array_equal(spins, draw(Stream(7)))


def test_a_start_from_a_file(tmp_path):
    spins = np.where(np.arange(16).reshape(4, 4) % 3, 1, -1)
    np.save(tmp_path / "spins.npy", spins)
    model = ising(initial={"file": str(tmp_path / "spins.npy")})
    np.testing.assert_array_equal(model.state()[0].initial, spins)
    np.save(tmp_path / "spins.npy", 2 * spins)
    with pytest.raises(Refusal, match="nothing but the spins"):
        ising(initial={"file": str(tmp_path / "spins.npy")}).state()
    np.save(tmp_path / "spins.npy", spins[:3])
    with pytest.raises(Refusal, match=r"shape \[3, 4\]; \[4, 4\] is needed"):
        ising(initial={"file": str(tmp_path / "spins.npy")}).state()
