"""Models of one's own, compiled, on any number of workers, against NumPy; and what is said of their faults."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from simcore.errors import ExperimentError, NotFiniteError
from simcore.random import Stream, fill_uniforms, key_words
from simcore.runs import resume, run, status
from simcore.runs.experiment import resolve
from simcore.storage.result import read_result
from simcore.sweeps.launch import LaunchOptions, sweep
from simcore.sweeps.planning import plan_sweep

pytestmark = pytest.mark.usefixtures("nothing_left")

MODEL = """
import numpy as np
from simcore import JointStart, Model, Observable, Parameters, Periodic, Phase, StateArray, Wall, parameter

class Numbers(Parameters):
    rate: float = parameter(0.25)

def spread(u, n, i, j, cmap, rate, random):
    flux = cmap[i - 1, j] * u[i - 1, j] + cmap[i + 1, j] * u[i + 1, j] - 2.0 * cmap[i, j] * u[i, j]
    return u[i, j] + rate * flux + random[0], n[i, j - 1]

def value(u, i, j):
    return u[i, j]

def mapped(u, cmap, i, j):
    return cmap[i, j] * u[i, j]

class Mine(Model):
    parameters: Numbers
    size: int = 64
    halo: int = 1

    def state(self):
        shape = (self.size, self.size + 3)
        sides = ((Periodic(), Periodic()), (Periodic(), Periodic()))
        start = JointStart(lambda stream: self.placed(stream, shape))
        return [
            StateArray("u", shape, "float64", start, sides, self.halo),
            StateArray("n", shape, "int32", start, sides, self.halo),
        ]

    def placed(self, stream, shape):
        number = stream.integers(0, 1000, shape)
        return {"n": number, "u": number / 1000.0}

    def constants(self):
        return {"cmap": np.random.default_rng(3).random((self.size, self.size + 3))}

    def phases(self):
        return [Phase(spread, ("u", "n"), draws=1)]

    def observables(self):
        return [Observable("mean_u", value), Observable("weight", mapped, "sum")]
"""
EDITS = {
    "a misspelt argument": ("rate, random):", "rat, random):\n    rate = rat", "asks for 'rat'"),
    "a read beyond the halo": ("u[i - 1, j]", "u[i - 3, j]", r"3 cells away along axis 0, and 'u' has halo=1"),
    "a taken name": ('"n", shape', '"time", shape', "the name 'time' belongs to the engine"),
    "a name of a coordinate": ("def value(u", "def value(x", "'x' is a coordinate of the result"),
}


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    (tmp_path / "mine.py").write_text(MODEL)
    return tmp_path


def experiment(desk: Path, sweeps: int = 6, **model) -> dict:
    return {
        "model": {"type": f"{desk}/mine.py:Mine", "parameters": {}, **model},
        "run": {"seed": 11, "sweeps": sweeps},
        "output": {"fields": {"every": "2 steps"}},
    }


def by_numpy(source: dict, steps: int) -> tuple[dict[str, np.ndarray], list[float]]:
    """The same model, written with rolls of whole arrays."""
    key = resolve(source).key
    size = source["model"].get("size", 64)
    shape = (size, size + 3)
    n = Stream(key).integers(0, 1000, shape)
    u = n / 1000.0
    cmap = np.random.default_rng(3).random(shape)
    weights = []
    for step in range(1, steps + 1):
        drawn = np.empty(shape)
        for row in range(size):
            fill_uniforms(drawn[row], shape[1], row, step, 0, *key_words(key))
        flux = np.roll(cmap * u, 1, 0) + np.roll(cmap * u, -1, 0) - 2.0 * cmap * u
        u = u + 0.25 * flux + drawn
        n = np.roll(n, 1, 1)
        weights.append((cmap * u).sum())
    return {"u": u, "n": n}, weights


def groups(path: Path) -> dict:
    return read_result(path / "result.h5", ["series", "fields"]).groups


def test_constants_and_a_joint_start_on_any_number_of_workers_and_over_a_stop(desk):
    """A constant that lines up, a joint start, neighbours and random numbers: equal to NumPy, and the same bits."""
    source = experiment(desk, 6)
    expected, weights = by_numpy(source, 6)
    bits = set()
    for workers in (1, 2, 3, 7):
        path = run(source, workers=workers, out=desk / f"out{workers}").path
        found = groups(path)
        assert np.allclose(found["fields"].variables["u"].data[-1], expected["u"], rtol=1e-13, atol=1e-13)
        assert np.array_equal(found["fields"].variables["n"].data[-1], expected["n"])
        assert np.allclose(found["series"].variables["weight"].data, weights, rtol=1e-12)
        bits.add(b"".join(v.data.tobytes() for group in found.values() for v in group.variables.values()))
    path = run({**source, "run": {"seed": 11, "sweeps": 3}}, workers=3, out=desk / "half").path
    resume(path, workers=2, overrides=["run.sweeps=6"])
    found = groups(path)
    bits.add(b"".join(v.data.tobytes() for group in found.values() for v in group.variables.values()))
    assert len(bits) == 1


@pytest.mark.parametrize(
    ("start", "words"),
    [
        ('{"n": number}', "the joint start of 'u' gives 'n': it must return the values of each array by name"),
        ("number", "the joint start of 'u' is a ndarray"),
        ('{"n": number, "u": number[1:]}', r"the initial 'u' has the shape \(7, 11\), not \(8, 11\)"),
    ],
)
def test_a_joint_start_that_will_not_do_is_refused(desk, start, words):
    text = MODEL.replace('{"n": number, "u": number / 1000.0}', start)
    (desk / "mine.py").write_text(text)
    with pytest.raises(ExperimentError, match=words):
        run(experiment(desk, size=8), workers=1, out=desk / "out")
    assert not (desk / "out").exists()


@pytest.mark.parametrize("case", EDITS)
def test_a_fault_of_all_points_fails_a_sweep_once_and_its_plan_too(desk, case):
    old, new, words = EDITS[case]
    text = MODEL.replace(old, new)
    if case == "a name of a coordinate":
        text = text.replace('"u"', '"x"').replace("u[", "x[").replace("(u, ", "(x, ")
    (desk / "mine.py").write_text(text)
    source = {**experiment(desk, size=8), "sweep": {"grid": {"model.parameters.rate": [0.1, 0.2, 0.3]}}}
    for call in (
        lambda: sweep(source, out=desk / "s", wishes=LaunchOptions(1)),
        lambda: plan_sweep(source, out=desk / "s"),
    ):
        with pytest.raises(ExperimentError, match=words) as error:
            call()
        assert len(error.value.problems) == 1
    assert not (desk / "s").exists()


def test_a_point_with_a_fault_of_its_own_fails_alone(desk):
    text = MODEL.replace(
        "        sides =", "        if self.parameters.rate == 0.1:\n            shape = ()\n        sides ="
    )
    (desk / "mine.py").write_text(text)
    source = {**experiment(desk, size=8), "sweep": {"grid": {"model.parameters.rate": [0.1, 0.2]}}}
    outcome = sweep({**source, "name": "s"}, out=desk / "s", wishes=LaunchOptions(1))
    assert (outcome.done, len(outcome.failed)) == (1, 1)


def test_a_model_without_time_is_told_nothing_of_a_time_step(desk):
    (desk / "mine.py").write_text(MODEL.replace("rate * flux", "rate / (n[i, j] * 0.0)"))
    with pytest.raises(
        NotFiniteError, match=r"'u' is (inf|nan) at cell \[.*\] after step 1: a kernel divides"
    ) as error:
        run(experiment(desk, size=8), workers=1, out=desk / "out")
    assert "time step" not in str(error.value)


def test_status_is_never_behind_the_newest_checkpoint(desk):
    path = run(experiment(desk, size=8), workers=1, out=desk / "out").path
    log = path / "run.log"
    lines = [line for line in log.read_text().splitlines() if '"event": "done"' not in line]
    log.write_text("\n".join(lines) + "\n")
    found = status(path)
    assert (found.step, found.checkpoint, found.total) == (6, 6, 6)
