"""Grids with a domain: operators at its faces, what is refused, and known solutions."""

import numpy as np
import pytest
from scipy.sparse import coo_matrix
from scipy.sparse.linalg import eigsh, spsolve

from simcore.errors import InvalidValueError
from simcore.models.grid import solvers
from tests.models.grid.flowing import Rates, Steps, model, order_of, rate

BOX = (slice(2, 7), slice(1, 5))
STRIP = (slice(2, 7), slice(None))
H, ORIGIN = (0.5, 0.4), (0.5, -0.3)
OPERATORS = [
    ("laplace(u)", {}),
    ("laplace(u**3)", {}),
    ("dx(u*y)*dy(u) + gradient_squared(u) + d2y(x*u**2)", {}),
    ("advect(1, -0.5, u)", {}),
    ("divergence((1 + u**2)*gradient(u))", {}),
    ("divergence(x*(1 + u**2)*gradient(u))", {"mean": "harmonic"}),
    ("divergence([[1 + u**2, 0], [0, y]]*gradient(u**2))", {}),
    ("divergence([y, -0.5]*u)", {}),
    ("-divergence([0.3, -y]*u)", {"advection": "upwind"}),
    ("-divergence([0.3, -y]*u)", {"advection": {"limited": "van_leer"}}),
    ("-divergence(u**2/2, u**3)", {"advection": "upwind"}),
]


def both(text, condition, cells, **keys):
    """A domain that is a box or a strip, and a grid of the same cells with walls; the same values in both."""
    low = [o + (s.start or 0) * h for o, s, h in zip(ORIGIN, cells, H, strict=True)]
    high = [o + (s.stop or 8) * h for o, s, h in zip(ORIGIN, cells, H, strict=True)]
    y = {"derivative": 0}
    grid = {"origin": list(ORIGIN), "domain": f"{low[0]} < x < {high[0]} and {low[1]} < y < {high[1]}"}
    sides = {"x": "periodic", "y": y}
    whole = model(
        text, shape=(9, 8), spacing=list(H), boundary=sides, grid=grid, fields={"u": {"domain": condition}}, **keys
    )
    sides = {"x": condition, "y": condition if cells is BOX else y}
    shape = (5, 4) if cells is BOX else (5, 8)
    walls = model(text, shape=shape, spacing=list(H), boundary=sides, grid={"origin": low}, **keys)
    u = np.random.default_rng(4).uniform(0.2, 1.5, shape)
    there = np.full((9, 8), np.nan)
    there[cells] = u
    return whole, walls, there, u


@pytest.mark.parametrize(
    ("condition", "cells", "operators"),
    [
        ({"value": 0.7}, BOX, OPERATORS),
        ({"derivative": -0.3}, BOX, OPERATORS[1::2]),
        ({"mixed": [0.5, 1.0]}, BOX, OPERATORS[::3]),
        ({"value": "0.7 + 0.1*y**2"}, STRIP, OPERATORS[1::3]),
        ({"where": "y < 1.2", "then": {"value": 0.7}, "else": {"derivative": "y"}}, STRIP, OPERATORS[1::3]),
    ],
    ids=["value", "derivative", "mixed", "formula", "where"],
)
def test_a_box_in_a_grid_is_a_grid_with_walls(condition, cells, operators):
    """All operators agree with the walls of a grid to rounding, and no number outside of the domain is read."""
    for text, keys in operators:
        whole, walls, there, u = both(text, condition, cells, **keys)
        found = rate(whole, u=there)[cells]
        np.testing.assert_allclose(found, rate(walls, u=u), rtol=1e-12, atol=1e-12, err_msg=text)


def stencil_matrix(given):
    """du/dt = A u + b with a stencil that reads the next cells: A sparse, over the cells of the domain."""
    cells, rates = given._cells_of_domain, Rates(given)
    shift = rates.of(u=np.where(cells, 0.0, np.nan))
    i, j = np.indices(cells.shape)
    number = np.pad(np.where(cells, np.cumsum(cells.ravel()).reshape(cells.shape) - 1, -1), 1)
    rows, columns, values = [], [], []
    for colour in range(5):
        unit = np.where(cells & ((i + 2 * j) % 5 == colour), 1.0, 0.0)
        response = np.pad(np.where(cells, rates.of(u=unit) - shift, 0.0), 1)
        for step in ((0, 0), (1, 0), (-1, 0), (0, 1), (0, -1)):
            at = np.nonzero(np.roll(np.pad(unit, 1), step, (0, 1)) * response)
            rows.append(number[at])
            columns.append(np.roll(number, step, (0, 1))[at])
            values.append(response[at])
    n = int(cells.sum())
    matrix = coo_matrix((np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))), (n, n))
    return matrix.tocsc(), shift[cells]


def disk(n, condition, radius=1.0):
    grid = {"origin": -1.25, "domain": "x**2 + y**2 < R**2"}
    keys = {"parameters": {"R": radius}, "fields": {"u": {"domain": condition}}}
    return model("laplace(u)", shape=(n, n), spacing=2.5 / n, grid=grid, **keys)


def test_the_disk_is_of_first_order():
    """u = 0 at the edge: the lowest eigenvalue is j01**2 = 5.783186; of laplace(u) = -1 the solution is (1 - r**2)/4.

    With n cells along the diameter the edge lies within 1/n of where it should, here and there, on both sides.
    """
    errors = []
    for cells in (32, 64, 128):
        given = disk(5 * cells // 4, {"value": 0})
        a, b = stencil_matrix(given)
        assert abs(a - a.T).max() < 1e-9
        assert abs(b).max() == 0.0
        lowest = float(eigsh(-a, 1, sigma=0.0, return_eigenvectors=False)[0])
        assert abs(lowest / 5.783185962946785 - 1) < 0.5 / cells
        x, y = given.grid.mesh().values()
        exact = ((1 - x**2 - y**2) / 4)[given._cells_of_domain]
        errors.append(abs(spsolve(-a, np.ones(len(exact))) - exact).max())
    np.testing.assert_allclose(order_of(errors), 1.0, atol=0.35)


def test_values_that_are_given_where_the_faces_lie_are_of_second_order():
    """laplace(u) = -3 u for u = exp(x) sin(2 y), on a disk whose faces have the values of u at their own places."""
    errors = []
    for n in (20, 40, 80):
        given = disk(n, {"value": "exp(x)*sin(2*y)"})
        a, b = stencil_matrix(given)
        x, y = given.grid.mesh().values()
        exact = (np.exp(x) * np.sin(2 * y))[given._cells_of_domain]
        errors.append(abs(spsolve(a, -3.0 * exact - b) - exact).max())
    assert (order_of(errors) > 1.7).all()


def test_flux_through_a_maze_is_that_of_a_network_of_resistors(tmp_path):
    """Each open face is a resistor of the harmonic mean of D, each open cell at a wall one of 2 D."""
    rng = np.random.default_rng(11)
    maze, d = rng.random((24, 20)) < 0.75, rng.uniform(0.1, 3.0, (24, 20))
    maze[3:22, 9] = False  # a wall inside
    reached = np.zeros_like(maze)
    reached[0] = maze[0]
    for _ in range(maze.size):
        grown = reached | (maze & (_near(reached) > 0))
        if (grown == reached).all():
            break
        reached = grown
    maze = reached
    assert maze[-1].any()
    np.save(tmp_path / "maze.npy", maze)
    np.save(tmp_path / "D.npy", np.where(maze, d, np.nan))
    given = model(
        "divergence(D*gradient(u))",
        shape=maze.shape,
        boundary={"x-": {"value": 1}, "x+": {"value": 0}, "y": {"derivative": 0}},
        parameters={"D": {"file": "D.npy"}},
        grid={"domain": {"file": "maze.npy"}},
        directory=tmp_path,
    )
    a, b = stencil_matrix(given)
    u = np.zeros(maze.shape)
    u[maze] = spsolve(a, -b)
    flux = (2 * d[0] * (1 - u[0]))[maze[0]].sum()
    assert flux == pytest.approx((2 * d[-1] * u[-1])[maze[-1]].sum(), rel=1e-10)
    assert flux == pytest.approx(_through_resistors(maze, d), rel=1e-10)
    balance = Rates(given).of(u=np.where(maze, u, np.nan))
    assert abs(balance[maze]).max() < 1e-12


def _near(cells):
    padded = np.pad(cells.astype(int), 1)
    return padded[2:, 1:-1] + padded[:-2, 1:-1] + padded[1:-1, 2:] + padded[1:-1, :-2]


def _through_resistors(maze, d):
    """The current between two electrodes of 1 and 0 volts, by Kirchhoff's laws."""
    number = {tuple(cell): k for k, cell in enumerate(np.argwhere(maze))}
    laplacian, source = np.zeros((len(number),) * 2), np.zeros(len(number))
    for (i, j), k in number.items():
        for other in ((i + 1, j), (i, j + 1)):
            if other in number:
                g = 2 * d[i, j] * d[other] / (d[i, j] + d[other])
                m = number[other]
                laplacian[[k, m], [k, m]] += g
                laplacian[[k, m], [m, k]] -= g
        if i in (0, maze.shape[0] - 1):
            laplacian[k, k] += 2 * d[i, j]
            source[k] += 2 * d[i, j] * (i == 0)
    volts = np.linalg.solve(laplacian, source)
    return sum(2 * d[i, j] * (1 - volts[k]) for (i, j), k in number.items() if i == 0)


@pytest.mark.parametrize("advection", ["central", "upwind", {"limited": "superbee"}])
def test_what_is_in_a_domain_stays_in_it(advection):
    given = model(
        "divergence((1 + u)*gradient(u)) - divergence([cos(y), 1]*u)",
        shape=(14, 12),
        grid={"domain": "(x - 7)**2 + (y - 6)**2 < 25 and abs(x - 7) + abs(y - 6) > 2"},
        advection=advection,
    )
    cells = given._cells_of_domain
    u = np.where(cells, np.random.default_rng(5).uniform(0, 1, cells.shape), np.nan)
    found = rate(given, u=u)[cells]
    assert abs(found).max() > 0.1
    assert abs(found.sum()) < 1e-13


def test_walls_of_a_domain_move_with_the_stage():
    """u = t at the faces of a strip, du/dt = laplace(u) + 1: u = t is exact for rk4, if each stage has its own time."""
    given = model(
        "laplace(u) + 1",
        shape=(9,),
        grid={"domain": "2 < x < 7"},
        fields={"u": {"domain": {"value": "t + c"}}},
        parameters={"c": {"schedule": "0*t"}},
        scheme="rk4",
    )
    stepper = Steps(given, 0.2)
    stepper.step(10)
    np.testing.assert_allclose(stepper.inside("u"), np.where(given._cells_of_domain, 2.0, 0.0), rtol=1e-12)


def test_a_wave_in_a_box_is_a_wave_between_walls():
    """The velocity at the faces is the rate of change of the condition, as at walls."""
    text = {"u": {"tt": "laplace(u) + 0.1*laplace(u_t)"}}
    keys = {"scheme": "rk4", "boundary": {"value": 0.5}}
    boxed = model(text, shape=(9,), grid={"domain": "2 < x < 7"}, fields={"u": {"domain": {"value": 0.5}}}, **keys)
    walls = model(text, shape=(5,), **keys)
    bump = np.array([0.2, 0.9, 1.0, 0.3, -0.4])
    steppers = [Steps(boxed, 0.1), Steps(walls, 0.1)]
    steppers[0].put(u=np.array([0, 0, *bump, 0, 0]))
    steppers[1].put(u=bump)
    for stepper in steppers:
        stepper.step(20)
    np.testing.assert_allclose(steppers[0].inside("u")[2:7], steppers[1].inside("u"), rtol=1e-12)
    assert abs(steppers[1].inside("u") - bump).max() > 0.1


def test_numbers_over_the_field_are_those_over_the_domain():
    """Of an equation: mean, min, max, std and integral, one inside of another."""
    text = "mean(u) + 10*min(u) + 100*max(u) + 1000*integral(u - mean(u**2)) + std(u)"
    given = model(text, shape=(6, 5), spacing=0.5, grid={"domain": "x + y < 2"})
    cells = given._cells_of_domain
    u = np.random.default_rng(6).uniform(1, 2, cells.shape)
    v = u[cells]
    wanted = v.mean() + 10 * v.min() + 100 * v.max() + 1000 * (v - (v**2).mean()).sum() * 0.25 + v.std()
    np.testing.assert_allclose(rate(given, u=u)[cells], wanted, rtol=1e-12)
    flat = model("mean(u)", shape=(6, 5), grid={"domain": "x + y < 4"})
    assert (rate(flat, u=np.ones((6, 5)))[flat._cells_of_domain] == 1.0).all()


REFUSED = [
    ({"order": 4}, "model.order|take order: 2"),
    ({"upwind": 3}, "take upwind: 1"),
    ({"equations": "divergence([[1, 0.1], [0.1, 1]]*gradient(u))"}, "a tensor is diagonal"),
    ({"equations": "laplace(laplace(u))"}, "must be a named expression"),
    ({"equations": "at(u, 0.5, 0.5)"}, "the point lies in no cell of grid.domain"),
    ({"grid": {"domain": "x > 100"}}, "holds no cell"),
    ({"grid": {"domain": "x + t < 5"}}, "does not change"),
    ({"grid": {"domain": "x + 1"}}, "is a number; a comparison is expected"),
    ({"grid": {"domain": 3}}, "must be a condition"),
    ({"grid": {"domain": "x > 1"}, "fields": {"u": {"domain": "periodic"}}}, "is not periodic"),
    ({"grid": {"domain": "x > 1"}, "fields": {"u": {"domain": {"x-": {"value": 1}}}}}, "one condition for all faces"),
    ({"grid": {"domain": None}, "fields": {"u": {"domain": {"value": 1}}}}, "the grid has no domain"),
    ({"parameters": {"in_domain": 1}}, "is taken by the language"),
]


@pytest.mark.parametrize(
    ("keys", "message"), REFUSED, ids=lambda given: None if isinstance(given, dict) else given[:20]
)
def test_what_a_domain_cannot_be_or_have_is_refused(keys, message):
    keys = {"grid": {"domain": "x + y > 4"}, **keys}
    with pytest.raises(ValueError, match=message):
        model(keys.pop("equations", "laplace(u)"), shape=(6, 5), **keys)


@pytest.mark.parametrize(
    ("condition", "message"),
    [({"value": "q"}, "unknown name 'q'"), ({"mixed": [-3, 1]}, "a must be above -2"), ({"value": "1j"}, "is complex")],
)
def test_conditions_that_do_not_fit_are_refused_before_the_start(condition, message):
    given = model("laplace(u)", shape=(6,), grid={"domain": "x > 2"}, fields={"u": {"domain": condition}})
    with pytest.raises(InvalidValueError, match=message):
        given.check(0.1)


def test_a_named_expression_has_a_condition_of_its_own():
    """mu = -laplace(c) is 0.3 at the faces, as between walls; its outward derivative is 0 if it says nothing."""
    wall = {"derivative": 0}
    for condition in ({"value": 0.3}, {"derivative": 0}):
        keys = {"expressions": {"mu": {"value": "c**3 - laplace(c)", "domain": condition, "boundary": wall}}}
        boxed = model({"c": "laplace(mu)"}, shape=(9,), boundary=wall, grid={"domain": "2 < x < 7"}, **keys)
        keys = {"expressions": {"mu": {"value": "c**3 - laplace(c)", "boundary": condition}}}
        walls = model({"c": "laplace(mu)"}, shape=(5,), boundary=wall, **keys)
        c = np.array([0.2, 0.9, 1.0, 0.3, -0.4])
        found = rate(boxed, c=np.array([np.nan, np.nan, *c, np.nan, np.nan]))
        np.testing.assert_allclose(found[2:7], rate(walls, c=c), rtol=1e-12)


@pytest.mark.parametrize(
    ("text", "fields", "expressions"),
    [
        ("laplace(u) - divergence([0.3, 0.2]*u)", {"domain": {"mixed": [1, "t"]}}, {}),
        ("laplace(u**3 - u - mu)", {}, {"mu": {"value": "laplace(u)", "domain": {"value": 0.4}}}),
    ],
)
def test_implicit_schemes_on_a_domain_have_their_order(text, fields, expressions):
    """Against rk4 of the same discrete equations; the walls' numbers are explicit, what multiplies u is implicit."""

    def after(scheme, dt):
        keys = {"fields": {"u": {"initial": "sin(x)", **fields}}, "expressions": expressions, "scheme": scheme}
        grid = {"domain": "(x - 6)**2 + (y - 5)**2 < 16"}
        stepper = Steps(model(text, shape=(12, 10), boundary={"derivative": 0}, grid=grid, **keys), dt)
        stepper.step(round(0.2 / dt))
        return stepper.inside("u").copy()

    exact = after("rk4", 0.005)
    assert exact[0, 0] == 0.0
    for scheme, order in (("imex1", 1), ("imex2", 2), ("imex3", 3)):
        errors = [abs(after(scheme, dt) - exact).max() for dt in (0.04, 0.02)]
        assert order_of(errors) == pytest.approx(order, abs=0.35), scheme


def test_large_implicit_solves_on_a_domain(monkeypatch):
    """By iteration as by factors; nothing outside."""
    keys = {"fields": {"u": {"domain": {"value": 0.5}}}, "scheme": "imex2"}
    grid = {"domain": "(x - 15)**2 + (y - 15)**2 < 150 and not 12 < x < 14"}
    right = np.random.default_rng(8).normal(size=(1, 30, 30))
    found = []
    for most in (10**6, 0):
        monkeypatch.setitem(solvers.FACTORISED, 2, most)
        given = model("2*laplace(u)", shape=(30, 30), grid=grid, **keys)
        cells = given._cells_of_domain
        (solver,) = given._plan[1].system.solvers
        found.append(solver.solve(np.where(cells, right, 0.0), 0.0, 0.4))
        assert (found[-1][0][~cells] == 0.0).all()
    assert abs(found[0]).max() > 0.5
    np.testing.assert_allclose(found[0], found[1], rtol=0, atol=1e-11)


@pytest.mark.parametrize(
    ("condition", "message"),
    [({"mixed": ["x", 1]}, "an a that is a number"), ({"mixed": [-0.5, 1]}, "must not be below 0")],
)
def test_conditions_that_an_implicit_solve_cannot_have_are_refused(condition, message):
    keys = {"fields": {"u": {"domain": condition}}, "scheme": "imex"}
    given = model("laplace(u)", shape=(6,), grid={"domain": "x > 2"}, **keys)
    with pytest.raises(InvalidValueError, match=message):
        given.check(0.1)
