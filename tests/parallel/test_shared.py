"""Shared arrays: really shared, really reserved, and never left behind."""

import os
import pickle

import numpy as np
import pytest
from team_job import ToolJob

from simcore.errors import StorageError
from simcore.parallel.shared import ABORT, BARRIER_COUNT, BARRIER_GENERATION, SPINS, STEP, ControlWords, SharedArray
from simcore.parallel.team import Team


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


@pytest.mark.parametrize(
    ("shape", "dtype"),
    [(7, "float64"), ((3, 5), "int8"), ((2, 3, 4), "complex64"), ((0, 4), "float64"), ((), "int64"), ((5, 0), "uint8")],
)
def test_an_array_is_zero_contiguous_and_aligned(shape, dtype):
    shared = SharedArray(shape, dtype)
    expected = np.zeros(shape, dtype)
    assert (shared.array.shape, shared.array.dtype, shared.nbytes) == (expected.shape, expected.dtype, expected.nbytes)
    assert np.array_equal(shared.array, expected)
    assert shared.array.flags.c_contiguous
    assert shared.array.flags.writeable
    assert shared.array.ctypes.data % 64 == 0


def test_the_memory_is_reserved_when_it_is_made():
    shared = SharedArray(10_000_000, "uint8")
    assert os.fstat(shared._descriptor).st_blocks * 512 >= shared.nbytes


def test_no_name_is_ever_visible_after_it_is_made():
    before = set(os.listdir("/dev/shm"))
    shared = SharedArray((100, 100), "float64")
    assert set(os.listdir("/dev/shm")) == before
    shared.close()


def test_a_full_shared_memory_is_an_error_that_says_how_much_and_what_to_do():
    room = os.statvfs("/dev/shm")
    total = room.f_blocks * room.f_frsize
    before = descriptors()
    for size in (total + 4096, 2**62):
        with pytest.raises(StorageError, match=r"remount,size=.*--shm-size") as caught:
            SharedArray(size, "uint8")
        assert f"{size:,} bytes needed" in str(caught.value)
    assert descriptors() == before


def test_a_reservation_that_fails_is_the_same_error(monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full)
    before = descriptors()
    with pytest.raises(StorageError, match=r"100 bytes refused\. Enlarge /dev/shm"):
        SharedArray(100, "uint8")
    assert descriptors() == before


def test_close_gives_the_descriptors_back_may_be_repeated_and_leaves_views_valid():
    before = descriptors()
    shared = SharedArray(1000, "float64")
    view = shared.array[10:20]
    shared.close()
    shared.close()
    view[:] = 3.0
    assert view.sum() == 30.0
    assert not hasattr(shared, "array")
    del view
    assert descriptors() == before


def test_pickling_outside_of_a_start_is_refused():
    with pytest.raises(TypeError, match="while that is being started"):
        pickle.dumps(SharedArray(3, "int64"))


def test_both_sides_see_what_the_other_writes():
    job = ToolJob(workers=2)
    job.slots.array[:] = 7
    with Team(job, 2) as team:
        team.post(("evaluate", "int(job.slots.array.sum())"))
        assert team.collect() == [7 * 32] * 2
        team.post(("evaluate", "job.slots.array.__setitem__(job.rank, 100 + job.rank)"))
        team.collect()
        assert list(job.slots.array[:3]) == [100, 101, 7]


def test_control_words_lie_on_cache_lines_of_their_own_and_reach_the_workers():
    words = ControlWords()
    lines = [word * 8 // 128 for word in (BARRIER_COUNT, BARRIER_GENERATION, ABORT, STEP)]
    assert len(set(lines)) == 4
    assert words.array.ctypes.data % 128 == 0
    assert not np.delete(words.array, SPINS).any()
    with Team(ToolJob(workers=2), 2) as team:
        team.control.array[STEP] = 41
        team.post(("evaluate", f"int(job.words[{STEP}]), job.words.ctypes.data % 128"))
        assert team.collect() == [(41, 0), (41, 0)]
        team.post(("only", 1, "evaluate", f"job.words.__setitem__({STEP}, 42)"))
        team.collect()
        assert team.control.array[STEP] == 42


def test_the_resource_tracker_has_nothing_to_say_at_exit(python):
    python(
        "-c",
        "from simcore.parallel.shared import SharedArray\n"
        "kept = [SharedArray(1000, 'float64') for _ in range(20)]\n"
        "kept[0].close()",
    )
