"""Signals that the parent ignores or blocks."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import psutil
import pytest

from tests.conftest import within
from tests.environments.conftest import SIMCORE

LONG = """
model: {type: ising, lattice: {type: square, shape: [161, 160]}, parameters: {temperature: 2.3}}
run: {seed: 3, sweeps: 1e12, measure_every: 7, workers: 2}
checkpoint: {every: 10 steps}
"""
# Start a command with a signal blocked or ignored, as launchers do that read it from a descriptor.
START = """
import os, signal, sys
for name in sys.argv[2].split(","):
    number = getattr(signal, name)
    if sys.argv[1] == "block":
        signal.pthread_sigmask(signal.SIG_BLOCK, [number])
    else:
        signal.signal(number, signal.SIG_IGN)
os.execv(sys.argv[3], sys.argv[3:])
"""


def started_with(how: str, numbers: list[signal.Signals]) -> list[str]:
    return [sys.executable, "-c", START, how, ",".join(number.name for number in numbers), *SIMCORE]


# The fork server learns by SIGCHLD that a child has ended.
EXIT_CODE = """
import os
from simcore.parallel import process
child = process.start(os.getpid, name="nothing")
child.join(20)
assert child.exitcode == 0, child.exitcode
"""
# A fork server that is stopped never tells that a child has ended.
STOPPED = """
import os, signal, time
from multiprocessing import forkserver
from simcore.runs.writer_client import Writer
from simcore.parallel import reaping
reaping.reap.__defaults__ = (0.5,)
writer = Writer({})
writer.start()
server = forkserver._forkserver._forkserver_pid
time.sleep(1)  # so that the writer has begun
os.kill(server, signal.SIGSTOP)
pid = writer._process.pid
writer.close()
assert not reaping.exists(pid)
os.kill(server, signal.SIGCONT)
"""


@pytest.mark.slow
def test_a_blocked_sigchld_does_not_hang(simcore, folder):
    done = simcore("run", "heat.yaml", "--out", "out", command=started_with("block", [signal.SIGCHLD]))
    assert (done.returncode, done.stderr) == (0, "")
    assert (folder / "out" / "result.h5").exists()


def test_with_a_blocked_sigchld_the_exit_codes_of_children_come_in():
    command = [sys.executable, "-c", START, "block", "SIGCHLD", sys.executable, "-c", EXIT_CODE]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.slow
def test_no_join_waits_for_ever_for_an_exit_code():
    done = subprocess.run([sys.executable, "-c", STOPPED], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.fixture
def long_run(folder, nothing_left):
    """Start a run without end; returns it once it has written a checkpoint."""
    (folder / "long.yaml").write_text(LONG)
    commands = []

    def start(command: list[str]) -> subprocess.Popen:
        place = folder / f"out{len(commands)}"
        arguments = ["run", "long.yaml", "--out", place.name]
        commands.append(
            subprocess.Popen(
                [*command, *arguments], cwd=folder, stderr=subprocess.PIPE, text=True, start_new_session=True
            )
        )
        assert within(60, lambda: list(place.glob("checkpoints/step-*.h5")))
        return commands[-1]

    yield start
    for command in commands:
        if command.poll() is None:
            for process in [*psutil.Process(command.pid).children(recursive=True), psutil.Process(command.pid)]:
                process.kill()
        command.communicate()


def test_a_signal_that_the_parent_ignores_stays_ignored(long_run):
    """As for a background job of a script, or under nohup."""
    command = long_run(started_with("ignore", [signal.SIGINT, signal.SIGHUP, signal.SIGUSR1]))
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGUSR1):
        command.send_signal(number)
    assert not within(0.7, lambda: command.poll() is not None)
    command.send_signal(signal.SIGTERM)
    assert "stopped by SIGTERM" in command.communicate(timeout=60)[1]
    assert command.returncode == 128 + signal.SIGTERM
    command = long_run(started_with("ignore", [signal.SIGTERM]))
    command.send_signal(signal.SIGTERM)
    assert not within(0.7, lambda: command.poll() is not None)
    command.send_signal(signal.SIGINT)
    assert command.wait(timeout=60) == 128 + signal.SIGINT


def test_a_terminal_that_is_closed_stops_the_run_with_a_checkpoint(long_run):
    command = long_run(SIMCORE)
    os.killpg(command.pid, signal.SIGHUP)
    errors = command.communicate(timeout=60)[1]
    assert command.returncode == 128 + signal.SIGHUP
    assert "stopped by SIGHUP" in errors
    assert "its checkpoint is written" in errors
