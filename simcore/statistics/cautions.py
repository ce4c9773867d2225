"""Cautions for estimates that may be unreliable: one vocabulary for tables, reports and files.

Each test has one threshold and describes the series, not the cause.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

import numpy as np

from simcore.statistics.thermalization import drift

FEW_SAMPLES = 50
"""Independent samples. With fewer, an error bar is itself uncertain by more than a tenth, and that of a function of
means is too small."""
FEW_CHANGES = 10
"""With fewer changes of the value, or of the sign, their rate is uncertain by more than a third."""
MOST_DRIFT = 4.0
"""Standard errors between the beginning and the end of a series. A stationary one is beyond it in 1e-4 of cases."""
FEWEST_FOR_TREND = 4
"""Samples. Four independent ones are in rising or falling order in one case of twelve."""


class Caution(StrEnum):
    """One word of the vocabulary; `meaning` explains it in a sentence."""

    NO_SAMPLES = "no samples"
    NOT_FINITE = "not finite"
    NEVER_CHANGED = "never changed"
    FEW_CHANGES = "few changes"
    FEW_SAMPLES = "few samples"
    NO_SIGN_CHANGE = "no sign change"
    FEW_SIGN_CHANGES = "few sign changes"
    NOT_THERMALIZED = "not thermalised"
    NOT_STATIONARY = "not stationary"
    REPLICAS_DISAGREE = "replicas disagree"
    CONSERVED = "conserved"

    @property
    def meaning(self) -> str:
        """A sentence that explains the word."""
        return _MEANINGS[self]


_MEANINGS = {
    Caution.NO_SAMPLES: "nothing was measured after thermalisation",
    Caution.NOT_FINITE: "a sample is infinite or NaN, or the function of the means has no value",
    Caution.NEVER_CHANGED: "all samples are equal, so the error is unknown: the run may be trapped or too short",
    Caution.FEW_CHANGES: f"the value changed fewer than {FEW_CHANGES} times; the error is only an order of magnitude",
    Caution.FEW_SAMPLES: f"fewer than {FEW_SAMPLES} independent samples; the error is uncertain and may be too small",
    Caution.NO_SIGN_CHANGE: "the model is symmetric under a change of sign, but the run visited one sign only",
    Caution.FEW_SIGN_CHANGES: f"fewer than {FEW_CHANGES} changes between the two signs, which are equally likely",
    Caution.NOT_THERMALIZED: "the beginning of the series does not agree with its end; increase run.thermalization",
    Caution.NOT_STATIONARY: "the series still changes: its mean and error describe a transient, not a state",
    Caution.REPLICAS_DISAGREE: "replicas differ by more than their errors; each of them is too short",
    Caution.CONSERVED: "a function of conserved quantities only, which is undefined here (0/0): no run can measure it",
}
ORDER = tuple(Caution)


def cautions(
    series: np.ndarray,
    independent: float,
    *,
    may_be_constant: bool = False,
    odd: bool = False,
    in_time: bool = False,
) -> tuple[Caution, ...]:
    """The cautions for the mean of a series, in the order of the vocabulary.

    Args:
        series: real samples in order of time, of shape (n,).
        independent: the effective sample size of the mean; NaN if unknown.
        may_be_constant: whether the series may be constant (a conserved or deterministic quantity).
        odd: whether the quantity changes its sign under a symmetry of the model, so that its exact mean is 0.
        in_time: whether the series follows an evolution in time and not a thermalised Markov chain.

    Returns:
        Words of the vocabulary; an empty tuple if no test fails.

    Example:
        >>> cautions(np.zeros(100), 100.0)
        (<Caution.NEVER_CHANGED: 'never changed'>,)

    The test for a drift is that of J. Geweke, in Bayesian Statistics 4, 169 (1992).
    """
    if not len(series):
        return (Caution.NO_SAMPLES,)
    if not np.isfinite(series).all():
        return (Caution.NOT_FINITE,)
    found: set[Caution] = set()
    changes = int(np.count_nonzero(np.diff(series)))
    if not changes:
        if not may_be_constant:
            found.add(Caution.NEVER_CHANGED)
    else:
        if _moves(series, in_time):
            found.add(Caution.NOT_STATIONARY if in_time else Caution.NOT_THERMALIZED)
        if changes < FEW_CHANGES <= len(series) // 2:
            found.add(Caution.FEW_CHANGES)
        if not min(independent, len(series)) >= FEW_SAMPLES and Caution.NOT_STATIONARY not in found:
            found.add(Caution.FEW_SAMPLES)
    if odd and not (changes == 0 and series[0] == 0.0):
        found |= _signs(series)
    return in_order(found)


def in_order(found: Iterable[Caution | str]) -> tuple[Caution, ...]:
    """Cautions, or their words, once each and in the order of the vocabulary."""
    words = {str(caution) for caution in found}
    return tuple(caution for caution in ORDER if caution.value in words)


def as_mask(found: Iterable[Caution | str]) -> int:
    """Cautions as a bit mask: bit k is word k of the vocabulary."""
    return sum(1 << ORDER.index(caution) for caution in in_order(found))


def of_mask(mask: int) -> tuple[Caution, ...]:
    """The cautions of a bit mask made by `as_mask`."""
    return tuple(caution for bit, caution in enumerate(ORDER) if mask >> bit & 1)


def _moves(series: np.ndarray, in_time: bool) -> bool:
    z = float(drift(series))
    if abs(z) > MOST_DRIFT:
        return True
    if not in_time or len(series) < FEWEST_FOR_TREND:
        return False
    steps = np.diff(series)
    return bool((steps > 0.0).all() or (steps < 0.0).all())


def _signs(series: np.ndarray) -> set[Caution]:
    signs = np.sign(series)
    signs = signs[signs != 0.0]
    changes = int(np.count_nonzero(np.diff(signs)))
    if not changes:
        return {Caution.NO_SIGN_CHANGE}
    return {Caution.FEW_SIGN_CHANGES} if changes < FEW_CHANGES else set()
