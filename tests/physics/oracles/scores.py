"""How far estimates are from exact values, in units of their own errors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import xarray
from scipy.stats import chi2

FARTHEST = 4.5
TAIL = 0.5e-4


def z_scores(estimates: xarray.Dataset | Mapping[str, float], exact: Mapping[str, float]) -> dict[str, float]:
    """(estimate - exact) / error for each exact value; standard normal where estimates and errors are right."""
    return {name: float((estimates[name] - value) / estimates[f"{name}_error"]) for name, value in exact.items()}


def assert_normal(scores: Sequence[Mapping[str, float]]) -> None:
    """Hold the scores of several independent runs to two bars.

    Each is below 4.5: for a right program one beyond it comes once in 150,000. The sum of squares of one observable
    over its runs lies within the central 1 - 1e-4 of its chi-square distribution, so that errors which are too small or
    too large are found as well.
    """
    assert max(abs(z) for run in scores for z in run.values()) < FARTHEST, scores
    for name in {name for run in scores for name in run}:
        squares = [run[name] ** 2 for run in scores if name in run]
        assert chi2.ppf(TAIL, len(squares)) < sum(squares) < chi2.isf(TAIL, len(squares)), (name, sum(squares), scores)
