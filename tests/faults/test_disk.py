"""Power cuts and failing system calls: a file is the old one or the new one, and no older good checkpoint is lost.

Each test has a control: without the fsync, the checksum or the repeated write the same test finds a torn file.
"""

from __future__ import annotations

import errno
import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simcore.errors import CheckpointError, StorageError
from simcore.storage import atomic, checkpoint
from simcore.storage.atomic import sweep_temporaries, write_file
from simcore.storage.checkpoint import latest_checkpoint, prune, write_checkpoint
from tests.faults.disk import CALLS, Act, Recorder, after_a_power_cut

SEED = 20261128
TENTH_AND_ALL = [150, pytest.param(1500, marks=pytest.mark.slow)]
OLD, NEW = b"old" * 1000, bytes(range(256)) * 1500


def nothing(*_: object) -> None:
    return None


MUTATIONS: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "none": lambda patch: None,
    "no fsync": lambda patch: patch.setattr(atomic, "sync", nothing),
    "no fsync of the directory": lambda patch: patch.setattr(atomic, "sync_directory", nothing),
}


@pytest.fixture
def recorded(monkeypatch) -> Callable[..., Recorder]:
    def start(**how: Any) -> Recorder:
        recorder = Recorder(**how)
        monkeypatch.setattr(atomic, "os", recorder)
        forget = Path.unlink

        def unlink(path: Path, missing_ok: bool = False) -> None:
            forget(path, missing_ok)
            recorder.unlink(path)

        monkeypatch.setattr(Path, "unlink", unlink)
        return recorder

    return start


@pytest.mark.parametrize("count", TENTH_AND_ALL)
@pytest.mark.parametrize("mutation", MUTATIONS)
def test_after_a_power_cut_a_file_is_the_old_one_or_the_new_one(mutation, count, recorded, monkeypatch, tmp_path):
    print(f"seed {SEED}")
    drawn, path = random.Random(SEED), tmp_path / "file"
    path.write_bytes(OLD)
    MUTATIONS[mutation](monkeypatch)
    recorder = recorded()
    recorder.holds(path)
    begun = len(recorder.acts)
    write_file(path, [NEW[:100_000], NEW[100_000:]])
    acts = recorder.acts
    torn = lost = 0
    for _ in range(count):
        end = drawn.randint(begun, len(acts))
        found = after_a_power_cut(acts[:end], drawn).get("file")
        torn += found not in (OLD, NEW)
        lost += end == len(acts) and found != NEW
    assert (torn > 0) == (mutation == "no fsync")
    assert (lost > 0) == (mutation != "none")


def checkpoints_written(recorder: Recorder, place: Path) -> Iterator[tuple[int, int]]:
    """Write checkpoints and remove old ones; how many acts there were when each was there, and its step."""
    for step in (10, 20, 30, 40):
        write_checkpoint(place, step, {"state/u": np.full(3000, float(step))}, {})
        yield len(recorder.acts), step
        prune(place, 2)


def found_after(acts: list[Act], drawn: random.Random, place: Path) -> int:
    """The step of the checkpoint that a resume would take after a power cut; -1 if it is refused or wrong."""
    for path in place.glob("*"):
        os.unlink(path)
    for name, data in after_a_power_cut(acts, drawn).items():
        (place / name).write_bytes(data)
    try:
        newest = latest_checkpoint(place, nothing)
    except CheckpointError:
        return -1
    if newest is None:
        return 0
    return newest.step if set(newest.arrays["state/u"]) == {float(newest.step)} else -1


@pytest.mark.parametrize("count", [50, pytest.param(500, marks=pytest.mark.slow)])
@pytest.mark.parametrize("mutation", [*MUTATIONS, "no checksum"])
def test_after_a_power_cut_the_newest_checkpoint_is_good(mutation, count, recorded, monkeypatch, tmp_path):
    print(f"seed {SEED}")
    drawn, place = random.Random(SEED), tmp_path / "checkpoints"
    place.mkdir()
    recorder = recorded()
    if mutation == "no checksum":  # and without the fsync, else there is nothing for it to find
        monkeypatch.setattr(atomic, "sync", nothing)
        monkeypatch.setattr(checkpoint, "_user_block", lambda payload, form=1: form_only(payload))
    else:
        MUTATIONS[mutation](monkeypatch)
    written = list(checkpoints_written(recorder, place))
    acts = list(recorder.acts)
    wrong = 0
    for _ in range(count):
        end = drawn.randint(0, len(acts))
        there = max((step for place_of, step in written if place_of <= end), default=0)
        found = guarded(acts[:end], drawn, place)
        wrong += found < there
    assert (wrong > 0) == (mutation != "none")


def form_only(payload: list[memoryview]) -> bytes:
    """A user block that says nothing of the contents."""
    return b"simcore checkpoint".ljust(512, b"\0")


def guarded(acts: list[Act], drawn: random.Random, place: Path) -> int:
    """What HDF5 makes of a torn file is wrong, too."""
    try:
        return found_after(acts, drawn, place)
    except (OSError, KeyError, RuntimeError, ValueError):
        return -1


def failing(number: int, error: int) -> Callable[[str], None]:
    """The call of that number, from 0, fails."""
    made = iter(range(10**9))

    def before(name: str) -> None:
        if next(made) == number:
            raise OSError(error, os.strerror(error))

    return before


def counted(write: Callable[[], object], recorded: Callable[..., Recorder]) -> int:
    calls: list[str] = []
    recorded(before=calls.append)
    write()
    assert set(calls) == set(CALLS)
    return len(calls)


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EIO, errno.EDQUOT, errno.EROFS, errno.EACCES])
def test_a_system_call_that_fails_costs_nothing_but_the_new_file(error, recorded, tmp_path):
    path = tmp_path / "file"
    path.write_bytes(OLD)
    calls = counted(lambda: write_file(path, NEW, read_back=True), recorded)
    for number in range(calls):
        path.write_bytes(OLD)
        recorded(before=failing(number, error))
        with pytest.raises(StorageError, match=r"file: .") as told:
            write_file(path, NEW, read_back=True)
        assert "\n" not in str(told.value)
        # behind the rename only the fsync of the directory is left, which may fail as well
        assert path.read_bytes() == OLD if number < calls - 2 else path.read_bytes() in (OLD, NEW)
        assert [one.name for one in tmp_path.iterdir()] == ["file"]


def test_short_writes_are_gone_on_with(recorded, tmp_path):
    path = tmp_path / "file"
    recorded(short=1000)
    write_file(path, NEW)
    assert path.read_bytes() == NEW


def test_without_going_on_a_short_write_is_found_when_it_is_read_back(recorded, monkeypatch, tmp_path):
    """The control of the test before."""
    recorded(short=1000)
    monkeypatch.setattr(atomic, "_write_all", lambda descriptor, chunk: atomic.os.write(descriptor, chunk))
    write_file(tmp_path / "file", NEW)
    assert (tmp_path / "file").read_bytes() != NEW
    with pytest.raises(StorageError, match="other bytes than were written"):
        write_file(tmp_path / "file", NEW, read_back=True)


@pytest.mark.parametrize("swept", [True, False])
def test_a_writer_killed_at_any_call_leaves_the_old_file_or_the_new_one(swept, recorded, tmp_path):
    """A process of its own is ended by the system at each call in turn, without a word."""
    path = tmp_path / "file"
    path.write_bytes(OLD)
    calls = counted(lambda: write_file(path, NEW, read_back=True), recorded)
    left = 0
    for number in range(calls):
        path.write_bytes(OLD)
        killed_at(number, path)
        assert path.read_bytes() in (OLD, NEW)
        left += len(list(tmp_path.glob("*.tmp")))
        if swept:
            sweep_temporaries(tmp_path)
            assert [one.name for one in tmp_path.iterdir()] == ["file"]
    assert left > 0


def killed_at(number: int, path: Path) -> None:
    """Write in a child, which leaves at the call of that number."""
    calls = iter(range(10**9))
    child = os.fork()
    if child == 0:
        atomic.os = Recorder(before=lambda name: os._exit(9) if next(calls) == number else None)  # type: ignore
        write_file(path, NEW, read_back=True)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
