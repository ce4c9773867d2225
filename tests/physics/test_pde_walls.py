"""Walls as written, against NumPy: ghost cells by the formulas of docs/equations.md, filled here by hand.

Steps are those of `oracles.plain`, which `test_pde_engine` shows to be the engine's own.
"""

import math

import numpy as np
import pytest
from scipy.integrate import solve_ivp

import simcore
from simcore.models.grid.pde import Pde
from simcore.runs.verify import verify
from tests.physics.oracles.plain import Stepper

H = 0.25


def model(equations, boundary=None, shape=(5,), spacing=H, **keys):
    fields = keys.pop("fields", {name: {"initial": "cos(x)"} for name in equations})
    grid = {"shape": list(shape), "spacing": spacing, **({} if boundary is None else {"boundary": boundary})}
    return Pde.model_validate({"grid": grid, "fields": fields, "equations": equations, **keys})


def centres(shape, h=H):
    return np.meshgrid(*((np.arange(n) + 0.5) * h for n in shape), indexing="ij")


def value(v):
    return lambda d, *at: (-1.0, 2.0 * v(*at))


def derivative(g):
    return lambda d, *at: (1.0, d * g(*at))


def mixed(a, b):
    return lambda d, *at: ((2.0 - a(*at) * d) / (2.0 + a(*at) * d), 2.0 * d * b(*at) / (2.0 + a(*at) * d))


def either(holds, one, other):
    return lambda d, *at: tuple(np.where(holds(*at), p, q) for p, q in zip(one(d, *at), other(d, *at), strict=True))


def padded(u, walls, t, depth=1, h=H):
    """Corners left alone. walls: by (axis, end) a function of d, t and the coordinates along the side."""
    wide = np.pad(u, depth, mode="wrap")
    inner = [slice(depth, depth + n) for n in u.shape]
    for (axis, end), wall in walls.items():
        along = [c.take(0, axis) for a, c in enumerate(centres(u.shape, h)) if a != axis]
        for layer in range(1, depth + 1):
            index = list(inner)
            index[axis] = depth - layer if end == 0 else depth + u.shape[axis] + layer - 1
            scale, shift = wall((2 * layer - 1) * h, t, *along)
            mirror = u.take(layer - 1 if end == 0 else -layer, axis)
            wide[tuple(index)] = scale * mirror + shift
    return wide


def moved(wide, depth, axis, cells):
    return wide[
        tuple(slice(depth + cells * (a == axis), n - depth + cells * (a == axis)) for a, n in enumerate(wide.shape))
    ]


def laplace(wide, depth=1, order=2, h=H):
    total = 0.0
    for axis in range(wide.ndim):
        near, far = (
            moved(wide, depth, axis, -n) + moved(wide, depth, axis, n) - 2 * moved(wide, depth, axis, 0)
            for n in (1, depth)
        )
        total = total + (near if order == 2 else (16 * near - far) / 12) / h**2
    return total


def rk4(rate, u, dt, steps):
    t = 0.0
    for step in range(steps):
        t = step * dt
        k1 = rate(u, t)
        k2 = rate(u + dt / 2 * k1, t + dt / 2)
        k3 = rate(u + dt / 2 * k2, t + dt / 2)
        k4 = rate(u + dt * k3, t + dt)
        u = u + dt / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    return u


TWO_KINDS = {"where": "y < 0.5", "then": {"value": "1 + t"}, "else": {"derivative": "y*t"}}
WALLS = {
    "mixed, a varies along the side": (
        (5, 4),
        {"x-": {"mixed": ["1 + y**2", "cos(t)"]}, "x+": {"mixed": ["0.5*y", "y"]}, "y": {"derivative": 0}},
        {
            (0, 0): mixed(lambda t, y: 1 + y**2, lambda t, y: math.cos(t)),
            (0, 1): mixed(lambda t, y: 0.5 * y, lambda t, y: y),
            (1, 0): derivative(lambda t, x: 0.0),
            (1, 1): derivative(lambda t, x: 0.0),
        },
    ),
    "mixed, a moves": (
        (6,),
        {"x-": {"mixed": ["2 + sin(9*t)", 1]}, "x+": {"value": "t"}},
        {(0, 0): mixed(lambda t: 2 + math.sin(9 * t), lambda t: 1.0), (0, 1): value(lambda t: t)},
    ),
    "two kinds on one side": (
        (4, 5),
        {"x-": TWO_KINDS, "x+": {"value": 0}, "y": "periodic"},
        {
            (0, 0): either(lambda t, y: y < 0.5, value(lambda t, y: 1 + t), derivative(lambda t, y: y * t)),
            (0, 1): value(lambda t, y: 0.0),
        },
    ),
    "three kinds on one side in three dimensions, that move": (
        (4, 3, 3),
        {
            "x": "periodic",
            "y": {"derivative": 1},
            "z-": {"value": 1},
            "z+": {
                "where": "x < 0.3 + t",
                "then": {"value": 0.5},
                "else": {"where": "y > 0.3", "then": {"mixed": [2, "x"]}, "else": {"derivative": -1}},
            },
        },
        {
            (1, 0): derivative(lambda t, x, z: 1.0),
            (1, 1): derivative(lambda t, x, z: 1.0),
            (2, 0): value(lambda t, x, y: 1.0),
            (2, 1): either(
                lambda t, x, y: x < 0.3 + t,
                value(lambda t, x, y: 0.5),
                either(
                    lambda t, x, y: y > 0.3,
                    mixed(lambda t, x, y: 2.0, lambda t, x, y: x),
                    derivative(lambda t, x, y: -1.0),
                ),
            ),
        },
    ),
}


@pytest.mark.parametrize("order", [2, 4])
@pytest.mark.parametrize("case", WALLS)
def test_walls_are_those_of_the_formulas(case, order):
    """order 4 reads two ghost cells, the second one 3 h from its mirror cell."""
    shape, boundary, walls = WALLS[case]
    given = model({"u": "0.1*laplace(u)"}, boundary, shape, scheme="rk4", order=order)
    depth = order // 2
    wanted = rk4(
        lambda u, t: 0.1 * laplace(padded(u, walls, t, depth), depth, order), np.cos(centres(shape)[0]), 0.05, 4
    )
    np.testing.assert_allclose(Stepper(given, 0.05).step(4).inside("u"), wanted, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("upper", [value(lambda t: 1j * math.sin(t)), derivative(lambda t: 1j * math.sin(t))])
def test_complex_walls_are_those_of_the_formulas(upper):
    kind = "value" if upper(1.0, 0.0)[0] < 0 else "derivative"
    boundary = {"x-": {"mixed": ["1 + 0.5j", "exp(1j*t)"]}, "x+": {kind: "1j*sin(t)"}}
    given = model(
        {"u": "0.1j*laplace(u)"},
        boundary,
        (6,),
        fields={"u": {"initial": "exp(1j*x)", "dtype": "complex128"}},
        scheme="rk4",
    )
    walls = {(0, 0): mixed(lambda t: 1 + 0.5j, lambda t: np.exp(1j * t)), (0, 1): upper}
    wanted = rk4(lambda u, t: 0.1j * laplace(padded(u, walls, t)), np.exp(1j * centres((6,))[0]), 0.05, 4)
    np.testing.assert_allclose(Stepper(given, 0.05).step(4).inside("u"), wanted, rtol=1e-12, atol=1e-12)


def test_an_implicit_solve_takes_complex_walls():
    """(1 - s L) w - r vanishes, L w by NumPy."""
    boundary = {"x-": {"mixed": ["1 + 0.5j", 2]}, "x+": {"value": "1 + 1j"}}
    fields = {"u": {"initial": 0, "dtype": "complex128"}}
    given = model({"u": "1j*laplace(u)"}, boundary, (6,), fields=fields, scheme="imex")
    given.check(0.7)
    (solver,) = given._plan[1].system.solvers
    solver.set_up(0.7)
    right = np.arange(6.0) ** 2 + 0j
    (w,) = solver.solve(right[np.newaxis], 0.0, 0.7)
    walls = {(0, 0): mixed(lambda t: 1 + 0.5j, lambda t: 2.0), (0, 1): value(lambda t: 1 + 1j)}
    change = 1j * laplace(padded(w, walls, 0.0))
    np.testing.assert_allclose(w - solver.gamma * 0.7 * change, right, atol=1e-12)


def test_an_impedance_wall_lets_no_wave_come_back():
    """i u_t = -u_xx/2 has the wave exp(i (k x - k^2 t/2)); du/dn - i k u = 0 lets it leave. Of second order in h."""
    k = 2.0

    def wrong(cells):
        given = model(
            {"u": "0.5j*laplace(u)"},
            {"x-": {"value": f"exp(-0.5j*{k**2}*t)"}, "x+": {"mixed": [f"-1j*{k}", 0]}},
            (cells,),
            3.0 / cells,
            fields={"u": {"initial": f"exp(1j*{k}*x)", "dtype": "complex128"}},
            scheme="rk4",
        )
        (x,) = given.coordinates().values()
        found = Stepper(given, 0.5 / 400).step(400).inside("u")
        return np.abs(found - np.exp(1j * (k * x - k**2 * 0.25))).max()

    assert math.log2(wrong(16) / wrong(32)) == pytest.approx(2.0, abs=0.2)


def test_order_two_in_space_at_a_mixed_wall_with_varying_a():
    """u = cos(t) sin(x + 0.3) cos(y); b is what it is at the walls."""

    def wrong(cells):
        a = "(1 + y**2)"
        given = model(
            {"u": "D*laplace(u) + (2*D*cos(t) - sin(t))*sin(x + 0.3)*cos(y)"},
            {
                "x-": {"mixed": [a, f"cos(t)*cos(y)*({a}*sin(0.3) - cos(0.3))"]},
                "x+": {"mixed": [a, f"cos(t)*cos(y)*({a}*sin(1.3) + cos(1.3))"]},
                "y-": {"derivative": 0},
                "y+": {"derivative": "-cos(t)*sin(x + 0.3)*sin(1)"},
            },
            (cells, cells),
            1.0 / cells,
            parameters={"D": 0.5},
            fields={"u": {"initial": "sin(x + 0.3)*cos(y)"}},
            scheme="rk4",
        )
        x, y = np.meshgrid(*given.coordinates().values(), indexing="ij")
        found = Stepper(given, 0.5 / 240).step(240).inside("u")
        return np.abs(found - math.cos(0.5) * np.sin(x + 0.3) * np.cos(y)).max()

    assert math.log2(wrong(8) / wrong(16)) == pytest.approx(2.0, abs=0.1)


SECOND = {
    "value": ({"value": "sin(8*t)"}, value(lambda t: math.sin(8 * t)), value(lambda t: 8 * math.cos(8 * t))),
    "derivative": (
        {"derivative": "sin(8*t)"},
        derivative(lambda t: math.sin(8 * t)),
        derivative(lambda t: 8 * math.cos(8 * t)),
    ),
    "mixed": (
        {"mixed": [2, "t**2"]},
        mixed(lambda t: 2.0, lambda t: t**2),
        mixed(lambda t: 2.0, lambda t: 2 * t),
    ),
    "a rate of its own": (
        {"value": "where(t < pi/8, 1 - cos(8*t), 2)"},
        value(lambda t: 1 - math.cos(8 * min(t, math.pi / 8))),
        value(lambda t: 8 * math.sin(8 * min(t, math.pi / 8))),
    ),
}
RATE = {"x-": {"value": "where(t < pi/8, 8*sin(8*t), 0)"}}


@pytest.mark.parametrize("kind", SECOND)
def test_the_velocity_at_a_wall_is_the_rate_of_change_of_the_wall(kind):
    """u'' = laplace(u) + 0.1 laplace(u'), by the method of lines of SciPy with both ghost cells written here."""
    written, wall, rate = SECOND[kind]
    n = 20
    given = model(
        {"u": {"tt": "laplace(u) + 0.1*laplace(u_t)"}},
        {"x-": written, "x+": {"value": 0}},
        (n,),
        1.0 / n,
        fields={"u": {"initial": "0", **({"velocity_boundary": RATE} if kind == "a rate of its own" else {})}},
        scheme="rk4",
    )
    still = value(lambda t: 0.0)

    def right(t, both):
        u, v = both[:n], both[n:]
        wide = padded(u, {(0, 0): wall, (0, 1): still}, t, h=1 / n)
        rates = padded(v, {(0, 0): rate, (0, 1): still}, t, h=1 / n)
        return np.concatenate([v, laplace(wide, h=1 / n) + 0.1 * laplace(rates, h=1 / n)])

    begun = np.zeros(2 * n)
    for span in ((0.0, math.pi / 8), (math.pi / 8, 0.5)):
        begun = solve_ivp(right, span, begun, "DOP853", rtol=1e-11, atol=1e-12).y[:, -1]
    found = Stepper(given, 0.002).step(250).inside("u")
    assert np.abs(begun[:n]).max() > 0.02
    np.testing.assert_allclose(found, begun[:n], atol=2e-6)


@pytest.mark.parametrize(("scheme", "lag"), [("leapfrog", 0.5), ("rk4", 0.0), ("rk2", 0.0)])
def test_the_wall_of_a_velocity_is_taken_at_the_time_of_the_velocity(scheme, lag):
    given = model({"u": {"tt": "laplace(u)"}}, {"x-": {"value": "sin(8*t)"}, "x+": {"value": 0}}, scheme=scheme)
    stepper = Stepper(given, 0.01).step(7)
    ghost, first = stepper.arrays["u_t"][:2]
    assert ghost == pytest.approx(2 * 8 * math.cos(8 * 0.01 * (7 - lag)) - first, rel=1e-13)


def test_the_boundary_of_a_velocity_may_be_given():
    given = model(
        {"u": {"tt": "laplace(u) + laplace(u_t)"}},
        {"x-": {"value": "floor(t)"}, "x+": {"derivative": "t"}},
        fields={"u": {"initial": 0, "velocity_boundary": {"x-": {"value": "3*t"}}}},
        scheme="rk4",
    )
    stepper = Stepper(given, 0.01).step(5)
    wide = stepper.arrays["u_t"]
    assert wide[0] == pytest.approx(2 * 0.15 - wide[1], rel=1e-13)
    assert wide[-1] == pytest.approx(wide[-2] + H, rel=1e-13)


def run_of(steps=12, **more):
    return {
        "model": {
            "type": "pde",
            "grid": {
                "shape": [23, 9],
                "boundary": {
                    "x-": {"where": "y < 3 + 8*t", "then": {"value": "exp(1j*t)"}, "else": {"mixed": ["1 + y", "t"]}},
                    "x+": {"derivative": "1j*sin(y)"},
                    "y": "periodic",
                },
            },
            "fields": {
                "u": {"initial": "cos(x + y)", "dtype": "complex128"},
                "v": {"initial": "sin(x)", "boundary": {"x": {"mixed": ["2 + cos(5*t)", 1]}}},
                "w": {"initial": 0, "boundary": {"x-": {"value": "sin(8*t)"}, "x+": {"derivative": 0}}},
            },
            "equations": {
                "u": "0.1*laplace(u) - dy(sin(2*pi*y/9)*u)",
                "v": "0.1*laplace(v) - dy(sin(2*pi*y/9)*v)",
                "w": {"tt": "laplace(w) + 0.1*laplace(w_t)"},
            },
            "scheme": "rk4",
            "order": 4,
        },
        "run": {"seed": 1, "dt": 0.05, "steps": steps, "measure_every": 2, **more},
    }


def test_the_engine_fills_the_same_ghost_cells(tmp_path):
    """Compiled, with three workers, stopped after 5 steps and resumed: plain NumPy, and to the bit one worker's."""
    keys = {name: value for name, value in run_of()["model"].items() if name != "type"}
    stepper = Stepper(Pde.model_validate(keys), 0.05).step(12)
    simcore.run(run_of(5), workers=3, out=tmp_path / "parts")
    parts = simcore.resume(tmp_path / "parts", workers=2, overrides={"run.steps": 12}).fields
    whole = simcore.run(run_of(), workers=1, out=tmp_path / "whole").fields
    for name in ("u", "v", "w"):
        np.testing.assert_allclose(whole[name].values[-1], stepper.inside(name), rtol=1e-12, atol=1e-12)
        np.testing.assert_array_equal(parts[name].values[-1], whole[name].values[-1])


@pytest.mark.slow
def test_1_2_3_and_7_workers_give_the_same_bits():
    assert len({row.digest for row in verify(run_of(40), workers=(1, 2, 3, 7))}) == 1
