"""Random arrays for initial states: each cell's own number, and the distributions. Chi-square tests at p > 1e-6."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from simcore.random import PhaseStream, Stream, fill_uniforms, key_words, uniform_of_steps

KEY = 0x0123456789ABCDEF
SIGNIFICANCE = 1e-6


def test_a_stream_is_line_zero_of_step_zero():
    out = np.empty(101)
    fill_uniforms(out, 101, 0, 0, 3, *key_words(KEY))
    assert np.array_equal(Stream(KEY, draw=3).uniform(101), out)


@pytest.mark.parametrize("method", [Stream.uniform, Stream.normal, lambda s, shape: s.integers(0, 99, shape)])
def test_a_cell_has_the_same_number_in_every_shape(method):
    longest = method(Stream(KEY), 80_000)  # in several pieces
    for shape in [(), 1, 7, (3, 5), (2, 3, 4), (200, 399)]:
        numbers = method(Stream(KEY), shape)
        assert numbers.shape == (shape if isinstance(shape, tuple) else (shape,))
        assert np.array_equal(np.ravel(numbers), longest[: np.size(numbers)])


def test_each_call_takes_the_next_draw():
    stream = Stream(KEY)
    calls = [stream.uniform(50), stream.uniform(50), stream.uniform(50)]
    for draw, numbers in enumerate(calls):
        assert np.array_equal(Stream(KEY, draw).uniform(50), numbers)
    assert len(np.unique(calls)) == 150


def test_other_keys_give_other_numbers():
    numbers = [Stream(key).uniform(50) for key in (0, 1, 2**32, 2**64 - 1)]
    assert len(np.unique(numbers)) == 200


def test_a_stream_that_is_used_up_says_so():
    stream = Stream(KEY, draw=2**16 - 1)
    stream.uniform(1)
    with pytest.raises(OverflowError, match="65536 draws"):
        stream.uniform(1)


@pytest.mark.parametrize("draw", [-1, 2**16])
def test_a_draw_out_of_range_is_refused(draw):
    with pytest.raises(ValueError, match=str(draw)):
        Stream(KEY, draw)


def test_uniform_numbers_fill_the_unit_interval_evenly():
    counts = np.histogram(Stream(KEY).uniform((500, 400)), bins=1000, range=(0, 1))[0]
    assert counts.sum() == 200_000
    assert stats.chisquare(counts).pvalue > SIGNIFICANCE


def test_normal_numbers_follow_the_normal_distribution():
    """Chi-square on 200 bins of equal probability, separately for both partners of a pair."""
    normals = Stream(KEY).normal((200_000, 2))
    for partner in normals.T:
        counts = np.bincount((stats.norm.cdf(partner) * 200).astype(int), minlength=200)
        assert stats.chisquare(counts).pvalue > SIGNIFICANCE


def test_the_partners_of_a_normal_pair_are_independent():
    shares = (stats.norm.cdf(Stream(KEY).normal((200_000, 2))) * 20).astype(int)
    counts = np.bincount(shares[:, 0] * 20 + shares[:, 1], minlength=400)
    assert stats.chisquare(counts).pvalue > SIGNIFICANCE


@pytest.mark.parametrize(("low", "high"), [(0, 2), (-3, 4), (10, 1010)])
def test_integers_are_equally_frequent(low, high):
    numbers = Stream(KEY).integers(low, high, 200_000)
    assert numbers.dtype == np.int64
    counts = np.bincount(numbers - low, minlength=high - low)
    assert len(counts) == high - low
    assert stats.chisquare(counts).pvalue > SIGNIFICANCE


def test_integers_are_the_upper_part_of_an_exact_product():
    words = Stream(KEY)._words(1000)
    for values in (3, 2**31 + 1, 2**32 - 1, 2**32):
        expected = [(int(h) * 2**32 + int(w)) * values >> 64 for h, w in zip(*words, strict=True)]
        assert np.array_equal(Stream(KEY).integers(0, values, 1000), expected)


@pytest.mark.parametrize(("low", "high"), [(1, 1), (2, 1), (0, 2**32 + 1)])
def test_an_empty_or_too_wide_range_of_integers_is_refused(low, high):
    with pytest.raises(ValueError, match=f"from {low} to below {high}"):
        Stream(KEY).integers(low, high, 3)


def test_the_numbers_of_many_steps_are_those_of_each():
    steps = np.array([1, 7, 2**32 + 5])
    for count in (1, 2, 7):
        found = uniform_of_steps(KEY, steps, count)
        assert np.array_equal(found, [PhaseStream(KEY, int(step)).uniform(count) for step in steps])
