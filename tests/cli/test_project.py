"""The commands around results: new, ls, compare, clean, cache, schema --install, --version."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import simcore
from simcore.cli.compare import differences
from simcore.compiler import cache as compiled
from simcore.models import registry
from simcore.runs.experiment import resolve
from simcore.storage.checkpoint import checkpoint_steps

ISING = {
    "model": {"type": "ising", "lattice": {"type": "square", "size": 8}, "parameters": {"temperature": 3.0}},
    "run": {"seed": 1, "sweeps": 300, "measure_every": 1},
    "checkpoint": {"every": "100 steps", "keep": 5},
    "output": {"fields": {"every": "100 steps"}},
}


@pytest.fixture
def runs(tmp_path, monkeypatch) -> Path:
    """Two runs of other temperatures in `results`."""
    monkeypatch.chdir(tmp_path)
    for name, temperature in (("a", 3.0), ("b", 2.0)):
        changes = {"model.parameters.temperature": temperature}
        simcore.run(ISING, workers=1, overrides=changes, out=f"results/deeper/{name}")
    return tmp_path / "results"


def test_the_version_is_printed(command):
    assert command("--version").out == f"simcore {simcore.__version__}\n"


@pytest.mark.parametrize("model", [name for name in registry.names() if registry.find(name).example])
def test_a_new_experiment_of_each_model_is_a_good_one(model, command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    told = command("new", model)
    assert (told.code, told.err, told.out.splitlines()[0]) == (0, "", f"{model}.yaml")
    text = Path(f"{model}.yaml").read_text()
    named = text.partition("\n")[0].partition("$schema=")[2]
    assert json.loads(Path(named).read_text())["title"] == "simcore experiment"
    assert resolve(Path(f"{model}.yaml")).name


def test_a_new_experiment_takes_values_and_overwrites_nothing(command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert command("new", "ising", "--set", "model.parameters.temperature=2.5", "--to", "x.yaml").code == 0
    assert resolve(Path("x.yaml")).model.parameters.temperature == 2.5
    again = command("new", "ising", "--to", "x.yaml")
    assert (again.code, again.err) == (2, "x.yaml exists; --to FILE names another\n")
    wrong = command("new", "isng")
    assert wrong.code == 2
    assert "did you mean 'ising'?" in wrong.err
    assert command("new", "ising", "--set", "model.parameters.temprature=1", "--to", "y.yaml").code == 2
    assert not Path("y.yaml").exists()


def test_ls_lists_runs_below_a_folder(command, runs):
    lines = command("ls").out.splitlines()
    assert [line.split()[:3] for line in lines[1:]] == [["deeper/a", "done", "300"], ["deeper/b", "done", "300"]]
    assert all("ising" in line for line in lines[1:])
    assert command("ls", runs / "nowhere").code == 2


def test_compare_tells_keys_and_standard_errors_apart(command, runs):
    told = command("compare", runs / "deeper/a", runs / "deeper/b").out
    keys, rows = told.split("\n\n")
    assert [line.split() for line in keys.splitlines()[1:]] == [["model.parameters.temperature", "3.0", "2.0"]]
    z = {line.split()[0]: float(line.split()[-1]) for line in rows.splitlines()[1:]}
    assert z["energy"] > 5
    assert z["abs_magnetization"] < -5
    same = command("compare", runs / "deeper/a", runs / "deeper/a").out
    assert same.startswith("the experiments are the same\n")
    assert {line.split()[-1] for line in same.splitlines()[3:]} == {"0"}


def test_differences_of_keys_that_one_has():
    first, second = {"a": {"b": 1, "c": [1, 2]}, "d": None}, {"a": {"b": 1, "c": [1, 3]}, "e": True}
    assert differences(first, second) == [("a.c", "[1, 2]", "[1, 3]"), ("d", "null", "-"), ("e", "-", "true")]


def test_clean_leaves_what_a_run_needs_to_go_on(command, runs):
    place = runs / "deeper/a"
    assert sorted(checkpoint_steps(place / "checkpoints")) == [100, 200, 300]
    (place / "left.tmp").write_text("x")
    tried = command("clean", place, "--dry-run").out
    assert sorted(checkpoint_steps(place / "checkpoints")) == [100, 200, 300]
    assert tried.splitlines()[-1].endswith("would be deleted")
    assert command("clean", runs).code == 0
    assert checkpoint_steps(place / "checkpoints") == [300]
    assert not (place / "left.tmp").exists()
    longer = simcore.resume(place, workers=1, overrides={"run.sweeps": 400})
    whole = simcore.run(ISING, workers=1, overrides={"run.sweeps": 400}, out=runs / "whole")
    assert longer.fields.load().identical(whole.fields.load())
    assert command("clean", runs, "--all").code == 0
    assert checkpoint_steps(place / "checkpoints") == []
    assert float(simcore.load(place)["estimates"]["energy"]) == float(whole.estimates["energy"])


def test_clean_keeps_older_checkpoints_if_the_newest_is_damaged(command, runs):
    newest = runs / "deeper/a/checkpoints/step-300.h5"
    data = bytearray(newest.read_bytes())
    data[len(data) // 2] ^= 1
    newest.write_bytes(data)
    command("clean", runs / "deeper/a", "--all")
    assert sorted(checkpoint_steps(newest.parent)) == [100, 200, 300]


def test_the_cache_is_told_and_cleared(command, tmp_path, monkeypatch):
    monkeypatch.setenv("SIMCORE_CACHE_DIR", str(tmp_path / "cache"))
    for name in ("one", "two"):
        compiled.load(name, "x = 1\n", lambda module: None)
    told = dict(line.split(None, 1) for line in command("cache").out.splitlines())
    assert (told["place"], told["programs"]) == (str(tmp_path / "cache"), "2")
    assert command("cache", "--older", "1").out.startswith("0 programs")
    with open(tmp_path / "cache/one/lock", "a") as lock:
        compiled._flock(lock, compiled.fcntl.LOCK_SH)
        assert command("cache", "--clear").out.endswith("deleted; 1 are in use\n")
    assert [each.name for each in (tmp_path / "cache").iterdir()] == ["one"]


def test_the_schema_is_installed_for_this_user(command, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    place = tmp_path / f"simcore/schema-{simcore.__version__}.json"
    assert command("schema", "--install").out == f"# yaml-language-server: $schema={place}\n"
    assert json.loads(place.read_text())["title"] == "simcore experiment"
