"""What every test that starts processes is held to: nothing is left when it ends. And which tests need to be alone."""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import time
from collections.abc import Callable, Iterator
from multiprocessing import forkserver, resource_tracker
from pathlib import Path

import psutil
import pytest
from hypothesis import settings

# The same examples in every run, however slow the machine is; `--hypothesis-profile=search` looks for new ones.
settings.register_profile("fixed", derandomize=True, deadline=None)
settings.register_profile("search", print_blob=True, deadline=None)
settings.load_profile("fixed")

# simcore keeps a signal ignored that it was started to ignore. Tests that run in the background, or under nohup, would
# pass that on to the commands that they interrupt.
for _stop in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1):
    if signal.getsignal(_stop) is signal.SIG_IGN:
        signal.signal(_stop, signal.default_int_handler if _stop is signal.SIGINT else signal.SIG_DFL)


HERE = Path(__file__).parent
SHARED = Path("/dev/shm")
# They look at all of /dev/shm, at processes that are stopped and killed to the millisecond, or fork; other files say it
# with `pytestmark = pytest.mark.alone`.
ALONE = {"environments", "faults", "parallel"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(HERE) and item.path.relative_to(HERE).parts[0] in ALONE:
            item.add_marker(pytest.mark.alone)


@pytest.fixture
def nothing_left() -> Iterator[None]:
    """Fails the test that leaves a process (but the two servants that live as long as Python) or a segment."""
    segments = _segments()
    yield
    gc.collect()
    within(10.0, lambda: not _children())
    assert _children() == []
    assert not lasting(segments)


def lasting(before: set[str], seconds: float = 2.0) -> set[str]:
    """The new segments that are still there after so long, but those in use by a test beside this one."""
    left = _segments() - before
    within(seconds, lambda: not left.intersection_update(_segments()) and not left)
    return left - _of_others() if left else left


def _segments() -> set[str]:
    """Those of MPI are not ours: a launcher of its own makes and removes them. Nor are semaphores, which simcore never
    makes: a pool of multiprocessing or dask in a test beside this one has them.
    """
    if not SHARED.is_dir():  # macOS shows none
        return set()
    return {name for name in os.listdir(SHARED) if not name.startswith(("mpich", "sem.mp-"))}


def _of_others() -> set[str]:
    """The segments that processes have in use which are neither this one nor its children."""
    own = {os.getpid(), *(child.pid for child in psutil.Process().children(recursive=True))}
    found: set[str] = set()
    for pid in set(psutil.pids()) - own:
        with contextlib.suppress(OSError):
            lines = Path(f"/proc/{pid}/maps").read_text().splitlines()
            found.update(line.rpartition(f"{SHARED}/")[2] for line in lines if f"{SHARED}/" in line)
            files = [os.readlink(file) for file in Path(f"/proc/{pid}/fd").iterdir()]
            found.update(Path(file).name for file in files if file.startswith(f"{SHARED}/"))
    return found


def _children() -> list[psutil.Process]:
    servants = {forkserver._forkserver._forkserver_pid, resource_tracker._resource_tracker._pid}
    return [child for child in psutil.Process().children(recursive=True) if child.pid not in servants]


def within(seconds: float, condition: Callable[[], object]) -> bool:
    """Wait for a condition; whether it came true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True
