"""Which random number belongs to which cell of a line, step and draw: the documented layout, bit for bit."""

from __future__ import annotations

import numpy as np
import pytest

from simcore.random import fill_uniforms, key_words, philox4x32, uniform53

KEY = key_words(0xFEDCBA9876543210)


def documented(count: int, line: int, step: int, draw: int) -> list[float]:
    """The layout of `simcore.random.lines`, written out cell by cell."""
    numbers = []
    for cell in range(count):
        counter = (cell // 2, line, step % 2**32, draw + (step // 2**32) * 2**16)
        words = philox4x32(*map(np.uint64, counter), *KEY)
        half = 2 * (cell % 2)
        numbers.append(uniform53(words[half], words[half + 1]))
    return numbers


def filled(function, count: int, line: int, step: int, draw: int, room: int = 0) -> np.ndarray:
    out = np.full(count + room, -1.0)
    function(out, count, line, step, draw, *KEY)
    return out


ADDRESSES = [(0, 1, 0), (7, 3, 1), (2**32 - 1, 2**32 - 1, 2**16 - 1), (5, 2**32, 0), (5, 2**48 - 1, 2**16 - 1)]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("count", [1, 2, 3, 33, 64])
@pytest.mark.parametrize("address", ADDRESSES)
def test_every_cell_has_the_documented_number(compiled, count, address):
    expected = documented(count, *address)
    assert np.array_equal(filled(fill_uniforms, count, *address), expected)
    assert np.array_equal(filled(compiled.fill_uniforms, count, *address), expected)


@pytest.mark.parametrize("count", [0, 1, 2, 17, 64])
def test_nothing_is_written_behind_the_last_cell(compiled, count):
    for function in (fill_uniforms, compiled.fill_uniforms):
        assert np.all(filled(function, count, 1, 1, 0, room=9)[count:] == -1.0)


def test_a_number_does_not_depend_on_the_length_of_the_line(compiled):
    longest = filled(compiled.fill_uniforms, 301, 4, 9, 2)
    for count in (*range(1, 70), 128, 300):
        assert np.array_equal(filled(compiled.fill_uniforms, count, 4, 9, 2), longest[:count])


def test_lines_steps_draws_and_keys_share_no_number(compiled):
    """4800 different 53-bit numbers: a chance collision has probability 2e-9."""
    out = np.empty((48, 100))
    addresses = [(line, step, draw) for line in range(4) for step in (1, 2, 2**32, 2**32 + 1) for draw in range(3)]
    for row, address in zip(out, addresses, strict=True):
        compiled.fill_uniforms(row, 100, *address, *KEY)
    assert len(np.unique(out)) == out.size


def test_step_and_draw_may_be_of_any_integer_type(compiled):
    expected = documented(9, 3, 5, 1)
    for kind in (int, np.int64, np.uint64, np.int32):
        assert np.array_equal(filled(compiled.fill_uniforms, 9, kind(3), kind(5), kind(1)), expected)
        assert np.array_equal(filled(fill_uniforms, 9, kind(3), kind(5), kind(1)), expected)
