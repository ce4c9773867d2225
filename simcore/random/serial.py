"""Random numbers one after the other, for compiled code that goes through a whole state in an order of its own.

A stream is an array of six 64-bit words: key, key, the step and draw of the counter, how many numbers are taken, and
the second number of the newest block, which comes next. Its numbers are those of `simcore.random.PhaseStream`.

The functions are plain Python that numba compiles, too. A function of a `SystemPhase` calls them:

    from simcore.random import next_integer, next_uniform

    def flip_one(spin, beta, random):
        i = next_integer(random, 0, spin.shape[0])
        if next_uniform(random) < np.exp(-2.0 * beta):
            spin[i] = -spin[i]
"""

from __future__ import annotations

from typing import Any

import numpy as np

from simcore.random.lines import STEP_HIGH_SHIFT
from simcore.random.normal import normal_pair
from simcore.random.philox import MASK32, SHIFT32, philox4x32, uniform53

WORDS = 6
ONE = np.uint64(1)


def begin_stream(random: Any, step: int, draw: int, k0: Any, k1: Any) -> None:
    """Make the array `random` the stream of a step and a draw under the key (k0, k1), at its first number."""
    random[0] = k0
    random[1] = k1
    random[2] = np.uint64(step) & MASK32
    random[3] = np.uint64(draw) | ((np.uint64(step) >> SHIFT32) << STEP_HIGH_SHIFT)
    random[4] = np.uint64(0)
    random[5] = np.uint64(0)


def _next_word(random: Any) -> Any:
    """The next 64 random bits of a stream, uint64."""
    count = random[4]
    random[4] = count + ONE
    if count & ONE:
        return random[5]
    block = count >> ONE
    w0, w1, w2, w3 = philox4x32(block & MASK32, block >> SHIFT32, random[2], random[3], random[0], random[1])
    random[5] = (w2 << SHIFT32) | w3
    return (w0 << SHIFT32) | w1


def next_uniform(random: Any) -> float:
    """The next uniform number in [0, 1), a multiple of 2**-53."""
    word = _next_word(random)
    return uniform53(word >> SHIFT32, word & MASK32)


def next_normal(random: Any) -> float:
    """The next standard normal number: of a Box-Muller pair the first; takes two numbers of the stream."""
    return normal_pair(next_uniform(random), next_uniform(random))[0]


def next_integer(random: Any, low: int, high: int) -> int:
    """The next whole number from `low` to `high` - 1; ValueError unless there are 1 to 2**32 of them.

    floor(w n / 2**64) of a 64-bit word w, as `Stream.integers`.
    """
    values = high - low
    if values < 1 or values > 4294967296:
        raise ValueError("next_integer(random, low, high) needs 1 to 2**32 whole numbers from low to below high")
    word = _next_word(random)
    wide = np.uint64(values)
    upper, lower = word >> SHIFT32, word & MASK32
    return np.int64((upper * wide + (lower * wide >> SHIFT32)) >> SHIFT32) + low
