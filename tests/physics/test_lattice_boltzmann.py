"""Flows by the lattice Boltzmann method against exact solutions and published numbers."""

import numpy as np
import pytest

import simcore
from simcore.runs.verify import verify


def flow(sweeps, every=None, **model):
    model = {"type": "lattice_boltzmann", **model}
    return {"model": model, "run": {"seed": 1, "sweeps": sweeps, "measure_every": every or sweeps}}


def test_a_poiseuille_flow_is_exact_with_two_relaxation_rates():
    """u = F/(2 nu) y (L - y) at every cell, for any viscosity, since the walls lie half-way with magic = 3/16."""
    y = np.arange(10) + 0.5
    for viscosity, force in ((0.05, 1e-6), (0.4, 1e-5)):
        parameters = {"viscosity": viscosity, "force_x": force}
        run = simcore.prepare(flow(8000, shape=[3, 10], walls=["y-", "y+"], parameters=parameters))()
        exact = force / (2 * viscosity) * y * (10 - y)
        np.testing.assert_allclose(run.final("ux"), np.broadcast_to(exact, (3, 10)), rtol=1e-6)
        assert abs(run.final("uy")).max() < 1e-15
        assert run.series["density"][-1] == pytest.approx(1, rel=1e-11)


@pytest.mark.slow
def test_vortices_decay_and_cylinders_take_the_force():
    """Taylor and Green: the energy falls as exp(-4 nu k^2 t), of second order; then a periodic array of cylinders."""
    errors = []
    for n in (16, 32):
        k, u, nu = 2 * np.pi / n, 0.32 / n, 0.1
        steps = n * n // 4
        velocity = [f"-{u}*cos({k}*x)*sin({k}*y)", f"{u}*sin({k}*x)*cos({k}*y)"]
        density = f"1 - 0.75*{u}**2*(cos(2*{k}*x) + cos(2*{k}*y))"
        given = flow(steps, shape=[n, n], velocity=velocity, density=density, parameters={"viscosity": nu})
        energy = float(simcore.prepare(given)().series["energy"][-1])
        errors.append(abs(energy / (u**2 / 4 * np.exp(-4 * nu * k**2 * steps)) - 1))
    assert errors[1] < 0.01
    assert np.log2(errors[0] / errors[1]) > 1.6
    given = flow(
        4000,
        shape=[20, 16],
        domain="(x - 10)**2 + (y - 8)**2 > 16",
        parameters={"viscosity": 0.2, "force_x": 1e-6, "force_y": -5e-7},
    )
    run = simcore.prepare(given)()
    fluid = int(np.isfinite(run.final("ux")).sum())
    assert fluid == 20 * 16 - 52
    assert run.series["drag_x"][-1] == pytest.approx(1e-6 * fluid, rel=1e-4)
    assert run.series["drag_y"][-1] == pytest.approx(-5e-7 * fluid, rel=1e-4)
    assert len({row.digest for row in verify(flow(30, **given["model"]), workers=(1, 2, 3, 7))}) == 1


@pytest.mark.slow
def test_a_cavity_with_a_lid_at_reynolds_100():
    """The least u on the vertical centre line is -0.21404 at y = 0.4581: O. Botella, R. Peyret, Comp. Fluids 27 (1998).

    Some of the values of U. Ghia, K. N. Ghia, C. T. Shin, J. Comp. Phys. 48, 387 (1982), table I, on the same line.
    """
    n, lid = 64, 0.1
    walls = ["x-", "x+", "y-", "y+"]
    parameters = {"viscosity": lid * n / 100, "lid_velocity": lid}
    run = simcore.prepare(flow(15000, shape=[n, n], walls=walls, lid="y+", parameters=parameters))()
    line = run.final("ux")[n // 2 - 1 : n // 2 + 1].mean(axis=0) / lid
    y = (np.arange(n) + 0.5) / n
    assert line.min() == pytest.approx(-0.21404, rel=0.01)
    assert y[line.argmin()] == pytest.approx(0.4581, abs=0.02)
    for place, value in ((0.1719, -0.10150), (0.5, -0.20581), (0.7344, 0.00332), (0.8516, 0.23151)):
        assert np.interp(place, y, line) == pytest.approx(value, abs=0.006)


REFUSED = [
    ({"walls": ["y-"]}, r"give y\+, too"),
    ({"lid": "y+"}, "is no wall"),
    ({"parameters": {"lid_velocity": 0.1}}, "no wall moves"),
    ({"shape": [4, 4, 4]}, "has two axes"),
    ({"density": "x - 2"}, "must be above 0"),
    ({"velocity": ["0.6", "0"]}, "speed of sound"),
    ({"velocity": ["u", "0"]}, "unknown name 'u'"),
    ({"domain": "x > 9"}, "holds no cell"),
]


@pytest.mark.parametrize(("keys", "message"), REFUSED, ids=[message for _, message in REFUSED])
def test_what_does_not_fit_is_refused_in_one_line(keys, message):
    with pytest.raises(simcore.errors.SimcoreError, match=message) as refused:
        simcore.prepare(flow(1, **{"shape": [4, 4], **keys}))
    assert "\n" not in str(refused.value)
