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
    """Set a stream to the first number of a step and a draw.

    Args:
        random: uint64, of six elements, which then is the stream.
        step: from 1 for phases, below 2**48.
        draw: which of the streams of this step, below 2**16.
        k0, k1: the words of the key, from `key_words`.

    Returns:
        None; `random` is written.

    Example:
        >>> from simcore.random import PhaseStream, key_words
        >>> random = np.zeros(6, np.uint64)
        >>> begin_stream(random, 7, 0, *key_words(1))
        >>> bool(next_uniform(random) == PhaseStream(key=1, step=7, draw=0).uniform())
        True
    """
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
    """Return the next uniform number of a stream.

    Args:
        random: the stream, uint64 of six elements; it moves on by one number.

    Returns:
        A number in [0, 1), a multiple of 2**-53.

    Example:
        >>> random = np.zeros(6, np.uint64)
        >>> begin_stream(random, 1, 0, np.uint64(1), np.uint64(0))
        >>> bool(0.0 <= next_uniform(random) < 1.0)
        True
    """
    word = _next_word(random)
    return uniform53(word >> SHIFT32, word & MASK32)


def next_normal(random: Any) -> float:
    """Return the next standard normal number of a stream: the first of a pair of the Box-Muller transform.

    G. E. P. Box, M. E. Muller, Ann. Math. Stat. 29, 610 (1958).

    Args:
        random: the stream, uint64 of six elements; it moves on by two numbers.

    Returns:
        A number from the normal distribution of mean 0 and variance 1; its modulus is below 8.6.

    Example:
        >>> random = np.zeros(6, np.uint64)
        >>> begin_stream(random, 1, 0, np.uint64(1), np.uint64(0))
        >>> bool(abs(next_normal(random)) < 8.6)
        True
    """
    return normal_pair(next_uniform(random), next_uniform(random))[0]


def next_integer(random: Any, low: int, high: int) -> int:
    """Return the next whole number of a stream from `low` to `high` - 1: floor(w n / 2**64) of a 64-bit word w.

    D. Lemire, ACM TOMACS 29, 3 (2019), without the rejection: each of the n values has the probability 1/n to 2**-64.

    Args:
        random: the stream, uint64 of six elements; it moves on by one number.
        low: the smallest value.
        high: one more than the largest.

    Returns:
        A whole number, int64.

    Raises:
        ValueError: there is no value, or there are more than 2**32.

    Example:
        >>> random = np.zeros(6, np.uint64)
        >>> begin_stream(random, 1, 0, np.uint64(1), np.uint64(0))
        >>> next_integer(random, 3, 6) in (3, 4, 5)
        True
    """
    values = high - low
    if values < 1 or values > 4294967296:
        raise ValueError("next_integer(random, low, high) needs 1 to 2**32 whole numbers from low to below high")
    word = _next_word(random)
    wide = np.uint64(values)
    upper, lower = word >> SHIFT32, word & MASK32
    return np.int64((upper * wide + (lower * wide >> SHIFT32)) >> SHIFT32) + low
