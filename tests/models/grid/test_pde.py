"""Equations in an experiment: what is refused, in one line at its place; the linear part; stability; what is shown."""

import copy
import math

import numpy as np
import pytest

from simcore.errors import ExperimentError
from simcore.models import registry
from simcore.models.grid.pde import Pde
from simcore.runs.experiment import resolve

GOOD = {
    "model": {
        "type": "pde",
        "grid": {"shape": [8, 6]},
        "parameters": {"D": 0.1, "k": 2.0},
        "fields": {"u": {"initial": "x"}, "v": {"initial": 0}},
        "expressions": {"w": "u*v"},
        "equations": {"u": "D*laplace(u) + k*w", "v": "0 - v"},
    },
    "run": {"seed": 1, "dt": 0.1, "steps": 2},
}


def problems(*changes):
    """What is wrong after setting dotted keys, `path: message` each."""
    given = copy.deepcopy(GOOD)
    for path, value in changes:
        section = given
        *above, key = path.split(".")
        for part in above:
            section = section.setdefault(part, {})
        if value is None:
            del section[key]
        else:
            section[key] = value
    try:
        resolve(given)
    except ExperimentError as error:
        return [str(problem).removeprefix("dict ") for problem in error.problems]
    return []


def test_a_good_experiment_is_good():
    assert problems() == []


WALL = ("model.grid.boundary", {"value": 0})


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        (
            [("model.equations.u", "D*laplace(q)")],
            "model.equations.u: expression 'D*laplace(q)', column 11: unknown name 'q'",
        ),
        (
            [("model.equations.u", "laplac(u)")],
            "model.equations.u: expression 'laplac(u)', column 1: unknown function 'laplac'; did you mean 'laplace'?",
        ),
        (
            [("model.equations.u", "dz(u)")],
            "model.equations.u: expression 'dz(u)', column 1: dz needs an axis z; this grid has 2 axes",
        ),
        (
            [("model.equations.u", "divergence(u)")],
            "model.equations.u: expression 'divergence(u)', column 1: divergence takes 2 arguments",
        ),
        ([("model.equations.u", "(" * 10000 + "u" + ")" * 10000)], "model.equations.u: "),
        ([("model.equations.u", "__import__('os').system('true')")], "model.equations.u: "),
        ([("model.equations.u", "u.real")], "model.equations.u: "),
        ([("model.equations.u", "1j*u")], "model.equations.u: is complex, but u is float64; give it dtype: complex128"),
        ([("model.equations.v", None)], "model.fields.v: the field 'v' has no equation; give equations.v"),
        ([("model.equations.q", "0")], "model.equations.q: there is no field 'q'; allowed: u, v"),
        ([("model.noise.q", "1")], "model.noise.q: there is no field 'q'"),
        ([("model.noise.u", "1")], "model.noise.u: needs scheme: euler_maruyama or heun_stratonovich or imex1; euler"),
        (
            [("model.noise.u", "1"), ("model.equations.u", {"tt": "u"}), ("model.scheme", "euler_maruyama")],
            "model.equations.u.tt: euler_maruyama takes no equation of second order in time",
        ),
        ([("model.equations.u", {"ttt": "u"})], "model.equations.u: unknown key 'ttt'; did you mean 'tt'?"),
        (
            [("model.equations.u", {"tt": "laplace(u)"}), ("model.scheme", "leapfrog")],
            "model.scheme: leapfrog takes {tt: ...} only, and v has none",
        ),
        ([("model.fields.u.velocity", "1")], "model.fields.u.velocity: goes with an equation {tt: ...}"),
        ([("model.parameters.x", 1.0)], "model.parameters.x: the name 'x' is taken"),
        ([("model.parameters.lambda", 1.0)], "model.parameters.lambda: 'lambda' cannot be a name"),
        ([("model.parameters.u", 1.0)], "model.fields.u: the name 'u' already stands for parameters.u"),
        ([("model.parameters.D", "fast")], "model.parameters.D: must be a number, {file: D.npy}, {schedule:"),
        ([("model.expressions.w", "q")], "model.expressions.w: expression 'q', column 1: unknown name 'q'"),
        ([("model.expressions.w", "s"), ("model.expressions.s", "w")], "model.expressions."),
        (
            [("model.equations.u", "laplace(laplace(u))"), WALL],
            "model.equations.u: expression 'laplace(laplace(u))', column 9: where the boundary is not periodic, the",
        ),
        (
            [("model.fields.u.boundary", {"value": "x + q"})],
            "model.fields.u.boundary: expression 'x + q', column 1: unknown name 'x'",
        ),
        (
            [("model.grid.boundary", {"mixed": [-1, 0]}), ("model.order", 4)],
            "model.grid.boundary: mixed: a must be above -2/(3*spacing) = -0.666667, not -1",
        ),
        (
            [("model.implicit", {"u": "D*laplace(u)"})],
            "model.implicit.u: goes with the schemes imex, imex1, imex2, imex3; euler solves for nothing",
        ),
        (
            [("model.implicit", {"u": "u*laplace(u)"}), ("model.scheme", "imex")],
            "model.implicit.u: must be linear in the fields, without a constant, and its coefficients numbers",
        ),
        (
            [("model.implicit", {"u": "laplace(u) + k"}), ("model.scheme", "imex3")],
            "model.implicit.u: must be linear",
        ),
        ([("model.implicit", {"u": "x*u"}), ("model.scheme", "imex2")], "model.implicit.u: must be linear"),
        (
            [("model.implicit", {"u": "laplace(w)"}), ("model.scheme", "imex2")],
            "model.implicit.u: must be linear",
        ),
        ([("model.implicit", {"q": "u"}), ("model.scheme", "imex2")], "model.implicit.q: there is no field 'q'"),
        (
            [("model.implicit", {"u": "1j*u"}), ("model.scheme", "imex2")],
            "model.implicit.u: is complex, but u is float64",
        ),
        (
            [("model.fields.u.initial", {"random": {"unifrom": [0, 1]}})],
            "model.fields.u.initial: random: unknown distribution 'unifrom'; did you mean 'uniform'?",
        ),
        (
            [("output", {"observables": {"a": "u + 1"}})],
            "output.observables.a: expression 'u + 1', column 1: 'u' varies in space",
        ),
        (
            [("output", {"observables": {"a": "at(u, 99, 0)"}})],
            "output.observables.a: expression 'at(u, 99, 0)', column 7: the point lies beyond the grid, 0 to 8",
        ),
        ([("run.dt", 5.0)], "run.dt: "),
    ],
)
def test_a_wrong_experiment_is_one_line_at_its_place(changes, wanted):
    (line,) = problems(*changes)
    assert line.startswith(wanted)
    assert "\n" not in line


def test_all_wrong_formulas_are_told_at_once():
    found = problems(("model.equations.u", "q"), ("model.equations.v", "dz(v)"), ("model.expressions.w", "1 + r"))
    assert [line.partition(":")[0] for line in found] == [
        "model.expressions.w",
        "model.equations.u",
        "model.equations.v",
    ]


def model(equations, scheme="euler", spacing=1.0, shape=(8,), **keys):
    fields = {name: {"initial": 0, **keys.pop(name, {})} for name in equations}
    grid = {"shape": list(shape), "spacing": spacing, "boundary": keys.pop("boundary", "periodic")}
    return Pde.model_validate({"grid": grid, "fields": fields, "equations": equations, "scheme": scheme, **keys})


@pytest.mark.parametrize(
    ("given", "limit"),
    [
        (model({"u": "0.5*laplace(u)"}, shape=(8, 8, 8), spacing=0.5), 0.25 / (6 * 0.5)),
        (model({"u": "laplace(u)"}, "rk4"), 2.785293563405 / 4),
        (model({"u": "laplace(u)"}, "rk2"), 2.0 / 4),
        (model({"u": "laplace(u) + 3*u - u**3"}), 2.0 / (4 - 3)),
        (model({"u": "-laplace(laplace(u))"}), 2.0 / 16),
        (model({"u": "0 - 2*dx(u)"}, "rk4"), math.sqrt(8) / 2),
        (model({"u": "0 - 2*dx(u)"}), 0.0),
        (model({"u": "0 - advect(2, u)"}), 0.5),
        (model({"u": {"tt": "9*laplace(u)"}}, "leapfrog"), 1 / 3),
        (model({"u": "1j*laplace(u)"}, "rk4", u={"dtype": "complex128"}), math.sqrt(8) / 4),
        (model({"u": "v", "v": "laplace(u)"}, "rk4"), math.sqrt(8) / 2),
        (model({"u": "laplace(u)"}, order=4), 2.0 / (16 / 3)),
        (model({"u": "(1 + x)*laplace(u)"}), 2.0 / (4 * 8.5)),
        (model({"u": "0 - advect(x - 3, u)"}), 1 / 4.5),
        (model({"u": "dx((x - 9)**2*dx(u))"}), 2.0 / 72.25),
        (model({"u": "where(x < 4, 1, 3)*laplace(u)"}, "rk4"), 2.785293563405 / 12),
        (model({"u": "u - u**3"}), None),
        (model({"u": "laplace(u)"}, "imex"), None),
        (model({"u": "laplace(u)"}, "rk45"), None),
    ],
)
def test_the_limit_of_stability_is_that_of_theory(given, limit):
    found = given.stability_limit()
    assert found == (None if limit is None else pytest.approx(limit, rel=2e-3, abs=1e-9))


def test_a_parameter_may_be_a_field_from_a_file(tmp_path):
    from tests.physics.oracles.plain import Stepper

    D = 1.0 + np.arange(48.0).reshape(8, 6)
    np.save(tmp_path / "D.npy", D)
    raw = copy.deepcopy(GOOD["model"])
    raw.pop("type")
    raw["parameters"] = {"D": {"file": "D.npy"}, "k": 0.0}
    raw["equations"]["u"] = "divergence(D*x, 0)"
    given = Pde.model_validate(raw, context={"directory": tmp_path})
    u = Stepper(given, 1.0).step().inside("u")
    x = np.arange(8.0)[:, None] + 0.5
    np.testing.assert_allclose(u[1:-1] - x[1:-1], ((D * x)[2:] - (D * x)[:-2]) / 2)
    np.save(tmp_path / "D.npy", np.ones((3, 3)))
    with pytest.raises(Exception, match=r"shape \[3, 3\]; \[8, 6\] is needed"):
        Pde.model_validate(raw, context={"directory": tmp_path}).constants()


@pytest.mark.parametrize("name", [name for name in registry.names() if registry.find(name).clock == "time"])
def test_the_example_of_a_named_equation_is_the_one_in_configs(name):
    from pathlib import Path

    text = Path(__file__).parents[3] / "configs" / f"{name.replace('_', '-')}.yaml"
    if name != "pde":
        assert text.read_text().endswith("\n".join(registry.find(name).example.splitlines()[1:]) + "\n")
        assert resolve(text).model.stability_limit() is not False
    assert registry.find(name).reference
