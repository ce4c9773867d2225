"""Differences that are rounding errors, and others."""

from __future__ import annotations

import numpy as np

EPSILON = float(np.finfo(float).eps)

MOST = 64.0
"""How far apart two computations of one number may lie, in units in the last place."""

UNIT = "ulp"


def in_ulp(difference: object, scale: float) -> float:
    """The largest |difference| in units in the last place of numbers of the size `scale`; NaN if one is NaN."""
    return float(np.abs(np.asarray(difference, float)).max(initial=0.0) / (EPSILON * max(scale, 1e-300)))
