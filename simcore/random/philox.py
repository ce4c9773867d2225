"""Philox4x32-10: a bijection of a 128-bit counter, chosen by a 64-bit key, whose output passes as random.

J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011,
doi:10.1145/2063384.2063405. The number that belongs to a key and a counter can be had at any time, in any order, by any
worker: there is no state to share, save or lose.

Every function here is plain Python over 32-bit words held in `np.uint64`. The same source runs on scalars, elementwise
on arrays, and compiled by numba into a vectorised loop.

Traps. A uint64 with a Python integer becomes float64 in numba: hence the constants. The loop over blocks vectorises
only where `philox4x32` is inlined into it, which LLVM refuses from its second call on unless it is told: compile
`philox4x32` and `uniform53` with `numba.njit(forceinline=True)` (0.9 ns a number instead of 7.8).
"""

from __future__ import annotations

from typing import Any

import numpy as np

MASK32 = np.uint64(0xFFFFFFFF)
SHIFT32 = np.uint64(32)

PHILOX_MULTIPLIER_0 = np.uint64(0xD2511F53)
PHILOX_MULTIPLIER_1 = np.uint64(0xCD9E8D57)
PHILOX_WEYL_0 = np.uint64(0x9E3779B9)
PHILOX_WEYL_1 = np.uint64(0xBB67AE85)

HIGH_SHIFT = np.uint64(5)
LOW_SHIFT = np.uint64(6)
LOW_BITS = np.uint64(26)
TWO_TO_MINUS_53 = 2.0**-53


def philox4x32(c0: Any, c1: Any, c2: Any, c3: Any, k0: Any, k1: Any) -> tuple[Any, Any, Any, Any]:
    """Return the four random words of the counter (c0, c1, c2, c3) under the key (k0, k1), after ten rounds.

    Philox4x32-10 of J. K. Salmon et al., SC 2011, doi:10.1145/2063384.2063405, section 5.

    Args:
        c0, c1, c2, c3: the words of the counter, uint64 below 2**32, scalars or arrays that broadcast.
        k0, k1: the words of the key (see `key_words`), the same types.

    Returns:
        Four words, uint64 below 2**32, of the shape of the arguments together.

    Example:
        >>> words = philox4x32(*[np.uint64(0)] * 6)
        >>> [f"{int(word):08x}" for word in words]  # a published known answer
        ['6627e8d5', 'e169c58d', 'bc57ac4c', '9b00dbd8']
    """
    for _ in range(10):
        product0 = PHILOX_MULTIPLIER_0 * c0
        product1 = PHILOX_MULTIPLIER_1 * c2
        c0 = (product1 >> SHIFT32) ^ c1 ^ k0
        c1 = product1 & MASK32
        c2 = (product0 >> SHIFT32) ^ c3 ^ k1
        c3 = product0 & MASK32
        k0 = (k0 + PHILOX_WEYL_0) & MASK32
        k1 = (k1 + PHILOX_WEYL_1) & MASK32
    return c0, c1, c2, c3


def philox4x32_words(c0: Any, c1: Any, c2: Any, c3: Any, k0: Any, k1: Any) -> tuple[Any, Any]:
    """The block of `philox4x32` as two words of 64 bits: the first and the second number, the third and the fourth.

    Upper halves that a multiplication by 32 bits does not see are left as they are until the end: a quarter faster.
    """
    for _ in range(10):
        product0 = PHILOX_MULTIPLIER_0 * (c0 & MASK32)
        product1 = PHILOX_MULTIPLIER_1 * (c2 & MASK32)
        c0 = (product1 >> SHIFT32) ^ c1 ^ k0
        c1 = product1
        c2 = (product0 >> SHIFT32) ^ c3 ^ k1
        c3 = product0
        k0 = (k0 + PHILOX_WEYL_0) & MASK32
        k1 = (k1 + PHILOX_WEYL_1) & MASK32
    return (c0 << SHIFT32) | (c1 & MASK32), (c2 << SHIFT32) | (c3 & MASK32)


def uniform53(high: Any, low: Any) -> Any:
    """Return a uniform number from two random words: the upper 27 bits of `high`, then the upper 26 of `low`.

    Args:
        high, low: random words, uint64 below 2**32, scalars or arrays that broadcast.

    Returns:
        A number in [0, 1), float64, a multiple of 2**-53 without rounding; an array of the shape of the arguments.

    Example:
        >>> float(uniform53(np.uint64(2**31), np.uint64(0)))
        0.5
    """
    return (((high >> HIGH_SHIFT) << LOW_BITS) | (low >> LOW_SHIFT)) * TWO_TO_MINUS_53


def key_words(key: int) -> tuple[np.uint64, np.uint64]:
    """Return the two words of a key, as `philox4x32` takes them.

    Args:
        key: a whole number from 0 to 2**64 - 1.

    Returns:
        The lower and the upper 32 bits, uint64 each.

    Raises:
        ValueError: the key is out of range.

    Example:
        >>> [int(word) for word in key_words(2**32 + 7)]
        [7, 1]
    """
    if not 0 <= key < 2**64:
        raise ValueError(f"a key is a whole number from 0 to 2**64 - 1, not {key}")
    return np.uint64(key & 0xFFFFFFFF), np.uint64(key >> 32)
