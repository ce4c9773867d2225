"""Every test here must leave nothing behind: no process, no thread, no segment, no descriptor."""

from __future__ import annotations

import gc
import os
import shutil
import subprocess
import sys
import threading
import time
from multiprocessing import forkserver, resource_tracker
from pathlib import Path

import psutil
import pytest

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))


@pytest.fixture(scope="session", autouse=True)
def kernels(tmp_path_factory):
    """The directory of the compiled test kernels and of their numba cache, new for each session."""
    directory = tmp_path_factory.mktemp("kernels")
    shutil.copy(HERE / "kernels" / "barrier_kernels.py", directory)
    sys.path.insert(0, str(directory))
    yield directory
    sys.path.remove(str(directory))


@pytest.fixture(autouse=True)
def nothing_is_left():
    threads, segments = set(threading.enumerate()), _segments()
    yield
    gc.collect()
    wait_until(lambda: not _workers())
    assert _workers() == []
    assert set(threading.enumerate()) <= threads
    assert _segments() <= segments


def _segments() -> set[str]:
    """Without semaphores, which simcore never makes: a pool in a test beside this one has them."""
    return {name for name in os.listdir("/dev/shm") if not name.startswith("sem.mp-")}


def _workers() -> list[psutil.Process]:
    servants = {forkserver._forkserver._forkserver_pid, resource_tracker._resource_tracker._pid}
    return [child for child in psutil.Process().children(recursive=True) if child.pid not in servants]


def wait_until(condition, seconds: float = 10.0) -> bool:
    """Wait for a condition; whether it came true."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def is_gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


@pytest.fixture
def environment(kernels):
    """For a Python of its own, that can import what the tests here can.

    PYTHONUNBUFFERED, if the caller has it, would part a line from its end: lines of several processes then mix.
    """
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    return {**inherited, "PYTHONPATH": os.pathsep.join([str(HERE), str(kernels), *filter(None, sys.path)])}


@pytest.fixture
def python(environment, tmp_path):
    """Run another Python to its end; its standard error must be empty unless `check` is False."""

    def run(*arguments: str, stdin: str = "", check: bool = True) -> subprocess.CompletedProcess:
        command = [sys.executable, *arguments]
        done = subprocess.run(
            command, input=stdin, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=60
        )
        if check:
            assert (done.returncode, done.stderr) == (0, ""), done.stderr
        return done

    return run
