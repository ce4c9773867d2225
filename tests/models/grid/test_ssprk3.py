"""The scheme of Shu and Osher: its order, its walls, and what it keeps."""

import numpy as np
import pytest

from simcore.models.grid import schemes
from tests.models.grid.flowing import Steps, model, order_of


def test_its_order_is_3_at_moving_walls_too():
    """du/dt = laplace(u) - u**3 + cos(3 t) with a wall at sin(2 t), against rk4 with a short step."""

    def after(scheme, dt):
        given = model(
            "laplace(u) - u**3 + cos(3*t)",
            shape=(5,),
            boundary={"x-": {"value": "sin(2*t)"}, "x+": {"derivative": 0}},
            fields={"u": {"initial": "x/5"}},
            scheme=scheme,
        )
        return Steps(given, dt).step(round(1 / dt)).inside("u").copy()

    exact = after("rk4", 0.005)
    errors = [abs(after("ssprk3", dt) - exact).max() for dt in (0.1, 0.05, 0.025)]
    np.testing.assert_allclose(order_of(errors), 3, atol=0.2)


def test_it_creates_no_new_extrema_where_euler_creates_none():
    """A step and a bump, carried by a limited flux at dt = h/2, the longest that euler takes."""
    given = model(
        "-divergence(u)",
        shape=(40,),
        fields={"u": {"initial": "where((x > 5) & (x < 15), 1, 0) + exp(-(x - 28)**2/8)"}},
        advection={"limited": "superbee"},
        scheme="ssprk3",
    )
    stepper = Steps(given, 0.5)
    before = stepper.inside("u").copy()
    for _ in range(20):
        stepper.step()
        now = stepper.inside("u")
        assert before.min() - 1e-15 <= now.min()
        assert now.max() <= before.max() + 1e-15
    assert now.sum() == pytest.approx(before.sum(), rel=1e-14)
    assert abs(now - before).max() > 0.5


def test_its_longest_step_for_diffusion():
    """|R(z)| = 1 at z = -2.5127 (E. Hairer, G. Wanner, Solving Ordinary Differential Equations II, figure IV.2.1)."""
    scheme = schemes.SCHEMES["ssprk3"]()
    assert scheme.reach(np.array([-1.0 + 0j])) == pytest.approx(2.5127, abs=1e-4)
