"""`simcore models --source EXPERIMENT`: the code that is compiled."""

from __future__ import annotations

import ast

from typer.testing import CliRunner

from simcore.cli.commands import app


def test_the_source_is_one_module_with_the_formula_and_the_driver():
    result = CliRunner().invoke(app, ["models", "--source", "configs/ising-2d.yaml"])
    assert result.exit_code == 0
    functions = {node.name: node for node in ast.parse(result.stdout).body if isinstance(node, ast.FunctionDef)}
    assert {"metropolis", "energy", "fill_uniforms", "advance"} <= functions.keys()


def test_parameters_are_arguments_so_that_a_sweep_compiles_once():
    texts = [
        CliRunner().invoke(app, ["models", "--source", "configs/ising-2d.yaml", "--set", change]).stdout
        for change in ("model.parameters.temperature=1.0", "model.lattice.shape=[10, 20]")
    ]
    assert texts[0] == texts[1]


def test_a_name_and_a_source_exclude_each_other():
    result = CliRunner().invoke(app, ["models", "ising", "--source", "configs/ising-2d.yaml"])
    assert result.exit_code == 2
