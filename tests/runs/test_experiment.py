"""The resolved experiment: defaults, totals, the key, the identity."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
import pytest

from simcore.config import InputFile, Interval, Section, override, parameter, read
from simcore.errors import ExperimentError, InvalidValueError
from simcore.runs.experiment import resolve
from simcore.spec.arrays import StateArray
from simcore.spec.model import Model
from simcore.spec.parameters import Parameters


class Numbers(Parameters):
    temperature: float = parameter(above=0.0)
    J: float = parameter(1.0)


class Lattice(Section):
    shape: tuple[int, ...] = (4, 4)


class Spins(Model):
    parameters: Numbers
    lattice: Lattice = Lattice()
    start: Literal["ordered"] | InputFile = "ordered"

    def state(self) -> list[StateArray]:
        return [StateArray("s", self.lattice.shape, np.int8, np.ones(self.lattice.shape, np.int8))]

    def check(self, dt: float | None) -> None:
        if self.parameters.J == 13:
            raise InvalidValueError("model.parameters.J", "must not be 13")
        if self.parameters.J == 14:
            raise InvalidValueError("model.lattice.shape.1", "is unlucky too")
        if self.parameters.J == 15:
            raise ZeroDivisionError("oops\nand more")


class Grid(Model):
    clock: ClassVar[Literal["sweep", "time"]] = "time"

    parameters: Parameters = Parameters()

    def check(self, dt: float | None) -> None:
        if dt is None or dt > 1:
            raise InvalidValueError("run.dt", f"must be at most 1, not {dt}")


def spins(**changes: Any) -> dict[str, Any]:
    model = {"type": Spins, "parameters": {"temperature": 2}}
    return {"model": model, "run": {"seed": 1, "thermalization": 10, "sweeps": 100}} | changes


def grid(**run: Any) -> dict[str, Any]:
    return {"model": {"type": Grid}, "run": {"seed": 1, "dt": 0.1} | run}


def lines(experiment: Any, overrides: Any = ()) -> list[str]:
    with pytest.raises(ExperimentError) as caught:
        resolve(experiment, overrides)
    return str(caught.value).splitlines()


def test_every_default_is_spelled_out() -> None:
    found = resolve(spins())
    assert found.resolved == {
        "model": {
            "type": f"{__name__}:Spins",
            "parameters": {"temperature": 2.0, "J": 1.0},
            "lattice": {"shape": [4, 4]},
            "start": "ordered",
        },
        "run": {
            "seed": 1,
            "replica": 0,
            "replicas": 1,
            "workers": "auto",
            "operations": [],
            "measure_every": 1,
            "thermalization": 10,
            "thermalization_limit": 100_000,
            "sweeps": 100,
        },
        "checkpoint": {"every": "60 s", "keep": 3},
        "output": {"observables": {}, "covariance": [], "fields": {}, "vtk": False},
    }
    assert (found.name, found.total_steps, found.longest_thermalization, found.dt) == (None, 110, 10, None)
    assert (found.model_class, found.checkpoint.every) == (Spins, Interval(seconds=60.0))
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.name = "x"  # type: ignore[misc]


@pytest.mark.parametrize("name", ["ising-2d", "heat", "heat-3d"])
def test_a_resolved_experiment_resolves_to_itself(tmp_path: Path, name: str) -> None:
    first = resolve(Path(__file__).parents[2] / "configs" / f"{name}.yaml", ["run.max_walltime=90 s"])
    (tmp_path / "experiment.yaml").write_text(first.to_yaml())
    second = resolve(tmp_path / "experiment.yaml")
    assert second.resolved == first.resolved
    assert second.to_yaml() == first.to_yaml()
    assert (second.key, second.identity(), second.name) == (first.key, first.identity(), name)


def test_the_name_is_the_files_stem_unless_given(tmp_path: Path) -> None:
    text = "model: {type: ising, lattice: {size: 4}, parameters: {temperature: 2}}\nrun: {sweeps: 1}\n"
    for stem, name in (("some.where", None), ("other", "given")):
        (tmp_path / f"{stem}.yaml").write_text(text + (f"name: {name}\n" if name else ""))
        assert resolve(tmp_path / f"{stem}.yaml").name == (name or stem)


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", " a", "a\n", "x" * 300, 3])
def test_a_name_must_do_as_a_directory(name: object) -> None:
    assert [line.split(":")[0] for line in lines(spins(name=name))] == ["dict name"]


def test_a_seed_is_drawn_and_recorded_where_none_is_given() -> None:
    experiment = spins(run={"sweeps": 1})
    first, second = resolve(experiment), resolve(experiment)
    assert first.run.seed != second.run.seed
    assert first.resolved["run"]["seed"] == first.run.seed
    assert first.key != second.key


def test_the_key_counts_seed_replica_and_model_and_nothing_else() -> None:
    key = resolve(spins()).key
    assert 0 <= key < 2**64
    for same in (
        "run.sweeps=7",
        "run.workers=3",
        "checkpoint.every=5",
        "run.thermalization=3",
        "name=x",
        "run.measure_every=2",
    ):
        assert resolve(spins(), [same]).key == key
    assert resolve(spins(), ["model.parameters.temperature=2.0", "model.parameters.J=1"]).key == key
    others = ["run.seed=2", "run.replica=1", "model.parameters.temperature=2.1", "model.lattice={shape: [4, 5]}"]
    assert len({key, *(resolve(spins(), [other]).key for other in others)}) == 5


def test_the_key_of_an_experiment_stays_what_it_is() -> None:
    """A change here changes the random numbers of every run: the results of old experiments could not be had again."""
    experiment = {
        "model": {"type": "ising", "lattice": {"size": 4}, "parameters": {"temperature": 2.0}},
        "run": {"seed": 1, "sweeps": 1},
    }
    assert resolve(experiment).key == 14540173307277966426


def test_the_identity_counts_what_changes_results_but_no_totals() -> None:
    identity = resolve(spins()).identity()
    for same in (
        "run.sweeps=7",
        "run.workers=3",
        "run.max_walltime=2 h",
        "checkpoint.every=5",
        "output.fields.every=3",
    ):
        assert resolve(spins(), [same]).identity() == identity
    others = ["run.seed=2", "run.measure_every=2", "run.thermalization=3", "model.parameters.J=2"]
    assert len({identity, *(resolve(spins(), [other]).identity() for other in others)}) == 5
    times = [resolve(grid(**run)).identity() for run in ({"steps": 10}, {"t_end": 2}, {"steps": 10, "dt": 0.2})]
    assert times[0] == times[1] != times[2]


def test_a_file_counts_by_its_contents(tmp_path: Path) -> None:
    for name, content in (("a", b"1"), ("b", b"1"), ("c", b"2")):
        (tmp_path / name).write_bytes(content)
    a, b, c = (resolve(spins(), {"model.start": tmp_path / name}) for name in "abc")
    assert a.key == b.key != c.key
    assert a.identity() == b.identity() != c.identity()
    assert a.resolved["model"]["start"] == str(tmp_path / "a")


def test_an_array_file_counts_by_its_contents_too(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.ones((4, 4)))
    np.save(tmp_path / "b.npy", np.ones((4, 4)))
    np.save(tmp_path / "c.npy", np.zeros((4, 4)))
    experiment = {
        "model": {"type": "heat", "grid": {"shape": [4, 4]}, "parameters": {"D": 1.0}, "fields": {"u": {}}},
        "run": {"seed": 1, "dt": 0.1, "steps": 1},
    }
    found = [resolve(experiment, {"model.fields.u.initial": {"file": tmp_path / f"{n}.npy"}}) for n in "abc"]
    assert found[0].key == found[1].key != found[2].key


def test_a_users_model_file_moves_with_its_key_and_an_edit_changes_the_identity(tmp_path: Path) -> None:
    source = "from simcore import Model, Parameters\nclass Mine(Model):\n    parameters: Parameters = Parameters()\n"
    text = "model: {type: mine.py:Mine}\nrun: {seed: 1, sweeps: 5}\n"
    edits = {"one": "", "two": "# a comment\n", "three": "LIMIT = 2\n"}
    for directory, extra in edits.items():
        (tmp_path / directory).mkdir()
        (tmp_path / directory / "mine.py").write_text(source + extra)
        (tmp_path / directory / "x.yaml").write_text(text)
    one, two, three = (resolve(tmp_path / directory / "x.yaml") for directory in ("one", "two", "three"))
    assert one.key == two.key == three.key
    assert one.identity() == two.identity() != three.identity()
    assert one.type == f"{tmp_path}/one/mine.py:Mine"
    (tmp_path / "experiment.yaml").write_text(one.to_yaml())
    again = resolve(tmp_path / "experiment.yaml")
    assert (again.key, again.identity()) == (one.key, one.identity())


@pytest.mark.parametrize(
    ("run", "steps"), [({"steps": 7}, 7), ({"t_end": 5000.0, "dt": 0.1}, 50_000), ({"t_end": 0.3}, 3)]
)
def test_the_total_of_a_model_in_time(run: dict[str, Any], steps: int) -> None:
    found = resolve(grid(**run))
    assert (found.total_steps, found.longest_thermalization, found.dt) == (steps, 0, 0.1)


@pytest.mark.parametrize(
    ("run", "line"),
    [
        ({}, "dict run: must say how long: steps or t_end is required"),
        ({"steps": 1, "t_end": 1.0}, "dict run.t_end: give either steps or t_end, not both"),
        (
            {"t_end": 0.35},
            "dict run.t_end: must be a whole number of steps of dt = 0.1, not 0.35; "
            "the nearest is 0.3 (3 steps) or 0.4 (4 steps)",
        ),
        (
            {"t_end": 0.05},
            "dict run.t_end: must be a whole number of steps of dt = 0.1, not 0.05; the nearest is 0.1 (1 step)",
        ),
        ({"t_end": 1e300}, "dict run.t_end: must be at most 1e15 steps of dt = 0.1, not 1e+300"),
        ({"t_end": 1, "dt": 5e-324}, "dict run.t_end: must be at most 1e15 steps of dt = 4.94065645841247e-324, not 1"),
        ({"steps": 0}, "dict run.steps: must be at least 1, not 0"),
        ({"steps": 1, "dt": 0}, "dict run.dt: must be above 0, not 0"),
        ({"steps": 1, "dt": 2}, "dict run.dt: must be at most 1, not 2.0"),
        ({"steps": 1, "sweeps": 1}, "dict run.sweeps: unknown key; did you mean 'steps'?"),
    ],
)
def test_a_wrong_run_in_time_is_one_line(run: dict[str, Any], line: str) -> None:
    assert lines(grid(**run)) == [line]


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        (
            {"every": "1 s"},
            "every: must count steps or time, as in '1000 steps' or '0.5 time', not 1 s",
        ),
        ({"every": 5, "times": [1]}, "times: give either every or times, not both"),
        ({"times": [0.1, 0.25]}, "times.1: must be a whole number of steps of dt = 0.1, not 0.25"),
        ({"times": [0.1, 2]}, "times.1: must be at most 1, the end of the run, not 2"),
        ({"times": []}, "times: must have at least 1 item, not 0"),
    ],
)
def test_a_wrong_schedule_of_snapshots_is_one_line(fields: dict[str, Any], line: str) -> None:
    (found,) = lines(grid(steps=10) | {"output": {"fields": fields}})
    assert found.startswith(f"dict output.fields.{line}")


def test_snapshots_fall_at_steps() -> None:
    output = resolve(grid(steps=10), {"output.fields.times": [0.7, 0.3]}).output
    assert list(output.fields.marks(0.1, 10)) == [3, 7]
    output = resolve(spins(), {"output.fields.every": 40, "output.fields.names": ["s"]}).output
    assert (list(output.fields.marks(None, 110)), output.fields.names) == ([40, 80], ("s",))
    assert lines(spins(), {"output.fields.names": ["S"]}) == [
        "--set output.fields.names.0: unknown field 'S'; did you mean 's'?"
    ]
    assert lines(spins(), {"output.fields.times": [1.0]}) == [
        "--set output.fields.times: a model that counts sweeps has no times; give 'every' or 'steps'"
    ]


@pytest.mark.parametrize(
    ("J", "line"),
    [
        (13, "dict model.parameters.J: must not be 13"),
        (14, "dict model.lattice.shape.1: is unlucky too"),
        (15, "dict model: the model's own code failed: ZeroDivisionError: oops"),
    ],
)
def test_a_models_refusal_or_fault_is_one_line(J: int, line: str) -> None:
    model = {"type": Spins, "parameters": {"temperature": 1, "J": J}, "lattice": {"shape": [3, 3]}}
    assert lines(spins(model=model)) == [line]


def test_all_problems_of_all_sections_come_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    file.write_text(
        "name: a/b\nmodel:\n  type: ising\n  lattice: {size: 4}\n  parameters: {temprature: 2}\n"
        "run: {sweeps: 0, seed: -1}\ncheckpoint: {every: 3 weeks}\noutput: {field: 1}\n"
        "sweep: {}\nchekpoint: 1\nname: c\n"
    )
    found = [line.removeprefix(f"{file}:") for line in lines(file, ["run.workers=0"])]
    assert [line.split(": ", 2)[:2] for line in found] == [
        ["1:1", "name"],
        ["5:16", "model.parameters.temprature"],
        ["6:7", "run.sweeps"],
        ["6:18", "run.seed"],
        ["7:14", "checkpoint.every"],
        ["8:10", "output.field"],
        ["9:1", "sweep"],
        ["10:1", "chekpoint"],
        ["11:1", "name"],
        ["--set run.workers", "must be at least 1, not 0; also allowed"],
    ]
    assert found[1] == "5:16: model.parameters.temprature: unknown key; did you mean 'temperature'?"
    expected = "9:1: sweep: a sweep stands for many points, and a run is one: simcore sweep FILE, or leave out 'sweep'"
    assert found[6] == expected


@pytest.mark.parametrize(
    ("model", "line"),
    [
        (None, "must be a section with 'type', not null"),
        (3, "must be a section with 'type', not 3"),
        ({}, ".type: missing; one of pde, heat, wave,"),
        ({"type": "isng"}, ".type: unknown model 'isng'; did you mean 'ising'?"),
    ],
)
def test_a_missing_model_is_one_line(model: object, line: str) -> None:
    (found,) = lines({"model": model, "run": {"sweeps": 1}})
    assert found.removeprefix("dict model").removeprefix(": ").startswith(line)


def test_an_empty_experiment_names_both_sections() -> None:
    assert [line.split(":")[0] for line in lines({})] == ["dict model", "dict run.sweeps"]


def test_a_document_may_be_overridden_without_the_file(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text("run: {seed: 1}\n")
    assert override(read(tmp_path / "x.yaml"), ["run.seed=2"]).data == {"run": {"seed": 2}}


def test_resolving_imports_nothing_heavy() -> None:
    code = (
        "import sys\nfrom simcore.runs.experiment import resolve\nresolve(sys.argv[1])\n"
        "print(sorted({name.partition('.')[0] for name in sys.modules} & {'numba', 'h5py', 'scipy', 'xarray', 'rich'}))"
    )
    config = Path(__file__).parents[2] / "configs" / "ising-2d.yaml"
    done = subprocess.run([sys.executable, "-c", code, str(config)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
