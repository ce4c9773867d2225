"""Couplings and fields that have a number for each bond or site: where they are read, and where they stand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from simcore.errors import ExperimentError
from simcore.models.spins.checking.energies import DirectEnergy
from simcore.models.spins.checking.smaller import resized
from simcore.models.spins.checking.spins import _directions
from simcore.models.spins.spin_model import SpinModel
from simcore.models.spins.spins import Spins
from simcore.runs.experiment import resolve
from simcore.runs.run import run
from simcore.runs.verify import verify
from simcore.storage.result import read_result
from tests.models.spins.plainkernels import PlainModel
from tests.models.spins.test_energy import local_difference, measured, random_state
from tests.models.spins.test_guard import fault
from tests.physics.oracles.spins import BruteForce

SHAPE = [3, 4]


def model_of(hamiltonian: dict[str, Any], lattice: str = "square", **keys: Any) -> Spins:
    document: dict[str, Any] = {
        "lattice": {"type": lattice, "shape": SHAPE, "boundary": {"x": "open"}},
        "parameters": {"temperature": 1.0, "g": 0.3},
        "spin": {"states": [-1, 1]},
        "hamiltonian": hamiltonian,
    }
    return Spins.model_validate({**document, **keys})


def check(model: Spins, couplings: tuple[np.ndarray, ...]) -> None:
    """The energy is minus the sum of coupling a b, by independent code and by the guard."""
    brute = BruteForce(
        model.geometry, "states", {"nn": lambda a, b, c: -c * a[0] * b[0]}, lambda *_: 0.0, couplings=couplings
    )
    generator, plain = np.random.default_rng(8), PlainModel(model)
    for _ in range(3):
        state = random_state(model.spin, model.geometry, generator)
        energy = brute.energy(state)
        assert measured(plain, state) == pytest.approx(energy, rel=1e-12, abs=1e-12)
        assert DirectEnergy(model.system)(state[np.newaxis])[0] == pytest.approx(energy, rel=1e-12, abs=1e-12)
        for number in range(model.geometry.basis):
            changed = state.copy()
            changed[1, 2, number] *= -1
            difference = local_difference(plain, state, (1, 2), number, changed[1, 2, number])
            assert difference == pytest.approx(brute.energy(changed) - energy, rel=1e-11, abs=1e-12)
    assert fault(model) == ""


@pytest.mark.parametrize("lattice", ["square", "kagome"])
def test_couplings_come_from_a_file_with_an_axis_for_the_bonds_of_a_cell(lattice, tmp_path):
    bonds = {"square": 2, "kagome": 6}[lattice]
    values = np.random.default_rng(4).normal(size=(*SHAPE, bonds))
    np.save(tmp_path / "J.npy", values)
    couplings = {"J": {"file": str(tmp_path / "J.npy")}}
    model = model_of({"bonds": "-J*a*b", "couplings": couplings}, lattice)
    check(model, tuple(np.moveaxis(values, -1, 0)))


@pytest.mark.parametrize("lattice", ["square", "kagome"])
def test_couplings_are_formulas_of_the_place_of_the_first_end(lattice):
    model = model_of({"bonds": "-J*a*b", "couplings": {"J": "1 + g*x - y**2 + 0.1*i*j + basis"}}, lattice)
    places = model.geometry.site_positions()
    i, j = np.indices(SHAPE)
    couplings = []
    for bond in model.geometry.bonds:
        x, y = np.moveaxis(places[..., bond.source, :], -1, 0)
        couplings.append(1 + 0.3 * x - y**2 + 0.1 * i * j + bond.source)
    check(model, tuple(couplings))


@pytest.mark.parametrize("lattice", ["square", "kagome"])
@pytest.mark.parametrize("algorithm", ["metropolis", "heat_bath", "kawasaki"])
def test_fields_stand_in_formulas_of_bonds_at_each_end(lattice, algorithm):
    fields = {"n": {"random": {"choice": [0, 1]}, "seed": 3}, "w": "x + 2*y"}
    keys = {"bonds": "-(n_a*n_b + 0.1*w_b)*a*b", "fields": fields}
    model = model_of(keys, lattice, algorithm=algorithm, initial="random")
    basis, places = model.geometry.basis, model.geometry.site_positions()
    drawn = [model.system.interactions.values(f"n{s}" if basis > 1 else "n", {}) for s in range(basis)]
    assert {float(v) for d in drawn for v in d.ravel()} == {0.0, 1.0}
    couplings = []
    for bond in model.geometry.bonds:
        back = tuple(-step for step in bond.offset)
        x, y = np.moveaxis(places[..., bond.target, :], -1, 0)
        other = np.roll(drawn[bond.target], back, (0, 1))
        couplings.append(drawn[bond.source] * other + 0.1 * np.roll(x + 2 * y, back, (0, 1)))
    check(model, tuple(couplings))


def test_a_plaquette_reads_a_field_at_each_of_its_corners():
    fields = {"n": {"random": {"uniform": [0, 1]}, "seed": 3}}
    model = model_of({"plaquettes": "-n_a*n_b*n_c*n_d*a*b*c*d", "fields": fields})
    n = model.system.interactions.values("n", {})
    state = random_state(model.spin, model.geometry, np.random.default_rng(1))
    product = n * state[..., 0, 0]
    around = [np.roll(product, shift, (0, 1)) for shift in ((0, 0), (-1, 0), (-1, -1), (0, -1))]
    energy = -np.prod(around, axis=0)[:-1].sum()  # x is open
    assert measured(PlainModel(model), state) == pytest.approx(energy, rel=1e-12)
    assert fault(model) == ""


def lattice_keys() -> dict[str, Any]:
    return {"type": "square", "shape": SHAPE}


@pytest.mark.parametrize(
    ("bonds", "symmetric"),
    [("-n_a*n_b*a*b", True), ("-n_a*a - n_b*b", True), ("-n_a*a*b", False), ("-(n_a - n_b)*a*b", False)],
)
def test_a_bond_that_tells_its_ends_apart_by_a_field_gets_a_remark(bonds, symmetric):
    model = model_of({"bonds": bonds, "fields": {"n": {"random": {"uniform": [0, 1]}}}})
    assert bool(list(_directions(model))) is not symmetric


def test_a_linear_field_knows_a_field_at_two_places_apart():
    fields = {"n": {"random": {"uniform": [0.5, 1]}}}
    keys = {"spin": {"vector": 3}, "algorithm": "heat_bath"}
    model = model_of({"bonds": "-dot(a, b)/(n_a - n_b)", "fields": fields}, **keys)
    model.check(None)
    assert fault(model) == ""


CASES = {
    "bare field": ({"bonds": "-n*a*b", "fields": {"n": "x"}}, "hamiltonian.bonds", "write n_a, n_b"),
    "third end": ({"bonds": "-n_c*a*b", "fields": {"n": "x"}}, "hamiltonian.bonds", "unknown name 'n_c'"),
    "two meanings": (
        {"bonds": "-n_a*a*b", "fields": {"n": "x"}, "couplings": {"n_a": {"nn": 1.0}}},
        "hamiltonian.bonds",
        "rename one of them",
    ),
    "spin in a coupling": ({"bonds": "-J*a*b", "couplings": {"J": "a"}}, "hamiltonian.couplings.J", "unknown name"),
    "not finite": ({"bonds": "-J*a*b", "couplings": {"J": "1/x"}}, "hamiltonian.couplings.J", "at every bond"),
    "empty": ({"bonds": "-J*a*b", "couplings": {"J": {}}}, "hamiltonian.couplings.J", "a formula of the position"),
}


def refused(model: dict[str, Any]) -> Any:
    with pytest.raises(ExperimentError) as caught:
        resolve({"model": model, "run": {"seed": 1, "sweeps": 10}})
    (problem,) = caught.value.problems
    return problem


@pytest.mark.parametrize("case", CASES)
def test_it_is_refused_in_one_line_at_its_key(case):
    hamiltonian, place, words = CASES[case]
    keys = {"type": "spins", "lattice": lattice_keys(), "parameters": {"temperature": 1.0}}
    problem = refused({**keys, "spin": {"states": [-1, 1]}, "hamiltonian": hamiltonian})
    assert problem.path == f"model.{place}"
    assert words in problem.message


def test_a_file_of_couplings_must_fit_and_is_refused_at_its_key(tmp_path):
    np.save(tmp_path / "J.npy", np.ones(SHAPE))
    keys = {"type": "edwards_anderson", "lattice": lattice_keys(), "parameters": {"temperature": 1.0}}
    problem = refused({**keys, "couplings": {"file": str(tmp_path / "J.npy")}})
    assert problem.path == "model.couplings"
    assert "has the shape [3, 4]; [3, 4, 2] is needed" in problem.message


def test_the_disorder_stands_in_the_result_and_can_be_read_back(tmp_path):
    document = {
        "model": {
            "type": "spins",
            "lattice": {"type": "kagome", "shape": SHAPE},
            "parameters": {"temperature": 1.0},
            "spin": {"states": [-1, 1]},
            "hamiltonian": {
                "bonds": "-J*n_a*n_b*a*b",
                "couplings": {"J": {"random": {"normal": [0, 1]}, "seed": 2}},
                "fields": {"n": {"random": {"choice": [0, 1]}, "seed": 3}},
            },
        },
        "run": {"seed": 1, "thermalization": 2, "sweeps": 20},
    }
    first = run(document, out=tmp_path / "first")
    result = read_result(first.path / "result.h5")
    disorder = result.groups["disorder"].variables
    interactions = resolve(document).model.system.interactions
    for name, dims, count in (("J", ("x", "y", "J_bond"), 6), ("n", ("x", "y", "basis"), 3)):
        assert disorder[name].dims == dims
        expected = np.stack([interactions.values(f"{name}{k}", {}) for k in range(count)], axis=-1)
        assert disorder[name].data.tobytes() == expected.tobytes()
    assert "0: nn 0 [0, 0] - 1 [0, 0]" in disorder["J"].long_name
    given = {"file": str(first.path / "result.h5"), "dataset": "disorder/J"}
    again = {**document, "model": {**document["model"], "hamiltonian": {**document["model"]["hamiltonian"]}}}
    again["model"]["hamiltonian"]["couplings"] = {"J": given}
    second = read_result(run(again, out=tmp_path / "second").path / "result.h5").groups["disorder"].variables
    assert second["J"].data.tobytes() == disorder["J"].data.tobytes()


def test_a_run_without_disorder_has_no_group_for_it(tmp_path):
    document = {
        "model": {"type": "ising", "lattice": lattice_keys(), "parameters": {"temperature": 1.0}},
        "run": {"seed": 1, "thermalization": 2, "sweeps": 4},
    }
    assert "disorder" not in read_result(run(document, out=tmp_path / "a").path / "result.h5").groups


@pytest.mark.slow
def test_bits_do_not_depend_on_the_number_of_workers_and_a_resume():
    """With fields at both ends of bonds, couplings by place, shells, and observables beyond the reach of the energy."""
    document = {
        "model": {
            "type": "spins",
            "lattice": {"type": "square", "shape": [9, 7], "boundary": {"x": "open", "y": "antiperiodic"}, "shells": 3},
            "parameters": {"temperature": 1.5},
            "spin": {"vector": 3},
            "hamiltonian": {
                "bonds": {"shell1": "-J*n_a*n_b*dot(a, b)", "shell2": "0.3*n_b*dot(a, b)"},
                "couplings": {"J": "1 + 0.1*x"},
                "fields": {"n": {"random": {"uniform": [0, 1]}}},
            },
            "algorithm": "heat_bath",
        },
        "run": {"seed": 1, "thermalization": 4, "sweeps": 20},
        "output": {"observables": {"far": "mean_over(shell3, n_a*dot(a, b))", "squares": "mean(far**2)"}},
    }
    assert len({row.digest for row in verify(document, workers=(1, 2, 3, 7))}) == 1


@pytest.mark.parametrize("kind", ["spins", "edwards_anderson"])
def test_on_a_smaller_lattice_a_file_becomes_random_numbers_of_its_range(kind, tmp_path):
    np.save(tmp_path / "J.npy", np.random.default_rng(3).uniform(2.0, 3.0, (*SHAPE, 2)))
    file = {"file": str(tmp_path / "J.npy")}
    keys: dict[str, Any] = {"lattice": lattice_keys(), "parameters": {"temperature": 1.0}}
    if kind == "spins":
        keys |= {"spin": {"states": [-1, 1]}, "hamiltonian": {"bonds": "-J*a*b", "couplings": {"J": file}}}
    else:
        keys |= {"couplings": file}
    model = resolve({"model": {"type": kind, **keys}, "run": {"seed": 1, "sweeps": 10}}).model
    assert isinstance(model, SpinModel)
    found = resized(model, (2, 3))
    found.check(None)
    (values, axes, _) = found.quenched()["J"]
    assert (values.shape, axes) == ((2, 3, 2), ("J_bond",))
    assert 2.0 <= values.min() < values.max() <= 3.0
