"""The writer process: it answers every request, survives all but kill -9, and never outlives its supervisor."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

import numpy as np
import psutil
import pytest

from simcore.parallel.shared import SharedArray
from simcore.storage import Failed, WriteCheckpoint, Written, checkpoint_steps, read_checkpoint, serve

pytestmark = pytest.mark.alone  # it forks

PATIENCE = 60.0  # seconds; only a hang takes so long


@dataclass
class Writer:
    """A running writer, and the supervisor's ends of its two channels."""

    process: BaseProcess
    requests: Connection
    replies: Connection
    lent: SharedArray

    def ask(self, request: object) -> object:
        self.requests.send(request)
        return self.reply()

    def reply(self) -> object:
        assert self.replies.poll(PATIENCE), "the writer does not answer"
        return self.replies.recv()


@pytest.fixture
def writer() -> Iterator[Writer]:
    context = multiprocessing.get_context("forkserver")
    theirs, requests = context.Pipe(duplex=False)
    replies, answers = context.Pipe(duplex=False)
    lent = SharedArray((4, 5), np.float64)
    process = context.Process(target=serve, args=(theirs, answers, {"snapshot": lent}))
    process.start()
    theirs.close()
    answers.close()
    yield Writer(process, requests, replies, lent)
    process.kill()
    process.join()
    requests.close()
    replies.close()
    lent.close()


def test_a_checkpoint_holds_what_was_sent_and_what_was_lent(writer, tmp_path):
    writer.lent.array[:] = np.arange(20.0).reshape(4, 5)
    arrays = {"state/u": "snapshot", "series/energy": np.array([1.5, np.nan])}
    reply = writer.ask(WriteCheckpoint(tmp_path / "checkpoints", 7, arrays, {"time": 0.5}, keep=2))
    path = tmp_path / "checkpoints" / "step-7.h5"
    assert isinstance(reply, Written)
    assert (reply.path, reply.bytes) == (path, path.stat().st_size)
    assert reply.seconds > 0
    checkpoint = read_checkpoint(path)
    np.testing.assert_array_equal(checkpoint.arrays["state/u"], writer.lent.array)
    np.testing.assert_array_equal(checkpoint.arrays["series/energy"], [1.5, np.nan])


def test_old_checkpoints_and_dead_writers_files_go_and_without_keep_all_stay(writer, tmp_path):
    (tmp_path / "step-1.h5.01234567.tmp").write_bytes(b"of a dead writer")
    for step in range(5):
        assert isinstance(writer.ask(WriteCheckpoint(tmp_path / "kept", step, {}, {})), Written)
        assert isinstance(writer.ask(WriteCheckpoint(tmp_path, step, {}, {}, keep=2)), Written)
    assert checkpoint_steps(tmp_path / "kept") == [0, 1, 2, 3, 4]
    assert sorted(os.listdir(tmp_path)) == ["kept", "step-3.h5", "step-4.h5"]


def test_no_request_ends_it(writer, tmp_path):
    (tmp_path / "file").write_text("in the way")
    bad = [
        WriteCheckpoint(tmp_path / "file", 1, {}, {}),
        WriteCheckpoint(tmp_path, 1, {"u": "never lent"}, {}),
        WriteCheckpoint(tmp_path, 1, {"state/u": np.array([None])}, {}),
        WriteCheckpoint(tmp_path, 1, {"u": np.ones(1), "u/v": np.ones(1)}, {}),
        "no request at all",
        None,
    ]
    for request in bad:
        reply = writer.ask(request)
        assert isinstance(reply, Failed)
        assert reply.message
    writer.requests.send_bytes(b"what nobody can unpickle")
    assert isinstance(writer.reply(), Failed)
    assert isinstance(writer.ask(WriteCheckpoint(tmp_path, 1, {}, {})), Written)
    assert sorted(os.listdir(tmp_path)) == ["file", "step-1.h5"]


def test_a_full_disk_is_reported_and_it_goes_on_when_there_is_room(writer, small_disk):
    assert isinstance(writer.ask(WriteCheckpoint(small_disk, 1, {"u": np.ones(100)}, {})), Written)
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(3 << 20))
    large = {"u": np.ones(200_000)}
    reply = writer.ask(WriteCheckpoint(small_disk, 2, large, {}))
    assert isinstance(reply, Failed)
    assert reply.message == f"{small_disk}/step-2.h5: no space left on device: 1.6 MB needed, 1.0 MB free"
    assert sorted(os.listdir(small_disk)) == ["ballast", "step-1.h5"]
    ballast.unlink()
    assert isinstance(writer.ask(WriteCheckpoint(small_disk, 2, large, {})), Written)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1])
def test_it_ignores_what_the_whole_process_group_is_sent(writer, tmp_path, number):
    assert isinstance(writer.ask(WriteCheckpoint(tmp_path, 1, {}, {})), Written)
    os.kill(writer.process.pid, number)
    assert isinstance(writer.ask(WriteCheckpoint(tmp_path, 2, {}, {})), Written)


def test_it_finishes_what_it_has_and_leaves_when_its_requests_are_closed(writer, tmp_path):
    for step in range(3):
        writer.requests.send(WriteCheckpoint(tmp_path, step, {}, {}))
    writer.requests.close()
    writer.process.join(PATIENCE)
    assert writer.process.exitcode == 0
    assert checkpoint_steps(tmp_path) == [0, 1, 2]


SUPERVISOR = """
import multiprocessing, os, signal, struct
from simcore.storage import serve

if __name__ == "__main__":
    context = multiprocessing.get_context("{method}")
    theirs, requests = context.Pipe(duplex=False)
    replies, answers = context.Pipe(duplex=False)
    process = context.Process(target=serve, args=(theirs, answers, {{}}))
    process.start()
    theirs.close(), answers.close()
    requests.send(None), replies.recv()
    if {half_a_request}:
        os.write(requests.fileno(), struct.pack("!i", 1000) + b"the first bytes of a request of a thousand")
    print(process.pid, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("half_a_request", [False, True])
@pytest.mark.parametrize("method", ["forkserver", "spawn"])
def test_it_leaves_when_its_supervisor_is_killed(tmp_path: Path, method: str, half_a_request: bool):
    script = tmp_path / "supervisor.py"
    script.write_text(SUPERVISOR.format(method=method, half_a_request=half_a_request))
    with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True) as supervisor:
        writer = psutil.Process(int(supervisor.stdout.readline()))
        assert supervisor.wait(PATIENCE) == -signal.SIGKILL
    deadline = time.monotonic() + PATIENCE
    while _lives(writer) and time.monotonic() < deadline:
        time.sleep(0.01)
    if _lives(writer):
        writer.kill()
        pytest.fail("the writer outlived its supervisor")


def _lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
