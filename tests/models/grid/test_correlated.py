"""Gaussian random fields: their covariance, exactly as a matrix and measured of many fields, and what is refused."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from simcore.errors import ExperimentError
from simcore.formulas import parse
from simcore.models.grid.correlated import amplitudes, gaussian_correlation, of_spectrum
from simcore.models.grid.grid import Grid
from simcore.random import Stream
from simcore.runs import run
from simcore.runs.experiment import resolve
from simcore.runs.initial_values import start_values
from simcore.storage.result import read_result


def matrix(make):
    """The linear map from white noise to a field, and so its covariance A A^T."""
    shapes = []
    make(lambda shape: shapes.append(shape) or np.zeros(shape))
    (shape,) = shapes
    units = np.eye(int(np.prod(shape))).reshape(-1, *shape)
    found = np.stack([make(lambda _, unit=unit: unit).ravel() for unit in units], axis=1)
    return found @ found.T


def places(grid):
    return np.stack([x.ravel() for x in np.meshgrid(*grid.coordinates().values(), indexing="ij")], axis=1)


def wrapped(distance, size, length):
    """exp(-x^2/(2 l^2)), summed over all images and 1 at distance 0."""
    images = np.arange(-60, 61) * size
    total = np.exp(-0.5 * ((distance[..., None] + images) / length) ** 2).sum(-1)
    return total / np.exp(-0.5 * (images / length) ** 2).sum()


@pytest.mark.parametrize(
    ("shape", "spacing", "lengths", "periodic"),
    [
        ([16], [0.5], [1.3], [True]),
        ([17], [1.0], [0.4], [True]),
        ([13], [0.5], [1.5], [False]),
        ([6, 5], [1.0, 0.5], [1.5, 0.6], [True, True]),
        ([5, 4], [1.0, 1.0], [0.8, 0.7], [False, True]),
        ([4, 1, 3], [1.0, 1.0, 2.0], [1.0, 9.0, 1.5], [True, True, True]),
    ],
)
def test_the_covariance_is_the_one_that_is_asked_for(shape, spacing, lengths, periodic):
    grid = Grid(shape=tuple(shape), spacing=tuple(spacing))
    found = matrix(lambda white: gaussian_correlation(white, grid, lengths, periodic))
    apart = places(grid)[:, None, :] - places(grid)[None, :, :]
    expected = 1.0
    for axis, (length, wraps) in enumerate(zip(lengths, periodic, strict=True)):
        distance = apart[..., axis]
        size = shape[axis] * spacing[axis]
        one = wrapped(distance, size, length) if wraps else np.exp(-0.5 * (distance / length) ** 2)
        expected = expected * one
    assert np.allclose(found, expected, rtol=0, atol=5e-15)


@pytest.mark.parametrize("shape", [[8], [9], [6, 5], [4, 3, 4]])
def test_the_covariance_of_a_spectrum_is_its_transform(shape):
    grid = Grid(shape=tuple(shape), spacing=0.5)
    amplitude = amplitudes(grid, parse("k**-2"), {}, "")
    found = matrix(lambda white: of_spectrum(white, grid, amplitude))
    apart = places(grid)[:, None, :] - places(grid)[None, :, :]
    waves = [2 * np.pi * np.arange(n) / (n * 0.5) for n in shape]
    expected, total = 0.0, 0.0
    for numbers in itertools.product(*map(range, shape)):
        if any(numbers):
            wave = np.array([along[m] for along, m in zip(waves, numbers, strict=True)])
            folded = np.array([min(m, n - m) * 2 * np.pi / (n * 0.5) for m, n in zip(numbers, shape, strict=True)])
            power = 1.0 / (folded @ folded)
            expected, total = expected + power * np.cos(apart @ wave), total + power
    assert np.allclose(found, expected / total, rtol=0, atol=5e-15)


def experiment(start, **more):
    model = {
        "type": "pde",
        "grid": {"shape": [32, 24], **more},
        "fields": {"u": {"initial": start}},
        "equations": {"u": "0*u"},
    }
    return {"model": model, "run": {"seed": 1, "dt": 0.1, "steps": 2, "measure_every": 1}}


def fields(start, count, **more):
    """The field at the start for many replicas."""
    for replica in range(count):
        asked = experiment(start, **more)
        asked["run"]["replica"] = replica
        found = resolve(asked)
        yield dict(start_values(found.description, found.description.initial_values(), (32, 24), found.key))["u"]


def test_the_measured_correlation_function_is_the_exact_one():
    """z-scores of 200 independent fields at 30 distances; mean 2 and standard deviation 3 of each cell."""
    count, length = 200, 2.5
    offsets = [(i, j) for i in range(6) for j in range(5)]
    measured = np.empty((count, len(offsets)))
    means = np.empty(count)
    start = {"random": {"normal": [2, 3]}, "correlation_length": length}
    for number, u in enumerate(fields(start, count)):
        means[number] = u.mean()
        for place, offset in enumerate(offsets):
            measured[number, place] = ((u - 2) * np.roll(u - 2, offset, (0, 1))).mean()
    dx, dy = np.array(offsets, float).T
    exact = 9 * wrapped(dx, 32, length) * wrapped(dy, 24, length)
    z = (measured.mean(0) - exact) / (measured.std(0, ddof=1) / np.sqrt(count))
    assert np.abs(z).max() < 4.0
    assert abs((means.mean() - 2) / (means.std(ddof=1) / np.sqrt(count))) < 4.0


def test_a_spectrum_has_the_mean_and_the_variance_that_are_asked_for():
    found = np.stack([*fields({"random": {"normal": [2, 3]}, "spectrum": "k**-2"}, 200)])
    assert np.allclose(found.mean((1, 2)), 2.0, atol=1e-14)
    variances = ((found - 2) ** 2).mean((1, 2))
    assert abs((variances.mean() - 9) / (variances.std(ddof=1) / np.sqrt(200))) < 4.0
    modes = np.abs(np.fft.fft2(found - 2)) ** 2
    ratios = modes[:, 1, 0] * (1 / 32) ** 2 / (modes[:, 2, 0] * (2 / 32) ** 2).mean()  # S(k) k^2 is the same for both
    assert abs((ratios.mean() - 1) / (ratios.std(ddof=1) * np.sqrt(2 / 200))) < 4.0


def test_bits_depend_on_seed_replica_and_model_only(tmp_path):
    found = []
    for workers in (1, 2, 3):
        path = run(
            experiment({"random": {"normal": [0, 1]}, "correlation_length": [2, 3]}),
            workers=workers,
            out=tmp_path / str(workers),
        ).path
        found.append(read_result(path / "result.h5", ["fields"]).groups["fields"].variables["u"].data)
    assert np.array_equal(found[0], found[1])
    assert np.array_equal(found[0], found[2])
    assert np.array_equal(found[0][-1], next(fields({"random": {"normal": [0, 1]}, "correlation_length": [2, 3]}, 1)))


def test_parts_of_a_complex_field_are_independent():
    given = experiment({"random": {"normal": [0, 1]}, "correlation_length": 2})
    given["model"]["fields"]["u"]["dtype"] = "complex128"
    found = resolve(given)
    u = dict(start_values(found.description, found.description.initial_values(), (32, 24), found.key))["u"]
    grid, stream = Grid(shape=(32, 24)), Stream(found.key)
    parts = [gaussian_correlation(stream.normal, grid, (2, 2), (True, True)) for _ in range(2)]
    assert np.array_equal(u, parts[0] + 1j * parts[1])


WALLS = {"boundary": {"x": {"value": 0}, "y": "periodic"}}


@pytest.mark.parametrize(
    ("start", "more", "words"),
    [
        ({"random": {"uniform": [0, 1]}, "correlation_length": 2}, {}, "go with {random: {normal: [mean, sd]}}, not"),
        ({"random": {"normal": [0, 1]}, "correlation_length": 0}, {}, "correlation_length must be a positive number"),
        (
            {"random": {"normal": [0, 1]}, "correlation_length": 7},
            {},
            "7 is too long; at most 6, a quarter of",
        ),
        (
            {"random": {"normal": [0, 1]}, "correlation_length": [1, 2, 3]},
            {},
            "a list of 2, one for each axis; 3",
        ),
        ({"random": {"normal": [0, 1]}, "correlation": 2}, {}, "unknown key 'correlation'; did you mean"),
        (
            {"random": {"normal": [0, 1]}, "correlation_length": 2, "spectrum": "1"},
            {},
            "give either correlation",
        ),
        ({"random": {"normal": [0, 1]}, "spectrum": "k**-2"}, WALLS, "needs periodic axes, and x has walls"),
        ({"random": {"normal": [0, 1]}, "spectrum": "k-1"}, {}, "a spectrum is finite and not negative"),
        ({"random": {"normal": [0, 1]}, "spectrum": "q**-2"}, {}, "unknown name 'q'; allowed: k"),
        ({"random": {"normal": [0, 1]}, "spectrum": "0*k"}, {}, "is 0 at every wave"),
        ({"random": {"normal": [0, 1]}, "spectrum": [1]}, {}, "must be a formula of k"),
    ],
)
def test_what_cannot_be_drawn_is_refused_at_its_key(start, more, words):
    with pytest.raises(ExperimentError) as error:
        resolve(experiment(start, **more))
    assert words in str(error.value)
    assert len(error.value.problems) == 1
    assert "dict model.fields.u.initial" in str(error.value)


def test_walls_along_one_axis():
    found = next(fields({"random": {"normal": [0, 1]}, "correlation_length": 2}, 1, **WALLS))
    resolved = resolve(experiment({"random": {"normal": [0, 1]}, "correlation_length": 2}, **WALLS))
    expected = gaussian_correlation(Stream(resolved.key).normal, Grid(shape=(32, 24)), (2, 2), (False, True))
    assert np.array_equal(found, expected)


def test_it_resolves_to_itself():
    for start in (
        {"random": {"normal": [0.0, 1.0]}, "correlation_length": 2.0},
        {"random": {"normal": [0.0, 1.0]}, "correlation_length": [2.0, 1.0]},
        {"random": {"normal": [0.0, 1.0]}, "spectrum": "k**-2"},
    ):
        found = resolve(experiment(start))
        assert found.resolved["model"]["fields"]["u"]["initial"] == start
        assert resolve(found.resolved).key == found.key
