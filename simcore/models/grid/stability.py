"""The largest stable time step of an explicit scheme, estimated from the linear part of the equations.

The linear terms with constant coefficients, of all variables in all equations, make a matrix M(theta) of symbols: a
wave exp(i theta . cell) obeys d/dt u = M u, whose eigenvalues lambda are its rates. In a step of length dt it is
multiplied by R(lambda dt), R the scheme's own polynomial (1 + z for euler). The limit is the largest dt at which
|R| <= 1 for the stiffest waves: those with at least half of the largest |lambda| among all that do not grow of
themselves. Those that do (Re lambda > 0) are left alone: growth is physics. Leapfrog: dt <= 2/omega for
lambda = +-i omega.

For D laplace(u) and euler this is 1/(2 D sum 1/h^2). Walls make it no worse: a ghost cell `scale u + shift` with
|scale| <= 1 mirrors a wave into waves of the same theta.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from simcore.models.grid.kernels import Kernels
from simcore.models.grid.linear import Stencil, split, symbol
from simcore.models.grid.schemes import Scheme
from simcore.models.grid.system import System

STIFF = 0.5
ROUNDING = 1e-9
SAMPLES = {1: 129, 2: 33, 3: 9}


def limit(system: System, scheme: Scheme, kernels: Kernels, numbers: Mapping[str, Any]) -> float | None:
    """The largest stable step of a scheme; None where no linear term restrains it."""
    rates = np.linalg.eigvals(symbols(system, kernels, numbers)).ravel()
    if not np.isfinite(rates).all():
        return None
    fading = rates[rates.real <= ROUNDING * np.abs(rates)]
    sizes = np.abs(fading)
    return scheme.reach(fading[sizes >= STIFF * sizes.max(initial=0.0)])


def symbols(system: System, kernels: Kernels, numbers: Mapping[str, Any]) -> np.ndarray:
    """M(theta), of shape (waves, variables, variables)."""
    arrays = {*system.rates, *(item.name for item in system.intermediates)}
    trees = {item.name: item.tree for item in system.intermediates} | dict(system.rates)
    inside = kernels.unbounded()
    splits = {name: split(inside.discrete(tree), arrays, numbers) for name, tree in trees.items()}
    angles = waves(len(system.axes))
    rows: dict[str, dict[str, np.ndarray]] = {}
    for name, part in splits.items():  # intermediates first, in order of need
        rows[name] = _row(part.stencils, rows, system.rates, angles)
    zero = np.zeros(angles.shape[1], complex)
    matrix = [[rows[u].get(v, zero) for v in system.variables] for u in system.variables]
    return np.moveaxis(np.array(matrix), -1, 0)


def waves(dimensions: int) -> np.ndarray:
    """Angles theta of shape (axes, waves), pi among them; theta and -theta are one."""
    n = SAMPLES[dimensions]
    half = np.linspace(0.0, np.pi, n)
    whole = np.concatenate((-half[:0:-1], half))
    return np.stack(np.meshgrid(half, *[whole] * (dimensions - 1), indexing="ij")).reshape(dimensions, -1)


def _row(
    stencils: Mapping[str, Stencil],
    rows: Mapping[str, Mapping[str, np.ndarray]],
    variables: Mapping[str, Any],
    angles: np.ndarray,
) -> dict[str, np.ndarray]:
    """What one formula is of each variable, intermediates seen through."""
    total: dict[str, np.ndarray] = {}
    for name, stencil in stencils.items():
        factor = symbol(stencil, angles)
        through = {name: np.ones_like(factor)} if name in variables else rows[name]
        for variable, inner in through.items():
            total[variable] = total.get(variable, 0.0) + factor * inner
    return total
