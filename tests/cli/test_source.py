"""`simcore models --source EXPERIMENT`: the code that is compiled."""

from __future__ import annotations

import ast

import pytest
from typer.testing import CliRunner

from simcore.cli.commands import app

GENERAL = "model.algorithm={type: metropolis, packed: false}"


@pytest.mark.parametrize(
    ("change", "kernel"),
    [((), {"update_colour", "philox4x32_words"}), (("--set", GENERAL), {"metropolis", "fill_uniforms"})],
)
def test_the_source_is_one_module_with_the_formula_and_the_driver(change, kernel):
    result = CliRunner().invoke(app, ["models", "--source", "configs/ising-2d.yaml", *change])
    assert result.exit_code == 0
    functions = {node.name: node for node in ast.parse(result.stdout).body if isinstance(node, ast.FunctionDef)}
    assert {"energy", "advance", *kernel} <= functions.keys()


@pytest.mark.parametrize(("kernel", "shape"), [("model.algorithm=metropolis", [10, 128]), (GENERAL, [10, 20])])
def test_parameters_are_arguments_so_that_a_sweep_compiles_once(kernel, shape):
    command = ["models", "--source", "configs/ising-2d.yaml", "--set", kernel, "--set"]
    texts = [
        CliRunner().invoke(app, [*command, change]).stdout
        for change in ("model.parameters.temperature=1.0", f"model.lattice.shape={shape}")
    ]
    assert texts[0] == texts[1]


def test_a_name_and_a_source_exclude_each_other():
    result = CliRunner().invoke(app, ["models", "ising", "--source", "configs/ising-2d.yaml"])
    assert result.exit_code == 2
