from __future__ import annotations

import csv
import io
import json
import math

import numpy as np
import pytest

import simcore
from simcore.cli import estimates
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
        "value": 0.61, "error": None, "tau": None, "ess": None, "unit": "1", "long_name": "cumulant"
    }  # fmt: skip


def test_csv_comes_back_to_the_same_numbers():
    (row, _) = csv.DictReader(io.StringIO(estimates.as_csv([ENERGY, LONELY])))
    assert (float(row["value"]), float(row["error"]), row["unit"]) == (ENERGY.value, ENERGY.error, "J")


def test_show_prints_what_is_asked_for(command, finished):
    assert command("show", finished).out == estimates.as_table(estimates.read(finished)) + "\n"
    assert json.loads(command("show", finished, "--json").out)["energy"]["tau"] == 12.4
    assert command("show", finished, "--csv").out.startswith("name,value,error,tau,ess,unit,long_name\n")
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
