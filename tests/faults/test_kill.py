"""kill -9 of every process of a run: what is lost is what came after the last checkpoint, and nothing is left over."""

from __future__ import annotations

import os
import time

import pytest

from simcore.runs import resume, status
from simcore.runs.verify import digest


@pytest.mark.parametrize("rank", [pytest.param(0, marks=pytest.mark.slow), 1])
def test_a_killed_worker_ends_the_run_within_seconds_and_its_resume_gives_the_same_bits(rank, launch, undisturbed):
    command = launch()
    victim = command.servants[rank]
    began = time.monotonic()
    victim.kill()
    code, errors = command.end()
    assert code == 1
    assert time.monotonic() - began < 10
    words = f"worker {rank} (pid {victim.pid}): died of SIGKILL: killed, most likely out of memory (or by hand)"
    assert errors.splitlines()[-1] == words
    found = status(command.place)
    assert (found.state, found.message) == ("failed", words)
    goes_on(command.place, undisturbed)


def test_a_killed_supervisor_leaves_nothing_and_its_resume_gives_the_same_bits(launch, undisturbed):
    command = launch()
    segments = set(os.listdir("/dev/shm"))
    command.supervisor.kill()
    assert command.end()[0] == -9
    assert set(os.listdir("/dev/shm")) <= segments
    assert status(command.place).state == "failed"
    goes_on(command.place, undisturbed)


def test_a_killed_fork_server_ends_the_run_with_the_reason(launch):
    command = launch()
    server = command.servants[0].parent()
    assert server is not None
    server.kill()
    code, errors = command.end()
    assert code == 1
    assert "the fork server, which watches the workers, died" in errors


def test_a_writer_killed_in_its_work_is_replaced_and_the_run_goes_on(launch, undisturbed):
    command = launch()
    writer = command.servants[-1]
    writer.suspend()  # so that a request is under way when it dies
    time.sleep(0.3)
    before = command.newest()
    writer.kill()
    command.writes_after(before)
    assert command.servants[-1] != writer
    command.signal(15)
    code, errors = command.end()
    assert code == 128 + 15
    notices = [line for line in errors.splitlines() if "not written" in line]
    assert len(notices) == 1
    assert "the writer process died (signal 9); trying again at the next one" in notices[0]
    goes_on(command.place, undisturbed)


def goes_on(place, undisturbed) -> None:
    """Resume to a few steps beyond the last checkpoint, with another number of workers."""
    total = status(place).checkpoint + 33
    assert digest(resume(place, workers=1, overrides=[f"run.sweeps={total}"]).path) == undisturbed(total)
