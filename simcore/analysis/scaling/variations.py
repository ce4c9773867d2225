"""Errors of anything that follows from whole curves: what comes of it when the data are varied.

Where the sizes bring their values without each block of samples, by the jackknife, size by size (the points of a curve
from reweighting are correlated); else by the parametric bootstrap, with independent normal points (B. Efron, R. J.
Tibshirani, An Introduction to the Bootstrap (1993), section 6.5).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from simcore.analysis.scaling.measured import Measured


@dataclass(frozen=True)
class Group:
    """Variants of the data, and what the squares of the deviations from their mean are to be multiplied by."""

    variants: Sequence[Sequence[Measured]]
    factor: float


def variations(data: Sequence[Measured], draws: int, seed: int) -> list[Group]:
    """A group for each size by the jackknife, or one of `draws` variants by the bootstrap."""
    if all(one.left_out is not None and len(one.left_out) > 1 for one in data):
        return [_without_blocks(data, k) for k in range(len(data))]
    random = np.random.default_rng(seed)
    drawn = [[replace(one, values=random.normal(one.values, one.errors)) for one in data] for _ in range(draws)]
    return [Group(drawn, 1.0 / (draws - 1.0))]


def errors(found: Sequence[np.ndarray], groups: Sequence[Group]) -> np.ndarray:
    """Standard errors (p,) from the numbers that came of each variant, (variants, p) for each group."""
    parts = zip(found, groups, strict=True)
    return np.sqrt(
        sum(group.factor * np.sum((numbers - numbers.mean(axis=0)) ** 2, axis=0) for numbers, group in parts)
    )


def _without_blocks(data: Sequence[Measured], k: int) -> Group:
    blocks = data[k].left_out
    assert blocks is not None
    variants = [[*data[:k], replace(data[k], values=values), *data[k + 1 :]] for values in blocks]
    return Group(variants, (len(blocks) - 1.0) / len(blocks))
