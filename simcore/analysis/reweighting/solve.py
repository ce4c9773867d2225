"""The free energies of the simulations, from all samples together.

They minimise the convex function sum over samples of ln density - sum over k of shares_k f_k (Z. Tan, J. Am. Stat.
Assoc. 99, 1027 (2004); Shirts and Chodera 2008, appendix C): Newton's method, with shorter steps if a whole one
does not bring the gradient down.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from simcore.analysis.reweighting.mixture import Mixture
from simcore.analysis.reweighting.pieces import Piece

TOLERANCE = 1e-11
"""Of what the densities of the simulations integrate to, which is 1."""

_MOST_STEPS = 100
_SHORTEST = 2.0**-20


@dataclass(frozen=True)
class _Slope:
    """The gradient (K,) and the matrix of second derivatives (K, K)."""

    gradient: np.ndarray
    curvature: np.ndarray


def solve(pieces: Sequence[Piece], start: Mixture) -> Mixture:
    """The mixture with its free energies, that of the first simulation 0. start: with a first guess."""
    mixture, slope = start, _slope(pieces, start)
    for _ in range(_MOST_STEPS):
        if _off(slope, mixture) < TOLERANCE:
            break
        closer = _newton_step(pieces, mixture, slope)
        if closer is None:
            break
        mixture, slope = closer
    return mixture


def curvature(pieces: Sequence[Piece], mixture: Mixture) -> np.ndarray:
    """The matrix of second derivatives at the solution, (K, K)."""
    return _slope(pieces, mixture).curvature


def solve_curvature(matrix: np.ndarray, right: np.ndarray) -> np.ndarray:
    """The change (..., K) of the free energies that changes the gradient by right (..., K); that of the first is 0.

    If simulations do not overlap, what nothing determines stays as it is.
    """
    change = np.zeros(right.shape)
    change[..., 1:] = right[..., 1:] @ np.linalg.pinv(matrix[1:, 1:], rcond=1e-13, hermitian=True)
    return change


def _newton_step(pieces: Sequence[Piece], mixture: Mixture, slope: _Slope) -> tuple[Mixture, _Slope] | None:
    """A step along Newton's direction that brings the gradient down; None if rounding lets none."""
    direction = solve_curvature(slope.curvature, -slope.gradient)
    length, off = 1.0, _off(slope, mixture)
    while length > _SHORTEST:
        tried = replace(mixture, free_energies=mixture.free_energies + length * direction)
        found = _slope(pieces, tried)
        if _off(found, tried) < (1.0 - 1e-4 * length) * off:
            return tried, found
        length *= 0.5
    return None


def _off(slope: _Slope, mixture: Mixture) -> float:
    return float(np.linalg.norm(slope.gradient / mixture.shares))


def _slope(pieces: Sequence[Piece], mixture: Mixture) -> _Slope:
    found = np.zeros(len(mixture.shares))
    products = np.zeros((len(found), len(found)))
    for piece in pieces:
        terms, _ = mixture.split(piece.conjugates)
        weighted = terms * piece.weights
        found += weighted.sum(axis=1)
        products += weighted @ terms.T
    return _Slope(found - mixture.shares, np.diag(found) - products)
