"""The guard: it finds whatever decides moves wrongly, and nothing where all is right."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from ruamel.yaml import YAML

from simcore.errors import AuditError
from simcore.models import registry
from simcore.models.spins import linear, local_energy, shared_structure
from simcore.models.spins.algorithms import gaussian, heat_bath, kawasaki, metropolis
from simcore.models.spins.algorithms.exchange import Exchange
from simcore.models.spins.presets.heisenberg import Heisenberg
from simcore.models.spins.spin_model import SpinModel
from simcore.models.spins.spins import Spins
from simcore.random import Stream
from simcore.runs.run import resume, run
from tests.models.spins.test_proofs import NONLINEAR, experiment

V, A = {"vector": 3}, {"angle": True}
SQUARE = {"type": "square", "shape": [6, 6]}
OVER = {"type": "metropolis", "over_relaxation": 1}


@pytest.fixture(autouse=True)
def _nothing_remembered(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """So that a fault of one test is none of the next."""
    monkeypatch.setattr(shared_structure, "REMEMBERED", {})
    linear.slopes.cache_clear()
    local_energy.local_energy.cache_clear()
    yield
    linear.slopes.cache_clear()
    local_energy.local_energy.cache_clear()


def model_of(document: dict[str, Any]) -> Spins:
    return Spins.model_validate({key: value for key, value in document["model"].items() if key != "type"})


def arrays_of(model: SpinModel, key: int = 3) -> dict[str, np.ndarray]:
    """Random spins, and the disorder."""
    spin, geometry = model.system.spin, model.geometry
    held = spin.random((*geometry.shape, geometry.basis), Stream(key))
    parts = np.moveaxis(held.reshape(*geometry.shape, -1), -1, 0)
    drawn = {array.name: np.asarray(array.initial) for array in model.system.disorder()}
    return dict(zip(model.system.arrays.names, parts, strict=True)) | drawn


def fault(model: SpinModel, moves: int = 200) -> str:
    given = {**dict(model.parameters), **model.constants()}
    return model.audit(arrays_of(model), given, moves, 11)


def believed(*_: Any) -> bool:
    """What sampling said of terms behind a condition that no sample met."""
    return True


ISING = experiment({"states": [-1, 1]}, "-a*b", "-0.3*a", lattice=SQUARE, parameters={"temperature": 5.0})


# -- it finds faults ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name in NONLINEAR if name not in ("real jump", "tiny beside large")])
@pytest.mark.parametrize("algorithm", ["metropolis", "heat_bath", OVER], ids=["metropolis", "heat_bath", "over"])
def test_a_term_that_is_dropped_from_the_moves_is_named_with_its_site(name, algorithm, monkeypatch):
    keys, term = NONLINEAR[name]
    monkeypatch.setattr(linear, "at_most", believed)
    monkeypatch.setattr(linear, "first_harmonic", believed)
    found = fault(model_of(experiment(**{**keys, "lattice": {"type": "square", "shape": [6, 6]}}, algorithm=algorithm)))
    assert found.startswith(f"model.hamiltonian.{term}: moves are not decided by the energy")
    assert "At site [" in found


def test_a_curvature_that_is_no_constant_is_found(monkeypatch):
    document = experiment({"real": True}, "(a - b)**2", "0.2*a**4 + a**2", "heat_bath", lattice=SQUARE)
    monkeypatch.setattr(gaussian, "free_curvature", believed)
    assert "a move costs" in fault(model_of(document))


@pytest.mark.parametrize(
    ("owner", "name", "algorithm"),
    [
        (metropolis.Metropolis, "chances", "metropolis"),
        (heat_bath.HeatBath, "chances", "heat_bath"),
        (kawasaki, "costs", "kawasaki"),
    ],
)
def test_a_wrong_entry_of_a_table_is_found(owner, name, algorithm, monkeypatch):
    document = experiment({"states": [-1, 1]}, "-a*b", "-0.3*a", algorithm, SQUARE)
    document["model"]["initial"] = "random"
    right = getattr(owner, name)
    monkeypatch.setattr(owner, name, lambda *arguments: 0.999 * right(*arguments))
    assert "the energy as it is written" in fault(model_of(document))


@pytest.mark.parametrize("spin", [{"states": [-1, 1]}, A, V], ids=["states", "angle", "vector"])
def test_an_exchange_that_leaves_out_the_second_end_is_found(spin, monkeypatch):
    bonds = {"states": "-a*b*J", "angle": "-cos(a - b)", "vector": "-dot(a, b) - a[0]*b[1]"}[next(iter(spin))]
    couplings = {"couplings": {"J": {"random": {"normal": [0, 1]}}}} if "J" in bonds else {}
    document = experiment(spin, bonds, "0", "kawasaki", SQUARE, **couplings)
    document["model"]["initial"] = "random"
    assert fault(model_of(document)) == ""
    monkeypatch.setattr(shared_structure, "REMEMBERED", {})
    right = Exchange.second.func

    def without_last(self: Exchange) -> Any:
        local = right(self)
        return type(local)(local.sites, local.terms[:-1])

    monkeypatch.setattr(Exchange, "second", property(without_last))
    assert "hamiltonian.bonds.nn" in fault(model_of(document))


def test_a_fault_stops_the_run_before_its_first_step(tmp_path, monkeypatch):
    keys, _ = NONLINEAR["film"]
    monkeypatch.setattr(linear, "at_most", believed)
    with pytest.raises(AuditError, match=r"step 0: model\.hamiltonian\.sites: .* At site \[0\]"):
        run(experiment(**keys), workers=2, out=tmp_path / "film")


def test_a_fault_is_found_in_a_model_of_ones_own(monkeypatch):
    class Film(Heisenberg):
        def hamiltonian_keys(self) -> dict[str, Any]:
            return {"bonds": "-J*dot(a, b)", "sites": "where(i == 2, -a[2]**2, 0)"}

    model = Film.model_validate({"lattice": SQUARE, "parameters": {"temperature": 1.0}})
    assert fault(model) == ""
    monkeypatch.setattr(shared_structure, "REMEMBERED", {})
    monkeypatch.setattr(linear, "at_most", believed)
    model = Film.model_validate({"lattice": SQUARE, "parameters": {"temperature": 1.0}})
    assert fault(model).startswith("model.hamiltonian.sites")


# -- it runs -----------------------------------------------------------------------------------------------------------


def test_it_runs_at_both_ends_of_a_run_and_of_its_continuation_with_any_number_of_workers(tmp_path, monkeypatch):
    seen: list[tuple[int, float]] = []
    right = SpinModel.audit

    def audit(self: SpinModel, state: Any, given: Any, moves: int, key: int) -> str:
        before = {name: array.copy() for name, array in state.items()}
        found = right(self, state, given, moves, key)
        assert all(np.array_equal(before[name], array) for name, array in state.items())
        seen.append((moves, float(np.sum(state["s"]))))
        return found

    monkeypatch.setattr(SpinModel, "audit", audit)
    run(ISING, workers=2, out=tmp_path / "x")
    assert len(seen) == 2
    assert seen[0] == (64, 36.0)  # of the ordered start
    assert seen[1][1] < 36.0
    resume(tmp_path / "x", workers=1, overrides=["run.sweeps=20"])
    assert len(seen) == 4
    assert seen[2] == seen[1]


def test_a_fault_at_the_end_stops_the_run(tmp_path, monkeypatch):
    found = iter(["", "model.hamiltonian.sites: wrong"])
    monkeypatch.setattr(SpinModel, "audit", lambda *_: next(found))
    with pytest.raises(AuditError, match=r"step 20: model\.hamiltonian\.sites"):
        run(ISING, workers=1, out=tmp_path / "x")


# -- it finds nothing where all is right ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name in registry.names() if issubclass(registry.find(name), SpinModel)])
def test_nothing_is_found_in_the_examples_of_the_models(name):
    keys = dict(YAML(typ="safe").load(registry.find(name).example)["model"])
    model = registry.find(keys.pop("type")).model_validate(keys)
    assert fault(model) == ""


@pytest.mark.parametrize("size", [1e-30, 1e-9, 1.0, 1e30])
@pytest.mark.parametrize(
    ("spin", "bonds", "sites"),
    [
        ({"states": [-1, 1]}, "-K*a*b", "-K*h*a"),
        ({"states": [0, 1, 2]}, "-K*equal(a, b)", "K*h*a**2"),
        (A, "-K*cos(a - b)", "-K*h*cos(3*a)"),
        (V, "-K*dot(a, b)", "-K*h*a[2]**2"),
        ({"real": True}, "K*(a - b)**2", "K*h*a**4"),
    ],
    ids=["states", "three", "angle", "vector", "real"],
)
@pytest.mark.parametrize("boundary", ["periodic", "open"])
def test_nothing_is_found_at_any_size_of_the_energy(size, spin, bonds, sites, boundary):
    lattice = {"type": "honeycomb", "shape": [3, 4], "boundary": boundary}
    parameters = {"temperature": 0.7 * size, "K": size}
    disorder = {"fields": {"h": {"random": {"normal": [0, 1]}}}}
    assert fault(model_of(experiment(spin, bonds, sites, "metropolis", lattice, parameters, **disorder))) == ""


@pytest.mark.parametrize(
    ("bonds", "sites"),
    [
        ("-dot(a, b) + 1e9 - 1e9*dot(a, b) + 1e9*(dot(a, b) - 1)", "0"),
        ("-dot(a, b)", "1e12 + a[2] - 1e12"),
        ("-dot(a, b)", "1e12*(1 + a[2]) - 1e12*a[2]"),
        ("-dot(a, b)", "where(a[2] > 0.5, 1e90, 0)"),
        ("-dot(a, b)", "exp(200*a[2])"),
    ],
    ids=["cancelling", "offset", "cancelling offset", "hard wall", "very large"],
)
def test_rounding_errors_are_no_faults(bonds, sites):
    assert fault(model_of(experiment(V, bonds, sites, lattice=SQUARE))) == ""


def test_it_takes_less_than_a_hundredth_of_a_second():
    """Both comparisons together are 1 % of a run of a second."""
    for document in (ISING, experiment(V, "-dot(a, b)", "-0.3*a[0]", "heat_bath", SQUARE)):
        model = model_of(document)
        given, arrays = {**dict(model.parameters), **model.constants()}, arrays_of(model)
        model.audit(arrays, given, 1000, 1)
        seconds = []
        for key in range(20):
            began = time.process_time()
            model.audit(arrays, given, 1000, key)
            seconds.append(time.process_time() - began)
        assert min(seconds) < 0.005


def test_of_very_many_bonds_some_are_drawn_and_an_exchange_counts_twice():
    keys = experiment({"states": [-1, 1]}, "-a*b", "0", "kawasaki", lattice={"type": "fcc", "shape": [4, 4, 4]})
    keys["model"]["initial"] = "random"
    guard = model_of(keys)._structure.guard
    assert len(guard.audits) == 24
    chosen = [guard._chosen(key) for key in range(40)]
    assert {len(one) for one in chosen} == {8}
    assert set().union(*chosen) == set(range(24))
    assert guard._chosen(3) == guard._chosen(3) != guard._chosen(4)
    few = model_of(experiment({"states": [-1, 1]}, "-a*b", "0", "kawasaki", lattice=SQUARE))._structure.guard
    assert few._chosen(3) == [0, 1]
