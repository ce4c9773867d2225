"""What is refused of parameters in time, one line each, and tables looked up."""

import copy

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simcore.errors import ExperimentError
from simcore.formulas.cell_functions import interpolated
from simcore.formulas.evaluate import evaluate
from simcore.formulas.tree import Call, Name
from simcore.runs.experiment import resolve
from simcore.runs.simulation import program_of

PDE = {
    "model": {
        "type": "pde",
        "grid": {"shape": [4]},
        "parameters": {"a": 2.0},
        "fields": {"u": {"initial": "k + x"}},
        "equations": {"u": "-k*u"},
    },
    "run": {"seed": 1, "dt": 0.1, "t_end": 1.0},
}
HEAT = {"model": {"type": "heat", "grid": {"shape": [4]}}, "run": {"seed": 1, "dt": 0.1, "t_end": 1.0}}


def with_parameter(value, base=PDE, name="k", **model):
    new = copy.deepcopy(base)
    new["model"]["parameters"] = {**new["model"].get("parameters", {}), name: value}
    new["model"] |= model
    return new


def line(experiment):
    with pytest.raises(ExperimentError) as error:
        resolve(experiment)
    (only,) = str(error.value).splitlines()
    return only


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (
            {"schedule": "a*tt"},
            "model.parameters.k.schedule: expression 'a*tt', column 3: unknown name 'tt'; did",
        ),
        ({"schedule": "x*t"}, "model.parameters.k.schedule: expression 'x*t', column 1: 'x' varies in space"),
        ({"schedule": "k + t"}, "model.parameters.k.schedule: needs itself: k needs k"),
        ({"schedule": "t > 1"}, "model.parameters.k: schedule is a comparison: 't > 1'; write where(t > 1, 1, 0)"),
        ({"schedule": 3}, "schedule must be a formula of t or step, not 3; a constant is written as a number alone"),
        ({"schedule": "t", "unit": "s"}, "unknown key 'unit'; a parameter in time is {schedule:"),
        ({"schedule": "mean(u)"}, "unknown function 'mean'"),
        ({"schedule": "sin(t"}, "cannot be read"),
        ({"tabel": "feed.csv"}, "unknown key 'tabel'; did you mean 'table'?"),
        ({"table": "feed.csv", "colum": "k"}, "unknown key 'colum'; did you mean 'column'?"),
        ({"table": 3}, "table must be text, not 3"),
        ({"table": "missing.csv"}, "missing.csv cannot be read: no such file"),
        ({"table": "."}, "is no regular file"),
        ({}, "is an empty section"),
    ],
)
def test_a_wrong_parameter_is_a_line(value, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = line(with_parameter(value))
    assert found.startswith("dict model.parameters.k")
    assert words in found


@pytest.mark.parametrize(
    ("text", "column", "words"),
    [
        ("0,1\n2,3\n1,4\n", None, "feed.csv:3: the time 1 follows 2; times must ascend"),
        ("0,1\n1,3\n1,4\n", None, "feed.csv:3: the time 1 follows 1; times must ascend"),
        ("t,F,G\n0,1,2\n1,2,3\n", None, "feed.csv:1: has 3 columns; say which one with column: one of F, G"),
        ("0,1,2\n1,2,3\n", None, "feed.csv:1: has 3 columns; say which one with a header and column: NAME"),
        ("t,F,G\n0,1,2\n1,2,3\n", "f", "feed.csv:1: there is no column 'f'; did you mean 'F'?"),
        ("t,F\n0,1\n1,2\n", "t", "there is no column 't'; allowed: F"),
        ("0,1\n1,2\n", "F", "there is no header that names the column 'F'"),
        ("t,F\n0,1\n1\n", None, "feed.csv:3: has 1 column; a time and a value are needed"),
        ("0\n1\n", None, "feed.csv:1: has 1 column; a time and a value are needed"),
        ("", None, "feed.csv is empty; lines of time,value are expected"),
        ("# nothing\n", None, "feed.csv is empty"),
        ("t,F\n0,1\n", None, "has 1 entries; a table needs two at least"),
        ("0,1\n1,nan\n", None, "feed.csv:2: 'nan' is no finite number"),
        ("0,1\n1,2 K\n", None, "feed.csv:2: '2 K' is no finite number"),
        ("0 s,1\n1 s,2\n", None, "feed.csv:1: '0 s' is no finite number"),
        ("0,1\n0.5,2\n", None, "the table covers the times 0 to 0.5, and the run goes to 1"),
        ("0.5,1\n1,2\n", None, "the table covers the times 0.5 to 1, and a run begins at 0"),
    ],
)
def test_a_wrong_table_is_a_line(text, column, words, tmp_path):
    (tmp_path / "feed.csv").write_text(text)
    value = {"table": str(tmp_path / "feed.csv")} | ({} if column is None else {"column": column})
    found = line(with_parameter(value))
    assert found.startswith("dict model.parameters.k: ")
    assert words in found


def test_a_table_with_header_remarks_and_columns_is_read(tmp_path):
    (tmp_path / "feed.csv").write_text("# feed\ntime, F, G\n-1, 1, 5\n\n2.5,3, 7 # more\n")
    model = resolve(with_parameter({"table": str(tmp_path / "feed.csv"), "column": "G"})).model
    (found,) = model.parameters.in_time.values()
    assert (found.times, found.values) == ((-1.0, 2.5), (5.0, 7.0))
    start = {array.name: array.initial for array in model.state()}["u"]
    np.testing.assert_allclose(start, 5.0 + 2.0 / 3.5 + np.arange(0.5, 4), rtol=1e-15)


def test_adaptive_steps_need_the_end_of_the_run_for_a_table(tmp_path):
    (tmp_path / "feed.csv").write_text("0,1\n2,3\n")
    given_ = with_parameter({"table": str(tmp_path / "feed.csv")}, scheme="rk45")
    resolve(given_)
    given_["run"] = {"seed": 1, "dt": 0.1, "steps": 5}
    assert "the table covers the times 0 to 2, and adaptive steps have no end without t_end" in line(given_)


def test_a_preset_checks_the_values_of_a_table_against_the_range(tmp_path):
    (tmp_path / "feed.csv").write_text("0,1\n2,-3\n")
    found = line(with_parameter({"table": str(tmp_path / "feed.csv")}, HEAT, "D"))
    assert found == "dict model.parameters.D: must be at least 0, not -3.0"
    assert "unknown key 'schedul'; did you mean 'schedule'?" in line(with_parameter({"schedul": "t"}, HEAT, "D"))
    assert resolve(with_parameter({"schedule": "t"}, HEAT, "D")).resolved["model"]["parameters"] == {
        "D": {"schedule": "t"}
    }


@pytest.mark.parametrize(
    ("model", "words"),
    [
        ({"implicit": {"u": "-k*u"}, "scheme": "imex2"}, "model.implicit.u: must be linear in the fields"),
        ({"equations": {"u": "at(u, k)"}}, "a point is given by numbers and parameters, and 'k' is neither"),
        ({"equations": {"u": "-q*u"}}, "unknown name 'q'"),
        ({"expressions": {"table_of_x": "u"}}, None),
        (
            {"scheme": "rk45", "parameters": {"k": {"schedule": "step"}}},
            "adaptive steps differ in length; write ",
        ),
        (
            {"parameters": {"k": {"schedule": "step"}}, "grid": {"shape": [4], "boundary": {"value": "k"}}},
            "model.grid.boundary: 'k' is a schedule of step; at walls write one of t",
        ),
    ],
)
def test_what_cannot_change_in_time_is_refused(model, words):
    experiment = with_parameter({"schedule": "t"}, **model)
    if words is None:
        resolve(experiment)  # the name is taken by tables only if there are any
    else:
        assert words in line(experiment)


def test_the_names_of_tables_are_taken_if_there_are_tables(tmp_path):
    (tmp_path / "feed.csv").write_text("0,1\n2,3\n")
    table = {"table": str(tmp_path / "feed.csv")}
    for name in ("table_of_x", "table_value_0_of_x", "table_cell"):
        found = line(with_parameter(table, expressions={name: "u"}))
        assert f"model.expressions.{name}: the name '{name}' is taken" in found
    resolve(with_parameter(table, expressions={"table_height": "u"}))
    both = with_parameter(table)
    both["model"]["parameters"] |= {"cell": table, "k_of_k": table, "value_0_of_k": table}
    program_of(resolve(both))


def test_an_observable_outside_of_a_number_over_the_field_is_refused():
    experiment = with_parameter({"schedule": "t"}) | {"output": {"observables": {"n": "k*mean(u)"}}}
    assert "'k' varies in space or time; take mean" in line(experiment)


@given(
    steps=st.lists(st.floats(1e-3, 1e3), min_size=1, max_size=20),
    data=st.data(),
    place=st.floats(-1e3, 3e4),
)
def test_tables_are_looked_up_as_numpy_does_and_alike_in_kernels_and_formulas(steps, data, place):
    x = np.cumsum([0.0, *steps])
    y = np.array(data.draw(st.lists(st.floats(-1e6, 1e6), min_size=len(x), max_size=len(x))))
    table = np.array([x, y])
    for at in (place, *x.tolist()):
        found = interpolated(table, at)
        assert found == evaluate(Call("interpolated", (Name("table"), Name("t"))), {"table": table, "t": at})
        np.testing.assert_allclose(found, np.interp(at, x, y), rtol=1e-9, atol=1e-9 * np.abs(y).max(initial=1e-9))
    for at, value in zip(x.tolist(), y.tolist(), strict=True):
        assert interpolated(table, at) == value
