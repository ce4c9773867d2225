"""Exact averages of few spins of any kind: a sum over all states, or an integral by a product of quadratures.

A quadrature is a set of values of one spin and their weights. Equal steps in an angle, or in a real number whose
weight falls off, and Gauss' points in the cosine of a polar angle converge faster than any power of their number.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tests.physics.oracles.spins import BruteForce

PIECE = 2**17


@dataclass(frozen=True)
class Quadrature:
    """values: (points, components); weights: (points,)."""

    values: np.ndarray
    weights: np.ndarray


def states(*values: float) -> Quadrature:
    """A discrete spin."""
    return Quadrature(np.array(values, float)[:, np.newaxis], np.ones(len(values)))


def angle(points: int) -> Quadrature:
    """The whole circle."""
    return Quadrature(2 * np.pi * np.arange(points)[:, np.newaxis] / points, np.full(points, 1.0 / points))


def sphere(heights: int, around: int) -> Quadrature:
    """Unit vectors in space."""
    z, weights = np.polynomial.legendre.leggauss(heights)
    phi = 2 * np.pi * np.arange(around) / around
    ring = np.stack([np.cos(phi), np.sin(phi)], axis=-1)
    flat = np.sqrt(1 - z**2)[:, np.newaxis, np.newaxis] * ring
    vectors = np.concatenate([flat, np.broadcast_to(z[:, np.newaxis, np.newaxis], (heights, around, 1))], axis=-1)
    return Quadrature(vectors.reshape(-1, 3), np.repeat(weights / around, around))


def real(points: int, farthest: float) -> Quadrature:
    """From -farthest to farthest, where the weight of the spins must be nothing."""
    return Quadrature(np.linspace(-farthest, farthest, points)[:, np.newaxis], np.ones(points))


def averages(brute: BruteForce, quadrature: Quadrature, temperature: float) -> dict[str, float]:
    """What a run estimates, under the same names.

    Where spins are continuous there is no `abs_magnetization` nor what follows from it: |m| has a kink at 0, on which
    quadratures converge slowly.
    """
    geometry, points = brute.geometry, len(quadrature.values)
    count = points**geometry.sites
    sums: dict[str, float] = {}
    lowest = None
    for start in range(0, count, PIECE):
        digits = np.unravel_index(np.arange(start, min(start + PIECE, count)), (points,) * geometry.sites)
        index = np.stack(digits, axis=-1)
        spins = quadrature.values[index].reshape(len(index), *geometry.shape, geometry.basis, -1)
        energies = brute.energies(spins)
        lowest = energies.min() if lowest is None else lowest
        weights = np.exp(-(energies - lowest) / temperature) * quadrature.weights[index].prod(axis=1)
        for name, values in _moments(brute.kind, energies / geometry.sites, spins.reshape(*index.shape, -1)).items():
            sums[name] = sums.get(name, 0.0) + float(weights @ values)
    return _derived({name: value / sums["one"] for name, value in sums.items()}, geometry.sites, temperature)


def _moments(kind: str, e: np.ndarray, spins: np.ndarray) -> dict[str, np.ndarray]:
    """e per site; spins: (states, sites, components)."""
    if kind == "angle":
        spins = np.concatenate([np.cos(spins), np.sin(spins)], axis=-1)
    m = spins.mean(axis=1)
    square = (m**2).sum(axis=1)
    names = ["magnetization"] if m.shape[1] == 1 else [f"magnetization_{axis}" for axis in "xyz"[: m.shape[1]]]
    components = dict(zip(names, m.T, strict=True))
    moments = {"one": np.ones_like(e), "energy": e, "e2": e**2, "m2": square, "m4": square**2, **components}
    return moments | ({"abs_magnetization": np.sqrt(square)} if kind == "states" else {})


def _derived(mean: dict[str, float], sites: int, temperature: float) -> dict[str, float]:
    found = {name: value for name, value in mean.items() if name not in ("one", "e2", "m2", "m4")}
    found["specific_heat"] = sites * (mean["e2"] - mean["energy"] ** 2) / temperature**2
    found["binder"] = 1.0 - mean["m4"] / (3.0 * mean["m2"] ** 2)
    if "abs_magnetization" in mean:
        found["susceptibility"] = sites * (mean["m2"] - mean["abs_magnetization"] ** 2) / temperature
    return found
