"""Where /dev/shm is absent or read-only, as in minimal containers, shared memory has no need of it."""

from __future__ import annotations

import errno
import os
import shlex
import subprocess

import pytest

from simcore.errors import StorageError
from simcore.parallel import shared
from tests.environments.conftest import SIMCORE


def broken(number: int):
    def make(**_: object) -> None:
        raise OSError(number, os.strerror(number))

    return make


@pytest.mark.skipif(not hasattr(os, "memfd_create"), reason="Linux only")
@pytest.mark.parametrize("number", [errno.ENOENT, errno.EROFS, errno.EACCES, errno.ENOSYS])
def test_a_segment_needs_no_dev_shm(number, monkeypatch):
    monkeypatch.setattr(shared, "SharedMemory", broken(number))
    made = shared.SharedArray((3, 4), "float64")
    made.array[1, 2] = 5
    again = shared._attach((3, 4), made.array.dtype, Descriptor(os.dup(made._descriptor)))
    assert again.array.tolist() == made.array.tolist()
    assert made.array.sum() == 5


class Descriptor:
    def __init__(self, number: int) -> None:
        self.detach = lambda: number


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EFBIG, errno.ENOMEM])
def test_a_segment_without_room_is_one_line(number, monkeypatch):
    monkeypatch.setattr(shared, "SharedMemory", broken(number))
    with pytest.raises(StorageError, match="shared memory is too small"):
        shared.SharedArray(4, "float64")


def test_a_run_needs_no_dev_shm(simcore, folder):
    mount = "mount -t tmpfs -o ro none /dev/shm"
    if os.geteuid() != 0 or subprocess.run(["unshare", "-m", "bash", "-c", mount], capture_output=True).returncode:
        pytest.skip("only root can mount another /dev/shm")
    line = f"{mount} && exec {shlex.join(SIMCORE)} run heat.yaml --out out"
    done = simcore(line, command=["unshare", "-m", "bash", "-c"])
    assert (done.returncode, done.stderr) == (0, "")
    assert (folder / "out" / "result.h5").exists()
