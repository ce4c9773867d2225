"""What is wrong in a user's model is one line with its place in the experiment, before anything is created."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from simcore.errors import ExperimentError
from simcore.runs import run

pytestmark = pytest.mark.usefixtures("nothing_left")

MODEL = """
import numpy as np
import simcore

class Rate(simcore.Parameters):
    rate: float = simcore.parameter(0.5)

def helper(x):
    return x + "s"

def value(u, i):
    return u[i]

def good(u, i):
    return u[i]

{function}

class Mine(simcore.Model):
    parameters: Rate

    def state(self):
        {before_state}
        return [simcore.StateArray("u", (5,), "float64", {initial})]

    def phases(self):
        return [simcore.Phase({update}, "u")]

    def observables(self):
        return [simcore.Observable("mean_u", value)]
"""
EXPERIMENT = """
model:
  type: mine.py:Mine
  parameters: {}
run: {sweeps: 3}
"""
CASES = {
    "a type error in a callee": (
        {"function": "def f(u, i):\n    return helper(u[i])", "update": "f"},
        r"numba cannot compile 'helper', at `return x \+ 's'`: there is no add\(float64, Literal\[str\]\(s\)\)",
    ),
    "an attribute that is none": (
        {"function": "def f(u, i):\n    return u[i].mean()", "update": "f"},
        r"numba cannot compile 'f', at `return u\[i\]\.mean\(\)`: Unknown attribute 'mean' of type float64",
    ),
    "a function numpy lacks": (
        {"function": "def f(u, i):\n    return np.cosine(u[i])", "update": "f"},
        r"numba cannot compile .*has no attribute 'cosine'",
    ),
    "a statement numba lacks": (
        {"function": "def f(u, i):\n    with open('x') as g:\n        pass\n    return u[i]", "update": "f"},
        r"numba cannot compile .*The 'with \(context manager\) as \(variable\):' construct is not supported",
    ),
    "a tuple for one array": (
        {"function": "def f(u, i):\n    return u[i], 1.0", "update": "f"},
        r"numba cannot compile .*f\(u, i\)`: there is no setitem\(array\(float64, 1d, C\), int64, UniTuple",
    ),
    "an unknown argument": (
        {"function": "def f(u, i, rat):\n    return u[i]", "update": "f"},
        r"f asks for 'rat'; did you mean 'rate'\?",
    ),
    "an exception in state()": ({"before_state": "1 / 0"}, r"the model's own code failed: ZeroDivisionError: division"),
    "an initial array of another shape": (
        {"initial": "np.zeros(4)"},
        r"the initial 'u' has the shape \(4,\), not \(5,\)",
    ),
    "an initial function that fails": (
        {"initial": "lambda stream: stream.nonsense"},
        r"the model's own code failed: AttributeError: .*nonsense",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_fault_in_a_model_is_one_line_with_its_place(case, tmp_path):
    changes, words = CASES[case]
    parts = {"function": "", "before_state": "pass", "initial": "np.zeros(5)", "update": "good"} | changes
    (tmp_path / "mine.py").write_text(MODEL.format(**parts))
    file = Path(tmp_path / "mine.yaml")
    file.write_text(EXPERIMENT)
    with pytest.raises(ExperimentError) as error:
        run(file, workers=1, out=tmp_path / "out")
    assert error.value.exit_code == 2
    (problem,) = error.value.problems
    assert re.fullmatch(rf"{re.escape(str(file))}:2:1: model: {words}.*", str(problem))
    assert str(problem).isprintable()
    assert not (tmp_path / "out").exists()
