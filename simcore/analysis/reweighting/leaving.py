"""Leaving out blocks: one from all simulations at a time, which leaves their shares in the mixture as they are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from simcore.analysis.reweighting.mixture import Mixture
from simcore.analysis.reweighting.pieces import Piece
from simcore.analysis.reweighting.solve import curvature, solve_curvature


def left_out_changes(pieces: Sequence[Piece], mixture: Mixture, blocks: int) -> np.ndarray:
    """How the free energies change when each block is left out, (blocks, K): one step of Newton's method.

    A block moves them by a fraction 1/sqrt(blocks) of their error; the square of that is neglected.
    """
    taken = np.zeros((blocks, len(mixture.shares)))
    if len(mixture.shares) == 1:
        return taken
    for piece in pieces:
        terms, _ = mixture.split(piece.conjugates)
        taken[piece.blocks] += piece.mass[:, 0] @ terms.T
    lacking = taken - taken.mean(axis=0)
    return solve_curvature((1.0 - 1.0 / blocks) * curvature(pieces, mixture), lacking)


_ROUNDING = 1e-13


def unchanged(left_out: np.ndarray) -> np.ndarray:
    """Where values without each block (blocks, ...) differ by rounding only: what never changed has no known error."""
    size = np.abs(left_out).max(axis=0)
    with np.errstate(invalid="ignore"):
        return np.ptp(left_out, axis=0) <= _ROUNDING * size if len(left_out) > 1 else np.zeros(size.shape, bool)


def jackknife_error(left_out: np.ndarray) -> np.ndarray:
    """The standard error from the values without each block, along axis 0; NaN of fewer than two blocks.

    R. G. Miller, Biometrika 61, 1 (1974).
    """
    blocks = len(left_out)
    if blocks < 2:
        return np.full(left_out.shape[1:], np.nan)
    deviations = left_out - left_out.mean(axis=0)
    return np.sqrt((blocks - 1.0) / blocks * np.sum(deviations**2, axis=0))
