"""Checkpoints: bit-exact, found, pruned, and never lost in silence."""

from __future__ import annotations

import errno
import os
import re
import struct
import subprocess
import sys
import threading
from pathlib import Path

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of

from simcore.errors import CheckpointError, StorageError
from simcore.storage import (
    DamagedCheckpointError,
    checkpoint_steps,
    latest_checkpoint,
    prune,
    read_checkpoint,
    write_checkpoint,
)

DTYPES = ["?", "i1", "u1", "i2", ">i4", "u4", "i8", "u8", "f2", "f4", "f8", ">f8", "c8", "c16", "S5", "i4,f8"]


@st.composite
def arrays_with_any_bits(draw) -> np.ndarray:
    """Any dtype and shape, 0-d and empty too, with any bits: NaN payloads, negative zeros, denormal numbers."""
    dtype = np.dtype(draw(st.sampled_from(DTYPES)))
    shape = draw(arrays_of.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=5))
    count = int(np.prod(shape)) * dtype.itemsize
    bits = draw(st.binary(min_size=count, max_size=count))
    if dtype.kind == "b":
        bits = bytes(byte & 1 for byte in bits)
    array = np.frombuffer(bits, dtype).reshape(shape)
    return np.asfortranarray(array) if draw(st.booleans()) else array


NAMES = st.text("abcxyz_0123456789é", min_size=1, max_size=8)
ARRAYS = st.dictionaries(NAMES.map("state/{}".format) | NAMES.map("series/deep/{}".format), arrays_with_any_bits())
TEXT = st.text(st.characters(blacklist_characters="\0", blacklist_categories=["Cs"]))
NUMBERS = st.integers(-(2**63), 2**64 - 1) | st.floats()
ATTRIBUTES = st.dictionaries(NAMES, NUMBERS | TEXT | st.binary())


@settings(max_examples=150, deadline=None)
@given(arrays=ARRAYS, attributes=ATTRIBUTES, step=st.integers(0, 10**15))
def test_everything_comes_back_bit_by_bit(tmp_path_factory, arrays, attributes, step):
    directory = tmp_path_factory.mktemp("checkpoints")
    path = write_checkpoint(directory, step, arrays, attributes)
    assert path == directory / f"step-{step}.h5"
    checkpoint = read_checkpoint(path)
    assert checkpoint.step == step
    assert checkpoint.arrays.keys() == arrays.keys()
    for name, array in arrays.items():
        back = checkpoint.arrays[name]
        assert (back.dtype, back.shape, back.tobytes()) == (array.dtype, array.shape, array.tobytes())
        assert back.flags.aligned
    assert {name: _bits(value) for name, value in checkpoint.attributes.items()} == {
        name: _bits(value) for name, value in attributes.items()
    }


def _bits(value: object) -> tuple[type, object]:
    return type(value), struct.pack("d", value) if isinstance(value, float) else value


def test_attributes_may_be_longer_than_an_object_header(tmp_path):
    attributes = {"history": os.urandom(1 << 20), "experiment": "name: é\n" * 100_000}
    assert read_checkpoint(write_checkpoint(tmp_path, 1, {}, attributes)).attributes == attributes


def test_the_same_state_gives_the_same_file(tmp_path):
    state = {"state/u": np.arange(1000.0), "series/energy": np.zeros(0)}
    first = write_checkpoint(tmp_path / "a", 5, state, {"time": 0.5}).read_bytes()
    assert write_checkpoint(tmp_path / "b", 5, state, {"time": 0.5}).read_bytes() == first


def test_the_file_is_plain_hdf5(tmp_path):
    path = write_checkpoint(tmp_path, 7, {"state/u": np.eye(3), "series/n": np.arange(4)}, {"time": 0.5})
    with h5py.File(path) as file:
        assert file.userblock_size == 512
        np.testing.assert_array_equal(file["state/u"][()], np.eye(3))
        np.testing.assert_array_equal(file["series/n"][1:3], [1, 2])
        assert dict(file.attrs) == {"step": 7, "time": 0.5}


def test_the_checksum_can_be_checked_by_hand(tmp_path):
    path = write_checkpoint(tmp_path, 7, {"state/u": np.eye(3)}, {})
    script = f"(head -n 1 {path}; tail -c +513 {path}) | sha256sum; sed -n 2p {path}"
    computed, stated = subprocess.run(["sh", "-c", script], capture_output=True, check=True).stdout.splitlines()[:2]
    assert computed.split()[0] == stated.split()[1]


def test_large_arrays_are_not_copied(tmp_path):
    from simcore.storage.image import pack

    array = np.arange(100_000.0)
    assert any(np.shares_memory(np.frombuffer(part, np.uint8), array) for part in pack({"u": array}, {}, 512) if part)


@pytest.mark.parametrize("array", [np.array([object()]), np.array(["text"])])
def test_an_array_without_fixed_bytes_is_refused_by_name(tmp_path, array):
    with pytest.raises(TypeError, match="state/u"):
        write_checkpoint(tmp_path, 1, {"state/u": array}, {})
    assert list(tmp_path.iterdir()) == []


def write(directory: Path, *steps: int) -> None:
    for step in steps:
        write_checkpoint(directory, step, {"u": np.full(10, step)}, {})


def damage(directory: Path, step: int) -> None:
    path = directory / f"step-{step}.h5"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)


def silent(message: str) -> None:
    raise AssertionError(message)


def test_where_there_has_never_been_a_checkpoint_there_is_none(tmp_path):
    assert latest_checkpoint(tmp_path, silent) is None
    assert latest_checkpoint(tmp_path / "absent", silent) is None
    (tmp_path / "step-5.h5.01234567.tmp").write_bytes(b"half")
    assert latest_checkpoint(tmp_path, silent) is None


def test_the_newest_is_found_by_number_not_by_name_or_age(tmp_path):
    write(tmp_path, 1000, 999, 20)
    for other in ("step-2000.h5.bak", "step-0003000.h5", "step-x.h5", "xstep-4000.h5"):
        (tmp_path / other).write_bytes(b"")
    assert checkpoint_steps(tmp_path) == [20, 999, 1000]
    assert latest_checkpoint(tmp_path, silent).step == 1000


def test_a_damaged_one_is_set_aside_loudly_and_the_one_before_is_taken(tmp_path):
    write(tmp_path, 1, 2, 3, 4)
    damage(tmp_path, 4)
    (tmp_path / "step-3.h5").write_bytes(b"")
    said = []
    assert latest_checkpoint(tmp_path, said.append).step == 2
    assert said == [
        f"{tmp_path}/step-4.h5: its checksum does not match its contents; "
        "moved aside as step-4.h5.corrupt, trying the one before",
        f"{tmp_path}/step-3.h5: is empty; moved aside as step-3.h5.corrupt, trying the one before",
    ]
    assert sorted(os.listdir(tmp_path)) == ["step-1.h5", "step-2.h5", "step-3.h5.corrupt", "step-4.h5.corrupt"]
    assert latest_checkpoint(tmp_path, silent).step == 2


def test_a_reader_leaves_a_damaged_one_where_it_is(tmp_path):
    write(tmp_path, 1, 2)
    damage(tmp_path, 2)
    said = []
    assert latest_checkpoint(tmp_path, said.append, set_aside=False).step == 1
    assert len(said) == 1
    assert checkpoint_steps(tmp_path) == [1, 2]


def test_without_a_good_one_it_refuses_now_and_the_next_time(tmp_path):
    write(tmp_path, 1, 2)
    damage(tmp_path, 1)
    damage(tmp_path, 2)
    for _ in range(2):
        with pytest.raises(CheckpointError, match=re.escape(f"{tmp_path}: no good checkpoint is left (step-1.h5")):
            latest_checkpoint(tmp_path, lambda message: None)


def test_a_renamed_checkpoint_is_not_taken_for_another_step(tmp_path):
    write(tmp_path, 1, 2)
    (tmp_path / "step-1.h5").rename(tmp_path / "step-9.h5")
    said = []
    assert latest_checkpoint(tmp_path, said.append).step == 2
    assert "step-9.h5: holds step 1; was it renamed?" in said[0]


def test_a_checkpoint_of_a_newer_simcore_is_neither_damaged_nor_passed_over(tmp_path, monkeypatch):
    write(tmp_path, 1)
    payload = [memoryview((tmp_path / "step-1.h5").read_bytes())[512:]]
    from simcore.storage import checkpoint

    (tmp_path / "step-2.h5").write_bytes(checkpoint._user_block(payload, form=2) + payload[0])
    with pytest.raises(StorageError, match="format 2, written by a newer simcore"):
        latest_checkpoint(tmp_path, silent)
    assert checkpoint_steps(tmp_path) == [1, 2]


def test_a_file_that_may_not_be_read_is_an_error_and_not_damage(tmp_path, monkeypatch):
    write(tmp_path, 1, 2)

    def refuse(path: Path) -> bytes:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(StorageError, match="Permission denied"):
        latest_checkpoint(tmp_path, silent)
    assert checkpoint_steps(tmp_path) == [1, 2]


def test_a_bad_sector_is_damage(tmp_path, monkeypatch):
    write(tmp_path, 1)

    def fail(path: Path) -> bytes:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(Path, "read_bytes", fail)
    with pytest.raises(DamagedCheckpointError, match="the disk cannot read it"):
        read_checkpoint(tmp_path / "step-1.h5")


def test_prune_keeps_the_newest_good_ones(tmp_path):
    write(tmp_path, 1, 2, 3, 4, 5)
    (tmp_path / "step-5.h5").write_bytes((tmp_path / "step-5.h5").read_bytes()[:-1])
    assert prune(tmp_path, 2) == [tmp_path / "step-2.h5", tmp_path / "step-1.h5"]
    assert checkpoint_steps(tmp_path) == [3, 4, 5]
    with pytest.raises(ValueError, match="at least 1"):
        prune(tmp_path, 0)


def test_one_may_read_while_another_writes_and_prunes(tmp_path):
    write(tmp_path, 0)
    done = threading.Event()

    def write_on() -> None:
        for step in range(1, 400):
            write(tmp_path, step)
            prune(tmp_path, 1)
        done.set()

    writer = threading.Thread(target=write_on)
    writer.start()
    read = []
    while not done.is_set():
        checkpoint = latest_checkpoint(tmp_path, silent, set_aside=False)
        np.testing.assert_array_equal(checkpoint.arrays["u"], checkpoint.step)
        read.append(checkpoint.step)
    writer.join()
    assert read == sorted(read)
    assert len(set(read)) > 10


def test_to_import_storage_costs_no_heavy_library():
    heavy = "{'h5py', 'numba', 'scipy', 'xarray', 'pydantic'}"
    code = f"import sys, simcore.storage; assert not {heavy} & set(sys.modules), sys.modules.keys()"
    subprocess.run([sys.executable, "-c", code], check=True)
