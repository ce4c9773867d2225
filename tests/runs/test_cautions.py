"""What a run says of its own estimates: in memory, in the file, in tables and in the report."""

from __future__ import annotations

import csv
import io
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import simcore
from simcore.analysis.report.cautions import run_cautions
from simcore.cli import estimates as table
from simcore.runs import run
from simcore.statistics.cautions import Caution

pytestmark = pytest.mark.usefixtures("nothing_left")

SMALL = {"type": "square", "shape": [2, 2]}


def ising(temperature: float, lattice: dict[str, Any] = SMALL, **keys: Any) -> dict[str, Any]:
    model = {"type": "ising", "lattice": lattice, "parameters": {"temperature": temperature}}
    return {"model": model, "run": {"seed": 4, "thermalization": 200, "sweeps": 1000, "measure_every": 1, **keys}}


def words(place: Path) -> dict[str, tuple[str, ...]]:
    return {row.name: row.cautions for row in table.read(place)}


def test_a_frozen_run_knows_that_it_knows_no_error(tmp_path):
    """The exact energy is -1.99598, the specific heat 0.03208 per site: -2 and 0 with error 0 would both be wrong."""
    outcome = run(ising(1.0), out=tmp_path / "r", workers=1)
    for row in table.from_memory(outcome.estimates):
        assert math.isnan(row.error)
        assert math.isnan(row.ess)
        assert Caution.NEVER_CHANGED in row.cautions
    assert table.from_memory(outcome.estimates) == table.read(tmp_path / "r") or words(tmp_path / "r") == {
        row.name: row.cautions for row in table.from_memory(outcome.estimates)
    }
    shown = table.as_table(table.read(tmp_path / "r"))
    assert "-2(nan)" in shown
    assert "never changed: all samples are equal, so the error is unknown" in shown
    (energy, *_) = csv.DictReader(io.StringIO(table.as_csv(table.read(tmp_path / "r"))))
    assert energy["cautions"] == "never changed"
    assert json.loads(table.as_json(table.read(tmp_path / "r")))["energy"]["cautions"] == ["never changed"]


def test_a_frozen_run_does_not_meet_its_target(tmp_path):
    frozen = ising(1.0, until={"error": {"energy": 1e-3}}, sweeps=300)
    outcome = run(frozen, out=tmp_path / "r", workers=1)
    assert not outcome.met
    assert outcome.step == 500


def test_the_report_says_it_too(tmp_path):
    from simcore.analysis.report import write_report

    run(ising(1.0), out=tmp_path / "r", workers=1)
    page = write_report(tmp_path / "r").read_text()
    assert "Never changed: energy, magnetization" in page
    assert "All samples are equal, so the error is unknown" in page


def test_a_good_run_has_no_caution(tmp_path):
    hot = ising(5.0, {"type": "square", "shape": [8, 8]}, sweeps=4000)
    outcome = run(hot, out=tmp_path / "r", workers=1)
    assert {row.cautions for row in table.from_memory(outcome.estimates)} == {()}
    assert "caution" not in table.as_table(table.read(tmp_path / "r"))


def test_a_run_whose_parameter_changes_is_not_told_to_thermalise_longer(tmp_path):
    experiment = ising(3.0)
    experiment["model"]["parameters"]["h"] = {"schedule": "step/300 - 2"}
    run(experiment, out=tmp_path / "r", workers=1)
    assert Caution.NOT_STATIONARY in words(tmp_path / "r")["magnetization"]
    assert not any(Caution.NOT_THERMALIZED in row for row in words(tmp_path / "r").values())
    said = run_cautions(tmp_path / "r", simcore.load(tmp_path / "r"), simcore.status(tmp_path / "r"))
    assert any(line.startswith("Not stationary") for line in said)
    assert not any("thermalised" in line for line in said)


def test_what_is_conserved_has_no_error_and_no_caution(tmp_path):
    conserved = ising(3.0, {"type": "square", "shape": [8, 8]}, sweeps=2000)
    conserved["model"] |= {"algorithm": "kawasaki", "initial": {"composition": {"1": 0.25, "-1": 0.75}}}
    outcome = run(conserved, out=tmp_path / "r", workers=1)
    found = {row.name: row for row in table.from_memory(outcome.estimates)}
    for name in ("magnetization", "abs_magnetization", "susceptibility"):
        assert found[name].error == 0.0
        assert found[name].cautions == ()
    assert found["energy"].error > 0.0


def test_what_is_deterministic_has_no_error_and_no_caution(tmp_path):
    still = {
        "model": {
            "type": "pde",
            "grid": {"shape": [8]},
            "fields": {"u": {"initial": 1}},
            "equations": {"u": "laplace(u)"},
        },
        "run": {"seed": 1, "dt": 0.1, "steps": 100, "measure_every": 1},
    }
    outcome = run(still, out=tmp_path / "r", workers=1)
    assert {(row.error, row.cautions) for row in table.from_memory(outcome.estimates)} == {(0.0, ())}


def test_a_transient_is_marked(tmp_path):
    decay = {
        "model": {"type": "pde", "grid": {"shape": [8]}, "fields": {"u": {"initial": 1}}, "equations": {"u": "-u"}},
        "run": {"seed": 1, "dt": 0.1, "steps": 20, "measure_every": 5},
    }
    outcome = run(decay, out=tmp_path / "r", workers=1)
    assert {row.cautions for row in table.from_memory(outcome.estimates)} == {(Caution.NOT_STATIONARY,)}


def test_functions_of_means_take_the_cautions_of_their_series(tmp_path):
    short = ising(2.269, {"type": "square", "shape": [8, 8]}, sweeps=60)
    outcome = run(short, out=tmp_path / "r", workers=1)
    found = {row.name: row.cautions for row in table.from_memory(outcome.estimates)}
    assert Caution.FEW_SAMPLES in found["susceptibility"]
    assert Caution.FEW_SAMPLES in found["binder"]


def test_loaded_results_carry_them(tmp_path):
    run(ising(1.0), out=tmp_path / "a", workers=1)
    other = ising(1.0)
    other["run"]["seed"] = 5
    run(other, out=tmp_path / "b", workers=1)
    with simcore.load(tmp_path / "a") as tree:
        assert tree["estimates"]["energy"].attrs["cautions"] == "never changed"
        assert "cautions" not in tree.attrs
    both = simcore.load([tmp_path / "a", tmp_path / "b"])
    assert both["estimates"]["energy_caution"].values.tolist() == [4, 8]  # the other changed eight times


@pytest.mark.parametrize("executor", ["processes"])
def test_a_sweep_keeps_the_cautions_of_its_points(tmp_path, executor):
    swept = ising(1.0, sweeps=400)
    swept["sweep"] = {"grid": {"model.parameters.temperature": [1.0, 5.0]}}
    simcore.sweep(swept, out=tmp_path / "s", workers=1)
    with simcore.load(tmp_path / "s") as tree:
        masks = tree["estimates"]["energy_caution"].values.ravel().tolist()
        errors = tree["estimates"]["energy_error"].values.ravel()
    assert [bool(mask & 4) for mask in masks] == [True, False]
    assert np.isnan(errors[0])
    assert np.isfinite(errors[1])
    from simcore.cli import sweep_estimates

    cold, hot = sweep_estimates.read(tmp_path / "s")
    assert Caution.NEVER_CHANGED in cold.rows[0].cautions
    assert Caution.NEVER_CHANGED not in hot.rows[0].cautions
    assert "\nnever changed: all samples are equal" in sweep_estimates.as_table([cold, hot])


def test_a_function_of_a_conserved_zero_says_so_and_nothing_else(tmp_path):
    """Kawasaki at zero magnetisation: the Binder cumulant is 0/0, though all samples are finite."""
    from simcore.analysis.report import write_report

    conserved = ising(3.0, {"type": "square", "shape": [8, 8]}, sweeps=2000)
    conserved["model"] |= {"algorithm": "kawasaki", "initial": {"composition": {"1": 0.5, "-1": 0.5}}}
    outcome = run(conserved, out=tmp_path / "r", workers=1)
    found = {row.name: row for row in table.from_memory(outcome.estimates)}
    assert math.isnan(found["binder"].value)
    assert found["binder"].cautions == (Caution.CONSERVED,)
    assert found["magnetization"].value == found["susceptibility"].value == 0.0
    assert {word for name, row in found.items() if name != "binder" for word in row.cautions} == set()
    shown = table.as_table(table.read(tmp_path / "r"))
    assert "conserved: a function of conserved quantities only, which is undefined here (0/0)" in shown
    page = write_report(tmp_path / "r").read_text()
    assert "Conserved: " in page
    assert "No value of" not in page
    assert "independent samples of" not in page
