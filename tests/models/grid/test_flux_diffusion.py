"""Diffusion with a coefficient that varies, in its compact form: against NumPy, exact solutions, measured orders."""

from pathlib import Path

import numpy as np
import pytest

from simcore.runs.experiment import resolve
from tests.models.grid.flowing import Steps, implicit_symbol, matrix, model, order_of, rate, steady

CONFIGS = Path(__file__).parents[3] / "configs"
NO_FLUX = {"derivative": 0}


def harmonic(a, b):
    return 2 * a * b / (a + b)


def arithmetic(a, b):
    return (a + b) / 2


@pytest.mark.parametrize("mean", [harmonic, arithmetic])
@pytest.mark.parametrize(
    "walls",
    [
        {"x-": {"value": 1.5}, "x+": {"derivative": -0.7}},
        {"x-": {"mixed": [2, 0.3]}, "x+": {"value": -1}},
        "periodic",
    ],
)
def test_one_dimension_is_the_flux_through_each_face(mean, walls, tmp_path):
    """Face by face, from the ghost cells of DESIGN section 5."""
    h, n = 0.3, 9
    rng = np.random.default_rng(3)
    u, D = rng.normal(size=n), 0.5 + rng.random(n)
    np.save(tmp_path / "D.npy", D)
    given = model(
        "divergence(D*gradient(u))",
        shape=(n,),
        spacing=h,
        boundary=walls,
        mean=mean.__name__,
        parameters={"D": {"file": "D.npy"}},
        directory=tmp_path,
    )
    if walls == "periodic":
        ghosts = u[-1], u[0]
        faces = np.array([mean(D[-1], D[0]), *mean(D[:-1], D[1:]), mean(D[-1], D[0])])
    else:
        known = {"value": lambda u, v: 2 * v - u, "derivative": lambda u, g: u + h * g}
        known["mixed"] = lambda u, ab: ((1 / h - ab[0] / 2) * u + ab[1]) / (1 / h + ab[0] / 2)
        (low, first), (high, last) = (next(iter(walls[side].items())) for side in ("x-", "x+"))
        ghosts = known[low](u[0], first), known[high](u[-1], last)
        faces = np.array([D[0], *mean(D[:-1], D[1:]), D[-1]])
    flux = faces * np.diff([ghosts[0], *u, ghosts[1]]) / h
    np.testing.assert_allclose(rate(given, u=u), np.diff(flux) / h, rtol=0, atol=1e-12)


def test_the_default_mean_is_harmonic_for_the_medium_and_arithmetic_for_the_state(tmp_path):
    rng = np.random.default_rng(4)
    u, k = 1 + rng.random(7), 0.5 + rng.random(7)
    np.save(tmp_path / "k.npy", k)
    given = model("divergence(k*u**2*gradient(u))", shape=(7,), parameters={"k": {"file": "k.npy"}}, directory=tmp_path)
    after = np.roll(u, -1)
    flux = harmonic(k, np.roll(k, -1)) * arithmetic(u**2, after**2) * (after - u)
    np.testing.assert_allclose(rate(given, u=u), flux - np.roll(flux, 1), rtol=0, atol=1e-13)


def test_a_constant_coefficient_is_laplace_to_the_last_bit():
    u = np.random.default_rng(5).normal(size=(6, 5))
    keys = {"shape": (6, 5), "spacing": 0.3, "boundary": {"value": 1}, "parameters": {"D": 0.7}}
    one, other = (rate(model(text, **keys), u=u) for text in ("divergence(D*gradient(u))", "D*laplace(u)"))
    np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("ratio", [10.0, 1e-3, 1e6])
def test_a_jump_in_the_coefficient_has_its_exact_steady_state(ratio):
    """Between 1 and 0 the flux is one number, so u falls in proportion to the resistance on the way: to rounding."""
    n, h = 20, 0.25
    given = model(
        "divergence(where(x < 2, 1, D)*gradient(u))",
        shape=(n,),
        spacing=h,
        boundary={"x-": {"value": 1}, "x+": {"value": 0}},
        parameters={"D": ratio},
    )
    x = (np.arange(n) + 0.5) * h
    resistance = np.where(x < 2, x, 2 + (x - 2) / ratio)
    np.testing.assert_allclose(steady(given), 1 - resistance / (2 + 3 / ratio), rtol=0, atol=1e-11)


@pytest.mark.parametrize("dimensions", [1, 2])
def test_an_obstacle_without_diffusion_leaks_nothing(dimensions):
    """Not one bit changes within, and the sum outside is kept to rounding."""
    shape = (16, 6)[:dimensions]
    given = model(
        "divergence(where(abs(x - 8) < 3, 0, 1)*(1 + u)*gradient(u))", shape=shape, boundary=NO_FLUX, scheme="euler"
    )
    u = np.random.default_rng(6).random(shape)
    inside = abs(np.arange(16) + 0.5 - 8) < 3
    found = rate(given, u=u)
    assert not found[inside].any()
    assert abs(found[:5].sum()) < 1e-14
    assert abs(found[11:].sum()) < 1e-14
    assert abs(found[4]).max() > 0.01


def test_the_steady_profile_of_a_smooth_coefficient_is_of_second_order():
    """D = 1 + sin(x)/2 between 1 and 0: u = 1 - int_0^x ds/D / int_0^L ds/D; grids.md 4 had +-80."""
    from scipy.integrate import quad

    length = 8.0

    def resistance(x):
        return quad(lambda s: 1 / (1 + np.sin(s) / 2), 0, x, epsabs=1e-13)[0]

    for mean in ("harmonic", "arithmetic"):
        errors = []
        for n in (16, 32, 64):
            h = length / n
            given = model(
                "divergence((1 + sin(x)/2)*gradient(u))",
                shape=(n,),
                spacing=h,
                boundary={"x-": {"value": 1}, "x+": {"value": 0}},
                mean=mean,
            )
            exact = [1 - resistance((i + 0.5) * h) / resistance(length) for i in range(n)]
            errors.append(abs(steady(given) - exact).max())
        assert order_of(errors) == pytest.approx(2, abs=0.2)
        assert errors[-1] < 2e-3


# -div(T grad u) = source with u = sin(a x) cos(b y) + x y/4: the source by differences of the exact flux.
TENSOR = {
    "constant": ("2", "0.7", "1.5"),
    "varies": ("2 + sin(x)/2", "0.5*cos(x + y)", "1.5 + cos(y)/3"),
}


def exact(x, y):
    return np.sin(1.3 * x) * np.cos(0.9 * y) + x * y / 4


def source(entries, x, y, step=1e-4):
    """-div(T grad u) by fourth-order central differences of the exact functions, to 1e-9."""
    values = [lambda x, y, text=text: eval(text, {"x": x, "y": y, "sin": np.sin, "cos": np.cos}) for text in entries]

    def ux(x, y):
        return 1.3 * np.cos(1.3 * x) * np.cos(0.9 * y) + y / 4

    def uy(x, y):
        return -0.9 * np.sin(1.3 * x) * np.sin(0.9 * y) + x / 4

    def fx(x):
        return values[0](x, y) * ux(x, y) + values[1](x, y) * uy(x, y)

    def fy(y):
        return values[1](x, y) * ux(x, y) + values[2](x, y) * uy(x, y)

    def slope(f, at):
        return (8 * (f(at + step) - f(at - step)) - (f(at + 2 * step) - f(at - 2 * step))) / (12 * step)

    return -(slope(fx, x) + slope(fy, y))


@pytest.mark.parametrize("kind", TENSOR)
@pytest.mark.parametrize("mean", ["harmonic", "arithmetic"])
def test_a_tensor_is_of_second_order(kind, mean):
    """A manufactured solution in a box with given values at the walls."""
    a, b, c = TENSOR[kind]
    errors = []
    for n in (7, 14):
        h = 3.0 / n
        x, y = np.meshgrid(*[(np.arange(n) + 0.5) * h] * 2, indexing="ij")
        value = "sin(1.3*x)*cos(0.9*y) + x*y/4"
        sides = {
            "x-": {"value": value.replace("x", "0")},
            "x+": {"value": value.replace("x", "3")},
            "y-": {"value": value.replace("y", "0")},
            "y+": {"value": value.replace("y", "3")},
        }
        given = model(
            f"divergence([[{a}, {b}], [{b}, {c}]]*gradient(u))", shape=(n, n), spacing=h, boundary=sides, mean=mean
        )
        found = steady(given, source((a, b, c), x, y))
        errors.append(np.sqrt(np.mean((found - exact(x, y)) ** 2)))
    assert order_of(errors)[-1] == pytest.approx(2, abs=0.25)
    assert errors[-1] < 0.02


def test_a_tensor_of_layers_has_its_exact_effective_conductivity(tmp_path):
    """Layers across x, a flow along y only: u = y + s(x) with a s' + b = 0; the flux along x vanishes at each face."""
    n = 12
    a = np.where(np.arange(n) < 5, 1.0, 20.0)
    b = np.where(np.arange(n) < 5, 0.5, -3.0)
    arrays = {"a": a, "b": b, "c": np.full(n, 4.0)}
    for name, values in arrays.items():
        np.save(tmp_path / f"{name}.npy", np.repeat(values[:, None], 4, axis=1))
    given = model(
        "divergence([[a, b], [b, c]]*gradient(u))",
        shape=(n, 4),
        boundary={"x": NO_FLUX, "y-": {"derivative": -1}, "y+": {"derivative": 1}},
        parameters={name: {"file": f"{name}.npy"} for name in arrays},
        directory=tmp_path,
    )
    slope = -b / a  # in each cell; between centres half of each
    s = np.concatenate([[0.0], np.cumsum((slope[1:] + slope[:-1]) / 2)])
    u = s[:, None] + np.arange(4) + 0.5
    found = rate(given, u=u)
    np.testing.assert_allclose(found[:, 1:-1], 0.0, atol=1e-12)


def test_a_tensor_in_three_dimensions_is_the_sum_of_its_second_derivatives():
    """A quadratic u and constant entries: exact, at cells away from the walls."""
    entries = {"xx": 1.1, "xy": 0.2, "xz": -0.3, "yy": 1.7, "yz": 0.4, "zz": 0.9}
    text = "[[1.1, 0.2, -0.3], [0.2, 1.7, 0.4], [-0.3, 0.4, 0.9]]"
    shape, h = (5, 6, 4), np.array([0.5, 0.4, 0.3])
    given = model(f"divergence({text}*gradient(u))", shape=shape, spacing=h.tolist(), boundary=NO_FLUX)
    x, y, z = np.meshgrid(*[(np.arange(n) + 0.5) * d for n, d in zip(shape, h, strict=True)], indexing="ij")
    second = {"xx": x**2 / 2, "yy": y**2 / 2, "zz": z**2 / 2, "xy": x * y, "xz": x * z, "yz": y * z}
    weights = {"xx": 1.0, "yy": -2.0, "zz": 0.5, "xy": 3.0, "xz": 1.5, "yz": -0.7}
    u = sum(weights[pair] * second[pair] for pair in second)
    wanted = sum(weights[pair] * entries[pair] * (1 if pair[0] == pair[1] else 2) for pair in entries)
    np.testing.assert_allclose(rate(given, u=u)[1:-1, 1:-1, 1:-1], wanted, rtol=1e-12)


def test_a_symmetric_tensor_gives_a_symmetric_matrix_without_growing_waves():
    for boundary in ("periodic", NO_FLUX):
        given = model("divergence([[2, 0.9], [0.9, 1]]*gradient(u))", shape=(6, 5), boundary=boundary)
        a, _ = matrix(given)
        if boundary == "periodic":
            np.testing.assert_allclose(a, a.T, atol=1e-12)
        assert np.linalg.eigvals(a).real.max() < 1e-12
        assert abs(a.sum(axis=0)).max() < 1e-13


def test_the_porous_medium_equation_follows_barenblatt():
    """u_t = (u**2)_xx = div(2 u grad u) from the exact solution at t = 1 to t = 2; both means, but only the arithmetic
    one lets the front move (J. L. Vazquez, The Porous Medium Equation, Oxford 2007, section 4.4)."""

    def barenblatt(x, t):
        return t ** (-1 / 3) * np.maximum(0.0, 1 - x**2 * t ** (-2 / 3) / 12)

    errors = []
    for n in (40, 80):
        h = 10.0 / n
        x = (np.arange(n) + 0.5) * h - 5
        dt = 0.2 * h**2
        steps = round(1 / dt)
        given = model("divergence(2*u*gradient(u))", shape=(n,), spacing=h, boundary=NO_FLUX, grid={"origin": -5})
        stepper = Steps(given, 1 / steps)
        stepper.put(u=barenblatt(x, 1.0))
        mass = stepper.inside("u").sum()
        stepper.step(steps)
        u = stepper.inside("u")
        assert abs(u.sum() - mass) < 1e-11
        assert u.min() >= 0.0
        errors.append(abs(u - barenblatt(x, 2.0)).mean())
    assert errors[1] < 0.4 * errors[0]
    assert errors[1] < 2e-3


def test_the_example_of_a_porous_medium_is_the_solution_of_barenblatt():
    """In two dimensions u = max(0, 1 - r**2/(16 s**2))/s with s = sqrt(1 + t), at t = 3 on 48 x 48 cells."""
    overrides = {"model.grid.shape": [48, 48], "run.dt": 0.005}
    given = resolve(CONFIGS / "porous-medium.yaml", overrides)
    stepper = Steps(given.model, given.dt)
    mass = stepper.inside("u").sum()
    u = stepper.step(given.total_steps).inside("u")
    x, y = np.meshgrid(*[given.model.grid.centres(axis) for axis in (0, 1)], indexing="ij")
    exact = np.maximum(0.0, 1 - (x**2 + y**2) / (16 * 2)) / 2
    assert abs(u.sum() - mass) < 1e-10
    assert abs(u - exact).mean() < 2e-3 * exact.mean()
    assert abs(u - exact).max() < 0.02


def test_a_harmonic_mean_of_the_state_holds_a_front():
    """Why it is no default: a face next to a cell without diffusion passes nothing."""
    u = np.where(np.arange(10) < 4, 1.0, 0.0)
    for mean, moves in (("harmonic", False), ("arithmetic", True), (None, True)):
        found = rate(model("divergence(2*u*gradient(u))", shape=(10,), boundary=NO_FLUX, mean=mean), u=u)
        assert bool(found[4]) == moves


def test_negative_coefficients_and_changes_of_sign_are_no_surprise():
    """Harmonic: of two negative ones negative, of two signs 0; NaN is never hidden."""
    u = np.array([0.0, 1.0, 3.0, 6.0, 10.0, 15.0])
    D = [-1.0, -2.0, 3.0, 4.0, 0.0, 0.0]
    text = "divergence(v*gradient(u))"
    keys = {"shape": (6,), "boundary": NO_FLUX}
    found = rate(model({"u": text, "v": "0"}, mean="harmonic", **keys), u=u, v=D)
    flux = np.array([0, harmonic(-1, -2) * 1, 0, harmonic(3, 4) * 3, 0, 0, 0])
    np.testing.assert_allclose(found, np.diff(flux), rtol=1e-14)
    D[2] = np.nan
    for mean in ("harmonic", "arithmetic"):
        assert np.isnan(rate(model({"u": text, "v": "0"}, mean=mean, **keys), u=u, v=D)[1:4]).all()


def test_a_complex_coefficient_takes_the_arithmetic_mean():
    u = np.exp(1j * np.arange(8.0))
    given = model(
        "divergence((1 + 1j*x)*gradient(u))", shape=(8,), boundary=NO_FLUX, fields={"u": {"dtype": "complex128"}}
    )
    k = 1 + 1j * np.arange(1, 8)
    flux = np.array([0, *(k * np.diff(u)), 0])
    np.testing.assert_allclose(rate(given, u=u), np.diff(flux), rtol=0, atol=1e-12)


def test_the_limit_of_stability_and_the_implicit_part_know_a_constant_coefficient():
    for text in ("divergence(0.5*gradient(u))", "divergence(gradient(u)*0.5)", "divergence([[0.5]]*gradient(u))"):
        assert model(text, shape=(8,)).stability_limit() == pytest.approx(1.0)
        symbol = implicit_symbol(model(text, scheme="imex"), np.array([[np.pi]]))
        np.testing.assert_allclose(symbol, [-2.0])
    tensor = "divergence([[1, 0.5], [0.5, 1]]*gradient(u))"
    for boundary in ("periodic", NO_FLUX, {"value": 0}):
        assert model(tensor, shape=(8, 8), boundary=boundary).stability_limit() == pytest.approx(0.25, rel=1e-2)


@pytest.mark.parametrize("boundary", ["periodic", NO_FLUX, {"value": 1.5}, {"x": {"value": 1}, "y": NO_FLUX}])
def test_an_implicit_step_with_a_tensor_agrees_with_small_explicit_ones(boundary):

    text = "divergence([[1, 0.3], [0.3, 0.5]]*gradient(u)) + divergence((1 + u**2)*gradient(u))/10"
    u = np.random.default_rng(8).random((6, 5))
    found = []
    for scheme, steps in (("imex", 40), ("rk4", 20)):
        stepper = Steps(model(text, shape=(6, 5), boundary=boundary, scheme=scheme), 0.2 / steps)
        stepper.put(u=u)
        found.append(stepper.step(steps).inside("u"))
    np.testing.assert_allclose(found[0], found[1], rtol=0, atol=3e-4)
