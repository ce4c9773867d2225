"""Every damage to a checkpoint is noticed before HDF5 sees the file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from simcore.storage import DamagedCheckpointError, image, read_checkpoint, write_checkpoint


@pytest.fixture(scope="module")
def path(tmp_path_factory) -> Path:
    """A small checkpoint."""
    state = np.linspace(0, 1, 20)
    return write_checkpoint(tmp_path_factory.mktemp("checkpoints"), 3, {"state/u": state}, {"time": 0.5})


@pytest.fixture(scope="module")
def whole(path) -> bytes:
    """Its bytes."""
    return path.read_bytes()


@pytest.fixture(autouse=True)
def _no_parsing(monkeypatch, request):
    if "whole" in request.fixturenames:

        def unpack(data: bytes) -> None:
            raise AssertionError("HDF5 was given a damaged file")

        monkeypatch.setattr(image, "unpack", unpack)


def refused(path: Path, data: bytes) -> bool:
    path.write_bytes(data)
    try:
        read_checkpoint(path)
    except DamagedCheckpointError:
        return True
    return False


def test_each_single_bit_that_flips_is_noticed(path, whole):
    missed = []
    for bit in range(8 * len(whole)):
        data = bytearray(whole)
        data[bit // 8] ^= 1 << bit % 8
        if not refused(path, data):
            missed.append(bit)
    assert missed == []


def test_each_truncation_is_noticed(path, whole):
    assert [length for length in range(len(whole)) if not refused(path, whole[:length])] == []


EDITS = st.lists(st.tuples(st.integers(0, 10**6), st.binary(min_size=1, max_size=600)), min_size=1, max_size=4)


@settings(max_examples=300, deadline=None)
@given(edits=EDITS)
def test_overwritten_bytes_are_noticed(path, whole, edits):
    data = bytearray(whole)
    for place, new in edits:
        start = place % len(whole)
        data[start : start + len(new)] = new[: len(whole) - start]
    assume(data != whole)
    assert refused(path, data)


@settings(max_examples=200, deadline=None)
@given(garbage=st.binary(min_size=1, max_size=5000), place=st.integers(0, 10**6))
def test_bytes_put_in_or_appended_are_noticed(path, whole, garbage, place):
    start = place % (len(whole) + 1)
    assert refused(path, whole[:start] + garbage + whole[start:])
    assert refused(path, whole + garbage)


@settings(max_examples=200, deadline=None)
@given(data=st.binary(max_size=2000))
def test_a_file_of_anything_is_refused(path, whole, data):
    assert refused(path, data)


def test_a_lost_page_is_noticed(tmp_path):
    path = write_checkpoint(tmp_path, 1, {"u": np.random.default_rng(1).random(10_000)}, {})
    whole = path.read_bytes()
    for start in range(0, len(whole), 4096):
        assert refused(path, whole[:start] + bytes(len(whole[start : start + 4096])) + whole[start + 4096 :])
    path.write_bytes(whole)
    assert read_checkpoint(path).step == 1
