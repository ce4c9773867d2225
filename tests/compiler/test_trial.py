"""What the source of a new kernel does not show is found by the trial of its first step, before anything is created."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from simcore.errors import ExperimentError
from simcore.runs import first_step_check, run
from simcore.runs.experiment import resolve
from simcore.runs.simulation import program_of
from simcore.storage.result import read_result

pytestmark = pytest.mark.usefixtures("nothing_left", "plain_python")

MODEL = """
import numpy as np
from simcore import Model, Observable, Parameters, Periodic, Phase, Sites, StateArray, Wall, parameter

SHAPE = (6, 5)

class Numbers(Parameters):
    far: int = parameter(1)
    draw: int = parameter(0)

def value(u, i, j):
    return u[i, j]

{kernel}

class Mine(Model):
    parameters: Numbers
    halo: int = 1

    def state(self):
        ring = ((Periodic(), Periodic()), (Wall(-1.0, 0.5), Wall(1.0, 0.25)))
        start = lambda stream: stream.normal(SHAPE)
        return [
            StateArray("u", SHAPE, "float64", start, ring, self.halo),
            StateArray("n", SHAPE, "int8", lambda stream: stream.integers(0, 3, SHAPE), ring, self.halo),
        ]

    def phases(self):
        return {phases}

    def constants(self):
        return {{"table": np.arange(4.0)}}

    def observables(self):
        return [Observable("mean_u", {observable})]
"""
EVEN = "Sites(*(np.full(6, x) for x in (0, 5, 2)))"
ALL = "Sites(*(np.full(6, x) for x in (0, 5, 1)))"
PLAIN = "def step(u, n, i, j):\n    return u[i, j - 1] + n[i + 1, j]"


@pytest.fixture(autouse=True)
def no_marks(tmp_path, monkeypatch):
    """What has passed before, by another state of this code perhaps, is not remembered."""
    monkeypatch.setenv("SIMCORE_CACHE_DIR", str(tmp_path / "cache"))


def experiment(place: Path, kernel: str, phases: str = "[Phase(step, 'u')]", observable: str = "value", **numbers):
    (place / "mine.py").write_text(MODEL.format(kernel=kernel, phases=phases, observable=observable))
    model = {"type": f"{place}/mine.py:Mine", "parameters": numbers}
    return {"model": model, "run": {"seed": 3, "sweeps": 4}}


WRONG = {
    "a read at a distance that is worked out": (
        "def step(u, i, j, far):\n    return u[i + far, j]",
        {"far": 2},
        r"a kernel reads 'u' 2 beyond its end along axis 0, and it has halo=1",
    ),
    "the same in an observable": (
        f"{PLAIN}\n\ndef watched(u, i, j, far):\n    return u[i, j - far]",
        {"far": 3, "observable": "watched"},
        r"a kernel reads 'u' 3 beyond its end along axis 1, and it has halo=1",
    ),
    "a random number that is worked out": (
        "def step(u, i, j, draw, random):\n    return u[i, j] + random[draw]",
        {"draw": 1, "phases": "[Phase(step, 'u', draws=1)]"},
        r"step takes random\[1\], and its phase has draws=1",
    ),
    "an entry beyond a table": (
        "def step(u, n, i, j, table):\n    return u[i, j] + table[n[i, j] + 2]",
        {},
        r"step at cell \[.*\]: index 4 is out of bounds for axis 0 with size 4",
    ),
    "neighbours among the sites of a phase": (
        "def step(u, i, j):\n    return u[i, j - 1] + 1.0",
        {"phases": f"[Phase(step, 'u', {ALL})]"},
        r"'u' at cell \[.*\] after a step is .* by compiled code and .* in place it may read no other cell",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_the_source_does_not_show_is_found_before_the_first_step(case, tmp_path):
    kernel, more, words = WRONG[case]
    with pytest.raises(ExperimentError, match=words):
        run(experiment(tmp_path, kernel, **more), workers=1, out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


RIGHT = {
    "two phases, walls and whole numbers": (
        "def step(u, n, i, j, random):\n"
        "    return u[i, j - 1] + 0.25 * u[i + 1, j + 1] - random[0], n[i - 1, j] + 1\n\n"
        "def next(u, n, i, j, random):\n"
        "    return u[i, j] * (n[i, j + 1] > 1) + random[0] + 2.0 * random[1]",
        {"phases": "[Phase(step, ('u', 'n'), draws=1), Phase(next, 'u', draws=2)]"},
    ),
    "in place": (
        "def step(u, i, j, random):\n    return u[i, j - 1] + random[0]",
        {"phases": f"[Phase(step, 'u', {EVEN}, draws=1)]"},
    ),
    "own cell": ("def step(u, i, j):\n    return 2.0 * u[i, j]", {"phases": "[Phase(step, 'u', own_cell=True)]"}),
    "infinite in Python alone": ("def step(u, n, i, j):\n    return min(1.0, 1 / n[i, j])", {}),
}


@pytest.mark.parametrize("case", RIGHT)
def test_what_is_right_passes_and_the_trial_leaves_no_trace_in_the_numbers(case, tmp_path, monkeypatch):
    kernel, more = RIGHT[case]
    source = experiment(tmp_path, kernel, **more)
    program = program_of(resolve(source))
    first_step_check._mark(program).unlink(missing_ok=True)
    tried = run(source, workers=1, out=tmp_path / "tried")
    assert first_step_check.has_passed(program)
    again = run(source, workers=1, out=tmp_path / "again")
    first, second = (read_result(each.path / "result.h5", ["series", "fields"]).groups for each in (tried, again))
    for group in first:
        for name, variable in first[group].variables.items():
            assert np.array_equal(variable.data, second[group].variables[name].data, equal_nan=True), name


def test_a_parameter_that_decides_how_far_a_kernel_reads_is_looked_at_each_time(tmp_path):
    kernel = "def step(u, i, j, far):\n    return u[i + far, j]"
    run(experiment(tmp_path, kernel, far=1), workers=1, out=tmp_path / "one")
    with pytest.raises(ExperimentError, match="a kernel reads 'u' 2 beyond its end along axis 0"):
        run(experiment(tmp_path, kernel, far=2), workers=1, out=tmp_path / "two")


def test_a_source_that_has_passed_is_not_tried_again(tmp_path, monkeypatch):
    source = experiment(tmp_path, PLAIN)
    run(source, workers=1, out=tmp_path / "a")
    monkeypatch.setattr("simcore.runs.first_step_check.FirstStep", None)
    run(source, workers=1, out=tmp_path / "b")
    first_step_check._mark(program_of(resolve(source))).unlink()
    with pytest.raises(ExperimentError, match="NoneType"):
        run(source, workers=1, out=tmp_path / "c")


def test_a_mark_that_others_could_have_made_does_not_count(tmp_path):
    source = experiment(tmp_path, PLAIN)
    run(source, workers=1, out=tmp_path / "a")
    program = program_of(resolve(source))
    assert first_step_check.has_passed(program)
    first_step_check._mark(program).parent.chmod(0o777)
    assert not first_step_check.has_passed(program)


def test_a_wall_whose_coefficients_are_functions_is_no_obstacle(tmp_path):
    """Compiled code fills such ghost cells; plain Python leaves out the cells that read them."""
    place = tmp_path / "mine.py"
    source = experiment(tmp_path, "def scale(j):\n    return -0.5 * j\n\n" + PLAIN)
    place.write_text(place.read_text().replace("Wall(-1.0, 0.5)", "Wall(scale, 0.5)"))
    run(source, workers=1, out=tmp_path / "a")
    assert first_step_check.has_passed(program_of(resolve(source)))


def test_a_wall_of_a_model_without_time_cannot_ask_for_it(tmp_path):
    source = experiment(tmp_path, "def scale(time, j):\n    return time\n\n" + PLAIN)
    place = tmp_path / "mine.py"
    place.write_text(place.read_text().replace("Wall(-1.0, 0.5)", "Wall(scale, 0.5)"))
    with pytest.raises(ExperimentError, match=r"scale .*asks for 'time'"):
        program_of(resolve(source))
