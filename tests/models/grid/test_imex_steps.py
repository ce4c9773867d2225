"""Steps of the implicit-explicit schemes against dense matrices, exponentials and measured orders; their stability."""

import math
from functools import cache

import numpy as np
import pytest
from scipy.linalg import expm

from simcore.models.grid.schemes import SCHEMES
from tests.models.grid.test_imex_solves import model
from tests.physics.oracles.plain import Stepper

IMEX = ["imex1", "imex2", "imex3"]
g, d = 1 - math.sqrt(0.5), 1 - 1 / (2 - math.sqrt(2))
# explicit rows, implicit rows (first column: stage 0, never used), times: the tables of the paper, written out
TABLES = {
    "imex1": ([[1]], [[0, 1]], [0, 1]),
    "imex2": ([[g], [d, 1 - d]], [[0, g], [0, 1 - g, g]], [0, g, 1]),
    "imex3": (
        [[1 / 2], [11 / 18, 1 / 18], [5 / 6, -5 / 6, 1 / 2], [1 / 4, 7 / 4, 3 / 4, -7 / 4]],
        [[0, 1 / 2], [0, 1 / 6, 1 / 2], [0, -1 / 2, 1 / 2, 1 / 2], [0, 3 / 2, -3 / 2, 1 / 2, 1 / 2]],
        [0, 1 / 2, 2 / 3, 1 / 2, 1],
    ),
}


def rates(keys, equations, names):
    """f(u, t) of all fields as one vector, by Euler's own kernel with a step of 1."""
    stepper = Stepper(model(equations, "euler", **keys), 1.0)

    def f(u, t):
        stepper.time = t
        for name, part in zip(names, np.split(u, len(names)), strict=True):
            stepper.inside(name)[...] = part.reshape(stepper.inside(name).shape)
            stepper.fill(name, t)
        stepper.step()
        return np.concatenate([stepper.inside(name).ravel() for name in names]) - u

    return f


def dense_steps(scheme, whole, implicit, u, dt, steps):
    """Stage by stage with matrices: whole and implicit are functions (u, t), `implicit` linear plus what walls add."""
    outer, inner, times = TABLES[scheme]
    zero = implicit(0 * u, 0.0)
    matrix = np.stack([implicit(e, 0.0) - zero for e in np.eye(len(u))], axis=1)
    for step in range(steps):
        t = step * dt
        stages, explicit, solved = [u], [], [0 * u]
        for i, (a, b) in enumerate(zip(outer, inner, strict=True), 1):
            before = t + times[i - 1] * dt
            explicit.append(whole(stages[-1], before) - implicit(stages[-1], before))
            right = u + dt * (np.dot(a, explicit) + np.dot(b[:-1], solved))
            add = implicit(0 * u, t + times[i] * dt)
            stages.append(np.linalg.solve(np.eye(len(u)) - b[-1] * dt * matrix, right + b[-1] * dt * add))
            solved.append(matrix @ stages[-1] + add)
        u = stages[-1]
    return u


COUPLED = {"u": "laplace(u) - laplace(v) + v - u**3*cos(t)", "v": "0.5*laplace(u) - v - u*v*x"}
LINEAR = {"u": "laplace(u) - laplace(v) + v", "v": "0.5*laplace(u) - v"}
WALLED = {"shape": (4, 3), "boundary": {"x-": {"mixed": [2, 1]}, "x+": {"value": "1 + t"}, "y": {"derivative": 0.3}}}
CASES = {
    "periodic": (COUPLED, LINEAR, {"shape": (6,)}),
    "walls, one of them moving": (COUPLED, LINEAR, WALLED),
    "one field is explicit": ({"u": "laplace(u)*0.3 - v*u", "v": "-u*v*v"}, {"u": "0.3*laplace(u)", "v": "0*v"}, {}),
    "an intermediate of which something is left": (
        {"u": "laplace(m)", "v": "u - v"},
        {"u": "laplace(m)", "v": "u - v"},
        {"boundary": {"derivative": 0.1},
         "expressions": {"m": {"value": "u**3 - u - laplace(u)", "boundary": {"derivative": 0.2}}}},
    ),
    "written": (
        {"u": "laplace(u**3 - 3*u) - laplace(m)", "v": "u - v"},
        {"u": "2*laplace(u) - laplace(m)", "v": "0*v"},
        {"shape": (7,), "boundary": {"derivative": 0.1}, "implicit": {"u": "2*laplace(u) - laplace(m)"},
         "expressions": {"m": {"value": "laplace(u)", "boundary": {"derivative": 0.2}}}},
    ),
}  # fmt: skip


# what walls add to an intermediate that stays stands in its own phase, explicit
LINEAR_NAMES = {
    "an intermediate of which something is left": {
        "expressions": {"m": {"value": "-u - laplace(u)", "boundary": {"derivative": 0.0}}}
    }
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("scheme", IMEX)
def test_steps_are_those_of_the_tables(case, scheme):
    equations, implicit, keys = CASES[case]
    names = list(equations)
    fields = {"u": {"initial": "sin(x) + 0.1"}, "v": {"initial": "cos(x)"}}
    stepper = Stepper(model(equations, scheme, fields=fields, **keys), 0.1)
    start = np.concatenate([stepper.inside(name).ravel() for name in names])
    plain = {key: value for key, value in keys.items() if key != "implicit"}
    whole, linear = rates(plain, equations, names), rates(plain | LINEAR_NAMES.get(case, {}), implicit, names)
    expected = dense_steps(scheme, whole, linear, start, 0.1, 3)
    stepper.step(3)
    found = np.concatenate([stepper.inside(name).ravel() for name in names])
    np.testing.assert_allclose(found, expected, atol=2e-13, rtol=1e-12)


SIDES = {"periodic": "periodic", "walls": {"x": {"derivative": 0.4}, "y-": {"value": 0.3}, "y+": {"value": -0.2}}}


@cache
def stepped(kind, scheme, steps):
    """u at t = 1 of a nonlinear coupled problem with a force that varies in time."""
    equations = {"u": "0.3*laplace(u) - laplace(v) + v - u**3 + cos(3*t)", "v": "laplace(u) - u*v - x*v"}
    fields = {"u": {"initial": "sin(x)"}, "v": {"initial": "cos(y)"}}
    given = model(equations, scheme, boundary=SIDES[kind], shape=(5, 4), fields=fields)
    return Stepper(given, 1 / steps).step(steps).inside("u")


@pytest.mark.parametrize("kind", SIDES)
@pytest.mark.parametrize(("scheme", "order"), [("imex1", 1), ("imex2", 2), ("imex3", 3)])
def test_orders_on_a_nonlinear_coupled_problem(scheme, order, kind):
    """Against rk4 with a far shorter step."""
    coarse, fine = (np.abs(stepped(kind, scheme, n) - stepped(kind, "rk4", 240)).max() for n in (40, 80))
    assert math.log2(coarse / fine) == pytest.approx(order, abs=0.25)


@pytest.mark.parametrize("scheme", IMEX)
def test_a_rotation_between_two_fields_is_stable_and_right(scheme):
    """u' = -laplace v, v' = laplace u: psi = u + i v obeys psi' = i laplace psi; dt lambda = 2 at most."""
    given = model({"u": "-laplace(v)", "v": "laplace(u)"}, scheme, shape=(16,), fields={"u": {"initial": "sin(x)"}})
    assert given.stability_limit() is None
    stepper = Stepper(given, 0.5)
    begin = np.linalg.norm(stepper.inside("u"))
    stepper.step(60)
    assert np.hypot(stepper.inside("u"), stepper.inside("v")).max() < begin
    laplace = np.roll(np.eye(16), 1, 0) + np.roll(np.eye(16), -1, 0) - 2 * np.eye(16)
    exact = expm(1j * laplace) @ np.sin(np.arange(16) + 0.5)
    worst = [
        np.abs(s.inside("u") + 1j * s.inside("v") - exact).max()
        for s in (Stepper(given, 1 / n).step(n) for n in (40, 80))
    ]
    assert math.log2(worst[0] / worst[1]) == pytest.approx(IMEX.index(scheme) + 1, abs=0.2)


def explicit_limit(scheme):
    """Where |R(-z)| first exceeds 1 for u' = -u, all of it explicit, by the tables."""
    z = np.linspace(0, 5, 50001)
    stages = [np.ones_like(z)]
    for row in TABLES[scheme][0]:
        stages.append(1 - z * sum(a * s for a, s in zip(row, stages, strict=True)))
    return z[np.argmax(np.abs(stages[-1]) > 1 + 1e-9)]


STABILISED = {"c": "laplace(c**3 - c - laplace(c))"}


@pytest.mark.parametrize("scheme", IMEX)
@pytest.mark.parametrize(
    ("equations", "keys", "scale"),
    [
        ({"u": "(1 + x)*laplace(u)"}, {}, 4 * 8.5),
        ({"u": "laplace(u) - 50*u*y"}, {"shape": (3, 8)}, None),
        ({"u": "laplace(u)"}, {"implicit": {}}, 4),
        ({"u": "laplace(u)"}, {"implicit": {}, "shape": (4, 4, 4), "spacing": 0.5}, 48),
        ({"u": "-laplace(v)", "v": "laplace(u)"}, {"implicit": {}}, "imaginary"),
        ({"u": "-laplace(v)", "v": "laplace(u)"}, {}, "none"),
        (STABILISED, {"implicit": {"c": "2*laplace(c) - laplace(laplace(c))"}}, "none"),
        (STABILISED, {"implicit": {"c": "-laplace(laplace(c))"}}, "none"),
    ],
)
def test_what_stays_explicit_is_checked(scheme, equations, keys, scale):
    found = model(equations, scheme, **keys).stability_limit()
    if scale == "none":
        assert found is None
    elif scale == "imaginary":
        assert found == 0.0 if scheme != "imex3" else found == pytest.approx(1.57 / 4, rel=0.1)
    elif scale is None:
        assert 0.0 < found < 1.0
    else:
        assert found == pytest.approx(explicit_limit(scheme) / scale, rel=1e-3)


def test_a_part_that_is_left_out_is_as_stable_as_its_share_of_the_whole():
    """(1 - 0.75 z)/(1 + 0.25 z) >= -1 up to z = 4, z = 4 dt for the stiffest wave of laplace."""
    given = model({"u": "laplace(u)"}, "imex1", implicit={"u": "0.25*laplace(u)"})
    assert given.stability_limit() == pytest.approx(1.0, rel=1e-3)
    assert model({"u": "laplace(u)"}, "imex1", implicit={"u": "0.5*laplace(u)"}).stability_limit() is None


@pytest.mark.parametrize("dt", [0.2, 1.0])
@pytest.mark.parametrize("scheme", IMEX)
def test_cahn_hilliard_with_the_stabilising_split_runs_at_long_steps(scheme, dt):
    """The mean stays, no value leaves the range of the phases, the free energy falls."""
    given = model(
        {"c": "laplace(c**3 - c - laplace(c))"},
        scheme,
        shape=(24, 24),
        implicit={"c": "2*laplace(c) - laplace(laplace(c))"},
    )
    stepper = Stepper(given, dt)
    stepper.inside("c")[...] = np.random.default_rng(5).uniform(-0.1, 0.1, (24, 24))
    stepper.fill("c", 0.0)
    mean, energies = stepper.inside("c").mean(), []
    for _ in range(5):
        c = stepper.step(round(8 / dt)).inside("c")
        slopes = [np.roll(c, 1, axis) - c for axis in (0, 1)]
        energies.append(((c**2 - 1) ** 2 / 4 + sum(s**2 for s in slopes) / 2).mean())
    assert np.all(np.diff(energies) < 0)
    assert c.mean() == pytest.approx(mean, abs=1e-14)
    assert 0.8 < np.abs(c).max() < 1.3


def test_the_names_of_the_schemes():
    assert SCHEMES["imex"] is SCHEMES["imex2"]


@pytest.mark.parametrize(("scheme", "order"), [("imex2", 2), ("imex3", 3)])
def test_walls_that_move(scheme, order):
    """u = (1 + x + 2 y) cos(3 t), linear in space."""
    boundary = {
        "x-": {"value": "(1 + 2*y)*cos(3*t)"},
        "x+": {"derivative": "cos(3*t)"},
        "y-": {"mixed": [0.5, "(0.5*(1 + x) - 2)*cos(3*t)"]},
        "y+": {"value": "(3 + x)*cos(3*t)"},
    }
    given = model(
        {"u": "0.2*laplace(u) - 3*(1 + x + 2*y)*sin(3*t)"},
        scheme,
        shape=(5, 4),
        spacing=0.25,
        boundary=boundary,
        fields={"u": {"initial": "1 + x + 2*y"}},
    )
    x, y = np.meshgrid(*given.coordinates().values(), indexing="ij")
    exact = (1 + x + 2 * y) * math.cos(3.0)
    errors = [np.abs(Stepper(given, 1 / n).step(n).inside("u") - exact).max() for n in (80, 160)]
    assert math.log2(errors[0] / errors[1]) == pytest.approx(order, abs=0.2)
