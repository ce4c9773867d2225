"""What a result could not hold is refused before the first step, with its place, and never written over."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from simcore.errors import ExperimentError
from simcore.runs.experiment import resolve
from simcore.runs.simulation import program_of
from simcore.spec.arrays import StateArray
from simcore.spec.observables import Derived, Field, Observable
from simcore.spec.phases import Phase, Solve
from tests.compiler.conftest import model

SHAPE = (3, 4)


def value(u, i, j):
    return u[i, j]


def update(u, i, j):
    return u[i, j]


def two(*columns):
    return columns[0]


def wrong_shape(*columns):
    return columns[0].sum()


def words(*columns):
    return np.array(["a"] * len(columns[0]))


def failing(*columns):
    return columns[0].nonsense


def stacked(u, v):
    return np.stack([u, v], axis=-1)


def asked(output: Any = (), **answers: Any) -> None:
    """Resolve and build a model with these answers; nothing is run."""
    arrays = answers.pop("arrays", ("u",))
    given = {
        "state": [StateArray(name, SHAPE, "float64", np.zeros(SHAPE)) for name in arrays],
        "phases": [Phase(update, "u", own_cell=True)] if "u" in arrays else [Solve(two, arrays, arrays)],
        "observables": [Observable("o", value if "u" in arrays else renamed)],
        **answers,
    }
    program_of(resolve({"model": {"type": model(**given)}, "run": {"seed": 1, "sweeps": 2}, "output": dict(output)}))


def renamed(x, i, j):
    return x[i, j]


def of(name: str) -> Observable:
    return Observable(name, value)


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        ({"observables": [of("o"), of("o")]}, "the observable 'o': there are two of this name"),
        ({"observables": [of("o"), of("o_error")]}, "'o_error' is what the result calls the standard error of 'o'"),
        ({"observables": [of("o_tau"), of("o")]}, "'o_tau' is what the result calls the autocorrelation time of 'o'"),
        ({"observables": [of("o")], "derived": [Derived("o_ess", two, (("o", 1),))]}, "'o_ess' is what the result"),
        *(({"observables": [of("o"), of(f"o{ending}")]}, f"'o{ending}' is what the result calls the {meaning}")
          for ending, meaning in (("_caution", "cautions"), ("_cautions", "cautions"), ("_r_hat", "R-hat"),
                                  ("_chi2", "chi-square"))),
        ({"observables": [of("o")], "derived": [Derived("o", two, (("o", 1),))]}, "there are two of this name"),
        *(({"observables": [of(name)]}, "the result has a coordinate of this name")
          for name in ("step", "time", "replica", "point")),
        ({"observables": [of("a/b")]}, "a name is printable text without '/'"),
        ({"arrays": ("x",)}, "'x' is a coordinate of the result"),
        ({"arrays": ("u", "y")}, "'y' is a coordinate of the result"),
        ({"result_fields": [Field("time", ("u",))]}, "'time' is a coordinate of the result"),
        ({"result_fields": [Field("a", ("u",)), Field("a", ("u",))]}, "two fields of the result have the name 'a'"),
        ({"result_fields": [Field("a", ("w",))]}, "the field 'a' is made of 'w'; the arrays are u"),
        ({"arrays": ("u", "v"), "result_fields": [Field("a", ("u", "v"))]}, "needs one array, or assemble="),
        ({"arrays": ("u", "v"), "result_fields": [Field("a", ("u", "v"), stacked, ("x",))]}, "the axis 'x' of"),
        ({"arrays": ("u", "v"), "result_fields": [Field("a", ("u", "v"), stacked, ("a",))]}, "the axis 'a' of"),
        ({"arrays": ("u", "v"), "result_fields": [Field("a", ("u", "v"), stacked)]},
         r"assemble of 'a' must return the shape \(3, 4\), not \(3, 4, 2\)"),
        ({"result_fields": [Field("a", ("u",), failing)]}, "the field 'a' cannot be computed: AttributeError"),
        ({"result_fields": [Field("a", ("u",), two, unit=1)]}, "the unit of 'a' must be text, not 1"),
        ({"coordinates": {"y": np.arange(3.0)}}, r"coordinates\(\)\['y'\] must be 4 real numbers, not \(3,\)"),
        ({"coordinates": {"z": np.arange(3.0)}}, r"coordinates\(\) gives 'z', which is no axis of the state"),
        ({"observables": [of("o"), Observable("p", two, of=("q",))]}, "the observable 'p' is made of 'q'"),
        (
            {"observables": [of("o"), Observable("p", two, of=("q", "o")), Observable("q", two, of=("p", "o"))]},
            "observables are made of each other in a circle: ",
        ),
        ({"observables": [of("o"), Observable("p", wrong_shape, of=("o",))]}, "one real number for each sample"),
        ({"observables": [of("o"), Observable("p", words, of=("o",))]}, "one real number for each sample"),
        ({"observables": [of("o"), Observable("p", failing, of=("o",))]}, "'p' cannot be computed: AttributeError"),
        ({"arrays": ("u", "v"), "result_fields": [Field("a", ("u", "v"), stacked, ("kind",))], "output": {"vtk": True}},
         r"output.vtk: the field 'a' has the axes \['kind'\] beyond x, y, z"),
        ({"derived": [Derived("d", two, (("p", 1),))]}, "'d' follows from the means of 'p'"),
        ({"derived": [Derived("d", two, (("o", 0.5),))]}, "takes 'o' to the power 0.5, no whole number"),
    ],
)  # fmt: skip
def test_what_the_result_could_not_hold_is_refused(answers, reason):
    with pytest.raises(ExperimentError, match=reason):
        asked(**answers)


@pytest.mark.parametrize(
    "answers",
    [
        {"observables": [of("o"), of("error"), of("o_errors"), of("a_caution"), Observable("p", two, of=("o",))]},
        {"observables": [of("o"), Observable("o_error", value, hidden=True)]},
        {"arrays": ("u", "v"), "result_fields": [Field("a", ("u", "v"), stacked, ("component",))]},
        {"coordinates": {"x": np.arange(3.0), "y": np.arange(4)}},
        {"arrays": ("u", "z")},
    ],
)
def test_what_it_can_hold_is_taken(answers):
    asked(**answers)


PDE = {
    "type": "pde",
    "grid": {"shape": [8], "boundary": "periodic"},
    "fields": {"u": {"initial": "0"}},
    "equations": {"u": "a*laplace(u)"},
    "scheme": "rk4",
    "parameters": {"a": 0.1},
}
SPINS = {
    "type": "spins",
    "lattice": {"type": "square", "size": 4},
    "spin": {"states": [-1, 1]},
    "parameters": {"temperature": 2.0, "J": 1.0},
    "hamiltonian": {"bonds": "-J*a*b"},
}


def built(section: dict[str, Any], **output: Any) -> None:
    run = {"dt": 0.01, "steps": 2} if section["type"] == "pde" else {"sweeps": 2}
    program_of(resolve({"model": section, "run": {"seed": 1, **run}, "output": output}))


NAMES = ["stage_u", "sum_u", "next_u", "rate1_u", "explicit_u", "right_u", "error", "wait", "np"]


@pytest.mark.parametrize("scheme", ["euler", "rk2", "rk4", "rk45", "imex"])
@pytest.mark.parametrize(
    "name", ["stage_u", "sum_u", "next_u", "rate1_u", "explicit_u", "right_u", "error", "wait", "np"]
)
def test_no_name_of_equations_collides_with_what_a_scheme_makes(scheme, name):
    """Taken as the user's, or refused where it stands; never a fault of the generated code."""
    parameter = {
        **PDE,
        "scheme": scheme,
        "parameters": {"a": 0.1, name: 2.0},
        "equations": {"u": f"a*laplace(u) + 0*{name}"},
    }
    field = {**PDE, "scheme": scheme, "fields": {**PDE["fields"], name: {"initial": "0"}}}
    field["equations"] = {**PDE["equations"], name: f"u - {name}"}
    for section, place in ((parameter, f"model.parameters.{name}"), (field, f"model.fields.{name}")):
        try:
            built(section)
        except ExperimentError as error:
            (problem,) = error.problems
            assert problem.path == place, problem
            assert name in problem.message


@pytest.mark.parametrize("name", ["accepted", "width", "a", "random", "energy", "wait", "max", "range"])
def test_no_parameter_of_spins_collides_with_what_an_algorithm_makes(name):
    for algorithm in ("metropolis", "heat_bath"):
        section = {**SPINS, "algorithm": algorithm, "parameters": {**SPINS["parameters"], name: 1.0}}
        try:
            built(section)
        except ExperimentError as error:
            (problem,) = error.problems
            assert problem.path == f"model.parameters.{name}", problem


def test_what_is_measured_without_being_asked_may_be_asked_for_by_its_name_and_nothing_else_may_have_it():
    built(PDE, observables={"mean_u": "mean( u )", "max_u": "max(u)"})
    with pytest.raises(ExperimentError, match=r"output\.observables\.mean_u: .*there are two of this name"):
        built(PDE, observables={"mean_u": "max(u)"})


def test_names_that_the_experiment_gives_are_refused_at_their_place():
    cases = (
        (PDE, "mean_u_error", "max(u)"),
        (PDE, "time", "max(u)"),
        (PDE, "replica", "max(u)"),
        (SPINS, "energy_tau", "mean(a)"),
        (SPINS, "step", "mean(a)"),
    )
    for section, name, text in cases:
        with pytest.raises(ExperimentError) as error:
            built(section, observables={name: text})
        assert [problem.path for problem in error.value.problems] == [f"output.observables.{name}"]


@pytest.mark.parametrize(("section", "name"), [(PDE, "wait"), (PDE, "range"), (SPINS, "wait"), (SPINS, "range")])
def test_names_that_the_generated_code_needs_for_itself_are_refused_where_they_stand(section, name):
    with pytest.raises(ExperimentError) as error:
        built({**section, "parameters": {**section["parameters"], name: 1.0}})
    (problem,) = error.value.problems
    assert problem.path == f"model.parameters.{name}"
    assert f"the name '{name}' belongs to the code that the engine writes" in problem.message
