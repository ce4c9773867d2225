"""Streams of one phase: the same numbers one at a time in compiled code and in arrays, wherever the calls are cut."""

from __future__ import annotations

from types import FunctionType

import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from simcore.random import PhaseStream, fill_uniforms, key_words, philox4x32, serial, uniform53
from simcore.random.normal import normal_pair

KEY = 0x0123456789ABCDEF
SIGNIFICANCE = 1e-6


@pytest.fixture(scope="module")
def device():
    """The functions of `serial` in machine code, as a generated module has them."""
    names = {f.__name__: numba.njit(forceinline=True)(f) for f in (philox4x32, uniform53)}
    names["normal_pair"] = numba.njit(normal_pair)
    for name in ("_next_word", "next_uniform", "next_normal", "next_integer", "begin_stream"):
        function = getattr(serial, name)
        copy = FunctionType(function.__code__, {**function.__globals__, **names}, name)
        names[name] = numba.njit(error_model="numpy")(copy)
    return names


def begun(step: int, draw: int, begin=serial.begin_stream) -> np.ndarray:
    random = np.empty(serial.WORDS, np.uint64)
    begin(random, step, draw, *key_words(KEY))
    return random


STEPS = [1, 2**32 - 1, 2**32, 2**48 - 1]


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("draw", [0, 2**16 - 1])
def test_a_stream_is_line_zero_of_its_step_and_draw(device, step, draw):
    out = np.empty(11)
    fill_uniforms(out, 11, 0, step, draw, *key_words(KEY))
    assert np.array_equal(PhaseStream(KEY, step, draw).uniform(11), out)
    for functions in (vars(serial), device):
        random = begun(step, draw, functions["begin_stream"])
        assert [functions["next_uniform"](random) for _ in range(11)] == out.tolist()


@given(st.lists(st.integers(0, 9), max_size=8), st.integers(0, 5))
def test_calls_may_be_cut_anywhere(sizes, first):
    whole = PhaseStream(KEY, 3, 2).uniform(first + sum(sizes))
    stream = PhaseStream(KEY, 3, 2, count=first)
    parts = [stream.uniform(size) for size in sizes]
    assert np.array_equal(np.concatenate([[], *parts]), whole[first:])
    assert stream.count == first + sum(sizes)


def test_the_second_half_of_the_counter_counts_too():
    """Past 2**32 blocks the second word of the counter counts on."""
    stream, words = PhaseStream(KEY, 5, 1, count=2**33 - 1), key_words(KEY)
    last = philox4x32(*map(np.uint64, (2**32 - 1, 0, 5, 1)), *words)
    after = philox4x32(*map(np.uint64, (0, 1, 5, 1)), *words)
    expected = [uniform53(*last[2:]), uniform53(*after[:2]), uniform53(*after[2:])]
    assert stream.uniform(3).tolist() == expected
    random = begun(5, 1)
    random[4] = np.uint64(2**33)
    assert serial.next_uniform(random) == expected[1]


def test_steps_and_draws_and_keys_have_numbers_of_their_own():
    streams = [PhaseStream(key, step, draw) for key in (1, 2) for step in (1, 2) for draw in (0, 1)]
    assert len(np.unique([stream.uniform(50) for stream in streams])) == 400


def test_one_number_is_the_first_of_an_array(device):
    for method, args, function in (
        ("uniform", (), "next_uniform"),
        ("integers", (-3, 17), "next_integer"),
        ("normal", (), "next_normal"),
    ):
        stream, random, plain = PhaseStream(KEY, 9), begun(9, 0), begun(9, 0)
        for _ in range(20):
            expected = getattr(stream, method)(*args)
            found = device[function](random, *args), getattr(serial, function)(plain, *args)
            assert found == pytest.approx((expected, expected), rel=1e-15, abs=1e-15)
        assert stream.count == random[4] == plain[4]


@pytest.mark.parametrize("values", [1, 3, 2**31 + 1, 2**32 - 1, 2**32])
def test_whole_numbers_are_the_upper_part_of_an_exact_product(device, values):
    high, low = PhaseStream(KEY, 4)._words(200)
    expected = [((int(h) << 32 | int(w)) * values >> 64) - 5 for h, w in zip(high, low, strict=True)]
    random = begun(4, 0)
    assert [device["next_integer"](random, -5, values - 5) for _ in range(200)] == expected
    assert np.array_equal(PhaseStream(KEY, 4).integers(-5, values - 5, 200), expected)


@pytest.mark.parametrize(("low", "high"), [(1, 1), (2, 1), (0, 2**32 + 1)])
def test_an_empty_or_too_wide_range_is_refused(device, low, high):
    for function in (device["next_integer"], serial.next_integer):
        with pytest.raises(ValueError, match=r"1 to 2\*\*32 whole numbers"):
            function(begun(1, 0), low, high)


@pytest.mark.parametrize(("step", "draw"), [(-1, 0), (2**48, 0), (1, -1), (1, 2**16)])
def test_what_has_no_counter_is_refused(step, draw):
    with pytest.raises(ValueError, match="is a whole number from 0 to"):
        PhaseStream(KEY, step, draw)


def test_the_distributions_are_right(device):
    """Chi-square at p > 1e-6."""

    @numba.njit
    def many(next_normal, next_integer, random, count):
        normals, whole = np.empty(count), np.empty(count, np.int64)
        for n in range(count):
            normals[n] = next_normal(random)
            whole[n] = next_integer(random, 0, 7)
        return normals, whole

    normals, whole = many(device["next_normal"], device["next_integer"], begun(1, 0), 100_000)
    counts = np.bincount((stats.norm.cdf(normals) * 200).astype(int), minlength=200)
    assert stats.chisquare(counts).pvalue > SIGNIFICANCE
    assert stats.chisquare(np.bincount(whole, minlength=7)).pvalue > SIGNIFICANCE
