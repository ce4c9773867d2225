"""Structure factors and correlations of one state by Fourier transforms, against sums over sites and pairs."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest

from simcore.errors import ExperimentError
from simcore.runs.experiment import resolve

LATTICES: dict[str, dict[str, Any]] = {
    "square": {"type": "square", "shape": [4, 6]},
    "triangular": {"type": "triangular", "shape": [4, 5]},
    "honeycomb": {"type": "honeycomb", "shape": [3, 4]},
    "antiperiodic": {"type": "square", "shape": [4, 5], "boundary": {"x": "antiperiodic", "y": "periodic"}},
    "open": {"type": "square", "shape": [5, 4], "boundary": {"x": "open", "y": "periodic"}},
    "chain": {"type": "chain", "shape": [9]},
    "cubic": {"type": "cubic", "shape": [3, 2, 4]},
}
SPINS: dict[str, tuple[dict[str, Any], str]] = {
    "states": ({"states": [-1, 0, 1]}, "-a*b"),
    "angle": ({"angle": True}, "-cos(a - b)"),
    "vector": ({"vector": 3}, "-dot(a, b)"),
}


def experiment(lattice: dict[str, Any], spin: str, formulas: dict[str, str]) -> Any:
    kind, bonds = SPINS[spin]
    model = {"type": "spins", "lattice": lattice, "parameters": {"temperature": 1.0}, "spin": kind}
    model["hamiltonian"] = {"bonds": bonds}
    return resolve({"model": model, "run": {"seed": 1, "sweeps": 4}, "output": {"observables": formulas}})


def drawn(spin: str, arrays: int, shape: tuple[int, ...]) -> tuple[list[np.ndarray], np.ndarray]:
    """What the arrays hold, and the values as vectors (*shape, basis, components)."""
    random = np.random.default_rng(4)
    if spin == "states":
        stored = [random.integers(0, 3, shape).astype(np.int8) for _ in range(arrays)]
        return stored, np.stack([one - 1.0 for one in stored], axis=-1)[..., np.newaxis]
    if spin == "angle":
        stored = [random.uniform(-np.pi, np.pi, shape) for _ in range(arrays)]
        angles = np.stack(stored, axis=-1)[..., np.newaxis]
        return stored, np.concatenate([np.cos(angles), np.sin(angles)], axis=-1)
    stored = [random.normal(size=shape) for _ in range(arrays)]
    return stored, np.stack(stored, axis=-1).reshape(*shape, arrays // 3, 3)


@pytest.mark.parametrize("spin", SPINS)
@pytest.mark.parametrize("name", LATTICES)
def test_the_structure_factor_is_the_sum_over_sites(name, spin):
    made = experiment(LATTICES[name], spin, {"s": "structure_factor()"})
    (one,), geometry = made.array_observables, made.model.geometry
    stored, vectors = drawn(spin, len(one.of), geometry.shape)
    found = one.value(*stored)
    assert found.shape == one.shape == geometry.shape
    for index in product(*map(range, geometry.shape)):
        k = [places[i] for (_, places), i in zip(one.dims, index, strict=True)]
        amplitude = 0.0
        for cell in product(*map(range, geometry.shape)):
            for site, position in enumerate(geometry.positions):
                phase = sum(kx * (x + p) for kx, x, p in zip(k, cell, position, strict=True))
                amplitude = amplitude + vectors[cell][site] * np.exp(-1j * phase)
        assert found[index] == pytest.approx((np.abs(amplitude) ** 2).sum() / geometry.sites, rel=1e-11, abs=1e-11)


@pytest.mark.parametrize("spin", SPINS)
@pytest.mark.parametrize("name", LATTICES)
def test_correlations_are_means_over_pairs(name, spin):
    axes = experiment(LATTICES[name], spin, {}).model.geometry.axes
    formulas = {f"c{axis}": f"correlation({axis})" for axis in axes}
    made = experiment(LATTICES[name], spin, formulas)
    geometry = made.model.geometry
    for axis, one in enumerate(made.array_observables):
        stored, vectors = drawn(spin, len(one.of), geometry.shape)
        found, n, wrap = one.value(*stored), geometry.shape[axis], geometry.wrap[axis]
        assert found.shape == (n if wrap == "open" else n // 2 + 1,)
        along = np.moveaxis(vectors, axis, 0)
        for d, value in enumerate(found):
            pairs = [
                along[i] * along[(i + d) % n] * (-1.0 if i + d >= n and wrap == "antiperiodic" else 1.0)
                for i in range(n)
                if i + d < n or wrap != "open"
            ]
            assert value == pytest.approx(np.sum(pairs, axis=-1).mean(), abs=1e-12)


def test_the_radial_mean_takes_the_nearest_image_of_each_wave_vector():
    """On a triangular lattice the six shortest wave vectors are one shell."""
    made = experiment(
        {"type": "triangular", "size": 6}, "states", {"s": "structure_factor()", "r": "radial_structure_factor()"}
    )
    whole, radial = made.array_observables
    stored, _ = drawn("states", 1, (6, 6))
    s, shells = whole.value(*stored), radial.value(*stored)
    vectors = np.linalg.inv(np.array(made.model.geometry.vectors)).T
    lengths = np.full((6, 6), np.inf)
    for m in product(range(-2, 3), repeat=2):
        n = np.stack(np.meshgrid(np.arange(-3, 3), np.arange(-3, 3), indexing="ij"), axis=-1) / 6.0 + np.array(m)
        lengths = np.minimum(lengths, np.linalg.norm(n @ vectors, axis=-1))
    step = np.linalg.norm(vectors[0]) / 6.0
    assert (np.rint(lengths / step) == 1).sum() == 6
    assert shells[1] == pytest.approx(s[np.rint(lengths / step) == 1].mean(), rel=1e-12)
    assert radial.dims[0][1][1] == pytest.approx(2.0 * np.pi * step)


def test_correlations_by_distance_and_in_the_plane():
    formulas = {"c": "correlation()", "p": "correlation(x, y)"}
    one, plane = experiment(LATTICES["square"], "states", formulas).array_observables
    stored, vectors = drawn("states", 1, (4, 6))
    spins = vectors[..., 0, 0]
    pairs = {d: (spins * np.roll(spins, (-d[0], -d[1]), (0, 1))).mean() for d in product(range(4), range(6))}
    assert np.allclose(plane.value(*stored), [[pairs[x, y] for y in range(6)] for x in range(4)], atol=1e-13)
    found = dict(zip(one.dims[0][1].round(9).tolist(), one.value(*stored).tolist(), strict=True))
    assert list(found) == [0.0, 1.0, 1.414213562, 2.0]
    assert found[1.0] == pytest.approx((pairs[1, 0] + pairs[0, 1] + pairs[3, 0] + pairs[0, 5]) / 4)
    assert found[2.0] == pytest.approx((pairs[2, 0] + pairs[0, 2] + pairs[0, 4]) / 3)


@pytest.mark.parametrize(
    ("name", "formula", "words"),
    [
        ("open", "correlation()", r"needs periodic axes; along one axis of a lattice with ends: correlation\(x\)"),
        ("honeycomb", "radial_structure_factor()", r"needs one site a cell, and this lattice has 2; take structure_f"),
    ],
)
def test_what_a_lattice_cannot_have_is_refused(name, formula, words):
    with pytest.raises(ExperimentError, match=words):
        experiment(LATTICES[name], "states", {"c": formula})
