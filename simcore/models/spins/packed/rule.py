"""The rule of a sweep of packed spins: thresholds for random numbers of 53 bits, as words for `update_colour`.

A site belongs to a class by its own state and by how many of its neighbours are in the upper state; sites of a class
have one threshold. A rule is uint64 of shape (`RULE_ROWS`, `RULE_COLUMNS`), with these rows:

    BITS + c     bit 0, 1, ... of the threshold of class c, the most significant first, as words of equal bits
    ALIVE + c    for each block of two bits, whether the threshold has any bit that is 1 from there on
    ENTRIES + e  three words for a count of neighbours, one for the own state, and the class of these sites
    TABLE        for each count, which of the first four classes has its sites, if the own state does not matter
    HEAD         what the counts are relative to, what the new spins begin as, classes, entries (0: the table serves)
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from simcore.models.spins.packed.update import (
    ALIVE,
    BITS,
    CLASSES,
    COUNTS,
    ENTRIES,
    HEAD,
    NARROW,
    RULE_COLUMNS,
    RULE_ROWS,
    TABLE,
)

PLACES = 53
FULL = 2**64 - 1
ROUNDING = 2.0**-44
"""Two chances that differ by no more, relatively, differ by the rounding of sums of energies."""


def flip_rule(chances: np.ndarray) -> np.ndarray:
    """Spins that change their state with a probability.

    chances: (2, neighbours + 1), for each own state and number of neighbours in the upper state. If a spin sees its
    neighbours the same when all are turned over, counts are those of unlike neighbours, and the own state is no matter.
    """
    mirrored = chances[1, ::-1]
    if np.all(np.abs(chances[0] - mirrored) <= ROUNDING * np.maximum(chances[0], mirrored)):
        return _rule([(number, None, threshold(chance)) for number, chance in enumerate(chances[0])], relative=True)
    places = [(number, own) for own in range(2) for number in range(chances.shape[1])]
    return _rule([(number, own, threshold(chances[own, number])) for number, own in places])


def draw_rule(chances: np.ndarray) -> np.ndarray:
    """Spins that are drawn anew. chances: of the lower state, (neighbours + 1,), as in `flip_rule`."""
    return _rule([(number, None, threshold(chance)) for number, chance in enumerate(chances)], fill=True)


def threshold(chance: float) -> int:
    """How many of the 2**53 random numbers u, multiples of 2**-53 in [0, 1), are below a chance; never all of them."""
    return min(int(np.ceil(chance * 2.0**PLACES)), 2**PLACES - 1)


Site = tuple[int, int | None, int]
"""A count of neighbours, an own state or None for both, and the threshold."""


def _rule(sites: Sequence[Site], *, relative: bool = False, fill: bool = False) -> np.ndarray:
    classes = sorted({limit for *_, limit in sites if limit > 0})
    if len(classes) > CLASSES:
        raise ValueError(f"{len(classes)} different thresholds; a rule has {CLASSES} classes")
    words = [[0] * RULE_COLUMNS for _ in range(RULE_ROWS)]
    for number, limit in enumerate(classes):
        bits = limit << (RULE_COLUMNS - PLACES)
        for place in range(RULE_COLUMNS):
            words[BITS + number][place] = FULL if bits >> (RULE_COLUMNS - 1 - place) & 1 else 0
        for block in range(RULE_COLUMNS // 2):
            words[ALIVE + number][block] = FULL if bits & ((1 << (RULE_COLUMNS - 2 * block)) - 1) else 0
    listed = [(count, own, classes.index(limit)) for count, own, limit in sites if limit > 0]
    if len(classes) <= NARROW and all(own is None for _, own, _ in listed):
        for count, _, number in listed:
            words[TABLE][NARROW * count + number] = FULL
        listed = []
    entries = [(count, state, number) for count, own, number in listed for state in ((0, 1) if own is None else (own,))]
    for row, (count, state, number) in enumerate(entries):
        counted = [0 if count >> bit & 1 else FULL for bit in range(3)]
        words[ENTRIES + row][:5] = [*counted, 0 if state else FULL, number]
    words[HEAD][:4] = [FULL if relative else 0, FULL if fill else 0, len(classes), len(entries)]
    assert COUNTS * NARROW <= RULE_COLUMNS
    return np.array(words, np.uint64)
