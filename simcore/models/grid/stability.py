"""The largest stable time step of a scheme, estimated from the linear part of the equations.

The linear terms, of all variables in all equations, make a matrix M(theta) of symbols: a wave exp(i theta . cell) obeys
d/dt u = M u, whose eigenvalues lambda are its rates. Coefficients that vary in space are frozen, at the cells in which
one of them is largest or least (see `coefficients`). In a step of length dt a wave is multiplied by R(lambda dt), R the
scheme's own polynomial (1 + z for euler). The limit is the largest dt at which |R| <= 1 for the stiffest waves: those
with at least half of the largest |lambda| among all that do not grow of themselves. Those that do (Re lambda > 0) are
left alone: growth is physics. Leapfrog: dt <= 2/omega for lambda = +-i omega.

For D laplace(u) and euler this is 1/(2 D sum 1/h^2). Walls make it no worse: a ghost cell `scale u + shift` with
|scale| <= 1 mirrors a wave into waves of the same theta. What an implicit scheme solves for has no limit; what it
leaves explicit has, see `imexstability`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from simcore.models.grid.linear import waves
from simcore.models.grid.linear_system import LinearSystem
from simcore.models.grid.schemes import Scheme

STIFF = 0.5
ROUNDING = 1e-9
SAMPLES = {1: 129, 2: 33, 3: 9}


def limit(linear: LinearSystem, scheme: Scheme, dimensions: int) -> float | None:
    """The largest stable step of a scheme; None if no linear term restrains it."""
    matrices = symbols(linear, sample_angles(dimensions), list(linear.rows))
    if not np.isfinite(matrices).all():
        return None
    rates = (matrices if matrices.shape[-1] == 1 else np.linalg.eigvals(matrices)).ravel()
    fading = rates[rates.real <= ROUNDING * np.abs(rates)]
    sizes = np.abs(fading)
    return scheme.reach(fading[sizes >= STIFF * sizes.max(initial=0.0)])


def symbols(linear: LinearSystem, angles: np.ndarray, variables: Sequence[str]) -> np.ndarray:
    """M(theta), of shape (cells, waves, variables, variables); cells: 1 if no coefficient varies."""
    with np.errstate(all="ignore"):
        found = linear.symbols(waves(angles))
    shape = np.broadcast_shapes((1, angles.shape[1]), *(np.shape(value) for value in found.values()))
    matrix = np.zeros((*shape, len(variables), len(variables)), complex)
    for (row, column), value in found.items():
        if row in variables and column in variables:
            matrix[..., variables.index(row), variables.index(column)] = value
    return matrix


@lru_cache(maxsize=16)
def sample_angles(dimensions: int, samples: int | None = None) -> np.ndarray:
    """Angles theta of shape (axes, waves), pi among them; theta and -theta are one."""
    n = samples or SAMPLES[dimensions]
    half = np.linspace(0.0, np.pi, n)
    whole = np.concatenate((-half[:0:-1], half))
    angles = np.stack(np.meshgrid(half, *[whole] * (dimensions - 1), indexing="ij")).reshape(dimensions, -1)
    angles.flags.writeable = False
    return angles
