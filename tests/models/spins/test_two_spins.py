"""Runs of two spins with terms behind conditions, and in very small units, against quadrature."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import simcore
from simcore.models.spins.spins import Spins
from tests.models.spins.test_proofs import NONLINEAR, experiment

MOST = 4.9  # standard errors: one false alarm in a million for each number

Energy = Callable[[np.ndarray, np.ndarray], np.ndarray]

Weighed = tuple[np.ndarray, np.ndarray, np.ndarray]
"""First spins, second spins, and the weights of the pairs: (components, pairs), (components, pairs), (pairs,)."""


def pairs(circle: bool) -> Weighed:
    """A grid on both circles, or on both spheres (Gauss and Legendre along z, even around it)."""
    turns = 2.0 * np.pi * (np.arange(48) + 0.5) / 48
    if circle:
        one, weight = turns[np.newaxis], np.ones(48)
    else:
        turns = turns[::3]
        z, along = np.polynomial.legendre.leggauss(24)
        flat = np.sqrt(1.0 - z**2)[:, np.newaxis]
        grid = (flat * np.cos(turns), flat * np.sin(turns), z[:, np.newaxis] + 0.0 * turns)
        one, weight = np.stack([part.ravel() for part in grid]), np.repeat(along, len(turns))
    first, second = np.repeat(one, len(weight), axis=1), np.tile(one, (1, len(weight)))
    return first, second, np.outer(weight, weight).ravel()


def exact(energy: Energy, circle: bool, temperature: float) -> dict[str, float]:
    """Energy and specific heat per site of two spins, and the mean of q: cos(a)**2, or a[2]**2, of the first."""
    a, b, weight = pairs(circle)
    e = energy(a, b)
    p = weight * np.exp(-(e - e.min()) / temperature)
    p /= p.sum()
    mean = (p * e).sum()
    heat = (p * (e - mean) ** 2).sum() / temperature**2 / 2.0
    return {"energy": mean / 2.0, "specific_heat": heat, "q": (p * (np.cos(a[0]) if circle else a[2]) ** 2).sum()}


def dot(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return (a * b).sum(axis=0)


def drawn(keys: Mapping[str, Any], name: str) -> np.ndarray:
    """The numbers that stand for a field or a coupling."""
    model = Spins.model_validate({k: v for k, v in experiment(**keys)["model"].items() if k != "type"})
    return np.asarray(next(array.initial for array in model.system.disorder() if array.name == name))


def film(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return -dot(a, b) - 2.0 * a[2] ** 2


def both(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return -dot(a, b) - 2.0 * (a[2] ** 2 + b[2] ** 2)


def second(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return -dot(a, b) - 2.0 * b[2] ** 2


def joule(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return -4e-22 * dot(a, b) - 6e-22 * (a[2] ** 2 + b[2] ** 2)


def angles(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return -np.cos(a[0] - b[0]) - 2.0 * np.cos(a[0]) ** 2


def some_field(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    first, other = drawn({**NONLINEAR["drawn field"][0], **HALF}, "r") < 0.3
    return -dot(a, b) - 3.0 * (first * a[2] ** 2 + other * b[2] ** 2)


def some_bond(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    weak = drawn({**NONLINEAR["drawn bond"][0], **WEAK}, "J")[0] < 0.3
    return -dot(a, b) - 2.0 * weak * dot(a, b) ** 2


HALF = {"fields": {"r": {"random": {"uniform": [0, 1]}, "seed": 1}}}  # below 0.3 at one of the two sites
WEAK = {"couplings": {"J": {"random": {"uniform": [0, 1]}, "seed": 1}}}  # below 0.3


def check(name: str, energy: Energy, path: Path, **more: Any) -> dict[str, float]:
    """The exact values, after a run has come close to them."""
    keys = {**NONLINEAR[name][0], **more}
    circle = keys["spin"] == {"angle": True}
    document = experiment(**keys)
    document["run"] = {"seed": 1, "thermalization": 2000, "sweeps": 100_000, "measure_every": 2}
    q = "cos(a)**2" if circle else "a[2]**2"
    document["output"] = {"observables": {"q": f"2*mean(where(i < 0.5, {q}, 0))"}}
    right = exact(energy, circle, document["model"]["parameters"]["temperature"])
    near(document, right, path)
    return right


def near(document: Mapping[str, Any], right: Mapping[str, float], path: Path) -> None:
    found = simcore.run(document, workers=1, out=path / "run").estimates
    for name, value in right.items():
        mean, error = float(found[name]), float(found[f"{name}_error"])
        assert abs(mean - value) < MOST * error, (name, mean, value, error)
        assert error < 0.04 * abs(value)


def test_a_film_with_a_surface_anisotropy(tmp_path):
    right = check("film", film, tmp_path)
    assert right["q"] == pytest.approx(0.7046, abs=5e-5)
    assert right["energy"] == pytest.approx(-0.97328, abs=5e-6)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "energy", "more"),
    [
        ("drawn field", some_field, HALF),
        ("max", both, {}),
        ("parity", second, {}),
        ("drawn bond", some_bond, WEAK),
        ("angles", angles, {}),
        ("joule", joule, {}),
    ],
)
def test_other_terms_behind_conditions(name, energy, more, tmp_path):
    right = check(name, energy, tmp_path, **more)
    if name == "angles":
        assert right["energy"] == pytest.approx(-1.19778, abs=1e-5)
        assert right["q"] == pytest.approx(0.8489, abs=5e-5)
    if name == "joule":
        assert right["energy"] == pytest.approx(-5.354e-22, abs=5e-26)
        assert right["specific_heat"] == pytest.approx(1.478, abs=5e-4)


@pytest.mark.slow
def test_the_free_field_by_its_heat_bath(tmp_path):
    """Equipartition: T/2 per site; and <a^2> = T times the mean of the inverse of the matrix of the action."""
    keys = {"type": "phi4", "lattice": {"shape": [3, 3]}, "algorithm": "heat_bath", "parameters": {"m2": 0.4}}
    document = {"model": keys, "run": {"seed": 1, "thermalization": 500, "sweeps": 50_000, "measure_every": 2}}
    document["output"] = {"observables": {"square": "mean(a**2)"}}
    k = 2.0 * np.pi * np.arange(3) / 3
    modes = 0.4 + 2.0 * (2.0 - np.cos(k)[:, np.newaxis] - np.cos(k))
    near(document, {"energy": 0.5, "square": float((1.0 / modes).mean())}, tmp_path)
