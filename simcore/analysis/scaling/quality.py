"""How well the points of several sizes fall on one curve."""

from __future__ import annotations

import math

import numba
import numpy as np


@numba.njit(cache=True, error_model="numpy")
def quality(x: np.ndarray, y: np.ndarray, errors: np.ndarray, begins: np.ndarray) -> float:
    """S of J. Houdayer, A. K. Hartmann, Phys. Rev. B 70, 014418 (2004), appendix: about 1 if the points collapse.

    The mean square deviation of each point, in its error, from a weighted straight line through its neighbours among
    the points of every other size, the one to its left and the one to its right (after N. Kawashima, N. Ito, J. Phys.
    Soc. Jpn. 62, 435 (1993)).

    x: (n,) scaled temperatures, ascending within a size. y, errors: (o, n) scaled observables. begins: where the points
    of each size begin, and n. Infinite if fewer than half of the points have neighbours.
    """
    n, observables, sizes = len(x), len(y), len(begins) - 1
    total, compared = 0.0, 0
    for own in range(sizes):
        for i in range(begins[own], begins[own + 1]):
            if not _has_neighbours(x, x[i], own, begins):
                continue
            compared += 1
            for o in range(observables):
                total += _deviation(x, y[o], errors[o], i, own, begins)
    return total / (compared * observables) if 2 * compared >= n else math.inf


@numba.njit(cache=True, error_model="numpy")
def _has_neighbours(x, at, own, begins):
    found = False
    for size in range(len(begins) - 1):
        found |= size != own and x[begins[size]] <= at <= x[begins[size + 1] - 1]
    return found


@numba.njit(cache=True, error_model="numpy")
def _deviation(x, y, errors, i, own, begins):
    """(y - Y)**2 / (dy**2 + dY**2) of point i; abscissae are taken from x[i], so that Y is the intercept."""
    k = kx = ky = kxx = kxy = 0.0
    for size in range(len(begins) - 1):
        first, last = begins[size], begins[size + 1] - 1
        if size == own or not x[first] <= x[i] <= x[last]:
            continue
        right = min(max(first + np.searchsorted(x[first : last + 1], x[i]), first + 1), last)
        for j in (right - 1, right):
            weight, distance = 1.0 / errors[j] ** 2, x[j] - x[i]
            k += weight
            kx += weight * distance
            ky += weight * y[j]
            kxx += weight * distance**2
            kxy += weight * distance * y[j]
    delta = k * kxx - kx**2
    return (y[i] - (kxx * ky - kx * kxy) / delta) ** 2 / (errors[i] ** 2 + kxx / delta)
