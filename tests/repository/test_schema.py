"""The schema that editors use is the one that simcore checks by, and the shipped experiments keep to it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from simcore.config import read
from simcore.models import registry
from simcore.runs.experiment import resolve
from simcore.sweeps.schema import schema

ROOT = Path(__file__).parents[2]
CONFIGS = sorted((ROOT / "configs").glob("*.yaml"))
RUNS = [path for path in CONFIGS if "sweep" not in read(path).data]
EXAMPLES = [registry.find(name).example for name in registry.names()]
VALIDATOR = Draft202012Validator(schema())


def test_the_schema_itself_is_valid():
    Draft202012Validator.check_schema(schema())


def test_the_schema_in_docs_is_what_the_command_prints():
    printed = subprocess.run(
        [sys.executable, "-m", "simcore", "schema"], capture_output=True, text=True, check=True
    ).stdout
    assert (ROOT / "docs/schema.json").read_text() == printed, "run: simcore schema > docs/schema.json"


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.name)
def test_a_shipped_experiment_keeps_to_the_schema_and_names_it(path):
    assert path.read_text().startswith("# yaml-language-server: $schema=../docs/schema.json\n")
    assert [error.message for error in VALIDATOR.iter_errors(read(path).data)] == []


@pytest.mark.parametrize("path", RUNS, ids=lambda path: path.name)
def test_a_shipped_experiment_resolves_to_one_that_keeps_to_the_schema(path, tmp_path):
    resolved = tmp_path / "resolved.yaml"
    resolved.write_text(resolve(path).to_yaml())
    assert [error.message for error in VALIDATOR.iter_errors(read(resolved).data)] == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("model", "parameters", "temprature"), 1.0),
        (("model", "parameters", "temperature"), "2.2 %"),
        (("model", "parameters", "temperature"), [2.0]),
        (("model", "parameters", "temperature"), -1.0),
        (("model", "type"), "isnig"),
        (("run", "sweeps"), 0.5),
        (("checkpoint", "every"), "60 parsec"),
        (("outptu",), {}),
    ],
)
def test_the_schema_refuses_what_simcore_refuses(path, value):
    from simcore.errors import ExperimentError

    experiment = read(ROOT / "configs/ising-2d.yaml").data
    section = experiment
    for key in path[:-1]:
        section = section.setdefault(key, {})
    section[path[-1]] = value
    assert list(VALIDATOR.iter_errors(experiment))
    with pytest.raises(ExperimentError):
        resolve(experiment)
