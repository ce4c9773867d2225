"""GMRES with sums in a fixed order."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from simcore.errors import SimcoreError

TOLERANCE = 1e-13  # of the preconditioned residual, over that of 0
RESTART = 30
MOST = 300


def gmres(
    times: Callable[[np.ndarray], np.ndarray], near: Callable[[np.ndarray], np.ndarray], right: np.ndarray
) -> np.ndarray:
    """The solution of A u = right; near: an approximate inverse of A, applied from the left.

    Y. Saad and M. H. Schultz, SIAM J. Sci. Stat. Comput. 7, 856 (1986). Sums are those of NumPy, pairwise and in one
    thread, not those of BLAS: every bit depends on the arrays alone. A right side that is not finite is handed back as
    NaN. Raises SimcoreError if MOST iterations do not bring the residual below TOLERANCE.
    """
    solution = near(right)
    whole = norm(solution)
    if not np.isfinite(whole):
        return np.full_like(solution, np.nan)
    made = 0
    while whole > 0.0:
        residual = near(right - times(solution))
        left = norm(residual)
        if left <= TOLERANCE * whole:
            break
        if made >= MOST:
            raise SimcoreError(
                f"the linear solve of the implicit part does not converge: {left / whole:.1e} is left of the residual "
                f"after {made} iterations; take a smaller run.dt, or leave terms out of it by model.implicit"
            )
        change, steps = _cycle(times, near, residual, left, TOLERANCE * whole)
        solution, made = solution + change, made + steps
    return solution


def _cycle(
    times: Callable[[np.ndarray], np.ndarray],
    near: Callable[[np.ndarray], np.ndarray],
    residual: np.ndarray,
    size: float,
    enough: float,
) -> tuple[np.ndarray, int]:
    """The best correction in the space that up to RESTART products span, and how many were made."""
    basis = [residual / size]
    columns: list[np.ndarray] = []
    rotations: list[tuple[complex, float]] = []
    reduced: list[complex] = [size]
    while len(columns) < RESTART and abs(reduced[-1]) > 0.5 * enough:
        vector = near(times(basis[-1]))
        column = np.zeros(len(columns) + 2, complex)
        for number, known in enumerate(basis):
            column[number] = dot(known, vector)
            vector = vector - _of_kind(column[number], vector) * known
        column[-1] = norm(vector)
        following = column[-1].real
        for number, (s, c) in enumerate(rotations):
            above, below = column[number], column[number + 1]
            column[number], column[number + 1] = c * above + s * below, c * below - np.conj(s) * above
        above = column[-2]
        radius = float(np.hypot(abs(above), following))
        phase = above / abs(above) if above else 1.0
        c, s = abs(above) / radius, phase * following / radius
        rotations.append((s, c))
        column[-2], column[-1] = c * above + s * following, 0.0
        reduced[-1:] = [c * reduced[-1], -np.conj(s) * reduced[-1]]
        columns.append(column[:-1])
        if following == 0.0:
            break
        basis.append(vector / following)
    weights = np.zeros(len(columns), complex)
    for row in reversed(range(len(columns))):
        known = sum(columns[k][row] * weights[k] for k in range(row + 1, len(columns)))
        weights[row] = (reduced[row] - known) / columns[row][row]
    change = np.zeros_like(residual)
    for weight, vector in zip(weights, basis, strict=False):
        change = change + _of_kind(weight, vector) * vector
    return change, len(columns)


def dot(left: np.ndarray, right: np.ndarray) -> complex:
    """The sum of conj(left) right."""
    return complex(np.add.reduce((left.conj() * right).ravel()))


def norm(values: np.ndarray) -> float:
    """The root of the sum of squares."""
    return float(np.sqrt(dot(values, values).real))


def _of_kind(number: complex, values: np.ndarray) -> complex | float:
    return number if values.dtype.kind == "c" else number.real
