"""Random arrays, in NumPy: of initial states, and of the phases that are Python."""

from __future__ import annotations

import math

import numpy as np

from simcore.random.philox import MASK32, SHIFT32, key_words, philox4x32, uniform53

_BLOCKS_AT_ONCE = 1 << 14
_DRAWS = 1 << 16
_STEPS = 1 << 48

Shape = int | tuple[int, ...]


class _Numbers:
    """Random arrays made of 64-bit words: a subclass says which words come next."""

    def uniform(self, shape: Shape = ()) -> np.ndarray:
        """Uniform numbers in [0, 1), float64."""
        numbers: np.ndarray = uniform53(*self._words(shape))
        return numbers

    def normal(self, shape: Shape = ()) -> np.ndarray:
        """Standard normal numbers, float64, by the Box-Muller transform of pairs of neighbours; |x| < 8.6."""
        size = math.prod(np.atleast_1d(shape))
        pairs = self.uniform((size + 1) // 2 * 2).reshape(-1, 2)
        radius = np.sqrt(-2.0 * np.log1p(-pairs[:, 0]))
        angle = 2.0 * np.pi * pairs[:, 1]
        normals = np.stack((radius * np.cos(angle), radius * np.sin(angle)), axis=1)
        return normals.reshape(-1)[:size].reshape(shape)[()]

    def integers(self, low: int, high: int, shape: Shape = ()) -> np.ndarray:
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
        """The two words of every number, each of that shape; takes them out of the stream."""
        raise NotImplementedError


class Stream(_Numbers):
    """Random arrays in which each cell's number depends on the key, the draw and the cell's place in C order only.

    Every call takes the next draw. Cell c of draw d is the half c % 2 of the Philox block with the counter
    (b % 2**32, b // 2**32, 0, d), b = c // 2: step 0, which no kernel uses.

    Args:
        key: a whole number from 0 to 2**64 - 1.
        draw: the first draw, below 2**16.

    Raises:
        ValueError: the key or the draw is out of range.
        OverflowError: at the call of a method, if all 2**16 draws are taken.

    Example:
        >>> small, large = Stream(key=1).uniform(4), Stream(key=1).uniform((2, 8))
        >>> bool(np.all(small == large[0, :4]))
        True
    """

    def __init__(self, key: int, draw: int = 0) -> None:
        self._key, self._draw = key_words(key), _checked("a draw", draw, _DRAWS)

    def _words(self, shape: Shape) -> tuple[np.ndarray, np.ndarray]:
        if self._draw >= _DRAWS:
            raise OverflowError(f"a stream has {_DRAWS} draws, and all are taken")
        draw, self._draw = self._draw, self._draw + 1
        return _words(0, shape, 0, draw, self._key)


class PhaseStream(_Numbers):
    """The random numbers of one phase in one step: each call takes the next ones.

    Number n is the half n % 2 of the Philox block with the counter

        (b % 2**32,  b // 2**32,  step % 2**32,  draw + (step // 2**32) * 2**16),  b = n // 2

    so it depends on the key, the step, the draw and n only: a phase that is Python or takes the whole state has a draw
    of its own, and no cell has a number of it. `simcore.random.begin_stream` gives compiled code the same numbers.

    Args:
        key: a whole number from 0 to 2**64 - 1.
        step: the step, from 1 for a phase, below 2**48.
        draw: which of the streams of this step, below 2**16.
        count: the number that comes first.

    Raises:
        ValueError: the key, the step or the draw is out of range.

    Example:
        >>> random = PhaseStream(key=1, step=7, draw=0)
        >>> random.normal((64, 64)).shape  # random.normal() is one number
        (64, 64)
        >>> again = PhaseStream(key=1, step=7, draw=0, count=random.count)
        >>> bool(random.uniform() == again.uniform())
        True
    """

    def __init__(self, key: int, step: int, draw: int = 0, count: int = 0) -> None:
        self._key, self._step = key_words(key), _checked("a step", step, _STEPS)
        self._draw, self.count = _checked("a draw", draw, _DRAWS), count

    def _words(self, shape: Shape) -> tuple[np.ndarray, np.ndarray]:
        first, self.count = self.count, self.count + math.prod(np.atleast_1d(shape))
        return _words(first, shape, self._step, self._draw, self._key)


def uniform_of_steps(key: int, steps: np.ndarray, count: int) -> np.ndarray:
    """The first `count` uniform numbers of `PhaseStream(key, step)` for each of many steps, (steps, count).

    Args:
        key: from 0 to 2**64 - 1.
        steps: whole numbers from 0 to 2**48 - 1, (steps,).
        count: how many numbers of each step.

    Returns:
        float64 in [0, 1), (steps, count).

    Raises:
        ValueError: for a key out of range.

    Example:
        >>> import numpy as np
        >>> found = uniform_of_steps(1, np.array([5, 10]), 3)
        >>> bool(np.array_equal(found[1], PhaseStream(1, 10).uniform(3)))
        True
    """
    block, step = np.arange((count + 1) // 2, dtype=np.uint64), steps.astype(np.uint64)[:, np.newaxis]
    counter = block & MASK32, block >> SHIFT32, step & MASK32, (step >> SHIFT32) << np.uint64(16)
    w0, w1, w2, w3 = philox4x32(*counter, *key_words(key))
    pairs: np.ndarray = uniform53(np.stack((w0, w2), axis=-1), np.stack((w1, w3), axis=-1))
    return pairs.reshape(len(steps), -1)[:, :count]


def _checked(what: str, number: int, end: int) -> int:
    if not 0 <= number < end:
        raise ValueError(f"{what} is a whole number from 0 to {end - 1}, not {number}")
    return number


def _words(
    first: int, shape: Shape, step: int, draw: int, key: tuple[np.uint64, np.uint64]
) -> tuple[np.ndarray, np.ndarray]:
    """Both words of as many numbers as the shape has places, from number `first` on."""
    size = math.prod(np.atleast_1d(shape))
    begin, end = first // 2, (first + size + 1) // 2  # blocks
    c2, c3 = np.uint64(step) & MASK32, np.uint64(draw + (step >> 32 << 16))
    words = np.empty((2, end - begin, 2), dtype=np.uint64)
    for start in range(begin, end, _BLOCKS_AT_ONCE):
        block = np.arange(start, min(start + _BLOCKS_AT_ONCE, end), dtype=np.uint64)
        counter = (block & MASK32, block >> SHIFT32, c2, c3)
        part = words[:, start - begin : start - begin + len(block)]
        part[0, :, 0], part[1, :, 0], part[0, :, 1], part[1, :, 1] = philox4x32(*counter, *key)
    high, low = words.reshape(2, -1)[:, first % 2 : first % 2 + size]
    return high.reshape(shape), low.reshape(shape)
