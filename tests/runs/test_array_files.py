"""A file that a model reads counts by its contents: for the identity of a run and for the points of a sweep."""

from __future__ import annotations

import shutil
from pathlib import Path

import h5py
import numpy as np
import pytest

import simcore
from simcore.errors import ExperimentError, InvalidValueError, UsageError
from simcore.runs import resume, run
from simcore.runs.experiment import resolve
from simcore.storage.result import read_result
from simcore.sweeps.expansion import expand

pytestmark = pytest.mark.usefixtures("nothing_left")

MODEL = """
import numpy as np
from simcore import ArrayFile, InputFile, Model, Observable, Parameters, Periodic, Phase, StateArray, parameter

class Where(Parameters):
    rate: float = parameter(0.5)
    field: ArrayFile = parameter(doc="source of each cell")

def step(u, i, j, cmap, field, rate):
    return u[i, j] + cmap[i, j] + rate * field[i + 1, j]

def value(u, i, j):
    return u[i, j]

class Mapped(Model):
    map: ArrayFile = parameter(doc="source of each cell")
    notes: InputFile | None = None
    parameters: Where

    def state(self):
        ring = ((Periodic(), Periodic()),) * 2
        return [StateArray("u", (4, 3), "float64", np.zeros((4, 3)), ring, 1)]

    def phases(self):
        return [Phase(step, "u")]

    def constants(self):
        return {"cmap": self.map.load((4, 3), "model.map"), "field": self.parameters.field.load((4, 3))}

    def observables(self):
        return [Observable("mean_u", value)]
"""
EXPERIMENT = """
name: mapped
model: {type: mapped.py:Mapped, map: map.npy, parameters: {field: {file: field.h5, dataset: a/b}}}
run: {seed: 1, sweeps: SWEEPS}
"""
MAP = np.arange(12.0).reshape(4, 3)
FIELD = MAP**2


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    (tmp_path / "mapped.py").write_text(MODEL)
    (tmp_path / "mapped.yaml").write_text(EXPERIMENT.replace("SWEEPS", "4"))
    np.save(tmp_path / "map.npy", MAP)
    with h5py.File(tmp_path / "field.h5", "w") as file:
        file["a/b"] = FIELD
    return tmp_path


def test_a_file_is_read_relative_to_the_experiment_and_lines_up_with_the_cells(desk, monkeypatch):
    monkeypatch.chdir(desk.parent)
    expected = 4 * (MAP + 0.5 * np.roll(FIELD, -1, 0))
    for workers in (1, 3):
        path = run(desk / "mapped.yaml", workers=workers, out=desk / f"out{workers}").path
        assert np.array_equal(
            read_result(path / "result.h5", ["fields"]).groups["fields"].variables["u"].data[-1], expected
        )


def test_contents_count_and_places_do_not(desk):
    first = resolve(desk / "mapped.yaml")
    elsewhere = desk / "elsewhere"
    elsewhere.mkdir()
    for name in ("mapped.py", "mapped.yaml", "map.npy", "field.h5"):
        shutil.copy(desk / name, elsewhere)
    moved = resolve(elsewhere / "mapped.yaml")
    assert moved.identity() == first.identity()
    assert moved.key == first.key
    np.save(elsewhere / "map.npy", MAP + 1.0)
    assert resolve(elsewhere / "mapped.yaml").identity() != first.identity()


def test_a_run_whose_file_has_changed_does_not_resume(desk):
    path = run(desk / "mapped.yaml", workers=1, out=desk / "out").path
    np.save(desk / "map.npy", MAP + 1.0)
    with pytest.raises(ExperimentError, match=r"model\.map: .*map\.npy has changed since the experiment was resolved"):
        resume(path, overrides=["run.sweeps=8"])
    with pytest.raises(UsageError, match=r"holds another experiment: .*\(model\.map.sha256 differs\)"):
        run(desk / "mapped.yaml", workers=1, out=path, resume=True, overrides=["run.sweeps=8"])
    np.save(desk / "map.npy", MAP)
    assert resume(path, overrides=["run.sweeps=8"]).step == 8


def test_a_sweep_makes_new_points_of_a_file_that_has_changed(desk):
    source = {
        "model": {"type": f"{desk}/mapped.py:Mapped", "map": f"{desk}/map.npy"},
        "run": {"seed": 1, "sweeps": 2},
        "sweep": {"grid": {"model.parameters.rate": [0.5, 1.0]}},
    }
    source["model"]["parameters"] = {"field": {"file": f"{desk}/field.h5", "dataset": "a/b"}}
    before = [point.id for point in expand(source).points]
    assert [point.id for point in expand(source).points] == before
    np.save(desk / "map.npy", MAP + 1.0)
    assert not {point.id for point in expand(source).points} & {*before}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("missing.npy", "missing.npy cannot be read: No such file"),
        ("map.txt", "map.txt must end in .npy"),
        ("3", "must be a file, {file: map.npy}, not 3"),
        ("{file: map.npy, data: x}", "unknown key 'data'; did you mean 'dataset'"),
    ],
)
def test_a_file_that_will_not_do_is_refused_at_its_key(desk, given, words):
    (desk / "map.txt").write_text("1")
    text = (desk / "mapped.yaml").read_text().replace("map: map.npy", f"map: {given}")
    (desk / "mapped.yaml").write_text(text)
    with pytest.raises(ExperimentError) as error:
        resolve(desk / "mapped.yaml")
    assert words in str(error.value)
    assert "mapped.yaml:3:" in str(error.value)


def test_an_array_of_another_shape_is_refused_before_the_first_step(desk):
    np.save(desk / "map.npy", MAP[:3])
    with pytest.raises(ExperimentError, match=r"model\.map: .*has the shape \[3, 3\]; \[4, 3\] is needed"):
        run(desk / "mapped.yaml", workers=1, out=desk / "out")
    assert not (desk / "out").exists()


def test_a_file_that_changes_between_reading_and_loading_is_refused(desk):
    file = simcore.ArrayFile.read({"file": "map.npy"}, desk)
    assert np.array_equal(file.load(), MAP)
    np.save(desk / "map.npy", MAP + 1.0)
    with pytest.raises(InvalidValueError, match="has changed since the experiment was read"):
        file.load((4, 3), "model.map")


def test_both_are_public():
    assert simcore.ArrayFile is not None
    assert {"ArrayFile", "InputFile"} <= {*simcore.__all__}
