from __future__ import annotations

import csv
import io
import json
import math

import numpy as np
import pytest

from simcore.cli import estimates
from simcore.cli.estimates import Row
from simcore.statistics import Estimate
from simcore.storage.result import Group, Result, Variable, write_result

ENERGY = Row("energy", -1.43371234, 0.0012, 12.4, 800.0, "J", "energy per site")
LONELY = Row("binder", 0.61, math.nan, math.nan, math.nan, "1", "")


@pytest.fixture
def finished(tmp_path):
    """The directory of a run that is done, with two estimates."""
    parts = {"": "value", "_error": "error", "_tau": "tau", "_ess": "ess"}
    variables = {
        row.name + part: Variable((), np.float64(getattr(row, name)), row.unit, row.long_name)
        for row in (ENERGY, LONELY)
        for part, name in parts.items()
    }
    write_result(tmp_path / "result.h5", Result({"estimates": Group(variables)}, {}))
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
        "value": 0.61, "error": None, "tau": None, "ess": None, "unit": "1", "long_name": ""
    }  # fmt: skip


def test_csv_comes_back_to_the_same_numbers():
    (row, _) = csv.DictReader(io.StringIO(estimates.as_csv([ENERGY, LONELY])))
    assert (float(row["value"]), float(row["error"]), row["unit"]) == (ENERGY.value, ENERGY.error, "J")


def test_show_prints_what_is_asked_for(command, finished):
    assert command("show", finished).out == estimates.as_table(estimates.read(finished)) + "\n"
    assert json.loads(command("show", finished, "--json").out)["energy"]["tau"] == 12.4
    assert command("show", finished, "--csv").out.startswith("name,value,error,tau,ess,unit,long_name\n")
    assert command("show", finished, "--csv", "--json").code == 2


def test_without_a_run_it_is_a_usage_error(command, tmp_path):
    for place in (tmp_path, tmp_path / "nowhere"):
        told = command("show", place)
        assert (told.code, told.out) == (2, "")
        assert told.err.startswith(f"{place}: no ")


def test_a_run_that_has_just_ended_is_summed_up_from_memory():
    table = estimates.summary(
        {"energy": Estimate(-1.43371234, 0.0012, 0.5, 800), "binder": Estimate(0.6, 0.0, math.nan, 1)}
    )
    assert table.splitlines() == [
        "observable  estimate     independent samples",
        "energy      -1.4337(12)  800",
        "binder      0.6(0)       unknown",
    ]
