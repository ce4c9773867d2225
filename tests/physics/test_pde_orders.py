"""Orders in time and space, measured by manufactured solutions for every scheme and every kind of wall.

Steps are those of `oracles.plain`, which `test_pde_engine` shows to be the engine's own, to the last bit.
"""

import math

import numpy as np
import pytest

from simcore.models.grid.pde import Pde
from tests.physics.oracles.plain import Stepper

D, CELLS, LENGTH = 0.3, 12, 2.0
MODES = {
    "periodic": ("periodic", "cos(2*pi*x/2 + 0.3)", 2 * math.pi / LENGTH),
    "value": ({"value": 0.0}, "sin(pi*x/2)", math.pi / LENGTH),
    "derivative": ({"derivative": 0.0}, "cos(pi*x/2)", math.pi / LENGTH),
}


def error(model, dt, t_end, exact):
    """The largest difference from `exact`, values at the cells, at t_end."""
    stepper = Stepper(model, dt).step(round(t_end / dt))
    return np.abs(stepper.inside("u") - exact).max()


def mode_problem(kind, scheme, second=False):
    """u = A(t) phi(x), A = 1 + sin(2 t)/2, phi a mode of the discrete Laplacian: no error in space is left."""
    boundary, phi, k = MODES[kind]
    rate = 4.0 * math.sin(k * LENGTH / CELLS / 2.0) ** 2 / (LENGTH / CELLS) ** 2
    derivative = "(0 - 2*sin(2*t))" if second else "cos(2*t)"
    right = f"D*laplace(u) - u**3 + phi*({derivative} + rate*D*A) + (A*phi)**3"
    return Pde.model_validate(
        {
            "grid": {"shape": [CELLS], "extent": LENGTH, "boundary": boundary},
            "parameters": {"D": D, "rate": rate},
            "fields": {"u": {"initial": phi, **({"velocity": phi} if second else {})}},
            "expressions": {"A": "1 + sin(2*t)/2", "phi": phi},
            "equations": {"u": {"tt": right} if second else right},
            "scheme": scheme,
        }
    )


def mode_error(kind, scheme, steps, second=False, t_end=1.0):
    model = mode_problem(kind, scheme, second)
    (x,) = model.coordinates().values()
    _, _, k = MODES[kind]
    phase = {"periodic": 0.3, "value": -math.pi / 2, "derivative": 0.0}[kind]
    return error(model, t_end / steps, t_end, (1 + math.sin(2 * t_end) / 2) * np.cos(k * x + phase))


@pytest.mark.parametrize("kind", MODES)
@pytest.mark.parametrize(("scheme", "order"), [("euler", 1), ("rk2", 2), ("rk4", 4), ("imex", 2)])
def test_order_in_time(kind, scheme, order):
    coarse, fine = (mode_error(kind, scheme, steps) for steps in (80, 160))
    assert math.log2(coarse / fine) == pytest.approx(order, abs=0.15)


@pytest.mark.parametrize("kind", MODES)
@pytest.mark.parametrize(("scheme", "order"), [("leapfrog", 2), ("rk4", 4)])
def test_order_in_time_of_equations_of_second_order(kind, scheme, order):
    coarse, fine = (mode_error(kind, scheme, steps, second=True) for steps in (80, 160))
    assert math.log2(coarse / fine) == pytest.approx(order, abs=0.15)


def test_leapfrog_starts_with_its_own_order():
    """One step is wrong by O(dt^3) in u, so that no order is lost at the start."""
    coarse, fine = (mode_error("value", "leapfrog", 1, second=True, t_end=t) for t in (0.02, 0.01))
    assert math.log2(coarse / fine) == pytest.approx(3.0, abs=0.15)


def test_walls_that_move_are_those_of_the_stage():
    """u = (1 + x + 2 y) cos(3 t) is linear in space: all error is that of rk4, of order 4 at walls too."""
    model = Pde.model_validate(
        {
            "grid": {
                "shape": [5, 4],
                "spacing": 0.25,
                "boundary": {
                    "x-": {"value": "(1 + 2*y)*cos(3*t)"},
                    "x+": {"derivative": "cos(3*t)"},
                    "y-": {"mixed": [0.5, "(0.5*(1 + x) - 2)*cos(3*t)"]},
                    "y+": {"value": "(3 + x)*cos(3*t)"},
                },
            },
            "fields": {"u": {"initial": "1 + x + 2*y"}},
            "equations": {"u": "0.2*laplace(u) - 3*(1 + x + 2*y)*sin(3*t)"},
            "scheme": "rk4",
        }
    )
    x, y = np.meshgrid(*model.coordinates().values(), indexing="ij")
    exact = (1 + x + 2 * y) * math.cos(3.0)
    coarse, fine = (error(model, 1.0 / steps, 1.0, exact) for steps in (80, 160))
    assert math.log2(coarse / fine) == pytest.approx(4.0, abs=0.2)


WALLS = {
    "periodic": "periodic",
    "value": {"x-": {"value": "cos(t)*exp(sin(1))"}, "x+": {"value": "cos(t)*exp(sin(2*pi*1 + 1))"}},
    "derivative": {
        "x-": {"derivative": "0 - 2*pi*cos(1)*cos(t)*exp(sin(1))"},
        "x+": {"derivative": "2*pi*cos(1)*cos(t)*exp(sin(1))"},
    },
    "mixed": {
        "x-": {"mixed": [2, "cos(t)*exp(sin(1))*(2 - 2*pi*cos(1))"]},
        "x+": {"mixed": [0.5, "cos(t)*exp(sin(1))*(0.5 + 2*pi*cos(1))"]},
    },
}
FORM = "exp(sin(2*pi*x + 1))"
SLOPE = f"(2*pi*cos(2*pi*x + 1)*{FORM})"
CURVE = f"(4*pi**2*(cos(2*pi*x + 1)**2 - sin(2*pi*x + 1))*{FORM})"


def space_error(cells, wall, rate, source, **keys):
    """Of u = cos(t) exp(sin(2 pi x + 1)) on [0, 1] at t = 0.25; rk4 adds next to nothing."""
    model = Pde.model_validate(
        {
            "grid": {"shape": [cells], "extent": 1.0, "boundary": WALLS[wall]},
            "fields": {"u": {"initial": FORM}},
            "equations": {"u": f"{rate} - sin(t)*{FORM} - cos(t)*({source})"},
            "scheme": "rk4",
            **keys,
        }
    )
    (x,) = model.coordinates().values()
    return error(model, 1.0 / 400, 0.25, math.cos(0.25) * np.exp(np.sin(2 * np.pi * x + 1)))


@pytest.mark.parametrize(
    ("wall", "order", "reached"),
    [
        ("periodic", 2, 2),
        ("value", 2, 2),
        ("derivative", 2, 2),
        ("mixed", 2, 2),
        ("periodic", 4, 4),
        ("value", 4, 2),
        ("mixed", 4, 2),
    ],
)
def test_order_in_space_of_diffusion(wall, order, reached):
    """Differences of order 4 keep it where there is no wall; a ghost cell is of second order whatever follows."""
    coarse, fine = (space_error(n, wall, "0.02*laplace(u)", f"0.02*{CURVE}", order=order) for n in (40, 80))
    assert math.log2(coarse / fine) == pytest.approx(reached, abs=0.25)


@pytest.mark.parametrize(("upwind", "sign"), [(1, 1), (1, -1), (3, 1), (3, -1)])
def test_order_in_space_of_advection(upwind, sign):
    coarse, fine = (
        space_error(n, "periodic", f"0 - advect({sign}, u)", f"{-sign}*{SLOPE}", upwind=upwind) for n in (80, 160)
    )
    assert math.log2(coarse / fine) == pytest.approx(upwind, abs=0.2)


@pytest.mark.parametrize("scheme", ["rk4", "imex"])
def test_order_in_space_of_an_operator_of_an_operator_at_walls(scheme):
    """u = sin(pi x) cos(t), u and its laplace 0 at the walls; the inner operator has walls of its own."""

    def wrong(cells):
        model = Pde.model_validate(
            {
                "grid": {"shape": [cells], "extent": 1.0, "boundary": {"value": 1.0}},
                "fields": {"u": {"initial": "1 + sin(pi*x)"}},
                "expressions": {"bend": {"value": "laplace(u)", "boundary": {"value": 0}}},
                "equations": {"u": "0 - 1e-3*laplace(bend) - sin(pi*x)*sin(t) + 1e-3*pi**4*sin(pi*x)*cos(t)"},
                "scheme": scheme,
            }
        )
        (x,) = model.coordinates().values()
        dt = 1.0 / 3200 if scheme == "rk4" else 1.0 / 800
        return error(model, dt, 0.125, 1 + np.sin(np.pi * x) * math.cos(0.125))

    assert math.log2(wrong(10) / wrong(20)) == pytest.approx(2.0, abs=0.15)
