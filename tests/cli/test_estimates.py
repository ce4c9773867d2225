from __future__ import annotations

import csv
import io
import json
import math
from dataclasses import replace

import numpy as np
import pytest

import simcore
from simcore.cli import estimates, sweep_estimates
from simcore.cli.estimates import Row
from simcore.storage.result import Group, Result, Variable, write_result

ENERGY = Row("energy", -1.43371234, 0.0012, 12.4, 800.0, "J", "energy per site")
LONELY = Row("binder", 0.61, math.nan, math.nan, math.nan, "1", "cumulant")


PARTS = {"": "value", "_error": "error", "_tau": "tau", "_ess": "ess"}
VARIABLES = {
    row.name + part: Variable((), np.float64(getattr(row, name)), row.unit, row.long_name)
    for row in (ENERGY, LONELY)
    for part, name in PARTS.items()
}
RESULT = Result({"estimates": Group(VARIABLES)}, {})


@pytest.fixture
def finished(tmp_path):
    """The directory of a run that is done, with two estimates."""
    write_result(tmp_path / "result.h5", RESULT)
    return tmp_path


def test_estimates_are_read_with_units_and_names(finished):
    rows = {row.name: row for row in estimates.read(finished)}
    assert rows["energy"] == ENERGY
    assert rows["binder"].value == LONELY.value
    assert math.isnan(rows["binder"].error)


def test_the_table_shows_values_in_the_usual_notation():
    table = estimates.as_table([ENERGY, LONELY])
    assert "energy      -1.4337(12)" in table
    assert "binder      0.61(nan)" in table
    assert "12.4 steps" in table


def test_json_has_all_digits_and_null_for_the_unknown():
    read = json.loads(estimates.as_json([ENERGY, LONELY]))
    assert read["energy"]["value"] == ENERGY.value
    assert read["binder"] == {
        "value": 0.61, "error": None, "tau": None, "ess": None, "unit": "1", "long_name": "cumulant", "cautions": []
    }  # fmt: skip


def test_csv_comes_back_to_the_same_numbers():
    (row, _) = csv.DictReader(io.StringIO(estimates.as_csv([ENERGY, LONELY])))
    assert (float(row["value"]), float(row["error"]), row["unit"]) == (ENERGY.value, ENERGY.error, "J")


def test_show_prints_what_is_asked_for(command, finished):
    assert command("show", finished).out == estimates.as_table(estimates.read(finished)) + "\n"
    assert json.loads(command("show", finished, "--json").out)["energy"]["tau"] == 12.4
    assert command("show", finished, "--csv").out.startswith("name,value,error,tau,ess,unit,long_name,cautions\n")
    assert command("show", finished, "--csv", "--json").code == 2


def test_a_run_can_be_read_while_its_tree_is_open(finished):
    with simcore.load(finished), simcore.load(finished):
        assert estimates.read(finished)[0] == ENERGY


def test_without_a_run_it_is_a_usage_error(command, tmp_path):
    for place in (tmp_path, tmp_path / "nowhere"):
        told = command("show", place)
        assert (told.code, told.out) == (2, "")
        assert told.err.startswith(f"{place}: no ")


def test_a_run_that_has_just_ended_is_told_from_memory_as_from_its_file(finished):
    assert str(estimates.from_memory(RESULT.groups["estimates"])) == str(estimates.read(finished))


@pytest.fixture
def swept(tmp_path):
    """The directory of a sweep of 2 x 2 points, of which one has no result."""
    dims = ("size", "replica")
    numbers = np.array([[1.0, 1.5], [2.0, np.nan]])
    done = np.isfinite(numbers)
    sizes = {"": numbers, "_error": numbers / 100, "_tau": numbers * 10, "_ess": numbers * 7}
    variables = {f"energy{part}": Variable(dims, x, "J", "energy per site") for part, x in sizes.items()}
    coordinates = {
        "size": Variable(("size",), np.array(["8x8", "16x16"])),
        "replica": Variable(("replica",), np.array([0, 1])),
        "point_id": Variable(dims, np.array([["a", "b"], ["c", "d"]])),
        "point_done": Variable(dims, done),
    }
    write_result(tmp_path / "estimates.h5", Result({"estimates": Group(variables, coordinates)}, {"alike": ""}))
    (tmp_path / "ledger.jsonl").touch()
    (tmp_path / "experiment.yaml").write_text("name: swept\n")
    return tmp_path


def test_show_prints_a_line_for_each_point_of_a_sweep(command, swept):
    assert command("show", swept).out.splitlines() == [
        "size   replica  energy     caution",
        "8x8    0        1.000(10)  replicas disagree",
        "8x8    1        1.500(15)  replicas disagree",
        "16x16  0        2.000(20)",
        "",
        "replicas disagree: replicas differ by more than their errors; each of them is too short",
    ]


def test_the_points_of_a_sweep_are_objects_in_json(command, swept):
    read = json.loads(command("show", swept, "--json").out)
    assert [point["point"] for point in read] == [
        {"size": "8x8", "replica": 0}, {"size": "8x8", "replica": 1}, {"size": "16x16", "replica": 0}
    ]  # fmt: skip
    assert [point["id"] for point in read] == ["a", "b", "c"]
    energy = {"value": 1.5, "error": 0.015, "tau": 15.0, "ess": 10.5, "unit": "J", "long_name": "energy per site"}
    assert read[1]["estimates"] == {"energy": {**energy, "cautions": ["replicas disagree"]}}


def test_the_points_of_a_sweep_are_lines_in_csv(command, swept):
    rows = list(csv.DictReader(io.StringIO(command("show", swept, "--csv").out)))
    assert [row["size"] for row in rows] == ["8x8", "8x8", "16x16"]
    assert [float(row["energy_ess"]) for row in rows] == [7.0, 10.5, 14.0]
    assert [row["point_id"] for row in rows] == ["a", "b", "c"]
    assert list(rows[0])[1:] == [
        "size",
        "replica",
        "energy",
        "energy_error",
        "energy_tau",
        "energy_ess",
        "energy_cautions",
    ]


def test_replicas_are_pooled_if_that_is_asked_for(command, swept):
    lines = command("show", swept, "--pooled").out.splitlines()
    assert lines[0].split() == ["size", "energy", "R-hat", "caution"]
    assert [line.split()[:2] for line in lines[1:3]] == [["8x8", "1.346(11)"], ["16x16", "2.000(20)"]]
    rows = list(csv.DictReader(io.StringIO(command("show", swept, "--pooled", "--csv").out)))
    # weighted by steps, 2 tau ess: 140 and 315
    assert float(rows[0]["energy"]) == pytest.approx((140 * 1.0 + 315 * 1.5) / 455)
    assert float(rows[1]["energy"]) == 2.0
    assert "point_id" not in rows[0]


def test_columns_are_chosen(command, swept, finished):
    assert command("show", swept, "--columns", "size,point").out.splitlines()[:2] == ["size   point", "8x8    a"]
    told = command("show", swept, "--columns", "energi")
    assert (told.code, told.err) == (2, "--columns: there is no column 'energi'; did you mean 'energy'?\n")


def test_columns_of_a_run_are_chosen(command, finished):
    told = command("show", finished, "--columns", "estimate,tau").out.splitlines()
    assert told[0].split() == ["observable", "estimate", "autocorrelation", "time"]
    assert command("show", finished, "--columns", "taw").code == 2


@pytest.mark.parametrize("width", [40, 60, 80, 100, 200])
def test_a_table_fits_a_terminal_and_names_what_it_leaves_out(swept, width):
    long = [Row("a_long_name", -1.4337, 0.0012, 12.4, 800.0, "1", "x", ("few samples", "not stationary"))] * 2
    text = estimates.as_table(long, width)
    assert max(map(len, text.splitlines())) <= width
    assert ("not shown at this width" in text) == (width <= 80)
    points = [sweep_estimates.Point({"temperature": 1.5}, [replace(long[0], name=f"observable_{n}") for n in range(6)])]
    text = sweep_estimates.as_table(points, width)
    assert max(map(len, text.splitlines())) <= width
    assert "* with a caution" in text or width == 200
    assert all(f"observable_{n}" in text for n in range(6))
    whole = sweep_estimates.as_table(points).splitlines()
    assert sweep_estimates.as_table(points, width, ["all"]).splitlines()[:2] == whole[:2]


def test_a_sweep_without_a_result_says_so(swept):
    assert sweep_estimates.as_table([]) == "no point has a result yet"
    assert sweep_estimates.as_json([]) == "[]"
