"""Numbers that are written as formulas of numbers and parameters."""

import copy
import json
import math
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import simcore
from simcore.config import from_dict
from simcore.errors import ExperimentError
from simcore.runs.experiment import resolve
from simcore.runs.simulation import program_of

PDE = {
    "model": {
        "type": "pde",
        "grid": {"shape": [4], "spacing": "1/4"},
        "parameters": {"c": "b*a", "a": 2.0, "b": "a**2 + 1"},
        "fields": {"u": {"initial": 1}},
        "equations": {"u": "-b*u"},
    },
    "run": {"seed": 1, "dt": "0.1/b", "t_end": "10*0.02"},
}
ISING = {
    "model": {
        "type": "ising",
        "lattice": {"type": "square", "size": "2**2"},
        "parameters": {"temperature": "2/log(1 + sqrt(2))", "h": "J/4"},
    },
    "run": {"seed": 3, "sweeps": "1e1", "thermalization": "auto", "thermalization_limit": 200},
}


def changed(experiment, parameters=None, **run):
    new = copy.deepcopy(experiment)
    new["model"]["parameters"] |= parameters or {}
    new["run"] |= run
    return new


def lines(experiment):
    with pytest.raises(ExperimentError) as error:
        resolve(experiment)
    return str(error.value).splitlines()


def test_parameters_follow_from_others_in_any_order_and_from_defaults():
    found = resolve(PDE)
    assert found.model.parameters.numbers == {"c": 10.0, "a": 2.0, "b": 5.0}
    assert (found.run.dt, found.run.t_end, found.model.grid.spacing) == (0.02, 0.2, (0.25,))
    spins = resolve(ISING)
    assert dict(spins.model.parameters) == {"temperature": 2.0 / math.log(1.0 + math.sqrt(2.0)), "J": 1.0, "h": 0.25}
    assert spins.run.sweeps == 10
    assert spins.model.lattice.shape == (4, 4)
    assert spins.run.thermalization == "auto"  # a word that may stand there is no formula


def test_the_resolved_experiment_shows_formulas_and_numbers_and_resolves_to_itself():
    found = resolve(PDE)
    assert found.resolved["model"]["parameters"] == {"c": 10.0, "a": 2.0, "b": 5.0}
    assert found.resolved["formulas"] == {
        "model.grid.spacing": "1/4",
        "model.parameters.c": "b*a",
        "model.parameters.b": "a**2 + 1",
        "run.dt": "0.1/b",
        "run.t_end": "10*0.02",
    }
    again = resolve(found.resolved)
    assert again.resolved == found.resolved
    assert (again.key, again.identity()) == (found.key, found.identity())


def test_the_identity_is_that_of_the_numbers():
    written = resolve(changed(PDE, {"c": 10.0, "b": 5.0}, dt=0.02, t_end=0.2))
    assert (written.key, written.identity()) == (resolve(PDE).key, resolve(PDE).identity())
    assert resolve(changed(PDE, {"a": 3.0})).key != written.key


@pytest.mark.parametrize("source", [PDE, resolve(PDE).resolved], ids=["written", "resolved"])
def test_an_override_changes_what_follows_from_it_and_replaces_a_formula(source):
    assert resolve(source, {"model.parameters.a": 3.0}).model.parameters.numbers == {"a": 3.0, "b": 10.0, "c": 30.0}
    assert resolve(source, ["model.parameters.b=7"]).model.parameters.numbers == {"a": 2.0, "b": 7.0, "c": 14.0}
    assert resolve(source, ["model.parameters.b=2*a"]).model.parameters.numbers == {"a": 2.0, "b": 4.0, "c": 8.0}
    whole = resolve(source, {"model.parameters": {"a": 1.0, "b": 1.0}, "run.dt": 0.01})
    assert whole.model.parameters.numbers == {"a": 1.0, "b": 1.0}


def test_parameters_stay_arguments_of_one_program():
    programs = {program_of(resolve(changed(PDE, {"a": a}))).code.text for a in (1.0, 2.0, 3.0)}
    assert len(programs) == 1


def test_a_sweep_over_a_parameter_changes_what_follows_from_it(tmp_path):
    sweep = changed(PDE, dt=0.001, t_end=0.1) | {"sweep": {"grid": {"model.parameters.a": [1.0, 2.0, 3.0]}}}
    simcore.sweep(sweep, workers=1, out=tmp_path / "sweep")
    tree = simcore.load(tmp_path / "sweep")
    means = tree["estimates"]["mean_u"].values.ravel()
    for a, mean in zip((1.0, 2.0, 3.0), means, strict=True):
        alone = simcore.run(changed(PDE, {"a": a, "b": a**2 + 1, "c": a**3 + a}, dt=0.001, t_end=0.1), workers=1)
        assert mean == float(alone.estimates["mean_u"])
    points = sorted(path.name for path in (tmp_path / "sweep" / "points").iterdir())
    assert len(points) == 3


def test_the_values_of_a_sweep_may_be_formulas_and_many_points_are_told_apart():
    from simcore.sweeps.expansion import expand
    from simcore.sweeps.point import identity

    values = ["a", "2*a", "a**2 - 3", 7.0]
    found = expand(PDE | {"sweep": {"grid": {"model.parameters.b": values}}})
    alone = [identity(resolve(changed(PDE, {"b": b}))) for b in (2.0, 4.0, 1.0, 7.0)]
    assert found.points.ids == alone


def test_the_points_of_a_sweep_beside_formulas_of_numbers_alone_are_told_apart():
    from simcore.sweeps.expansion import expand
    from simcore.sweeps.point import identity

    given = changed(ISING, {"h": "1/4"}) | {"sweep": {"grid": {"model.parameters.J": [1.0, 2.0], "run.sweeps": [5]}}}
    alone = [identity(resolve(changed(ISING, {"h": 0.25, "J": J}))) for J in (1.0, 2.0)]
    assert expand(given).points.ids == alone


@pytest.mark.parametrize(
    ("parameters", "path", "words"),
    [
        ({"a": "c"}, "c", "as a formula it needs itself: c needs a needs c"),
        ({"a": "c", "b": "a", "c": "b"}, "c", "as a formula it needs itself: c needs b needs a needs c"),
        ({"b": "aa"}, "b", "as a formula, column 1: unknown name 'aa'; did you mean 'a'?"),
        ({"a": "2 K"}, "a", "not '2 K'; write the number without its unit"),
        ({"a": "x + 1"}, "a", "'x' is no number: a formula of place and time stands under model.expressions"),
        ({"b": "a*t"}, "b", "under model.expressions, one of t in {schedule: ...}"),
        ({"a": "1/0"}, "a", "this constant is infinite"),
        ({"a": 0.0, "b": "log(a)"}, "b", "is not finite"),
        ({"a": -1.0, "b": "sqrt(a)"}, "b", "is not a real number"),
        ({"a": "1 < 2"}, "a", "is a comparison, and a number is needed"),
        ({"a": "flor(1.5)"}, "a", "unknown function 'flor'; did you mean 'floor'?"),
        ({"a": {"schedule": "t"}}, "b", "the parameter 'a' changes in time; write {schedule: ...} here, too"),
        ({"a": "__import__('os')"}, "a", "unexpected"),
    ],
)
def test_a_bad_formula_is_a_line_at_its_place(parameters, path, words):
    found = lines(changed(PDE, parameters))
    assert any(line.startswith(f"dict model.parameters.{path}: must be a number") and words in line for line in found)
    blamed = [line for line in found if "a parameter in it is no number" not in line]
    assert len(blamed) <= 3


@pytest.mark.parametrize("value", [{"schedule": "2 + step"}, {"table": "cooling.csv"}])
def test_parameters_of_a_model_of_ones_own_do_not_change_in_time(value):
    own = str(Path(__file__).parents[2] / "docs" / "examples" / "wolff.py") + ":Wolff"
    (line,) = lines({"model": {"type": own, "size": 4, "parameters": {"temperature": value}}, "run": {"sweeps": 2}})
    assert line.endswith(
        "must be a number, not a section; only the parameters of spins and of equations on a grid change in time"
    )


def test_lines_have_the_place_of_the_text(tmp_path):
    file = tmp_path / "wrong.yaml"
    text = json.dumps(changed(ISING, {"temperature": "J - 1", "h": "K/2"}))
    file.write_text(text)
    with pytest.raises(ExperimentError) as error:
        resolve(file)
    first, second = str(error.value).splitlines()
    column = text.index('"temperature"') + 1
    assert first == f"{file}:1:{column}: model.parameters.temperature: must be above 0, not 0"
    place = text.index('"h"') + 1
    assert second.startswith(f"{file}:1:{place}: model.parameters.h: must be a number, not the string")


def test_a_bad_section_of_formulas_is_refused():
    assert lines(PDE | {"formulas": 3})[0].startswith("dict formulas: must be a section of formulas by path")
    assert "must be the formula of a number" in lines(PDE | {"formulas": {"output.vtk": "1"}})[0]
    assert "must be the formula of a number" in lines(PDE | {"formulas": {"model.parameters.a": 1}})[0]


def test_whole_numbers_stay_whole():
    assert (
        "model.lattice.size: must be a whole number, not 2.5"
        in lines({**ISING, "model": ISING["model"] | {"lattice": {"type": "square", "size": "5/2"}}})[0]
    )


@settings(max_examples=60, deadline=None)
@given(values=st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=6), order=st.randoms())
def test_a_chain_of_parameters_in_any_order(values, order):
    """p0 is a number, p(n) = p(n-1) + v(n): added up in the same order by Python."""
    names = list(range(len(values)))
    order.shuffle(names)
    written = {f"p{n}": f"p{n - 1} + {values[n]!r}" if n else values[0] for n in names}
    model = {**PDE["model"], "parameters": written, "equations": {"u": "-u"}}
    found = resolve({"model": model, "run": {"seed": 1, "dt": 0.1, "steps": 1}}).model.parameters.numbers
    total = values[0]
    for n in range(1, len(values)):
        total = total + values[n]
        assert found[f"p{n}"] == total


def test_a_document_without_texts_in_place_of_numbers_is_left_alone():
    plain = {"model": {"type": "heat", "grid": {"shape": [4]}}, "run": {"seed": 1, "dt": 0.1, "steps": 1}}
    found = resolve(plain)
    assert found.document.data == from_dict(plain).data
    assert "formulas" not in found.resolved
