"""The Ising model: keys, starts and refusals, and what it derives from listed states."""

import numpy as np
import pytest
from pydantic import ValidationError

from simcore.errors import InvalidValueError
from simcore.models.spins.presets.ising import Ising
from simcore.models.spins.thermodynamics import length
from simcore.random import Stream
from tests.physics.oracles.ising import Enumeration


def ising(**keys):
    return Ising.model_validate({"lattice": {"size": 4}, "parameters": {"temperature": 2.0}, **keys})


def test_energies_that_would_overflow_are_refused():
    ising().check(None)
    with pytest.raises(InvalidValueError, match=r"^model.parameters.J: must lie between -1e\+100 and 1e\+100"):
        ising(parameters={"temperature": 2.0, "J": -2e100}).check(None)


def test_a_lattice_without_bonds_is_refused():
    with pytest.raises(InvalidValueError, match=r"^model\.lattice: this lattice has no bonds"):
        ising(lattice={"type": "custom", "neighbours": {}, "shape": [4, 4]}).check(None)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(("temperature", "J"), [(1e-300, 1e100), (1e300, 1.0), (5e-324, -1.0)])
def test_extreme_temperatures_give_probabilities(temperature, J):
    table = ising(parameters={"temperature": temperature, "J": J}).constants()["acceptance_table0"]
    assert ((table >= 0.0) & (table <= 63 / 64)).all()


def test_derived_quantities_are_those_of_the_listed_states():
    listed = Enumeration((3, 3), 2.1, 1.0, 0.15)
    averages, p = listed.averages(), listed.probabilities
    series = {"energy": listed.energies / 9, "magnetization": listed.states.mean(axis=1)}
    series["abs_magnetization"] = length(series["magnetization"])
    model = ising(lattice={"size": 3}, parameters={"temperature": 2.1, "h": 0.15})
    for derived in model.derived():
        means = [p @ series[name] ** power for name, power in derived.moments]
        assert derived.value(*means) == pytest.approx(averages[derived.name], rel=1e-11)


def test_size_stands_for_two_equal_sides():
    long = ising(lattice={"type": "square", "shape": [5, 5]})
    assert ising(lattice={"size": 5}).model_dump(mode="json") == long.model_dump(mode="json")
    assert Ising.model_validate_json(long.model_dump_json()) == long


@pytest.mark.parametrize(
    ("keys", "place", "words"),
    [
        ({"lattice": {}}, "lattice", "either size"),
        ({"lattice": {"size": 4, "shape": [4, 4]}}, "lattice", "either size"),
        ({"lattice": {"shape": [4]}}, "lattice", "2 whole numbers"),
        ({"lattice": {"type": "sqare", "size": 4}}, "lattice", "square"),
        ({"parameters": {"temperature": 0.0}}, "parameters", "greater than 0"),
        ({"parameters": {}}, "parameters", "required"),
        ({"algorithm": "wolf"}, "algorithm", "unknown algorithm 'wolf'"),
        ({"algorithm": {"type": "metropolis", "widht": 2.0}}, "algorithm", "not permitted"),
        ({"initial": "orderd"}, "initial", "did you mean 'ordered'?"),
        ({"initial": {"file": "no.npy"}}, "initial", "No such file"),
    ],
)
def test_a_wrong_value_is_one_error_at_its_key(keys, place, words):
    with pytest.raises(ValidationError) as caught:
        ising(**keys)
    # A list of algorithms is allowed as well, which none of these is.
    (error,) = (error for error in caught.value.errors() if error["type"] != "tuple_type")
    assert (error["loc"][0], words in error["msg"]) == (place, True), error


def test_starts():
    (ordered,) = ising().state()
    assert (ordered.initial == 1).all()  # the index of the state 1
    draw = ising(initial="random", lattice={"size": 64}).state()[0].initial
    spins = draw(Stream(7))
    assert spins.dtype == np.int8
    assert set(np.unique(spins)) == {0, 1}
    assert abs(2 * spins.sum(dtype=int) - 64 * 64) < 4 * 64  # 4 standard deviations: 1 seed in 16,000
    np.testing.assert_array_equal(spins, draw(Stream(7)))


def test_a_start_from_a_file_comes_back_as_the_field(tmp_path):
    spins = np.where(np.arange(16).reshape(4, 4) % 3, 1, -1)
    np.save(tmp_path / "spins.npy", spins)
    model = ising(initial={"file": str(tmp_path / "spins.npy")})
    (field,) = model.result_fields()
    found = field.assemble(model.state()[0].initial)
    assert found.dtype == np.int8
    np.testing.assert_array_equal(found, spins)
    np.save(tmp_path / "spins.npy", 2 * spins)
    with pytest.raises(InvalidValueError, match="nothing but the states -1, 1"):
        ising(initial={"file": str(tmp_path / "spins.npy")}).state()
    np.save(tmp_path / "spins.npy", spins[:3])
    with pytest.raises(InvalidValueError, match=r"shape \[3, 4\]; \[4, 4\] is needed"):
        ising(initial={"file": str(tmp_path / "spins.npy")}).state()
