"""Significant sign changes of the difference of two measured curves, as opposed to those by noise."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

SIGNIFICANT = 4.0
"""Standard errors. Between two places so far from zero, on different sides, there is a root."""


@dataclass(frozen=True)
class Root:
    """A change of sign. left, right: indices of the grid if the difference is most certain on either side of it.

    sign: of the difference on the left. strength: the smaller of the two, in standard errors.
    """

    left: int
    right: int
    sign: float
    strength: float

    def places(self, x: np.ndarray, difference: np.ndarray) -> np.ndarray:
        """The place in curves (..., n) over x (n,): how far from x[left] the difference has the sign of the left.

        Of a curve with one root there, the root; of one with three, the alternating sum of them. So it is a continuous
        function of the curve, although roots of curves that nearly touch zero come and go.
        """
        part = slice(self.left, self.right + 1)
        values = self.sign * difference[..., part]
        before, after = values[..., :-1], values[..., 1:]
        size = np.abs(before) + np.abs(after)
        share = (np.maximum(before, 0.0) + np.maximum(after, 0.0)) / np.where(size > 0.0, size, 1.0)
        return x[self.left] + np.sum(np.diff(x[part]) * share, axis=-1)

    def missed(self, difference: np.ndarray) -> int:
        """How many of the curves (m, n) have one sign at both ends."""
        return int(np.sum(difference[:, self.left] * difference[:, self.right] >= 0.0))


@dataclass(frozen=True)
class _Lobe:
    """An interval of one sign. peak: the most certain point, and its distance from zero in standard errors."""

    sign: float
    peak: int
    strength: float


def roots(difference: np.ndarray, errors: np.ndarray) -> list[Root]:
    """The roots of a difference (n,) with standard errors (n,) on a grid, the most certain one first.

    Stretches of one sign that are nowhere significant are taken out, the weakest first, and with them the roots at
    their ends, as long as there is more than one root. The last root stays, whatever its strength.
    """
    found = _lobes(difference, errors)
    while len(found) > 2:
        weakest = min(range(len(found)), key=lambda k: found[k].strength)
        if found[weakest].strength >= SIGNIFICANT:
            break
        found = _without(found, weakest)
    pairs = itertools.pairwise(found)
    made = [Root(a.peak, b.peak, a.sign, min(a.strength, b.strength)) for a, b in pairs]
    return sorted(made, key=lambda root: -root.strength)


def _lobes(difference: np.ndarray, errors: np.ndarray) -> list[_Lobe]:
    signs = np.where(difference < 0.0, -1.0, 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        size = np.where(difference == 0.0, 0.0, np.abs(difference) / errors)
    cuts = [0, *(np.flatnonzero(signs[1:] != signs[:-1]) + 1).tolist(), len(signs)]
    peaks = [begin + int(np.argmax(size[begin:end])) for begin, end in itertools.pairwise(cuts)]
    return [_Lobe(float(signs[peak]), peak, float(size[peak])) for peak in peaks]


def _without(lobes: list[_Lobe], k: int) -> list[_Lobe]:
    """An end goes; inside, the two neighbours of one sign become one."""
    if k in (0, len(lobes) - 1):
        return lobes[:k] + lobes[k + 1 :]
    stronger = max(lobes[k - 1], lobes[k + 1], key=lambda lobe: lobe.strength)
    return [*lobes[: k - 1], stronger, *lobes[k + 2 :]]
