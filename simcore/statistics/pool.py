"""Pooling of independent estimates of one quantity."""

from __future__ import annotations

import numpy as np

ENOUGH = 20
"""Replicas. From this number on, the error of their mean is computed from their spread, with a relative uncertainty of
1 / sqrt(2 (n - 1)), at most a sixth, and does not depend on the autocorrelation time."""


def pool(value: np.ndarray, error: np.ndarray, tau: np.ndarray, ess: np.ndarray) -> tuple[np.ndarray, ...]:
    """Pool the estimates along the last axis; NaN values are omitted.

    Args:
        value: of shape (..., replicas).
        error: the standard error of each, of the same shape.
        tau: the integrated autocorrelation time of each, in steps.
        ess: the effective sample size of each; a replica has 2 tau ess steps, and this number is its weight.

    Returns:
        Value, error, tau, effective sample size, chi-square per degree of freedom and R-hat, each of shape (...). The
        error is computed from the replicas' errors, and from `ENOUGH` replicas on from their spread.

    Example:
        >>> value, error, *_ = pool(*(np.array(x) for x in ([1.0, 3.0], [0.1, 0.1], [0.5, 0.5], [9.0, 9.0])))
        >>> float(value), round(float(error), 6)
        (2.0, 0.070711)
    """
    exists = np.isfinite(value)
    count = exists.sum(axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        steps = 2.0 * tau * ess
        known = (~exists | (steps > 0.0)).all(axis=-1)  # if one replica has too few samples, all have equal weights
        steps = np.where(exists, np.where(known[..., None], steps, 1.0), 0.0)
        total = steps.sum(axis=-1)
        weight = steps / total[..., None]
        mean = _sum(weight * value, exists)
        # of one step, 2 tau times that of a sample: the same for all replicas of one system
        variance = _sum(weight * steps * error**2, exists)
        mean_tau = _sum(weight * tau, exists)
        squares = _sum(steps * (value - mean[..., None]) ** 2, exists)
        chi_square = np.where(squares == 0.0, 0.0, squares / variance) / (count - 1)
        spread = (count >= ENOUGH) & (squares > 0.0)
        variance = np.where(spread, squares / (count - 1), variance)
        pooled = mean, np.sqrt(variance / total), mean_tau, np.where(known, total / (2.0 * mean_tau), np.nan)
    empty = np.where(count > 0, 0.0, np.nan)
    several = count > 1
    return (
        *(part + empty for part in pooled),
        np.where(several, chi_square, np.nan),
        np.where(several, _r_hat(value, error, ess, exists, count), np.nan),
    )


def _r_hat(value: np.ndarray, error: np.ndarray, ess: np.ndarray, exists: np.ndarray, count: np.ndarray) -> np.ndarray:
    """From means, errors and effective sample sizes: a sample has the variance error**2 ess."""
    with np.errstate(invalid="ignore", divide="ignore"):
        centre = _sum(value, exists) / count
        between = _sum((value - centre[..., None]) ** 2, exists) / (count - 1)
        within = _sum(error**2 * ess, exists) / count
        ratio: np.ndarray = np.sqrt(1.0 - count / _sum(ess, exists) + np.where(between == 0.0, 0.0, between / within))
    return ratio


def _sum(x: np.ndarray, exists: np.ndarray) -> np.ndarray:
    """Sum over the existing replicas; NaN if one of these is NaN."""
    total: np.ndarray = np.where(exists, x, 0.0).sum(axis=-1)
    return total
