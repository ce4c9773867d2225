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
    """Fill out[0:count] (float64) with one uniform number in [0, 1) for each cell of `line`.

    line, step and draw are non-negative integers of any type within the bounds above; k0, k1 come from `key_words`.
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
