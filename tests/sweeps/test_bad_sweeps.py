"""A bad sweep is one line with its place, exit code 2, and nothing is created."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

import pytest

from simcore.cli import main
from simcore.errors import ExperimentError
from simcore.sweeps.expansion import expand

HEAD = """name: bad
model: {type: ising, lattice: {type: square, size: 8}, parameters: {temperature: 2.0}}
run: {seed: 7, sweeps: 20}
"""
T, S = "model.parameters.temperature", "model.lattice.size"
CASES = [
    ("grid: {model.parameters.temprature: [1]}", "5:10", "unknown key; did you mean 'temperature'?"),
    ("grid: {model.parametres.temperature: [1]}", "5:10", "unknown key; did you mean 'parameters'?"),
    ("grid: {temperature: [1]}", "5:10", f"unknown path; did you mean '{T}'?"),
    ("grid: {modle.lattice.size: [1]}", "5:10", f"unknown path; did you mean '{S}'?"),
    ("grid: {checkpoint.keep: [1, 2]}", "5:10", "only keys of model and run can be swept"),
    ("grid: {run.replica: [1, 2]}", "5:10", "'replicas' of the block"),
    (f"grid: {{{T}: [1, 2, -1]}}", "5:47", "must be above 0, not -1 (point 3: temperature = -1)"),
    (f"grid: {{{T}: [1, hot]}}", "5:44", "must be a number, not the string 'hot'; as a formula, "),
    (f"grid: {{{T}: [1, cold]}}", "5:44", "unknown name 'cold'; allowed: temperature, J, h (point 2: temperature"),
    (f"grid: {{{S}: {{linspace: [1, 4, 3]}}}}", "5:10", "must be a whole number, not 2.5 (point 2: size = 2.5)"),
    ("grid: {model.parameters.h: [0, 1e200]}", "5:34", "must lie between"),
    (f"grid: {{{T}: 5}}", "5:10", "must be a list or a section with linspace, geomspace, arange, range"),
    (f"grid: {{{T}: []}}", "5:10", "must have at least 1 item"),
    ("grid: {}", "5:3", "must have at least 1 item"),
    ("{}", "4:1", "is empty; it needs grid, zip, sample, from or replicas"),
    ("[]", "4:1", "is empty"),
    ("5", "4:1", "must be a section"),
    ("gird: {}", "5:3", "unknown key; did you mean 'grid'?"),
    (f"grid: {{{T}: {{linspce: [1, 2, 3]}}}}", "5:41", "unknown key; did you mean 'linspace'?"),
    (f"grid: {{{T}: {{linspace: [1, 2, 3], arange: [1, 2, 1]}}}}", "5:10", "exactly one of the keys"),
    (f"grid: {{{T}: {{linspace: [1, 2, 2.5]}}}}", "5:58", "must be a whole number, not 2.5"),
    (f"grid: {{{T}: {{arange: [1, 2, -0.1]}}}}", "5:10", "has no values"),
    (f"grid: {{{T}: {{arange: [1, 2, 0]}}}}", "5:10", "the step of arange must not be 0"),
    (f"grid: {{{T}: {{geomspace: [0, 2, 3]}}}}", "5:10", "two ends of the same sign"),
    (f"grid: {{{T}: {{linspace: [1, 2, 1e9]}}}}", "4:1", "1,000,000,000 points are too many"),
    (f"grid: {{{T}: {{arange: [0, 1, 1e-9]}}}}", "4:1", "1,000,000,000 points are too many"),
    (f"grid: {{{T}: {{linspace: [1, 2, 1000]}}}}\n  replicas: 1e6", "4:1", "1,000,000,000 points are too many"),
    (f"sample: {{points: 1e9, ranges: {{{T}: [1, 2]}}}}", "4:1", "1,000,000,000 points are too many"),
    (f"zip: {{{T}: [1, 2, 3], {S}: [4, 6]}}", "5:3", f"must have one length: {T} has 3, {S} has 2"),
    (f"grid: {{{T}: [1, 2]}}\n  zip: {{{T}: [1]}}", "6:9", "is swept twice; first at"),
    ("grid: {model.lattice: [{size: 3}], model.lattice.size: [3]}", "5:38", "lies within model.lattice"),
    (f"grid: {{{T}: [1, 1.0]}}", "5:10", "point 2: temperature = 1 is the same run as point 1"),
    ("grid: {run.sweeps: [10, 20]}", "5:10", "point 2: sweeps = 20 is the same run as point 1: sweeps = 10"),
    ("zip: {run.sweeps: [10, 20]}", "5:9", "point 2: sweeps = 20 is the same run as point 1: sweeps = 10"),
    (f"grid: {{{T}: [1]}}\n  where: temprature < 1", "6:3", "unknown name 'temprature'; did you mean 'temperature'?"),
    (f"grid: {{{T}: [1]}}\n  where: h < 1", "6:3", "unknown name 'h'; allowed: temperature"),
    (f"grid: {{{T}: [1]}}\n  where: temperature <", "6:3", "cannot be read"),
    (f"grid: {{{T}: [1]}}\n  where: temperature", "6:3", "a comparison is expected"),
    (f"grid: {{{T}: [1, 2]}}\n  where: temperature < 1", "6:3", "no point is left of 2"),
    ("grid: {model.algorithm: [metropolis]}\n  where: algorithm < 1", "6:3", "has values that are not numbers"),
    (f"grid: {{{T}: [1]}}\n  replicas: 0", "6:3", "must be at least 1, not 0"),
    (f"sample: {{points: 4, ranges: {{{T}: [3, 1]}}}}", "5:23", "must ascend"),
    (f"sample: {{method: sbol, points: 4, ranges: {{{T}: [1, 3]}}}}", "5:12", "did you mean 'sobol'?"),
    (f"sample: {{points: 4, ranges: {{{T}: {{low: 0, high: 1, scale: log}}}}}}", "5:32", "low above 0"),
    (f"sample: {{points: 4, ranges: {{{T}: {{low: 0.5, high: 1, whole: true}}}}}}", "5:32", "without a point"),
    (f"blocks: [{{replicas: 4}}]\n  grid: {{{T}: [1]}}", "4:1", "blocks stands alone; move 'grid' into one of them"),
    (f"- grid: {{{T}: [1, 2]}}\n  - gird: {{{T}: [1]}}", "6:5", "unknown key; did you mean 'grid'?"),
    ("from: nowhere.csv", "5:3", "cannot be read: No such file or directory"),
    (f"grid: {{{T}: [1]}}\n  workers_per_point: 0", "6:3", "workers_per_point"),
]


def refused(text: str, capsys: Any, command: str = "plan") -> list[str]:
    """The lines that a command says to a file with this `sweep` section, exit code 2."""
    Path("bad.yaml").write_text(HEAD + (f"sweep:\n  {text}\n" if text else ""))
    before = sorted(Path().iterdir())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.argv", ["simcore", command, "bad.yaml"])
        with pytest.raises(SystemExit) as left:
            main()
    assert left.value.code == 2
    assert sorted(Path().iterdir()) == before
    said = capsys.readouterr()
    assert said.out == ""
    return said.err.splitlines()


@pytest.fixture(autouse=True)
def desk(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(("text", "place", "words"), CASES, ids=[case[0].replace("\n", " ") for case in CASES])
def test_a_bad_sweep_is_one_line_with_its_place(text, place, words, capsys):
    begun = time.monotonic()
    (line,) = refused(text, capsys)
    assert line.startswith(f"bad.yaml:{place}: "), line
    assert words in line
    assert time.monotonic() - begun < 60, "too many points are counted, not made"


def test_every_bad_value_is_told_and_of_many_the_first(capsys):
    lines = refused(f"grid: {{{T}: [1, -1, 2, x]}}", capsys)
    assert [re.search(r"point \d", line)[0] for line in lines] == ["point 2", "point 4"]
    bad = ", ".join(map(str, range(-40, 0)))
    lines = refused(f"grid: {{{T}: [1, {bad}]}}", capsys)
    assert len(lines) == 21
    assert lines[-1].endswith("20 more points are refused")


def test_point_731_is_named_with_its_values(capsys):
    values = [*(f"{1 + i / 1000}" for i in range(730)), "0", *(f"{1 + i / 1000}" for i in range(731, 900))]
    (line,) = refused(f"grid: {{{T}: [{', '.join(values)}]}}", capsys, command="sweep")
    assert line.endswith(f"{T}: must be above 0, not 0 (point 731: temperature = 0)")


def test_a_combination_that_will_not_do_is_named(capsys):
    heat = """
model: {type: heat, grid: {shape: [4], spacing: 1.0, boundary: periodic}, parameters: {D: 1.0}, \
fields: {u: {initial: "x"}}}
run: {dt: 0.1, steps: 5}
"""
    Path("bad.yaml").write_text(heat + "sweep: {grid: {run.dt: [0.1, 0.4], model.parameters.D: [1.0, 2.0]}}\n")
    with pytest.raises(ExperimentError) as refusal:
        expand("bad.yaml")
    (problem,) = refusal.value.problems
    assert str(problem) == (
        "bad.yaml:4:30: run.dt: 0.4 is unstable; it must be at most 0.25 (run.allow_unstable: true overrides) "
        "(point 4: dt = 0.4, D = 2)"
    )


@pytest.mark.parametrize(
    ("table", "line", "words"),
    [
        ("temprature\n1\n", "1:1", "no key of the experiment is called 'temprature'; did you mean"),
        ("temperature, size\n1, 4\n2\n", "3:1", "has 1 values, and the header has 2 names"),
        ("temperature, size\n1, 4\n-2, 4\n", "3:1", "must be above 0, not -2 (point 2: temperature = -2, size = 4)"),
        ("temperature, size\n1, 4\n2, x\n", "3:4", "must be a whole number, not the string 'x'"),
        ("temperature, temperature\n1, 4\n", "1:14", "stands twice"),
        ("temperature,\n1, 4\n", "1:13", "a header is empty"),
        ('"temperature", "size"\n"1", "0"\n', "2:6", "must be at least 1, not 0"),
        ("temperature\n", "1:1", "has no points"),
        ("", "1:1", "is empty"),
        ("temperature, size\n1,\n", "2:3", "a value is missing"),
        ('temperature\n"1\n', "2:1", "is no CSV"),
    ],
)
def test_a_bad_table_has_places_of_its_own(table, line, words, capsys):
    Path("points.csv").write_text(table)
    (said,) = refused("from: points.csv", capsys)
    assert re.match(rf"(/.*/)?points\.csv:{line}: ", said), said
    assert words in said


def test_a_sweep_is_no_run_and_a_run_no_sweep(capsys):
    (line,) = refused(f"grid: {{{T}: [1]}}", capsys, command="run")
    assert line.startswith("bad.yaml:4:1: sweep: ")
    assert "simcore sweep" in line
    (line,) = refused("", capsys, command="sweep")
    assert line.startswith("bad.yaml")
    assert "simcore run" in line


def test_a_swept_key_from_the_command_line_has_its_place():
    experiment = {"model": {"type": "ising", "lattice": {"size": 8}, "parameters": {}}, "run": {"sweeps": 5}}
    with pytest.raises(ExperimentError, match=r"--set model.parameters.temperature: must be above 0, not -1"):
        expand({**experiment, "sweep": {"replicas": 2}}, [f"sweep.grid={{{T}: [1, -1]}}"])
