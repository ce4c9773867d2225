"""A run that ends above its error targets says so, wherever its numbers are read."""

from __future__ import annotations

import math

import pytest
import yaml

from simcore.runs.targets import error_targets, missed_targets


def experiment(tmp_path, **run):
    document = {
        "name": "small",
        "model": {
            "type": "ising",
            "lattice": {"type": "square", "size": 4},
            "parameters": {"temperature": 3.0},
        },
        "run": {"seed": 1, "sweeps": 400, "workers": 1, **run},
    }
    file = tmp_path / "small.yaml"
    file.write_text(yaml.safe_dump(document))
    return file


@pytest.mark.parametrize(("target", "missed"), [(1e-6, True), (0.5, False)])
def test_a_target_that_is_not_reached_is_said_everywhere(tmp_path, command, target, missed):
    place = tmp_path / "out"
    ran = command("run", experiment(tmp_path, until={"error": {"energy": target}}), "--out", place)
    text = "run.until is not met: the error of energy is "
    assert ran.code == 0
    assert (text in ran.out) == missed
    for form in ((), ("--json",), ("--csv",)):
        shown = command("show", place, *form)
        assert text not in shown.out
        assert (text in shown.err) == missed
    state = command("status", place)
    assert (text if missed else "run.until is met") in state.out
    assert command("report", place).code == 0
    assert (text in (place / "report.html").read_text()) == missed


def test_a_run_without_targets_says_nothing_of_them(tmp_path, command):
    place = tmp_path / "out"
    assert "until" not in command("run", experiment(tmp_path), "--out", place).out
    assert "targets" not in command("status", place).out


def test_an_error_that_is_not_known_reaches_no_target():
    targets = error_targets({"until": {"error": {"energy": 0.1, "m": 0.2}}})
    assert missed_targets(targets, {"energy": 0.1, "m": 0.2}) == ""
    assert "of m is nan, not 0.2" in missed_targets(targets, {"energy": 0.1, "m": math.nan})
    assert "of m is nan" in missed_targets(targets, {"energy": 0.1})
    assert error_targets({"until": {"steady": 1.0}}) == error_targets({}) == {}


def test_a_seed_that_is_too_large_is_said_to_be_so(tmp_path, command):
    found = command("plan", experiment(tmp_path, seed=2**64))
    assert found.code == 2
    assert "run.seed: must be a whole number below 2**63 (9.22e18), not 1.8446744073709552e+19" in found.err
    found = command("plan", experiment(tmp_path, seed=1.5))
    assert "run.seed: must be a whole number, not 1.5" in found.err


@pytest.mark.parametrize(("target", "missed"), [(1e-6, True), (0.5, False)])
def test_points_of_a_sweep_that_miss_their_targets_are_counted(tmp_path, command, target, missed):
    file = experiment(tmp_path, until={"error": {"energy": target}})
    document = yaml.safe_load(file.read_text())
    file.write_text(
        yaml.safe_dump(
            {**document, "sweep": {"grid": {"model.parameters.temperature": [2.5, 3.0]}, "budget": {"cpu": "1 h"}}}
        )
    )
    place = tmp_path / "swept"
    ran = command("sweep", file, "--out", place)
    text = "2 of 2 points that are done do not meet run.until; a larger run.sweeps continues them"
    assert ran.code == 0
    assert (text in ran.err) == missed
    assert (text in command("status", place).out) == missed
    from simcore.analysis.report import write_report

    assert ("run.until" in write_report(place).read_text().partition("Estimates")[0]) == missed
