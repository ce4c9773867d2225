"""A package that adds one thing of each kind (docs/examples/plugin), installed and used through the command line."""

from __future__ import annotations

import math
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest

from simcore.plugins import PluginError, Registry
from simcore.runs.verify import digest
from simcore.storage.result import read_estimates, read_result

ROOT = Path(__file__).parents[2]
PLUGIN = ROOT / "docs" / "examples" / "plugin"


def installed(place: Path, name: str, groups: dict[str, dict[str, str]]) -> None:
    """The metadata that an installer would write."""
    info = place / f"{name.replace('-', '_')}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    lines = [f"[{group}]\n" + "".join(f"{key} = {value}\n" for key, value in e.items()) for group, e in groups.items()]
    (info / "entry_points.txt").write_text("\n".join(lines))


@pytest.fixture(scope="module")
def packages(tmp_path_factory):
    """A directory with the example, with a package that cannot be imported, and with two that add the same name."""
    place = tmp_path_factory.mktemp("packages")
    shutil.copytree(PLUGIN / "simcore_extras", place / "simcore_extras")
    project = tomllib.loads((PLUGIN / "pyproject.toml").read_text())["project"]
    installed(place, project["name"], project["entry-points"])
    broken = {
        group: {f"broken{number}": "no_such_module:Thing"} for number, group in enumerate(project["entry-points"])
    }
    installed(place, "broken-package", broken)
    for number in (1, 2):
        installed(place, f"twice-{number}", {"simcore.schemes": {"twice": "simcore_extras.heun:Heun"}})
    installed(place, "no-scheme", {"simcore.schemes": {"text": "simcore_extras.commands:hello"}})
    return place


@pytest.fixture
def simcore(packages, tmp_path):
    def call(*arguments, code=0):
        command = [sys.executable, "-m", "simcore", *arguments]
        environment = {**os.environ, "PYTHONPATH": str(packages)}
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120)
        assert done.returncode == code, done.stderr
        return done

    return call


HEAT = """
model:
  type: heat
  grid: {shape: [16], spacing: 0.5, boundary: periodic}
  parameters: {D: 1.0}
  fields: {u: {initial: "cos(2*pi*x/8)"}}
  scheme: SCHEME
run: {seed: 1, dt: 0.05, steps: 20, measure_every: 20}
output: {observables: {r: "rms(u)"}}
"""
ISING = """
model: {type: ising, lattice: {size: 2}, parameters: {temperature: 3.0, h: 0.4}, algorithm: ALGORITHM}
run: {seed: 1, thermalization: 100, sweeps: 20000, measure_every: 2, operations: [note_energy]}
output: {observables: {share: "up(0)"}}
"""
DECAY = "model: {type: decay, parameters: {rate: 0.5}}\nrun: {dt: 0.1, steps: 20, seed: 1, measure_every: 20}\n"


def test_a_scheme_and_an_observable_of_fields(simcore, tmp_path):
    (tmp_path / "heat.yaml").write_text(HEAT)
    simcore("run", "heat.yaml", "--set", "model.scheme=heun", "--out", "heat")
    series = read_result(tmp_path / "heat" / "result.h5").groups["series"].variables
    # One Fourier mode of the discrete Laplacian: each step multiplies it by 1 + z + z**2/2.
    z = -(2.0 - 2.0 * math.cos(2.0 * math.pi / 16)) / 0.25 * 0.05
    assert series["r"].data[-1] == pytest.approx((1.0 + z + z * z / 2.0) ** 20 / math.sqrt(2.0), rel=1e-13)


def test_an_algorithm_an_observable_of_spins_and_an_operation(simcore, tmp_path):
    (tmp_path / "ising.yaml").write_text(ISING)
    done = simcore("run", "ising.yaml", "--set", "model.algorithm=glauber", "--out", "ising", "--workers", "1")
    assert "step 100: energy" in done.stderr
    found = read_estimates(tmp_path / "ising" / "result.h5")
    spins = np.array([[1 if state >> site & 1 else -1 for site in range(4)] for state in range(16)])
    bonds = ((0, 1), (2, 3), (0, 2), (1, 3))  # each counts twice on a periodic side of 2
    energies = -2.0 * sum(spins[:, a] * spins[:, b] for a, b in bonds) - 0.4 * spins.sum(axis=1)
    weights = np.exp(-energies / 3.0)
    for name, exact in (("energy", energies / 4.0), ("share", (spins > 0).mean(axis=1))):
        z = (found[name] - float(weights @ exact / weights.sum())) / found[f"{name}_error"]
        assert abs(z) < 4.0  # 1 seed in 8,000 for both


def test_a_model_in_a_run_and_in_a_sweep_by_an_executor(simcore, tmp_path):
    (tmp_path / "decay.yaml").write_text(DECAY)
    simcore("run", "decay.yaml", "--out", "decay")
    found = read_estimates(tmp_path / "decay" / "result.h5")["mean_u"]
    assert found == pytest.approx(0.95**20, rel=1e-13)
    assert read_result(tmp_path / "decay" / "result.h5").attributes["model_source"]  # an edit of the package is seen
    (tmp_path / "sweep.yaml").write_text(DECAY + "sweep: {grid: {model.parameters.rate: [0.5, 1.0]}}\n")
    for name, how in (("threads", ["--scheduler", "threads:2"]), ("local", ["--workers", "2"])):
        done = simcore("sweep", "sweep.yaml", *how, "--out", name)
        assert "2 of 2 points done" in done.stdout
    points = [
        {file.parent.name: digest(file.parent) for file in (tmp_path / name).glob("points/*/result.h5")}
        for name in ("threads", "local")
    ]
    assert len(points[0]) == 2
    assert points[0] == points[1]


def test_a_command(simcore):
    assert simcore("hello", "--name", "you").stdout == "hello, you\n"
    shown = simcore("--help").stdout
    assert "hello" in shown
    assert "broken7" in shown
    failed = simcore("broken7", code=2)
    assert failed.stderr.startswith("'broken7' comes from the package broken-package, which fails: ModuleNotFound")
    assert len(failed.stderr.splitlines()) == 1
    assert "decay" in simcore("models").stdout


@pytest.mark.parametrize(
    ("file", "text", "sets", "edited", "change"),
    [
        ("heat.yaml", HEAT, ["model.scheme=heun"], "heun.py", ("times(0.5,", "times(0.4,")),
        ("heat.yaml", HEAT, ["model.scheme=euler"], "observables.py", ("mean(a**2)", "2*mean(a**2)")),
        ("ising.yaml", ISING, ["model.algorithm=glauber", "run.sweeps=20"], "glauber.py", ("1.0 + np", "2.0 + np")),
    ],
)
def test_an_edited_package_does_not_continue_a_run(packages, tmp_path, file, text, sets, edited, change):
    """Else one result would be made of two codes."""
    place = tmp_path / "packages"
    shutil.copytree(packages, place)
    (tmp_path / file).write_text(text)
    environment = {**os.environ, "PYTHONPATH": str(place)}

    def call(*more):
        changes = [part for one in (*sets, *more) for part in ("--set", one)]
        command = [sys.executable, "-m", "simcore", "run", file, *changes, "--out", "out", "--workers", "1", "--resume"]
        if not (tmp_path / "out").exists():
            command.remove("--resume")
        return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120)

    longer = "run.steps=40" if file == "heat.yaml" else "run.sweeps=40"
    first = call()
    assert first.returncode == 0, first.stderr
    source = place / "simcore_extras" / edited
    before = source.read_text()
    assert change[0] in before
    source.write_text(before.replace(*change))
    refused = call(longer)
    assert refused.returncode == 2, refused.stderr
    assert "package simcore_extras" in refused.stderr
    source.write_text(before + "# a comment changes nothing\n")
    assert call(longer).returncode == 0


def test_a_scheme_of_a_package_gives_the_same_bits_for_any_number_of_workers(simcore, tmp_path):
    (tmp_path / "heat.yaml").write_text(HEAT.replace("[16]", "[16, 9]"))
    done = simcore("verify", "heat.yaml", "--set", "model.scheme=heun", "--workers", "1,2,3,7")
    assert len({line.split()[0] for line in done.stdout.splitlines()}) == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (["model.scheme=huen"], "unknown scheme 'huen'; did you mean 'heun'?"),
        (["model.scheme=broken1"], "'broken1' comes from the package broken-package, which fails: ModuleNotFoundError"),
        (["model.scheme=twice"], "'twice' is added by several packages, twice-1, twice-2; uninstall all but one"),
        (["model.scheme=text"], "'text' comes from the package no-scheme, and is not derived from"),
        (["model.type=broken0"], "'broken0' comes from the package broken-package, which fails: ModuleNotFoundError"),
        (["run.operations=[note_enery]"], "unknown operation 'note_enery'; did you mean 'note_energy'?"),
        (["run.operations=[broken5]"], "'broken5' comes from the package broken-package, which fails"),
        (["output={observables: {r: 'rsm(u)'}}"], "did you mean 'rms'"),
    ],
)
def test_a_package_that_fails_is_one_line_and_stops_nothing_else(simcore, tmp_path, changes, words):
    (tmp_path / "heat.yaml").write_text(HEAT.replace("SCHEME", "euler"))
    sets = [part for change in changes for part in ("--set", change)]
    done = simcore("run", "heat.yaml", *sets, "--out", "out", code=2)
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_a_package_takes_no_name_of_simcore(monkeypatch, tmp_path):
    installed(tmp_path, "greedy", {"simcore.test": {"own": "os:sep", "more": "os:sep"}})
    monkeypatch.syspath_prepend(tmp_path)
    registry = Registry("simcore.test", {"own": "mine"}, str)
    assert list(registry) == ["own", "more"]
    assert (registry["own"], registry["more"], len(registry)) == ("mine", os.sep, 2)
    with pytest.raises(KeyError):
        registry["other"]
    assert Registry("simcore.test", {"own": "mine"}, int).usable() == {"own": "mine"}
    with pytest.raises(PluginError, match="is not derived from"):
        Registry("simcore.test", {}, int)["more"]
