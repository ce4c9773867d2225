"""When reweighting is not to be trusted, and how it says so."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence

import numpy as np

from simcore.analysis.reweighting.simulations import Series
from simcore.analysis.reweighting.tree import SpanningTree

FEWEST_EFFECTIVE_SAMPLES = 100
"""With fewer, a handful of samples from the edge of a histogram decides, and the error is as random as the value."""

LARGEST_DIVERGENCE = 16.0
"""Four standard deviations between two normal histograms of equal width, which then have less than 5 % in common."""

SHORTEST_BLOCK = 4.0
"""Autocorrelation times: in blocks of that length an error comes out too small by about an eighth."""


class ReweightingWarning(UserWarning):
    """Some of the numbers, or their errors, are not to be trusted; the message says which."""


def warn_of_few_samples(ess: np.ndarray, targets: Mapping[str, np.ndarray]) -> None:
    """Of targets (each (T,)) with an effective sample size (T,) below 100."""
    few = ~(ess >= FEWEST_EFFECTIVE_SAMPLES)
    if few.any():
        where = ", ".join(f"{name} {_range(values[few])}" for name, values in targets.items())
        _warn(
            f"{np.count_nonzero(few)} of {len(ess)} points have fewer than {FEWEST_EFFECTIVE_SAMPLES} effective samples"
            f" ({where}; the least {np.min(ess):.2g}): too far from what was simulated to trust values or errors"
        )


def warn_of_reach(ess: np.ndarray, expected: np.ndarray, targets: Mapping[str, np.ndarray]) -> None:
    """Of targets (each (T,)) so far from the simulations that their second moments are not covered by samples.

    ess: those below 100 have been spoken of. expected: by the distance, (T,).
    """
    few = (ess >= FEWEST_EFFECTIVE_SAMPLES) & ~(expected >= FEWEST_EFFECTIVE_SAMPLES)
    if few.any():
        where = ", ".join(f"{name} {_range(values[few])}" for name, values in targets.items())
        _warn(
            f"{np.count_nonzero(few)} of {len(ess)} points lie so far from what was simulated ({where}; expected"
            f" effective samples: {np.min(expected[few]):.2g}) that second moments, such as specific_heat and"
            " susceptibility, and their errors are not to be trusted; simulate nearer"
        )


def warn_of_frozen(names: Sequence[str]) -> None:
    """Of averages of something that never changed in the samples that count."""
    if names:
        _warn(f"{', '.join(names)}: constant in the samples that count there, so the error is not known (NaN)")


def warn_of_gaps(tree: SpanningTree, couplings: Mapping[str, np.ndarray]) -> None:
    """Of neighbours among the simulations, at couplings (each (K,)), whose histograms hardly overlap."""
    for (one, other), divergence in zip(tree.edges, tree.divergences, strict=True):
        if divergence > LARGEST_DIVERGENCE:
            between = ", ".join(f"{name} {x[one]:.6g} and {x[other]:.6g}" for name, x in couplings.items())
            _warn(
                f"the histograms at {between} hardly overlap ({np.sqrt(divergence):.1f} standard deviations apart):"
                " their relative weight is not known; simulate in between"
            )


def warn_of_short_series(series: Sequence[Series], blocks: int) -> None:
    """Of series that are so short, in autocorrelation times, that errors come out too small."""
    times = [one.length / (blocks * one.tau) for one in series]
    shortest = int(np.argmin(times))
    if blocks < 2:
        _warn("a series has fewer than two samples: there are no errors")
    elif times[shortest] < SHORTEST_BLOCK:
        length = times[shortest] * blocks
        _warn(f"a series is only {length:.0f} autocorrelation times long: the errors come out too small")


def warn_of_cold_normalisation(ess: float) -> None:
    """Of a small effective sample size at infinite temperature, at which every state counts the same."""
    if not ess >= FEWEST_EFFECTIVE_SAMPLES:
        _warn(
            f"{ess:.2g} effective samples at infinite temperature: the number of all states does not fix the density of"
            " states; simulate hotter, or give the number at the lowest level"
        )


def _range(values: np.ndarray) -> str:
    low, high = np.min(values), np.max(values)
    return f"{low:.6g}" if low == high else f"{low:.6g} to {high:.6g}"


def _warn(message: str) -> None:
    warnings.warn(message, ReweightingWarning, stacklevel=4)
