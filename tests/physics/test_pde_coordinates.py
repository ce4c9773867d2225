"""Coordinates that operators read at other cells: they wrap on periodic axes and go on beyond walls; against NumPy."""

import numpy as np
import pytest

from tests.physics.oracles.plain import Stepper
from tests.physics.test_pde_walls import H, centres, model

VELOCITY = "sin(pi*x/32)"
FORMS = {
    "central": (f"-dx({VELOCITY}*u) + 0.5*laplace(u)", {}),
    "order 4": (f"-dx({VELOCITY}*u) + 0.5*laplace(u)", {"order": 4}),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_velocity_by_a_formula_conserves_mass_on_a_periodic_axis(form):
    rate, keys = FORMS[form]
    given = model({"u": rate}, None, (32,), 1.0, fields={"u": {"initial": 1}}, scheme="rk4", **keys)
    u = Stepper(given, 0.1).step(200).inside("u")
    assert u.sum() == pytest.approx(32.0, abs=32 * 1e-14 * 200)


@pytest.mark.parametrize("shape", [(1,), (2,), (7,), (4, 3), (2, 3, 4)])
@pytest.mark.parametrize("order", [2, 4])
def test_coordinates_wrap_with_the_cell_on_periodic_axes(shape, order):
    """c = sqrt(1 + x + 2 y + 3 z) of the cell that is read, by np.roll; also where a stencil is wider than the grid."""
    axes = "xyz"[: len(shape)]
    c = "sqrt(1 + " + " + ".join(f"{n}*{axis}" for n, axis in enumerate(axes, 1)) + ")"
    rate = " + ".join(f"d{axis}({c}*u)" for axis in axes)
    given = model({"u": rate}, None, shape, order=order)
    at = centres(shape)
    u = np.cos(at[0])
    flux = np.sqrt(1 + sum(n * x for n, x in enumerate(at, 1))) * u
    total = 0.0
    for axis in range(len(shape)):
        near, far = (np.roll(flux, -n, axis) - np.roll(flux, n, axis) for n in (1, 2))
        total = total + (near / (2 * H) if order == 2 else (8 * near - far) / (12 * H))
    np.testing.assert_allclose(Stepper(given, 0.01).step().inside("u"), u + 0.01 * total, rtol=1e-13, atol=1e-13)


def test_coordinates_at_a_wall_are_those_of_the_wall():
    """c(x)*u at a wall of value v is c*v: beyond it the flux is twice that, less the flux of the mirror cell."""
    given = model({"u": "dx((2 + x)*u)"}, {"value": "3"})
    (x,) = centres((5,))
    flux = (2 + x) * np.cos(x)
    ends = 2 * 3 * (2 + np.array([0.0, 5 * H])) - flux[[0, -1]]
    flux = np.concatenate([ends[:1], flux, ends[1:]])
    wanted = np.cos(x) + 0.01 * (flux[2:] - flux[:-2]) / (2 * H)
    np.testing.assert_allclose(Stepper(given, 0.01).step().inside("u"), wanted, rtol=1e-13)


def test_a_wall_takes_the_coordinate_of_the_cell_in_corners_too():
    given = model({"u": "laplace(u)"}, {"x-": {"value": "sin(y)"}, "x+": {"value": 0}, "y": "periodic"}, (3, 4))
    wide = Stepper(given, 0.01).arrays["u"]
    assert wide[0, 0] == wide[0, 4]
    assert wide[0, 5] == wide[0, 1]
