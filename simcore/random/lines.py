"""The random numbers of a line of cells: which counter belongs to which cell. Part of the promise of equal bits.

Cell j of line l takes, at step s and draw d, the half j % 2 (words 0 and 1, or words 2 and 3) of the Philox block
with the counter

    (j // 2,  l,  s % 2**32,  d + (s // 2**32) * 2**16)

if j < 2**33, l < 2**32, s < 2**48, d < 2**16. So it depends neither on the length of the line nor on who fills
it. Kernels count steps from 1; step 0 belongs to initial states (`simcore.random.Stream`).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from simcore.random.philox import MASK32, SHIFT32, philox4x32, uniform53

STEP_HIGH_SHIFT = np.uint64(16)


def fill_uniforms(out: Any, count: int, line: int, step: int, draw: int, k0: Any, k1: Any) -> None:
    """Fill an array with one uniform number in [0, 1) for each cell of a line.

    Args:
        out: float64, of at least `count` elements; out[0:count] is written.
        count: the number of cells, below 2**33.
        line: the number of the line, from 0, below 2**32.
        step: the step, from 1 for kernels, below 2**48.
        draw: which of the numbers of a cell in this step, below 2**16.
        k0, k1: the words of the key, from `key_words`.

    Returns:
        None; the numbers are in `out`, multiples of 2**-53.

    Example:
        >>> from simcore.random import key_words
        >>> short, long = np.empty(3), np.empty(8)
        >>> fill_uniforms(short, 3, 5, 1, 0, *key_words(1))
        >>> fill_uniforms(long, 8, 5, 1, 0, *key_words(1))
        >>> bool(np.all(short == long[:3]))  # a cell's number does not depend on the length of the line
        True
    """
    c1 = np.uint64(line)
    c2 = np.uint64(step) & MASK32
    c3 = np.uint64(draw) | ((np.uint64(step) >> SHIFT32) << STEP_HIGH_SHIFT)
    for block in range(count // 2):
        w0, w1, w2, w3 = philox4x32(np.uint64(block), c1, c2, c3, k0, k1)
        out[2 * block] = uniform53(w0, w1)
        out[2 * block + 1] = uniform53(w2, w3)
    if count % 2 == 1:
        w0, w1, w2, w3 = philox4x32(np.uint64(count // 2), c1, c2, c3, k0, k1)
        out[count - 1] = uniform53(w0, w1)
