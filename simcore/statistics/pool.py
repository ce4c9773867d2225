"""Several independent estimates of one quantity, with their errors, as one."""

from __future__ import annotations

import numpy as np

ENOUGH = 20
"""Replicas. From so many on, the error of their mean is taken from their spread, which then is itself uncertain by
1 / sqrt(2 (n - 1)), at most a sixth, and asks nothing of the autocorrelation time."""


def pool(value: np.ndarray, error: np.ndarray, tau: np.ndarray, ess: np.ndarray) -> tuple[np.ndarray, ...]:
    """One estimate of those along the last axis; what is NaN is left out.

    Args:
        value: of shape (..., replicas).
        error: the standard error of each, of the same shape.
        tau: the integrated autocorrelation time of each, in steps.
        ess: the effective sample size of each; a replica has 2 tau ess steps, and counts by their number.

    Returns:
        Value, error, tau, effective sample size, chi-square per degree of freedom and R-hat, each of shape (...). The
        error is that of the replicas' own errors, and from `ENOUGH` replicas on that of their spread.

    Example:
        >>> value, error, *_ = pool(*(np.array(x) for x in ([1.0, 3.0], [0.1, 0.1], [0.5, 0.5], [9.0, 9.0])))
        >>> float(value), round(float(error), 6)
        (2.0, 0.070711)
    """
    there = np.isfinite(value)
    count = there.sum(axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        steps = 2.0 * tau * ess
        known = (~there | (steps > 0.0)).all(axis=-1)  # where one replica has too few samples to tell, all count alike
        steps = np.where(there, np.where(known[..., None], steps, 1.0), 0.0)
        total = steps.sum(axis=-1)
        weight = steps / total[..., None]
        mean = _sum(weight * value, there)
        # of one step, 2 tau times that of a sample: the same for all replicas of one system
        variance = _sum(weight * steps * error**2, there)
        mean_tau = _sum(weight * tau, there)
        squares = _sum(steps * (value - mean[..., None]) ** 2, there)
        chi_square = np.where(squares == 0.0, 0.0, squares / variance) / (count - 1)
        spread = (count >= ENOUGH) & (squares > 0.0)
        variance = np.where(spread, squares / (count - 1), variance)
        found = mean, np.sqrt(variance / total), mean_tau, np.where(known, total / (2.0 * mean_tau), np.nan)
    empty = np.where(count > 0, 0.0, np.nan)
    several = count > 1
    return (
        *(part + empty for part in found),
        np.where(several, chi_square, np.nan),
        np.where(several, _r_hat(value, error, ess, there, count), np.nan),
    )


def _r_hat(value: np.ndarray, error: np.ndarray, ess: np.ndarray, there: np.ndarray, count: np.ndarray) -> np.ndarray:
    """From means, errors and effective sample sizes: a sample has the variance error**2 ess."""
    with np.errstate(invalid="ignore", divide="ignore"):
        centre = _sum(value, there) / count
        between = _sum((value - centre[..., None]) ** 2, there) / (count - 1)
        within = _sum(error**2 * ess, there) / count
        found: np.ndarray = np.sqrt(1.0 - count / _sum(ess, there) + np.where(between == 0.0, 0.0, between / within))
    return found


def _sum(x: np.ndarray, there: np.ndarray) -> np.ndarray:
    """Over the replicas that are there; NaN if one of these is."""
    found: np.ndarray = np.where(there, x, 0.0).sum(axis=-1)
    return found
