"""Random arrays for initial states, in NumPy."""

from __future__ import annotations

import math

import numpy as np

from simcore.random.philox import MASK32, SHIFT32, key_words, philox4x32, uniform53

_BLOCKS_AT_ONCE = 1 << 14
_DRAWS = 1 << 16

Shape = int | tuple[int, ...]


class Stream:
    """Random arrays in which each cell's number depends on the key, the draw and the cell's place in C order only.

    Every call takes the next draw. Cell c of draw d is the half c % 2 of the Philox block with the counter
    (b % 2**32, b // 2**32, 0, d), b = c // 2: step 0, which no kernel uses.

    key: 0 to 2**64 - 1. draw: the first draw, below 2**16; OverflowError once all are taken.
    """

    def __init__(self, key: int, draw: int = 0) -> None:
        if not 0 <= draw < _DRAWS:
            raise ValueError(f"a draw is a whole number from 0 to {_DRAWS - 1}, not {draw}")
        self._k0, self._k1 = key_words(key)
        self._draw = draw

    def uniform(self, shape: Shape) -> np.ndarray:
        """Uniform numbers in [0, 1), float64."""
        numbers: np.ndarray = uniform53(*self._words(shape))
        return numbers

    def normal(self, shape: Shape) -> np.ndarray:
        """Standard normal numbers, float64, by the Box-Muller transform of pairs of neighbours; |x| < 8.6."""
        size = math.prod(np.atleast_1d(shape))
        pairs = self.uniform((size + 1) // 2 * 2).reshape(-1, 2)
        radius = np.sqrt(-2.0 * np.log1p(-pairs[:, 0]))
        angle = 2.0 * np.pi * pairs[:, 1]
        normals = np.stack((radius * np.cos(angle), radius * np.sin(angle)), axis=1)
        return normals.reshape(-1)[:size].reshape(shape)

    def integers(self, low: int, high: int, shape: Shape) -> np.ndarray:
        """Whole numbers from `low` to `high` - 1, int64; at most 2**32 different ones, else ValueError.

        floor(w n / 2**64) of a 64-bit word w for n = high - low values: the probability of each differs from 1/n by
        less than 2**-64 (D. Lemire, ACM TOMACS 29, 3 (2019), without the rejection).
        """
        values = high - low
        if not 0 < values <= 1 << 32:
            raise ValueError(f"integers from {low} to below {high}: there must be 1 to 2**32 of them")
        upper, lower = self._words(shape)
        scaled = (upper * np.uint64(values) + (lower * np.uint64(values) >> SHIFT32)) >> SHIFT32
        return scaled.astype(np.int64) + low

    def _words(self, shape: Shape) -> tuple[np.ndarray, np.ndarray]:
        """The two words of every cell, each of that shape; takes the next draw."""
        if self._draw >= _DRAWS:
            raise OverflowError(f"a stream has {_DRAWS} draws, and all are taken")
        draw, self._draw = np.uint64(self._draw), self._draw + 1
        size = math.prod(np.atleast_1d(shape))
        words = np.empty((2, (size + 1) // 2, 2), dtype=np.uint64)
        for start in range(0, words.shape[1], _BLOCKS_AT_ONCE):
            block = np.arange(start, min(start + _BLOCKS_AT_ONCE, words.shape[1]), dtype=np.uint64)
            counter = (block & MASK32, block >> SHIFT32, np.uint64(0), draw)
            part = words[:, start : start + len(block)]
            part[0, :, 0], part[1, :, 0], part[0, :, 1], part[1, :, 1] = philox4x32(*counter, self._k0, self._k1)
        high, low = words.reshape(2, -1)[:, :size]
        return high.reshape(shape), low.reshape(shape)
