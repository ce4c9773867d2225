"""Whole runs on graphs: the same bits for any number of workers, fields by the numbers of the sites, disorder kept."""

import numpy as np
import pytest

from simcore.runs.directory import RunDirectory
from simcore.runs.experiment import resolve
from simcore.runs.run import conduct, resume, run
from simcore.runs.verify import digest
from simcore.storage.result import read_result
from tests.models.spins.test_graphs import random_edges

SITES = 9 * 1024 + 100  # ten rows


def experiment(**run_keys):
    return {
        "name": "graph",
        "model": {
            "type": "spins",
            "lattice": {"type": "graph", "edges": {"file": "edges.npy"}, "sites": SITES},
            "parameters": {"temperature": 1.1},
            "spin": {"states": [-1, 1]},
            "hamiltonian": {
                "bonds": "-J*a*b",
                "sites": "-h*a",
                "couplings": {"J": {"random": {"normal": [0, 1]}, "seed": 5}},
                "fields": {"h": {"file": "h.npy"}},
            },
            "initial": {"file": "start.npy"},
        },
        "run": {"seed": 7, "thermalization": 5, "sweeps": 25, "measure_every": 3, **run_keys},
        "checkpoint": {"every": "10 steps"},
        "output": {"fields": {"every": "15 steps"}},
    }


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    generator = np.random.default_rng(2)
    np.save("edges.npy", random_edges(SITES, 2 * SITES))
    np.save("h.npy", generator.normal(size=SITES))
    np.save("start.npy", generator.choice([-1, 1], SITES))
    return tmp_path


@pytest.mark.usefixtures("folder")
def test_any_number_of_workers_and_a_resumed_run_give_the_same_bits(tmp_path):
    found = {digest(run(experiment(), workers=n, out=tmp_path / f"{n}").path) for n in (1, 2, 3, 7)}
    run(experiment(sweeps=12), workers=2, out=tmp_path / "parts")
    resume(tmp_path / "parts", workers=3, overrides=["run.sweeps=25"])
    assert found == {digest(tmp_path / "parts")}


@pytest.mark.usefixtures("folder")
def test_fields_and_disorder_go_by_the_numbers_of_the_sites_and_edges(tmp_path):
    """The energy of the last snapshot, edge by edge from the result alone, is the last one of the series."""
    outcome = conduct(resolve(experiment()), RunDirectory(tmp_path / "run"), 1, alone=True)
    groups = read_result(outcome.path / "result.h5").groups
    fields, series = groups["fields"].variables, groups["series"].variables
    J, h = (groups["disorder"].variables[name] for name in ("J", "h"))
    assert J.dims == ("J_edge",)
    assert h.dims == ("x",)
    np.testing.assert_array_equal(h.data, np.load("h.npy"))
    one, other = np.load("edges.npy").T
    spins = np.asarray(fields["s"].data, float)
    energy = -(J.data * spins[-1, one] * spins[-1, other]).sum() - (h.data * spins[-1]).sum()
    assert series["energy"].data[-1] == pytest.approx(energy / SITES, rel=1e-12)
    model = resolve(experiment()).model
    (start,), (field,) = [array.initial for array in model.state() if not array.hidden], model.result_fields()
    np.testing.assert_array_equal(field.assemble(start), np.load("start.npy"))
    again = experiment()
    again["model"]["hamiltonian"]["couplings"]["J"] = {"file": str(outcome.path / "result.h5"), "dataset": "disorder/J"}
    np.testing.assert_array_equal(resolve(again).model.quenched()["J"][0], J.data)
