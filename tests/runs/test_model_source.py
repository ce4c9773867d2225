"""An edit of a user's model is another model, wherever its source lies; what it does not lead to does not count."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from simcore import Model, Observable, Parameters, Phase, StateArray
from simcore.runs.experiment import resolve

KERNELS = """
RATE = 0.5

def decay(value):
    return value - RATE * value
"""
BASE = """
import numpy as np
from simcore import Model, Observable, Parameters, Phase, StateArray

class Base(Model):
    parameters: Parameters = Parameters()
    cells: int = 4

    def state(self):
        return [StateArray("u", (self.cells,), "float64", np.ones(self.cells))]
"""
MODEL = """
from simcore import Observable, Phase
from {package}kernels import decay
from {package}base import Base

def step(u, i):
    return decay(u[i])

def value(u, i):
    return u[i]

class Decay(Base):
    def phases(self):
        return [Phase(step, "u", own_cell=True)]

    def observables(self):
        return [Observable("mean", value)]
"""
ASK = """
import sys
from simcore.runs.experiment import resolve
experiment = resolve({"model": {"type": sys.argv[1]}, "run": {"seed": 1, "sweeps": 5}})
print(experiment.identity(), experiment.source, experiment.key)
"""
TYPED = """
import sys
from simcore import Model, Observable, Parameters, Phase, StateArray
import numpy as np

RATE = 0.5

def decay(value):
    return value - RATE * value

def step(u, i):
    return decay(u[i])

def value(u, i):
    return u[i]

class Decay(Model):
    parameters: Parameters = Parameters()

    def state(self):
        return [StateArray("u", (4,), "float64", np.ones(4))]

    def phases(self):
        return [Phase(step, "u", own_cell=True)]

    def observables(self):
        return [Observable("mean", value)]

from simcore.runs.experiment import resolve
experiment = resolve({"model": {"type": Decay}, "run": {"seed": 1, "sweeps": 5}})
print(experiment.identity(), experiment.source, experiment.key)
"""


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A package `mine` and a file `decay.py` of the same model, with modules beside them."""
    for place, package in ((tmp_path / "mine", "mine."), (tmp_path, "")):
        place.mkdir(exist_ok=True)
        (place / "kernels.py").write_text(KERNELS)
        (place / "base.py").write_text(BASE)
        (place / "decay.py").write_text(MODEL.replace("{package}", package))
        (place / "unrelated.py").write_text("")
    (tmp_path / "mine" / "__init__.py").write_text("")
    return tmp_path


def asked(directory: Path, *arguments: str) -> list[str]:
    """Identity, source and key, by a Python of its own."""
    command = [sys.executable, "-B", *arguments]
    done = subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.mark.parametrize("kind", ["mine.decay:Decay", "decay.py:Decay"])
def test_every_file_that_a_model_leads_to_counts_and_no_other(desk, kind):
    place = desk / "mine" if kind.startswith("mine") else desk
    first = asked(desk, "-c", ASK, kind)
    (place / "unrelated.py").write_text("x = 1\n")
    assert asked(desk, "-c", ASK, kind) == first
    seen = [first]
    for name, old, new in (
        ("decay.py", "decay(u[i])", "2.0 * decay(u[i])"),
        ("kernels.py", "RATE = 0.5", "RATE = 0.25"),
        ("base.py", "np.ones", "np.zeros"),
    ):
        file = place / name
        file.write_text(file.read_text().replace(old, new))
        seen.append(asked(desk, "-c", ASK, kind))
    assert len({identity for identity, _, _ in seen}) == 4
    assert len({source for _, source, _ in seen}) == 4
    assert len({key for _, _, key in seen}) == 1, "the same random numbers, so that versions can be compared"


def test_a_script_counts_by_the_code_of_its_model_alone(tmp_path):
    script = tmp_path / "study.py"

    def of(text: str, *how: str) -> str:
        script.write_text(text)
        return asked(tmp_path, *(how or (str(script),)))[1]

    first = of(TYPED)
    assert of("# a remark\n\n" + TYPED + "\nprint('more of the study')\n") == first
    assert of(TYPED, "-c", TYPED) == first
    edits = [("RATE = 0.5", "RATE = 0.25"), ("decay(u[i])", "-decay(u[i])"), ("value - RATE", "value + RATE")]
    assert len({first, *(of(TYPED.replace(*edit)) for edit in edits), of(TYPED.replace("np.ones", "np.zeros"))}) == 5


def test_a_class_within_a_function_counts_by_its_code():
    def made(rate: float) -> type:
        def step(u, i):
            return u[i] - rate * u[i]

        class Local(Model):
            parameters: Parameters = Parameters()

            def state(self):
                return [StateArray("u", (4,), "float64", np.ones(4))]

            def phases(self):
                return [Phase(step, "u", own_cell=True)]

            def observables(self):
                return [Observable("mean", step)]

        return Local

    def source(kind: type) -> str:
        return resolve({"model": {"type": kind}, "run": {"seed": 1, "sweeps": 5}}).source

    assert source(made(0.5)) == source(made(0.5)) != source(made(0.25))


def test_a_model_of_simcores_own_has_no_source():
    model = {"type": "ising", "lattice": {"size": 4}, "parameters": {"temperature": 2.0}}
    assert resolve({"model": model, "run": {"seed": 1, "sweeps": 5}}).source == ""
