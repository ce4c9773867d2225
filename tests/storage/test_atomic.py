"""`write_file` against real faults: whole or not at all, and never a temporary left behind."""

from __future__ import annotations

import errno
import multiprocessing
import os
import re
import resource
import signal
import subprocess
from pathlib import Path

import pytest

from simcore.errors import StorageError
from simcore.storage import atomic, sweep_temporaries, write_file

pytestmark = pytest.mark.alone  # it forks

MEGABYTE = 1_000_000
fork = multiprocessing.get_context("fork")


def names(directory: Path) -> set[str]:
    return {place.name for place in directory.iterdir()}


def test_buffers_are_joined_in_order_and_counted(tmp_path):
    parts = [b"one", memoryview(b""), bytearray(b"two"), memoryview(b"three")]
    assert write_file(tmp_path / "a", parts) == 11
    assert (tmp_path / "a").read_bytes() == b"onetwothree"
    assert write_file(tmp_path / "b", b"") == 0
    assert names(tmp_path) == {"a", "b"}


def test_a_file_larger_than_one_chunk_is_whole(tmp_path):
    data = os.urandom(3 * atomic._CHUNK + 17)
    write_file(tmp_path / "a", [data[:5], data[5:]], read_back=True)
    assert (tmp_path / "a").read_bytes() == data


def test_an_old_file_is_replaced(tmp_path):
    write_file(tmp_path / "a", b"a long old text")
    write_file(tmp_path / "a", b"new")
    assert (tmp_path / "a").read_bytes() == b"new"


def test_the_file_obeys_the_umask(tmp_path):
    before = os.umask(0o027)
    try:
        write_file(tmp_path / "a", b"x")
    finally:
        os.umask(before)
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o640


def test_the_size_is_reserved_and_the_bytes_are_durable_before_the_name_and_the_name_at_the_end(tmp_path, monkeypatch):
    seen = []

    def spy(name: str) -> None:
        original = getattr(os, name)

        def record(*arguments):
            is_directory = isinstance(arguments[0], int) and os.path.isdir(f"/proc/self/fd/{arguments[0]}")
            seen.append(f"{name} directory" if is_directory else name)
            return original(*arguments)

        monkeypatch.setattr(os, name, record)

    for name in ("posix_fallocate", "write", "fsync", "pread", "replace"):
        spy(name)
    write_file(tmp_path / "a", b"x", read_back=True)
    assert seen == ["posix_fallocate", "write", "fsync", "pread", "replace", "fsync directory"]


def test_a_full_disk_is_one_clear_line_and_the_old_file_stays(small_disk):
    write_file(small_disk / "a", b"old")
    with pytest.raises(StorageError) as caught:
        write_file(small_disk / "a", bytes(12_345_678))
    message = str(caught.value)
    assert message == f"{small_disk}/a: no space left on device: 12.3 MB needed, 4.2 MB free"
    assert names(small_disk) == {"a"}
    assert (small_disk / "a").read_bytes() == b"old"


def test_a_disk_that_fills_up_while_writing_is_the_same_line(small_disk, monkeypatch):
    def cannot(*arguments):
        raise OSError(errno.EOPNOTSUPP, "no reservation on this file system")

    monkeypatch.setattr(os, "posix_fallocate", cannot)
    with pytest.raises(StorageError, match=r"no space left on device: 8.0 MB needed, 4.2 MB free$"):
        write_file(small_disk / "a", bytes(8 * MEGABYTE))
    assert names(small_disk) == set()
    write_file(small_disk / "a", bytes(3 * MEGABYTE), read_back=True)


def test_a_disk_without_inodes_says_so(mount):
    disk = mount("size=4m,nr_inodes=2")
    write_file(disk / "a", b"takes the last one")
    with pytest.raises(StorageError, match="no room for another file name"):
        write_file(disk / "b", b"x")
    assert names(disk) == {"a"}


def test_a_read_only_file_system_is_a_storage_error(small_disk):
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with pytest.raises(StorageError, match=re.escape(f"{small_disk}/a: read-only file system")):
        write_file(small_disk / "a", b"x")


def _in_a_child(action) -> str:
    """The message of the StorageError that `action` raises in a forked process."""
    receive, send = fork.Pipe(duplex=False)

    def child() -> None:
        try:
            action()
            send.send("no error")
        except StorageError as error:
            send.send(str(error))

    process = fork.Process(target=child)
    process.start()
    message = receive.recv()
    process.join()
    return message


def test_a_directory_without_permission_is_a_storage_error(tmp_path):
    tmp_path.chmod(0o555)

    def write() -> None:
        if os.getuid() == 0:
            os.setuid(65534)
        write_file(tmp_path / "a", b"x")

    assert _in_a_child(write) == f"{tmp_path}/a: permission denied"
    tmp_path.chmod(0o755)
    assert names(tmp_path) == set()


def test_a_directory_that_cannot_be_made_is_a_storage_error(tmp_path, small_disk):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageError, match=r"file: file exists$"):
        atomic.make_directory(tmp_path / "file")
    with pytest.raises(StorageError, match=r"file/deeper: not a directory$"):
        atomic.make_directory(tmp_path / "file" / "deeper")
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with pytest.raises(StorageError, match=r"a/b: read-only file system$"):
        atomic.make_directory(small_disk / "a" / "b")


def test_a_directory_is_made_with_its_parents_and_again(tmp_path):
    for _ in range(2):
        atomic.make_directory(tmp_path / "a" / "b" / "c")
    assert (tmp_path / "a" / "b" / "c").is_dir()


@pytest.mark.parametrize("reserve", [True, False])
def test_the_limit_on_file_size_is_a_storage_error(tmp_path, monkeypatch, reserve):
    if not reserve:
        monkeypatch.delattr(os, "posix_fallocate")

    def write() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (MEGABYTE, MEGABYTE))
        write_file(tmp_path / "a", bytes(2 * MEGABYTE))

    assert _in_a_child(write) == f"{tmp_path}/a: 2.0 MB is more than a file may hold here (see `ulimit -f`)"
    assert names(tmp_path) == set()


def test_a_missing_directory_is_a_storage_error(tmp_path):
    with pytest.raises(StorageError, match="absent/a: no such file or directory"):
        write_file(tmp_path / "absent" / "a", b"x")


@pytest.mark.parametrize("place", [0, 5 * MEGABYTE, 9 * MEGABYTE - 1])
def test_bytes_that_a_disk_changes_are_found_before_the_file_gets_its_name(tmp_path, monkeypatch, place):
    fsync = os.fsync

    def fsync_and_rot(descriptor: int) -> None:
        fsync(descriptor)
        old = os.pread(descriptor, 1, place)
        os.pwrite(descriptor, bytes([old[0] ^ 1]), place)

    monkeypatch.setattr(os, "fsync", fsync_and_rot)
    with pytest.raises(StorageError, match="other bytes than were written"):
        write_file(tmp_path / "a", bytes(9 * MEGABYTE), read_back=True)
    assert names(tmp_path) == set()


def test_an_interrupt_removes_the_temporary(tmp_path, monkeypatch):
    def interrupt(descriptor: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_file(tmp_path / "a", b"x")
    assert names(tmp_path) == set()


def test_a_sweep_takes_the_files_of_dead_writers_and_leaves_those_of_living_ones(tmp_path):
    receive, send = fork.Pipe(duplex=False)

    def child() -> None:
        def wait_for_ever(descriptor: int) -> None:
            send.send("writing")
            signal.pause()

        os.fsync = wait_for_ever
        write_file(tmp_path / "a", b"x")

    process = fork.Process(target=child)
    process.start()
    assert receive.recv() == "writing"
    (temporary,) = names(tmp_path)
    assert re.fullmatch(r"a\.[0-9a-f]{8}\.tmp", temporary)
    assert sweep_temporaries(tmp_path) == []
    process.kill()
    process.join()
    assert names(tmp_path) == {temporary}
    assert sweep_temporaries(tmp_path) == [tmp_path / temporary]
    assert names(tmp_path) == set()


def test_a_sweep_leaves_what_is_not_ours(tmp_path):
    for name in ("notes.tmp", "a.h5", "a.0123456g.tmp"):
        (tmp_path / name).write_text("mine")
    (tmp_path / "directory.01234567.tmp").mkdir()
    (tmp_path / "link.01234567.tmp").symlink_to(tmp_path / "a.h5")
    before = names(tmp_path)
    assert sweep_temporaries(tmp_path) == []
    assert names(tmp_path) == before
    assert sweep_temporaries(tmp_path / "absent") == []


def test_a_writer_whose_file_is_swept_before_it_is_locked_takes_another(tmp_path, monkeypatch):
    flock, swept = atomic.fcntl.flock, []

    def sweep_first(descriptor: int, how: int) -> None:
        if not swept:
            swept.extend(tmp_path.iterdir())
            swept[0].unlink()
        flock(descriptor, how)

    monkeypatch.setattr(atomic.fcntl, "flock", sweep_first)
    write_file(tmp_path / "a", b"x")
    assert len(swept) == 1
    assert names(tmp_path) == {"a"}
