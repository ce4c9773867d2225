"""The largest stable time step of a scheme that solves for some linear terms and leaves others explicit.

With M_E(theta) and M_I(theta) the symbols of both parts (see `stability`), a step multiplies a wave by a matrix that
the scheme's own stages give, of which no eigenvalue may exceed 1 in modulus. A wave that grows of itself, an
eigenvalue of M_E + M_I having Re lambda > 0, may grow by EXCESS times exp(dt Re lambda) in a step. The limit is the
first dt at which some wave grows further, looked for from small steps on; 0 if even the smallest ones fail.
"""

from __future__ import annotations

import numpy as np

from simcore.models.grid.linear_system import LinearSystem
from simcore.models.grid.schemes import Imex
from simcore.models.grid.stability import ROUNDING, sample_angles, symbols

SAMPLES = {1: 65, 2: 17, 3: 5}
EXCESS = 1.5
AT_ONCE = 0.05  # of dt |M_E|: there the growth z^4/8 of second order on the imaginary axis is 8e-7
TOLERANCE = 1e-7  # of a modulus of 1: the root of the rounding, for matrices whose eigenvalues are equal
LARGEST = 1e6  # of dt |M_E|
PER_DECADE = 10


def limit(explicit: LinearSystem, implicit: LinearSystem, scheme: Imex, dimensions: int) -> float | None:
    """The largest stable step; None if there is no limit.

    explicit: the linear terms that are left, coefficients that vary being arrays over sampled cells.
    """
    limits = [_limit_of(block, explicit, implicit, scheme, dimensions) for block in _coupled(explicit, implicit)]
    return min((found for found in limits if found is not None), default=None)


def _coupled(explicit: LinearSystem, implicit: LinearSystem) -> list[list[str]]:
    """The variables, in groups that no linear term joins."""
    one = np.zeros((1, 1))
    pairs = {pair for system in (explicit, implicit) for pair in system.symbols(lambda axis, cells: one)}
    groups: list[set[str]] = [{name} for name in explicit.rows]
    for pair in pairs:
        joined = [group for group in groups if group & {*pair}]
        groups = [group for group in groups if not group & {*pair}] + [set().union(*joined)]
    return [[name for name in explicit.rows if name in group] for group in groups]


def _limit_of(
    variables: list[str], explicit: LinearSystem, implicit: LinearSystem, scheme: Imex, dimensions: int
) -> float | None:
    angles = sample_angles(dimensions, SAMPLES[dimensions] if len(variables) > 1 else None)
    outer, inner = (symbols(system, angles, variables) for system in (explicit, implicit))
    if not (np.isfinite(outer).all() and np.isfinite(inner).all()):
        return None
    outer, inner = (part.reshape(-1, *part.shape[-2:]) for part in np.broadcast_arrays(outer, inner))
    left = outer.any(axis=(1, 2))
    outer, inner = outer[left], inner[left]
    if not left.any():
        return None
    rates = np.linalg.eigvals(outer + inner)
    fastest = np.where(rates.real > ROUNDING * np.abs(rates), rates.real, 0.0).max(axis=1)

    def grows(dt: float) -> bool:
        with np.errstate(over="ignore"):
            allowed = np.where(fastest > 0.0, EXCESS * np.exp(dt * fastest), 1.0 + TOLERANCE)
        return bool((np.abs(np.linalg.eigvals(scheme.multiply(outer, inner, dt))).max(axis=1) > allowed).any())

    first = AT_ONCE / float(np.abs(outer).sum(axis=2).max())
    steps = first * np.logspace(0.0, np.log10(LARGEST), round(PER_DECADE * np.log10(LARGEST)) + 1)
    high = next((number for number, dt in enumerate(steps) if grows(dt)), None)
    if high is None or high == 0:
        return high if high is None else 0.0
    below, above = steps[high - 1], steps[high]
    for _ in range(20):
        middle = 0.5 * (below + above)
        below, above = (below, middle) if grows(middle) else (middle, above)
    return float(below)
