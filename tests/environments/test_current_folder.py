"""What lies in the current folder is no part of simcore: no program that it starts imports it by accident."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.environments.conftest import HEAT

FOREST_FIRE = Path(__file__).parents[2] / "docs" / "examples" / "forest_fire.py"
STRANGERS = (
    "random",
    "math",
    "typing",
    "numbers",
    "selectors",
    "struct",
    "statistics",
    "numpy",
    "h5py",
    "simcore/__init__",
)
SWEEP = f"{HEAT}sweep: {{grid: {{model.parameters.D: [0.5, 1.0]}}}}\n"


@pytest.fixture
def strangers(folder):
    """Files with the names of modules, beside the experiment; returns who was imported."""
    for name in STRANGERS:
        file = folder / f"{name}.py"
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"with open({str(folder / 'seen')!r}, 'a') as f: f.write('{name} ')\n")

    def imported() -> str:
        seen = folder / "seen"
        return seen.read_text() if seen.exists() else ""

    return imported


RUN = ["run", "heat.yaml", "--out", "out"]
COMMANDS = [
    [RUN, ["resume", "out", "--set", "run.steps=300"]],
    pytest.param([["sweep", "sweep.yaml", "--out", "points", "--workers", "2"]], marks=pytest.mark.slow),
    pytest.param([["verify", "heat.yaml", "--workers", "2"], ["plan", "heat.yaml"]], marks=pytest.mark.slow),
]


@pytest.mark.parametrize("commands", COMMANDS)
def test_no_command_runs_a_random_py_that_lies_in_the_current_folder(commands, folder, simcore, strangers):
    (folder / "sweep.yaml").write_text(SWEEP)
    for command in commands:
        done = simcore(*command)
        assert (done.returncode, done.stderr, strangers()) == (0, "", ""), command


@pytest.mark.parametrize(
    "kind", ["models.fire:ForestFire", pytest.param("models/fire.py:ForestFire", marks=pytest.mark.slow)]
)
def test_a_model_in_the_current_folder_works_beside_them(kind, folder, simcore, strangers):
    (folder / "models").mkdir()
    shutil.copy(FOREST_FIRE, folder / "models" / "fire.py")
    (folder / "fire.yaml").write_text(
        f"model: {{type: '{kind}', size: 16}}\nrun: {{seed: 1, sweeps: 20, measure_every: 5, workers: 2}}\n"
    )
    done = simcore("run", "fire.yaml", "--out", "out")
    assert (done.returncode, done.stderr, strangers()) == (0, "", "")
