"""Nothing of the socket of the fork server stays in the temporary folder, however a run ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from tests.conftest import within
from tests.environments.conftest import SIMCORE


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGQUIT])
def test_a_killed_run_leaves_nothing_in_the_temporary_folder(number, folder, tmp_path, nothing_left):
    place = tmp_path / "tmp"
    place.mkdir()
    command = [*SIMCORE, "run", "heat.yaml", "--set", "run.steps=1e9", "--out", "out"]
    process = subprocess.Popen(command, cwd=folder, env={**os.environ, "TMPDIR": str(place)}, stderr=subprocess.DEVNULL)
    assert within(60, lambda: (folder / "out" / "run.log").exists())
    process.send_signal(number)
    assert process.wait(60) == -number
    assert list(place.iterdir()) == []


LONG_NAME = "x" * 90


@pytest.mark.parametrize("name", ["tmp", LONG_NAME])
def test_neither_does_a_run_at_any_moment(name, folder, tmp_path, simcore):
    place = tmp_path / name
    place.mkdir()
    done = simcore("run", "heat.yaml", environment={"TMPDIR": str(place)})
    assert (done.returncode, done.stderr) == (0, "")
    assert list(place.iterdir()) == []


AT_EXIT = """
import atexit, simcore
atexit.register(lambda: simcore.run("heat.yaml", out="second"))
simcore.run("heat.yaml", out="first")
"""


def test_a_run_at_exit_after_a_first_one(folder, nothing_left):
    done = subprocess.run([sys.executable, "-c", AT_EXIT], cwd=folder, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert (folder / "second" / "result.h5").exists()


OTHER_USER = """
import os, socket, sys
from multiprocessing import forkserver
from simcore.compiler.fork_server import warm_up
warm_up()
address = forkserver._forkserver._forkserver_address
if os.fork() == 0:
    os.setuid(65534)
    try:
        socket.socket(socket.AF_UNIX).connect(address)
    except PermissionError:
        os._exit(0)
    os._exit(1)
sys.exit(os.waitstatus_to_exitcode(os.wait()[1]))
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_another_user_cannot_connect_to_the_fork_server():
    done = subprocess.run([sys.executable, "-c", OTHER_USER], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
