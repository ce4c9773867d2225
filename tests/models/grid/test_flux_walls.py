"""Operators on formulas of fields, and fluxes, at walls."""

from types import SimpleNamespace

import numpy as np
import pytest

from simcore.formulas import parse
from simcore.formulas.tree import Name
from simcore.models.grid.grid_names import GridNames, TwoKinds, wall_kind
from simcore.models.grid.operators import OPERATORS, discretise
from tests.models.grid.flowing import Steps, matrix, model, order_of, rate

SPELLINGS = [
    "laplace(u - u**2/2)",
    "d2x(u - u**2/2)",
    "divergence(gradient(u - u**2/2))",
    "divergence(gradient(u) - gradient(u**2)/2)",
    "divergence([[1]]*gradient(u - u**2/2))",
]


@pytest.mark.parametrize("text", SPELLINGS)
def test_a_formula_takes_its_value_at_a_wall_with_a_given_value(text):
    """F = u - u**2/2 between 1 and 0: u = 1 - sqrt(x/L) exactly, since F is linear; it used to stay at 0."""
    n = 10
    given = model(text, shape=(n,), boundary={"x-": {"value": 1}, "x+": {"value": 0}})
    stepper = Steps(given, 0.2)
    stepper.step(4000)
    x = (np.arange(n) + 0.5) / n
    np.testing.assert_allclose(stepper.inside("u"), 1 - np.sqrt(x), rtol=0, atol=1e-10)


def test_the_same_diffusion_by_its_coefficient_is_of_second_order():
    """div((1 - u) grad u) between 1/2 and 0: u = 1 - sqrt(1/4 + 3 x/4)."""
    errors = []
    for n in (16, 32):
        given = model(
            "divergence((1 - u)*gradient(u))",
            shape=(n,),
            spacing=1 / n,
            boundary={"x-": {"value": 0.5}, "x+": {"value": 0}},
        )
        stepper = Steps(given, 0.3 / n**2)
        x = (np.arange(n) + 0.5) / n
        stepper.put(u=0.5 - 0.5 * x)
        stepper.step(6 * n**2)
        errors.append(abs(stepper.inside("u") - (1 - np.sqrt(0.25 + 0.75 * x))).max())
    assert order_of(errors) == pytest.approx(2, abs=0.2)


CUBE = {"value": lambda u, v: 2 * v**3 - u**3, "derivative": lambda u, g: (u + 0.5 * g) ** 3}


@pytest.mark.parametrize("kind", CUBE)
@pytest.mark.parametrize("operator", ["laplace", "d2x", "dx", "gradient_squared", "advect", "divergence"])
def test_every_operator_reads_a_formula_beyond_a_wall_in_the_same_way(kind, operator):
    """laplace(u**3) and the others against NumPy: 2 F(v) - F(u) at a given value, F of the ghost cell elsewhere."""
    h, u = 0.5, np.array([0.3, 1.2, -0.4, 0.9, 2.0])
    number = 0.7
    text = {"advect": "advect(1, u**3)"}.get(operator, f"{operator}(u**3)")
    found = rate(model(text, shape=(5,), spacing=h, boundary={kind: number}), u=u)
    f = np.array([CUBE[kind](u[0], number), *u**3, CUBE[kind](u[-1], number)])
    first, second = (f[2:] - f[:-2]) / (2 * h), (f[2:] + f[:-2] - 2 * f[1:-1]) / h**2
    wanted = {"dx": first, "gradient_squared": first**2, "advect": (f[1:-1] - f[:-2]) / h}.get(operator, second)
    if operator == "divergence":
        face = np.array([number**3, *(u[1:] ** 3 + u[:-1] ** 3) / 2, number**3])
        if kind == "derivative":
            face[[0, -1]] = 0.0
        wanted = np.diff(face) / h
    np.testing.assert_allclose(found, wanted, rtol=1e-12)


def test_a_formula_of_fourth_order_mirrors_two_cells():
    h, u = 0.5, np.array([0.3, 1.2, -0.4, 0.9, 2.0, 1.1])
    found = rate(model("laplace(u**3)", shape=(6,), spacing=h, boundary={"value": 0.7}, order=4), u=u)
    ghosts = [2 * 0.7**3 - w**3 for w in (u[1], u[0], u[-1], u[-2])]
    f = np.array([*ghosts[:2], *u**3, *ghosts[2:]])
    near, far = f[3:-1] + f[1:-3] - 2 * f[2:-2], f[4:] + f[:-4] - 2 * f[2:-2]
    np.testing.assert_allclose(found, (16 * near - far) / (12 * h**2), rtol=1e-12)


def test_two_fields_and_a_coordinate_at_one_wall():
    """x*u*v with u = 0.7 and dv/dx = 0: at the wall 0 the formula is 0, at the wall 5 it is 5 * 0.7 * v."""
    u, v, x = np.array([0.3, 1.2, -0.4, 0.9, 2.0]), np.array([1.0, 2.0, 0.5, 1.5, 3.0]), np.arange(5) + 0.5
    given = model(
        {"u": "laplace(x*u*v)", "v": "0"},
        shape=(5,),
        fields={"u": {"boundary": {"value": 0.7}}, "v": {"boundary": {"derivative": 0}}},
    )
    f = x * u * v
    f = np.array([0.0 - f[0], *f, 2 * 5 * 0.7 * 3.0 - f[-1]])
    np.testing.assert_allclose(rate(given, u=u, v=v), f[2:] + f[:-2] - 2 * f[1:-1], rtol=1e-12)


def test_no_flux_stays_no_flux_for_a_formula():
    given = model("laplace(exp(u) + u**3)", shape=(6, 5), boundary={"derivative": 0})
    u = np.random.default_rng(1).normal(size=(6, 5))
    assert abs(rate(given, u=u).sum()) < 1e-12


def test_the_flux_of_a_formula_at_a_given_derivative_is_of_second_order():
    """u = sin(x), F = u**3, a wall with du/dn = -cos 0.3: F(ghost) - F(u) over h against dF/dn."""
    errors = []
    for h in (0.1, 0.05, 0.025):
        u = np.sin(0.3 + (np.arange(4) + 0.5) * h)
        walls = {"x-": {"derivative": -np.cos(0.3)}, "x+": {"value": 0}}
        found = rate(model("divergence(gradient(u**3))", shape=(4,), spacing=h, boundary=walls), u=u)
        flux = (u[1] ** 3 - u[0] ** 3) / h - found[0] * h
        errors.append(abs(flux - 3 * np.sin(0.3) ** 2 * np.cos(0.3)))
    assert (order_of(errors) > 1.8).all()


def test_the_coefficient_at_a_wall_is_that_of_the_fields_there_in_the_medium_of_the_cell(tmp_path):
    """D = k x (1 + u**2): k and x of the cell, u of the wall, v = 0.7 and u + h g/2."""
    h, u, k = 0.5, np.array([0.3, 1.2, 0.8, 0.4]), np.array([1.0, 3.0, 2.0, 5.0])
    np.save(tmp_path / "k.npy", k)
    given = model(
        "divergence(k*x*(1 + u**2)*gradient(u))",
        shape=(4,),
        spacing=h,
        boundary={"x-": {"value": 0.7}, "x+": {"derivative": 0.4}},
        parameters={"k": {"file": "k.npy"}},
        mean="arithmetic",
        directory=tmp_path,
    )
    x = (np.arange(4) + 0.5) * h
    D = k * x * (1 + u**2)
    faces = [k[0] * x[0] * (1 + 0.7**2), *(D[1:] + D[:-1]) / 2, k[-1] * x[-1] * (1 + (u[-1] + 0.5 * h * 0.4) ** 2)]
    flux = np.array(faces) * np.array([(u[0] - 0.7) * 2 / h, *np.diff(u) / h, 0.4])
    np.testing.assert_allclose(rate(given, u=u), np.diff(flux) / h, rtol=1e-12)


def test_a_formula_that_has_no_value_beyond_a_wall_is_not_asked_there():
    """sqrt(x) and 1/u exist on this side of the walls only."""
    u = np.array([0.1, 0.4, 0.9, 1.4])
    given = model(
        "divergence(sqrt(x)*sqrt(u)*gradient(u))", shape=(4,), boundary={"x-": {"value": 0}, "x+": {"value": 2}}
    )
    assert np.isfinite(rate(given, u=u)).all()


def test_the_medium_that_a_named_expression_makes_is_that_of_the_cell():
    """k = 1/(1 + |grad u|**2) has the walls of the grid, u = 1; its own value there would be 1."""
    u = np.array([3.0, 5.0, 9.0, 2.0])
    given = model(
        "divergence(mob*gradient(u))",
        shape=(4,),
        boundary={"value": 1},
        expressions={"mob": "1/(1 + gradient_squared(u))"},
        mean="arithmetic",
    )
    padded = np.array([2 - 3.0, *u, 2 - 2.0])
    k = 1 / (1 + ((padded[2:] - padded[:-2]) / 2) ** 2)
    faces = np.array([k[0], *(k[1:] + k[:-1]) / 2, k[-1]])
    stepper = Steps(given, 1.0)
    stepper.put(u=u)
    np.testing.assert_allclose(stepper.step().inside("u") - u, np.diff(faces * np.diff(padded)), rtol=1e-12)


def test_the_named_flux_of_a_field_has_no_walls_of_the_field():
    """grids.md 4: dx(q), q = dx(u), stood still at 1.9 2.9 ...; as one operator it goes to the mean."""
    given = model(
        "divergence(q)",
        shape=(8,),
        boundary={"derivative": 0},
        fields={"u": {"initial": "x"}},
        expressions={"q": "gradient(u)"},
        scheme="rk4",
    )
    stepper = Steps(given, 0.1).step(200)
    assert abs(stepper.inside("u") - 4).max() < 0.2
    assert abs(stepper.inside("u").sum() - 32) < 1e-12


# -- a wall of two kinds: `where` between them ------------------------------------------------------------------------


def two_kinds(text, kinds, fields="u"):
    """The rates of a grid of 4 x 3 with a wall at x- whose kind depends on y, by the discrete formula itself."""
    walls = {name: {"x-": kinds, "x+": "derivative", "y-": "derivative", "y+": "derivative"} for name in fields}
    return discretise(parse(text, OPERATORS, lists=True).tree, GridNames(("x", "y"), frozenset(fields), walls=walls))


@pytest.mark.parametrize(
    "text", ["laplace(u**3)", "divergence([u, 0])", "divergence([[1, 0.5], [0.5, 2]]*gradient(u))"]
)
def test_a_wall_of_two_kinds_is_each_of_them_at_its_places(text):
    from simcore.models.grid.cell_source import cell_function
    from tests.models.grid.test_cellsource import executed

    condition = parse("y < 1.5").tree
    u = np.random.default_rng(2).normal(size=(6, 5))
    numbers = {"inverse_hx": 1.0, "inverse_hy": 1.0, "inverse_hx2": 1.0, "inverse_hy2": 1.0, "cells_x": 4, "cells_y": 3}
    numbers |= {"origin_y": 0.0, "hy": 1.0}

    def values(kinds):
        made = cell_function("rates", [two_kinds(text, kinds)], dimensions=2, halo=1)
        function, names = executed(made, compiled=False)
        given = {**numbers, "u": u, "i": 1}
        return np.array([function(*({**given, "j": j}[name] for name in names)) for j in (1, 2, 3)])

    mixed = values(TwoKinds(condition, "value", "derivative"))
    one, other = values("value"), values("derivative")
    np.testing.assert_array_equal(mixed, [one[0], other[1], other[2]])
    assert (one != other).all()


def test_the_kinds_of_a_wall_are_read_from_its_condition():
    value, derivative = SimpleNamespace(kind="value"), SimpleNamespace(kind="derivative")
    both = SimpleNamespace(kind="where", numbers=[SimpleNamespace(tree=Name("y"))], parts=(value, derivative))
    assert wall_kind(value) == "value"
    assert wall_kind(both) == TwoKinds(Name("y"), "value", "derivative")


def test_a_mixed_wall_can_stop_the_whole_flux():
    """D du/dn = -v u at both walls of a channel: the outward diffusion takes back what is carried out."""
    given = model(
        "divergence(0.5*gradient(u) - 0.2*u)",
        shape=(9,),
        boundary={"x-": {"mixed": [0.4, 0]}, "x+": {"mixed": [-0.4, 0]}},
    )
    a, _ = matrix(given)
    assert abs(a.sum(axis=0)).max() < 1e-15
