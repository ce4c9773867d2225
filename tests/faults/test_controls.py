"""The controls of tests of faults: without the checksum, or without the abort word, these tests would find a fault."""

from __future__ import annotations

import time
from multiprocessing import forkserver
from pathlib import Path

import numpy as np
import psutil
import pytest

import simcore
from simcore.errors import CheckpointError, StorageError, WorkerError
from simcore.parallel.shared import ControlWords
from simcore.runs.log import verify_log
from simcore.storage import Group, Result, Variable, checkpoint, lines, seal, sealed_text, write_result
from simcore.storage.checkpoint import read_checkpoint, write_checkpoint
from simcore.storage.result import open_result
from simcore.storage.sealed_text import verify_sealed


class NoDigest:
    """A checksum of nothing."""

    def __init__(self, *_: object, **__: object) -> None: ...

    def update(self, _: object) -> None: ...

    def digest(self) -> bytes:
        return bytes(8)

    def hexdigest(self) -> str:
        return "0" * 64


class NoHashes:
    """Stands in for hashlib."""

    sha256 = blake2b = NoDigest


def result(path: Path) -> None:
    write_result(path, Result({"estimates": Group({"energy": Variable((), np.float64(-1.5))})}, {}))


def kept_checkpoint(path: Path) -> None:
    write_checkpoint(path.parent, 10, {"state/u": np.arange(100.0)}, {})


def text(path: Path) -> None:
    path.write_bytes(sealed_text.sealed_text("run:\n  sweeps: 20\n  seed: 3\n"))


def log(path: Path) -> None:
    path.write_bytes(b"".join(lines.encoded({"time": "t", "event": "done", "step": n}) for n in range(3)))


KINDS = {
    "result": ("result.h5", result, lambda path: open_result(path).close()),
    "checkpoint": ("step-10.h5", kept_checkpoint, read_checkpoint),
    "text": ("experiment.yaml", text, verify_sealed),
    "log": ("run.log", log, verify_log),
}


@pytest.mark.parametrize("checksum", [True, False])
@pytest.mark.parametrize("kind", KINDS)
def test_a_changed_byte_is_found_by_the_checksum_and_by_nothing_else(kind, checksum, monkeypatch, tmp_path):
    if not checksum:
        for module in (seal, checkpoint, sealed_text):
            monkeypatch.setattr(module, "hashlib", NoHashes)
        monkeypatch.setattr(lines.zlib, "crc32", lambda *_: 0)
    name, write, look = KINDS[kind]
    path = tmp_path / name
    write(path)
    whole = path.read_bytes()
    passed = 0
    for place in range(0, len(whole), max(1, len(whole) // 300)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 4]) + whole[place + 1 :])
        try:
            look(path)
            passed += 1
        except (StorageError, CheckpointError):
            pass
        except (OSError, KeyError, RuntimeError, ValueError):
            assert not checksum
    assert (passed > 0) == (not checksum)


RUN = {
    "model": {"type": "ising", "lattice": {"type": "square", "size": 8}, "parameters": {"temperature": 2.3}},
    "run": {"seed": 3, "sweeps": 10**9, "measure_every": 5, "workers": 2},
}


@pytest.mark.parametrize("word", [True, pytest.param(False, marks=pytest.mark.slow)])
def test_the_abort_word_frees_the_peers_of_a_dead_worker(word, monkeypatch, tmp_path, nothing_left):
    """Without it they wait in the barrier until they are killed."""
    killed: list[float] = []

    def kill(view: object) -> None:
        if not killed:
            server = psutil.Process(forkserver._forkserver._forkserver_pid)
            born = sorted(server.children(), key=lambda one: (one.create_time(), one.pid))
            born[1].kill()  # worker 1; behind the workers comes the writer
            killed.append(time.monotonic())

    if not word:
        monkeypatch.setattr(ControlWords, "abort", lambda self: None)
    with pytest.raises(WorkerError, match="died of SIGKILL"):
        simcore.run(RUN, out=tmp_path / "out", callbacks=[simcore.every(500, kill)])
    assert (time.monotonic() - killed[0] < 4.0) == word
