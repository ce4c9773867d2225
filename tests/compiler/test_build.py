"""The generated module is named by all that decides what it computes."""

from __future__ import annotations

import importlib.util
import sys

import numpy as np
import pytest

from simcore.compiler.build import build
from simcore.errors import UsageError
from simcore.runs import run
from simcore.spec.arrays import StateArray
from simcore.spec.description import Description
from simcore.spec.observables import Observable
from simcore.spec.phases import Phase
from tests.compiler.conftest import NoParameters, model

CALLEE = "SCALE = {scale}\ndef inner(x):\n    return {inner}\n"
KERNEL = "from callee import inner\ndef update(u, i):\n    return inner(u[i])\ndef value(u, i):\n    return u[i]\n"


def named(tmp_path, scale: float = 2.0, inner: str = "SCALE * x", start: float = 1.0) -> str:
    """The name of the program of a kernel whose callee lies in a file of its own."""
    sys.modules.pop("callee", None)
    space = {}
    for name, text in (("callee", CALLEE.format(scale=scale, inner=inner)), ("kernel", KERNEL)):
        file = tmp_path / f"{name}-{abs(hash((scale, inner)))}.py"
        file.write_text(text)
        spec = importlib.util.spec_from_file_location(name, file)
        module = importlib.util.module_from_spec(spec)
        space[name] = sys.modules[name] = module
        spec.loader.exec_module(module)
    kernel = space["kernel"]
    made = model(
        state=[StateArray("u", (3,), "float64", np.full(3, start))],
        phases=[Phase(kernel.update, "u")],
        observables=[Observable("mean_u", kernel.value)],
    )
    return build(Description(made(parameters=NoParameters()))).code.name


def test_an_edit_in_a_callee_of_another_file_is_a_new_program(tmp_path):
    names = {named(tmp_path), named(tmp_path, scale=3.0), named(tmp_path, inner="SCALE * x + 1")}
    assert len(names) == 3
    assert named(tmp_path) in names


def test_numbers_of_the_experiment_are_no_part_of_the_program(tmp_path):
    """A sweep compiles once."""
    assert named(tmp_path) == named(tmp_path, start=5.0)


def test_plain_python_with_several_workers_is_refused_in_one_line(tmp_path, plain_python):
    experiment = {
        "model": {"type": "ising", "lattice": {"type": "square", "size": 4}, "parameters": {"temperature": 2.0}},
        "run": {"sweeps": 3},
    }
    with pytest.raises(UsageError, match="NUMBA_DISABLE_JIT: plain Python has no barrier; give one worker"):
        run(experiment, workers=2, out=tmp_path / "out")
    assert not (tmp_path / "out").exists()
