"""Points spread over a box, by `scipy.stats.qmc`."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from simcore.config.generated import geometric, rounded
from simcore.sweeps.sections import Sample, Span


def sample(section: Sample) -> dict[str, list[Any]]:
    """The values of each key, `section.points` of them.

    Those of a linear scale are, bit for bit, low + (high - low) x with the x of scipy's sampler, as `qmc.scale` has
    them. Those of a log scale are low (high/low)**x, rounded to 12 digits.
    """
    unit = _unit_box(section.method, len(section.ranges), section.points, section.seed)
    return {key: _spread(span, unit[:, i]) for i, (key, span) in enumerate(section.ranges.items())}


def _unit_box(method: str, dimensions: int, points: int, seed: int) -> np.ndarray:
    """float64 of shape (points, dimensions) in [0, 1)."""
    from scipy.stats import qmc

    samplers = {"sobol": qmc.Sobol, "latin_hypercube": qmc.LatinHypercube}
    rng = np.random.default_rng(seed)
    if method == "random":
        return rng.random((points, dimensions))
    with warnings.catch_warnings():  # that other numbers than powers of two are less well balanced
        warnings.simplefilter("ignore", UserWarning)
        return samplers[method](dimensions, rng=rng).random(points)


def _spread(span: Any, x: np.ndarray) -> list[Any]:
    assert isinstance(span, Span)
    low, high = (span.low, span.high + 1) if span.whole else (span.low, span.high)
    if span.scale == "linear":
        found = (low + (high - low) * x).tolist()
    else:
        at = geometric(low, high)
        found = [rounded(float(at(share))) for share in x.tolist()]
    return [min(int(value), span.high) for value in found] if span.whole else found
