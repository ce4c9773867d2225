"""Each named equation against something exact or published."""

import math

import numpy as np
import pytest

from simcore.models import registry
from tests.physics.oracles.plain import Stepper


def preset(name, grid, parameters=None, fields=None, **keys):
    raw = {"grid": grid, **({"parameters": parameters} if parameters else {}), **({"fields": fields} if fields else {})}
    return registry.find(name).model_validate({**raw, **keys})


def second_difference(k, h):
    """What -laplace multiplies exp(i k x) by on the grid."""
    return 4.0 * math.sin(k * h / 2.0) ** 2 / h**2


def amplitude(values, x, k):
    return 2.0 * abs(np.mean(values * np.exp(-1j * k * x)))


def test_wave_is_dalemberts_solution_at_the_courant_number_one():
    """There leapfrog is exact: each half travels one cell a step."""
    model = preset("wave", {"shape": [64]}, {"c": 2.0}, {"u": {"initial": "exp(-(x - 20)**2/9)"}})
    assert model.stability_limit() == pytest.approx(0.5)
    u = Stepper(model, 0.5).step(30)
    start = np.asarray(model.state()[0].initial)
    np.testing.assert_allclose(u.inside("u"), (np.roll(start, 30) + np.roll(start, -30)) / 2, atol=1e-12)


def test_burgers_shock_is_that_of_cole_and_hopf():
    """u = 1 - tanh((x - t)/(2 nu)) travels at speed 1."""
    nu, errors = 0.25, []
    for cells in (80, 160):
        walls = {"x-": {"value": 2.0}, "x+": {"value": 0.0}}
        grid = {"shape": [cells], "extent": 20.0, "origin": -10.0, "boundary": walls}
        model = preset("burgers", grid, {"nu": nu}, {"u": {"initial": "1 - tanh(x/(2*nu))"}})
        u = Stepper(model, 0.01).step(100).inside("u")
        errors.append(np.abs(u - 1 + np.tanh((model.grid.centres(0) - 1.0) / (2 * nu))).max())
    assert math.log2(errors[0] / errors[1]) == pytest.approx(2.0, abs=0.2)


def test_advection_diffusion_carries_a_mode_and_lets_it_fade():
    grid = {"shape": [128], "extent": 2 * math.pi}
    model = preset(
        "advection_diffusion", grid, {"D": 0.05, "vx": 1.0}, {"u": {"initial": "cos(x)"}}, scheme="rk4", upwind=3
    )
    u = Stepper(model, 0.01).step(100).inside("u")
    np.testing.assert_allclose(u, math.exp(-0.05) * np.cos(model.grid.centres(0) - 1.0), atol=2e-5)


def growth(model, field, k, dt, steps=40):
    """The rate at which a small wave grows."""
    x, stepper = model.grid.centres(0), Stepper(model, dt)
    before = amplitude(stepper.inside(field), x, k)
    return math.log(amplitude(stepper.step(steps).inside(field), x, k) / before) / (steps * dt)


@pytest.mark.parametrize("waves", [1, 2, 4])
@pytest.mark.parametrize(
    ("name", "field", "rate"),
    [
        ("allen_cahn", "u", lambda q: 1.0 - q),
        ("cahn_hilliard", "c", lambda q: q * (1.0 - q)),
        ("swift_hohenberg", "u", lambda q: 0.2 - (1.0 - q) ** 2),
        ("kuramoto_sivashinsky", "h", lambda q: q - q * q),
        ("complex_ginzburg_landau", "A", lambda q: 1.0 - q),
    ],
)
def test_small_waves_grow_by_the_dispersion_relation(name, field, rate, waves):
    """q = k**2 of the grid; all with their default parameters. Nonlinear terms are below 1e-8."""
    length, cells = 20.0, 64
    k = 2 * math.pi * waves / length
    model = preset(name, {"shape": [cells], "extent": length}, fields={field: {"initial": f"1e-6*cos({k!r}*x)"}})
    measured = growth(model, field, k, 1e-3)
    assert measured == pytest.approx(rate(second_difference(k, length / cells)), abs=2e-3)


def test_gray_scott_waves_grow_by_the_matrix_of_turing():
    """Around the steady state of uniform u, v a wave obeys the Jacobian less k^2 times the diffusivities."""
    p = {"Du": 0.16, "Dv": 0.08, "F": 0.035, "k": 0.055}
    total = p["F"] + p["k"]
    u = 0.5 * (1 - math.sqrt(1 - 4 * total**2 / p["F"]))
    v = p["F"] * (1 - u) / total
    wave = 2 * math.pi / 16
    q = second_difference(wave, 1.0)
    matrix = np.array([[-v * v - p["F"] - p["Du"] * q, -2 * u * v], [v * v, 2 * u * v - total - p["Dv"] * q]])
    fields = {"u": {"initial": f"{u!r} + 1e-7*cos({wave!r}*x)"}, "v": {"initial": repr(v)}}
    model = preset("gray_scott", {"shape": [32]}, p, fields, scheme="rk4")
    stepper = Stepper(model, 0.1).step(100)
    values, vectors = np.linalg.eig(matrix)
    wanted = vectors @ np.diag(np.exp(values * 10.0)) @ np.linalg.inv(vectors) @ np.array([1.0, 0.0])
    x = model.grid.centres(0)
    found = [2 * np.mean((stepper.inside(n) - m) * np.cos(wave * x)) / 1e-7 for n, m in (("u", u), ("v", v))]
    np.testing.assert_allclose(found, wanted.real, atol=1e-5)


@pytest.mark.parametrize("scheme", ["euler", "imex"])
def test_cahn_hilliard_keeps_its_mass_to_rounding(scheme):
    for boundary in ("periodic", {"derivative": 0.0}):
        fields = {"c": {"initial": "0.1 + 0.3*sin(5*x) + 0.2*cos(3*x*y)"}}
        model = preset("cahn_hilliard", {"shape": [16, 12], "boundary": boundary}, fields=fields, scheme=scheme)
        stepper = Stepper(model, 0.01)
        before = stepper.inside("c").mean()
        after = stepper.step(200).inside("c")
        assert abs(after.mean() - before) <= 200 * 4 * np.finfo(float).eps
        assert after.std() > 0.01


def test_swift_hohenberg_rolls_have_the_amplitude_of_theory():
    """u = A cos(x), A**2 = 4 r/3 (1 + O(r)), and r less the error (1 - k^2)^2 of the grid."""
    r, cells = 0.01, 64
    grid = {"shape": [cells], "extent": 2 * math.pi}
    model = preset("swift_hohenberg", grid, {"r": r, "g": 0.0}, {"u": {"initial": "0.1*cos(x)"}})
    u = Stepper(model, 1.0).step(1500).inside("u")
    effective = r - (1 - second_difference(1.0, 2 * math.pi / cells)) ** 2
    assert amplitude(u, model.grid.centres(0), 1.0) == pytest.approx(math.sqrt(4 * effective / 3), rel=1e-3)


def test_a_plane_wave_of_ginzburg_and_landau_turns_at_its_frequency():
    """A = sqrt(1 - q) exp(i (k x - omega t)), omega = b q + c (1 - q), q = k^2 of the grid."""
    b, c, k, cells = 0.5, -1.2, 2 * math.pi * 2 / 20.0, 40
    q = second_difference(k, 20.0 / cells)
    size = math.sqrt(1 - q)
    fields = {"A": {"initial": f"{size!r}*exp(1j*{k!r}*x)"}}
    model = preset("complex_ginzburg_landau", {"shape": [cells], "extent": 20.0}, {"b": b, "c": c}, fields)
    A = Stepper(model, 0.01).step(200).inside("A")
    omega = b * q + c * (1 - q)
    np.testing.assert_allclose(A, size * np.exp(1j * (k * model.grid.centres(0) - 2.0 * omega)), atol=1e-7)


def test_schroedinger_keeps_the_norm_and_a_state_of_the_oscillator():
    """exp(-x^2/2) has the energy 1/2: it only turns; rk4 loses less than 1e-9 of the norm."""
    grid = {"shape": [160], "extent": 16.0, "origin": -8.0, "boundary": {"value": 0.0}}
    model = preset("schroedinger", grid, fields={"psi": {"initial": "exp(-x**2/2)/pi**0.25"}}, potential="0.5*x**2")
    stepper = Stepper(model, 2e-3)
    before = stepper.inside("psi").copy()
    after = stepper.step(500).inside("psi")
    norms = [np.sum(abs(psi) ** 2) * 0.1 for psi in (before, after)]
    assert norms[0] == pytest.approx(1.0, abs=1e-10)
    assert norms[1] == pytest.approx(norms[0], abs=1e-9)
    overlap = np.sum(before.conj() * after) * 0.1
    assert np.angle(overlap) == pytest.approx(-0.5, abs=1e-3)


def test_sir_reaches_the_final_size_of_kermack_and_mckendrick():
    """log(S_end/S_0) = -(beta/gamma) (1 - S_end), and nobody is lost."""
    fields = {"S": {"initial": 0.999}, "I": {"initial": 0.001}, "R": {"initial": 0.0}}
    stepper = Stepper(preset("sir", {"shape": [2]}, {"beta": 0.5, "gamma": 0.2, "D": 0.0}, fields), 0.1).step(4000)
    s, i, r = (stepper.inside(name)[0] for name in "SIR")
    assert s + i + r == pytest.approx(1.0, abs=1e-13)
    assert math.log(s / 0.999) == pytest.approx(-2.5 * (1 - s - i), abs=1e-8)


def test_fitzhugh_nagumo_rests_where_its_nullclines_cross():
    root = [x.real for x in np.roots([-1 / 3, 0.0, 1 - 1 / 0.8, -0.7 / 0.8]) if abs(x.imag) < 1e-12]
    model = preset("fitzhugh_nagumo", {"shape": [8], "boundary": {"derivative": 0.0}})
    stepper = Stepper(model, 0.1).step(4000)
    np.testing.assert_allclose(stepper.inside("u"), root[0], atol=1e-9)
    np.testing.assert_allclose(stepper.inside("v"), (root[0] + 0.7) / 0.8, atol=1e-9)


def test_kpz_without_growth_has_the_width_of_edwards_and_wilkinson():
    """Mode by mode the exact variance of the discrete process; |z| < 4 fails once in 16,000 fresh seeds."""
    cells, dt, steps = 2048, 0.1, 200
    model = preset("kpz", {"shape": [cells]}, {"nu": 1.0, "growth": 0.0, "D": 0.5})
    h = Stepper(model, dt, seed=11).step(steps).inside("h")
    factor = 1 - dt * 4 * np.sin(np.pi * np.arange(1, cells) / cells) ** 2
    variances = dt * (1 - factor ** (2 * steps)) / (1 - factor**2)  # 2 D = 1 and V = 1
    spread = np.sqrt(4 * (variances**2).sum()) / cells  # modes k and -k are one: half as many, twice as heavy
    assert abs(h.var() - variances.sum() / cells) / spread < 4.0


@pytest.mark.parametrize("dtype", ["float64", "complex128"])
def test_noise_has_its_variance_whatever_the_volume_of_a_cell(dtype):
    """du = -u dt + g dW settles at g^2/(2 V (1 - dt/2)), half of it in each part of a complex field."""
    model = registry.find("pde").model_validate(
        {
            "grid": {"shape": [64, 64], "spacing": [0.5, 0.4]},
            "fields": {"u": {"initial": 0, "dtype": dtype}},
            "equations": {"u": "0 - u"},
            "noise": {"u": "0.3"},
            "scheme": "euler_maruyama",
        }
    )
    u = Stepper(model, 0.1, seed=3).step(200).inside("u")
    wanted = 0.3**2 / (2 * 0.2 * (1 - 0.05))
    parts = [u] if dtype == "float64" else [u.real, u.imag]
    for part in parts:
        assert abs(part.var() / (wanted / len(parts)) - 1) < 4 * math.sqrt(2 / u.size)
