"""Conserved noise: the divergence of a white flux."""

import numpy as np
import pytest

from tests.models.grid.flowing import Steps, model
from tests.models.grid.test_pde import problems

NO_FLUX = {"derivative": 0}


def noisy(g, equation="0", **keys):
    return model(equation, noise={"u": g}, scheme="euler_maruyama", **keys)


@pytest.mark.parametrize(
    ("shape", "boundary"),
    [
        ((16,), "periodic"),
        ((16,), NO_FLUX),
        ((6, 7), "periodic"),
        ((6, 7), {"x": NO_FLUX, "y": "periodic"}),
        ((4, 3, 5), NO_FLUX),
    ],
)
@pytest.mark.parametrize("g", ["divergence(0.7)", "divergence(2 + tanh(u))", "divergence(1 + cos(2*pi*x/L))"])
def test_the_sum_is_kept_to_rounding(shape, boundary, g):
    given = noisy(g, shape=shape, spacing=0.5, boundary=boundary, parameters={"L": 0.5 * shape[0]})
    u = np.random.default_rng(1).random(shape)
    stepper = Steps(given, 1e-3, seed=2, u=u).step(20)
    assert abs(stepper.inside("u").sum() - u.sum()) < 1e-12
    assert abs(stepper.inside("u") - u).max() > 0.05


def covariance(g, samples=4000, shape=(6,), spacing=0.5, dt=0.01, **keys):
    """Of the jumps of all cells in one step."""
    given = noisy(g, shape=shape, spacing=spacing, **keys)
    stepper = Steps(given, dt, seed=3)
    jumps = []
    for _ in range(samples):
        stepper.put(u=0.0)
        jumps.append(stepper.step().inside("u").ravel().copy())
    return np.array(jumps)


def flux_covariance(amplitudes, h, volume, dt):
    """g**2 dt/(V h**2) (D D^T), D from faces to cells; amplitudes: of the upper face of each cell, one axis."""
    n = len(amplitudes)
    D = np.eye(n) - np.roll(np.eye(n), -1, axis=1)
    return D @ np.diag(np.square(amplitudes)) @ D.T * dt / volume / h**2


@pytest.mark.parametrize(
    ("g", "boundary", "amplitudes"),
    [
        ("divergence(0.7)", "periodic", [0.7] * 6),
        ("divergence(0.7)", NO_FLUX, [0.7] * 5 + [0.0]),
        ("divergence(where(x < 1, 0, 2))", NO_FLUX, [0, 0, 2, 2, 2, 0]),
    ],
)
def test_each_face_draws_one_number(g, boundary, amplitudes):
    """The covariance of all cells against the exact one: z-scores of 36 entries, false alarm 36 * 6e-7 = 2e-5."""
    jumps = covariance(g, boundary=boundary)
    exact = flux_covariance(np.array(amplitudes, float), 0.5, 0.5, 0.01)
    products = jumps[:, :, None] * jumps[:, None, :]
    error = products.std(axis=0) / np.sqrt(len(jumps))
    z = (products.mean(axis=0) - exact)[error > 0] / error[error > 0]
    assert abs(z).max() < 5
    assert (exact[error == 0] == 0).all()


def test_components_have_amplitudes_of_their_own_and_complex_fields_half_the_variance():
    """Two axes, gx = 2 and gy = 0: the sum along x alone is kept in each column."""
    given = noisy("divergence([2, 0])", shape=(6, 5), fields={"u": {"dtype": "complex128"}})
    jumps = []
    stepper = Steps(given, 0.01, seed=4)
    for _ in range(1000):
        stepper.put(u=0.0)
        jumps.append(stepper.step().inside("u").copy())
    jumps = np.array(jumps)
    assert abs(jumps.sum(axis=1)).max() < 1e-13
    for part in (jumps.real, jumps.imag):
        variance = (part**2).mean(axis=(1, 2)).mean()  # g**2 dt/V/h**2, twice a half
        assert variance == pytest.approx(4 * 0.01 * 2 / 2, rel=5 * np.sqrt(2 / (1000 * 15)))


def test_the_amplitude_at_a_face_balances_the_coefficient_there():
    """g = sqrt(2 M): the mean square of the flux is 2 M of the same face, for the state and for the medium."""
    from simcore.formulas.tree import Binary, Call, Name, Number, Shifted
    from simcore.models.grid.faces import Faces
    from simcore.models.grid.fluxes import CENTRAL
    from simcore.models.grid.grid_names import GridNames
    from simcore.models.grid.shifting import Shifting
    from tests.models.grid.test_operators import valued

    values = {"u": 0.5 + np.random.default_rng(5).random(9), "k": 0.5 + np.random.default_rng(6).random(9)}
    grid = GridNames(("x",), frozenset(values), fixed=frozenset("k"))
    faces = Faces(Shifting(grid), CENTRAL, 2)
    for name in values:
        M = Shifted(name, (0,))
        g = Call("sqrt", (Binary("*", Number(2.0), M),))
        found = valued(faces.amplitude(g, 0, Shifted("u", (0,))), values, {}) ** 2 / 2
        wanted = valued(faces._coefficient(Name("f"), [M], 0, 1), values, {}) * faces._scale([M])
        np.testing.assert_allclose(found, wanted, rtol=1e-14)


def test_the_spectrum_of_a_linear_conserved_equation():
    """du = D laplace u dt + div(g xi): each mode is an Ornstein-Uhlenbeck chain, S = g**2/(V D (2 - dt D q)) exactly.

    8 modes of 400 independent chains at 10 times far apart: |z| < 4.5, false alarm 8 * 7e-6 = 5e-5.
    """
    n, h, D, g, dt, chains = 16, 0.5, 0.8, 0.6, 0.05, 400
    given = noisy(
        "divergence(g)", "divergence(D*gradient(u))", shape=(n, chains), spacing=[h, 1.0], parameters={"D": D, "g": g}
    )
    given = model(
        "D*d2x(u)",
        shape=(n, chains),
        spacing=[h, 1.0],
        parameters={"D": D, "g": g},
        noise={"u": "divergence([g, 0])"},
        scheme="euler_maruyama",
    )
    stepper = Steps(given, dt, seed=7)
    q = (2 - 2 * np.cos(2 * np.pi * np.arange(1, n // 2 + 1) / n)) / h**2
    slowest = 1 / (D * q[0])
    stepper.step(round(8 * slowest / dt))
    spectra = []
    for _ in range(10):
        stepper.step(round(2 * slowest / dt))
        modes = np.fft.fft(stepper.inside("u"), axis=0)[1 : n // 2 + 1]
        spectra.append((abs(modes) ** 2 / n).T)
    spectra = np.concatenate(spectra)  # samples, modes
    exact = g**2 / (h * D * (2 - dt * D * q))
    error = spectra.std(axis=0) / np.sqrt(len(spectra))
    # neighbouring samples of the slowest mode correlate by exp(-4): 2 % of the variance
    assert abs((spectra.mean(axis=0) - exact) / error).max() < 4.5
    assert abs(stepper.inside("u").sum(axis=0)).max() < 1e-10


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            [("model.noise.u", "2*divergence(1)")],
            "conserved noise is divergence(g) and nothing else; factors go into g",
        ),
        (
            [("model.noise.u", "divergence([1, 2, 3])")],
            "divergence takes one amplitude, or 2, one for each axis; not 3",
        ),
        ([("model.noise.u", "divergence(1j)")], "the amplitude of conserved noise is real"),
        ([("model.noise.u", "divergence(gradient(u))")], "is a vector; a number is needed"),
        ([("model.noise.u", "divergence(q)")], "unknown name 'q'"),
        (
            [("model.noise.u", "divergence(1)"), ("model.grid.boundary", {"value": 0})],
            "conserved noise needs sides that are periodic or have a given derivative; x- is a wall of another kind",
        ),
    ],
)
def test_what_is_no_conserved_noise_is_refused(changes, words):
    (line,) = problems(("model.scheme", "euler_maruyama"), *changes)
    assert line.startswith("model.noise.u: ")
    assert words in line
