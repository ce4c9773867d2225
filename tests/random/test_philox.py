"""Philox4x32-10 against its published known answers, on scalars, arrays and compiled."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from simcore.random import key_words, philox4x32, uniform53
from simcore.random.philox import philox4x32_words

TABLE = Path(__file__).parents[1] / "data/philox4x32_10_known_answers.csv"
ROWS = np.array(
    [[int(word, 16) for word in line.split(",")] for line in TABLE.read_text().splitlines()[2:]], dtype=np.uint64
)
EXTREMES = np.array([0, 1, 2**31 - 1, 2**31, 2**32 - 2, 2**32 - 1], dtype=np.uint64)


def some_inputs(n: int) -> np.ndarray:
    """Random and extreme counters and keys, shape (6, n)."""
    generator = np.random.default_rng(20)
    words = generator.integers(0, 2**32, (6, n), dtype=np.uint64)
    words[:, : n // 2] = generator.choice(EXTREMES, (6, n // 2))
    return words


def test_there_are_three_published_answers():
    assert ROWS.shape == (3, 10)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("row", ROWS, ids=["zeros", "ones", "pi"])
def test_scalars_give_the_published_answers(row):
    words = philox4x32(*row[:6])
    assert words == tuple(row[6:])
    assert all(type(word) is np.uint64 for word in words)


def test_arrays_give_the_published_answers():
    assert np.array_equal(philox4x32(*ROWS.T[:6]), ROWS.T[6:])


@pytest.mark.parametrize("row", ROWS, ids=["zeros", "ones", "pi"])
def test_compiled_code_gives_the_published_answers(compiled, row):
    assert compiled.philox4x32(*row[:6]) == tuple(row[6:])


@pytest.mark.filterwarnings("error")
def test_scalars_arrays_and_compiled_code_agree_in_every_bit(compiled):
    inputs = some_inputs(500)
    words = np.array(philox4x32(*inputs))
    assert words.dtype == np.uint64
    assert words.max() < 2**32
    numbers = uniform53(words[0], words[1])
    assert numbers.dtype == np.float64
    for column, expected, number in zip(inputs.T, words.T, numbers, strict=True):
        assert philox4x32(*column) == tuple(expected)
        assert compiled.philox4x32(*column) == tuple(expected)
        assert uniform53(expected[0], expected[1]) == number == compiled.uniform53(expected[0], expected[1])


def test_a_block_as_two_words_is_the_block():
    words = some_inputs(1000)
    w0, w1, w2, w3 = philox4x32(*words)
    first, second = philox4x32_words(*words)
    assert (first == (w0 << np.uint64(32)) | w1).all()
    assert (second == (w2 << np.uint64(32)) | w3).all()


def test_a_uniform_number_is_the_upper_53_bits_exactly():
    high, low = some_inputs(1000)[:2]
    expected = [((int(h) >> 5) * 2**26 + (int(w) >> 6)) / 2**53 for h, w in zip(high, low, strict=True)]
    assert np.array_equal(uniform53(high, low), expected)


def test_uniform_numbers_reach_from_zero_to_just_below_one():
    ends = uniform53(EXTREMES[[0, -1]], EXTREMES[[0, -1]])
    assert list(ends) == [0.0, 1.0 - 2.0**-53]


def test_no_two_counters_share_a_block():
    """Philox is a bijection for each key: 3 * 2**12 counters that differ in one word give as many different blocks."""
    n = np.arange(1 << 12, dtype=np.uint64)
    zero = np.uint64(0)
    counters = [(n + np.uint64(1), zero, zero), (zero, n + np.uint64(1), zero), (zero, zero, n + np.uint64(1))]
    blocks = np.hstack([philox4x32(*np.broadcast_arrays(*c, zero), zero, zero) for c in counters])
    assert len(np.unique(blocks, axis=1).T) == 3 * len(n)


def test_a_key_is_cut_into_its_lower_and_upper_word():
    low, high = key_words(0x0123456789ABCDEF)
    assert (low, high) == (0x89ABCDEF, 0x01234567)
    assert type(low) is type(high) is np.uint64


@pytest.mark.parametrize("key", [-1, 2**64])
def test_a_key_outside_64_bits_is_refused(key):
    with pytest.raises(ValueError, match=str(key)):
        key_words(key)
