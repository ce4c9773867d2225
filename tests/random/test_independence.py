"""Uniformity and independence along every word of the counter and the key.

Neighbouring blocks, lines, steps, draws and keys differ in one word by one: that is where a counter-based generator
could be weak. All inputs are fixed; every assertion fails a perfect generator with probability 1e-6 (2e-6 where it is
two-sided). They are sharp: they reject Philox with 3, 5 and 6 rounds, and accept it with 7, with which it is known to
pass BigCrush.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from simcore.random import philox4x32, uniform53

SIGNIFICANCE = 1e-6
N = 1 << 17
WORDS = {"block": 0, "line": 1, "step": 2, "draw": 3, "key low": 4, "key high": 5}


def blocks_along(word: int, n: int = N) -> np.ndarray:
    """The four words of blocks whose input counts up in one word, from 0; the other five are small numbers. (4, n)."""
    inputs = [np.uint64(value) for value in (3, 14, 15, 2, 6, 5)]
    inputs[word] = np.arange(n, dtype=np.uint64)
    return np.array(philox4x32(*inputs))


def numbers_along(word: int) -> np.ndarray:
    """The two uniform numbers of each block, (2, N)."""
    words = blocks_along(word)
    return np.array([uniform53(words[0], words[1]), uniform53(words[2], words[3])])


def assert_even(indices: np.ndarray, bins: int) -> None:
    """Chi-square, two-sided: too even is as suspicious as too uneven."""
    p = stats.chisquare(np.bincount(indices, minlength=bins)).pvalue
    assert SIGNIFICANCE < p < 1.0 - SIGNIFICANCE


def assert_independent(x: np.ndarray, y: np.ndarray, bins: int = 32) -> None:
    """Chi-square on joint bins, and the correlation coefficient."""
    assert_even((x * bins).astype(int) * bins + (y * bins).astype(int), bins * bins)
    z = np.sqrt(len(x)) * 12.0 * np.mean((x - 0.5) * (y - 0.5))
    assert 2.0 * stats.norm.sf(abs(z)) > SIGNIFICANCE


def test_the_tests_reject_a_generator_that_is_too_even():
    weyl = np.arange(N) * 0.6180339887498949 % 1.0
    with pytest.raises(AssertionError):
        assert_even((weyl * 1024).astype(int), 1024)
    with pytest.raises(AssertionError):
        assert_independent(weyl[::2], weyl[1::2])


def test_the_tests_reject_a_correlation_of_five_percent():
    generator = np.random.default_rng(1)
    x, y = generator.random((2, N))
    assert_independent(x, y)
    with pytest.raises(AssertionError):
        assert_independent(x, np.where(generator.random(N) < 0.05, x, y))


@pytest.mark.parametrize("word", WORDS.values(), ids=WORDS)
def test_numbers_are_uniform(word):
    for numbers in numbers_along(word):
        assert_even((numbers * 1024).astype(int), 1024)


@pytest.mark.parametrize("word", WORDS.values(), ids=WORDS)
def test_the_lowest_bits_are_uniform_too(word):
    for numbers in numbers_along(word):
        assert_even((numbers * 2**53).astype(np.int64) & 1023, 1024)


@pytest.mark.parametrize("word", WORDS.values(), ids=WORDS)
def test_neighbours_are_independent(word):
    """Pairs of the serial test: each number with the next one along the word, at distances 1, 2 and 64."""
    for numbers in numbers_along(word):
        for distance in (1, 2, 64):
            groups = numbers.reshape(-1, 2, distance)
            assert_independent(groups[:, 0].ravel(), groups[:, 1].ravel())


@pytest.mark.parametrize("word", WORDS.values(), ids=WORDS)
def test_triples_of_neighbours_are_independent(word):
    for numbers in numbers_along(word):
        x, y, z = (numbers[: N - N % 3].reshape(-1, 3).T * 12).astype(int)
        assert_even((x * 12 + y) * 12 + z, 12**3)


@pytest.mark.parametrize("word", WORDS.values(), ids=WORDS)
def test_the_two_numbers_of_a_block_are_independent(word):
    assert_independent(*numbers_along(word))


@pytest.mark.parametrize("word", WORDS.values(), ids=WORDS)
def test_runs_above_and_below_one_half_have_the_lengths_of_a_fair_coin(word):
    """Geometric lengths, 1 to 11 and longer."""
    for numbers in numbers_along(word):
        turns = np.flatnonzero(np.diff(numbers < 0.5))
        lengths = np.bincount(np.minimum(np.diff(turns), 12), minlength=13)[1:]
        shares = 0.5 ** np.minimum(np.arange(1, 13), 11)
        p = stats.chisquare(lengths, lengths.sum() * shares).pvalue
        assert SIGNIFICANCE < p < 1.0 - SIGNIFICANCE


def test_flipping_any_input_bit_flips_every_output_bit_half_the_time():
    """Avalanche: 192 input bits by 128 output bits, each a binomial of 4096 trials; Bonferroni over all of them."""
    trials = 4096
    inputs = np.random.default_rng(7).integers(0, 2**32, (6, trials), dtype=np.uint64)
    before = np.array(philox4x32(*inputs))
    z = np.empty((6 * 32, 4 * 32))
    for bit in range(len(z)):
        flipped = inputs.copy()
        flipped[bit // 32] ^= np.uint64(1 << bit % 32)
        change = (before ^ np.array(philox4x32(*flipped))).astype("<u4")
        flips = np.unpackbits(change.view(np.uint8).reshape(4, trials, 4), axis=2, bitorder="little").sum(axis=1)
        z[bit] = (flips.ravel() - trials / 2) / np.sqrt(trials / 4)
    assert 2.0 * stats.norm.sf(np.abs(z).max()) * z.size > SIGNIFICANCE
    p = stats.chi2.sf(np.sum(z**2), z.size)
    assert SIGNIFICANCE < p < 1.0 - SIGNIFICANCE
