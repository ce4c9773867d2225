"""Any function of a user's model reaches the workers and the writer, wherever the model lies."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from simcore.runs import resume, run
from simcore.storage.result import read_result
from simcore.sweeps.launch import LaunchOptions, sweep

pytestmark = pytest.mark.usefixtures("nothing_left")

HELPER = """
def scaled(values, by):
    return by * values
"""
MODEL = """
import numpy as np
from simcore import Field, Model, Observable, Parameters, Periodic, Phase, Reduction, Solve, StateArray, parameter
from {package}helper import scaled

SHAPE = (6, 4)

class Numbers(Parameters):
    rate: float = parameter(0.5)

def value(u, i, j):
    return u[i, j]

def spread(u, i, j):
    return 0.5 * (u[i - 1, j] + u[i + 1, j])

def back(v, i, j):
    return v[i, j]

def doubled(u, i, j):
    return 2.0 * u[i, j]

def double(arrays, time, dt):
    arrays["u"][...] = scaled(arrays["u"], 2.0) + arrays["w"]

def pair(u, w):
    return np.stack([scaled(u, 1.0), w], axis=-1)

class Mini(Model):
    parameters: Numbers
    way: str = "function"

    def state(self):
        ring = ((Periodic(), Periodic()),) * 2
        start = np.arange(24.0).reshape(SHAPE)
        return [
            StateArray("u", SHAPE, "float64", start, ring, 1),
            StateArray("v", SHAPE, "float64", 0.0, work=True),
            StateArray("w", SHAPE, "float64", start**2),
        ]

    def solve(self, arrays, time, dt):
        arrays["u"][...] = scaled(arrays["u"], 4.0 * self.parameters.rate) + arrays["w"]

    def phases(self):
        call = {{"function": double, "method": self.solve, "lambda": lambda a, t, dt: double(a, t, dt)}}
        solve = Solve(call.get(self.way, double), ("u", "w"), ("u",))
        if self.way == "alone":
            return [solve]
        if self.way == "own":
            return [Phase(doubled, "u"), solve]
        return [Phase(spread, "v"), Phase(back, "u"), solve]

    def result_fields(self):
        return [Field("u", ("u",)), Field("both", ("u", "w"), pair, ("component",))]

    def observables(self):
        return [Observable("mean_u", value)]
"""


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    for place, package in ((tmp_path, ""), (tmp_path / "kit", "kit.")):
        place.mkdir(exist_ok=True)
        (place / "helper.py").write_text(HELPER)
        (place / "mini.py").write_text(MODEL.format(package=package))
    (tmp_path / "kit" / "__init__.py").write_text("")
    (tmp_path / "mini.yaml").write_text("model: {type: TYPE, way: WAY, parameters: {}}\nrun: {seed: 1, sweeps: 3}\n")
    return tmp_path


def expected(way: str, steps: int) -> np.ndarray:
    u = np.arange(24.0).reshape(6, 4)
    w = u**2
    for _ in range(steps):
        if way == "own":
            u = 2.0 * u
        elif way != "alone":
            u = 0.5 * (np.roll(u, 1, 0) + np.roll(u, -1, 0))
        u = 2.0 * u + w
    return u


def written(desk: Path, kind: str, way: str) -> Path:
    file = desk / f"{way}.yaml"
    file.write_text((desk / "mini.yaml").read_text().replace("TYPE", kind).replace("WAY", way))
    return file


def fields(path: Path) -> dict[str, np.ndarray]:
    group = read_result(path / "result.h5", ["fields"]).groups["fields"]
    return {name: variable.data for name, variable in group.variables.items()}


@pytest.mark.parametrize("workers", [1, 2, 3, 6])
def test_solve_and_assemble_of_a_model_file(desk, workers):
    path = run(written(desk, "mini.py:Mini", "function"), workers=workers, out=desk / "out").path
    assert np.array_equal(fields(path)["u"][-1], expected("function", 3))
    assert np.array_equal(fields(path)["both"][-1][..., 0], expected("function", 3))
    resume(path, workers=1, overrides=["run.sweeps=5"])
    assert np.array_equal(fields(path)["u"][-1], expected("function", 5))


@pytest.mark.parametrize("way", ["method", "lambda", "alone", "own"])
def test_every_kind_of_function_and_of_step(desk, way):
    path = run(written(desk, "mini.py:Mini", way), workers=2, out=desk / "out").path
    assert np.array_equal(fields(path)["u"][-1], expected(way, 3))


def test_a_module_beside_the_experiment(desk):
    code = "import simcore, sys; simcore.run(sys.argv[1], workers=2, out=sys.argv[2])"
    command = [sys.executable, "-c", code, str(written(desk, "kit.mini:Mini", "function")), str(desk / "out")]
    subprocess.run(command, cwd="/", check=True, capture_output=True)
    assert np.array_equal(fields(desk / "out")["u"][-1], expected("function", 3))


def test_a_sweep_of_a_model_file(desk):
    source = {
        "model": {"type": f"{desk}/mini.py:Mini", "way": "method"},
        "run": {"seed": 1, "sweeps": 3},
        "sweep": {"grid": {"model.parameters.rate": [0.5, 1.0]}},
    }
    outcome = sweep(source, out=desk / "sweep", wishes=LaunchOptions(2))
    assert outcome.done == 2
    assert not outcome.failed
