"""Experiments that share parts."""

from __future__ import annotations

import pytest

from simcore.config import read
from simcore.errors import ExperimentError
from simcore.runs.experiment import resolve
from simcore.sweeps.expansion import expand

SHARED = """\
name: shared
model:
  type: ising
  lattice: {type: square, size: 8}
  parameters: {temperature: 2.0, h: 0.5}
run: {seed: 1, sweeps: 10}
"""


@pytest.fixture
def files(tmp_path):
    def write(**texts):
        for name, text in texts.items():
            (tmp_path / f"{name}.yaml").write_text(text)
        return tmp_path / f"{next(iter(texts))}.yaml"

    return write


def test_sections_are_merged_and_the_file_itself_holds(files):
    file = files(mine="include: shared.yaml\nmodel: {parameters: {temperature: 3.0}}\nrun: {seed: 7}\n", shared=SHARED)
    found = resolve(file)
    assert found.name == "mine"
    assert (found.model.parameters.temperature, found.model.parameters.h) == (3.0, 0.5)
    assert (found.run.seed, found.run.sweeps) == (7, 10)
    assert "include" not in found.resolved


def test_later_files_hold_against_earlier_ones_and_files_may_include_others(files):
    file = files(
        mine="include: [first.yaml, second.yaml]\n",
        first="include: shared.yaml\nrun: {seed: 2, measure_every: 5}\n",
        second="run: {seed: 3}\n",
        shared=SHARED,
    )
    run = resolve(file).run
    assert (run.seed, run.measure_every, run.sweeps) == (3, 5, 10)


def test_a_sweep_may_include(files):
    sweep = "include: shared.yaml\nsweep: {grid: {model.parameters.temperature: [2.0, 2.5]}}\n"
    assert len(expand(files(mine=sweep, shared=SHARED)).points) == 2


def test_what_is_wrong_in_an_included_file_is_told_with_its_line(files):
    wrong = SHARED.replace("h: 0.5", "hh: 0.5")
    file = files(mine="include: shared.yaml\nrun: {sed: 7}\n", shared=wrong)
    with pytest.raises(ExperimentError) as caught:
        resolve(file)
    lines = str(caught.value).splitlines()
    assert len(lines) == 2
    assert any(line.startswith(f"{file.parent}/shared.yaml:5:") and "hh: unknown key" in line for line in lines)
    assert any(line.startswith(f"{file}:2:") and "run.sed: unknown key" in line for line in lines)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("include: nowhere.yaml\n", "include: there is no file"),
        ("include: 3\n", "include: must be the path of a file, or a list of paths"),
        ("include: []\n", "include: must be the path of a file, or a list of paths"),
        ("include: mine.yaml\n", "include: files include each other more than 10 deep"),
    ],
)
def test_a_wrong_include_is_one_line(text, words, files):
    file = files(mine=text)
    with pytest.raises(ExperimentError) as caught:
        read(file)
    assert words in str(caught.value)
    assert str(caught.value).startswith(f"{file}:1:1: ")
