"""Runs that are really killed: each a `simcore` command of its own, in a process group of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from simcore.runs import run
from simcore.runs.verify import digest
from simcore.storage.checkpoint import checkpoint_steps
from tests.conftest import within

# Some thousand steps a second, so that it is in full swing when a signal comes and its series stays short.
EXPERIMENT = """
model: {type: ising, lattice: {type: square, shape: [161, 160]}, parameters: {temperature: 2.3}, initial: random}
run: {seed: 3, sweeps: 1e12, measure_every: 7, workers: 2}
checkpoint: {every: 10 steps, keep: 3}
output: {fields: {every: 100000 steps}}
"""


class Background:
    """A `simcore` command under way. place: the directory of its run."""

    def __init__(self, arguments: list[str], place: Path) -> None:
        self.place = place
        self._process = subprocess.Popen(
            [sys.executable, "-m", "simcore", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.supervisor = psutil.Process(self._process.pid)
        self.family: list[psutil.Process] = []

    def in_full_swing(self) -> Background:
        """Wait for the second checkpoint."""
        self.writes_after(self.newest())
        self.family = self.supervisor.children(recursive=True)
        return self

    def newest(self) -> int:
        return max(checkpoint_steps(self.place / "checkpoints"), default=-1)

    def writes_after(self, step: int) -> None:
        assert within(60, lambda: self.newest() > max(step, 0) or self._process.poll() is not None)
        assert self._process.poll() is None, self._process.communicate()[1]

    @property
    def servants(self) -> list[psutil.Process]:
        """The workers by rank, and behind them the writer: children of the fork server, in the order of their birth."""
        server = next(child for child in self.supervisor.children() if child.children())
        return sorted(server.children(), key=lambda child: (child.create_time(), child.pid))

    def signal(self, number: int) -> None:
        """As a terminal or a batch system does it: to the whole group."""
        os.killpg(self._process.pid, number)

    def end(self) -> tuple[int, str]:
        """Exit code and standard error, when nothing of it lives any more."""
        errors = self._process.communicate(timeout=60)[1]
        assert within(10, lambda: not any(map(lives, self.family)))
        return self._process.returncode, errors

    def kill(self) -> None:
        for process in [*self.family, self.supervisor]:
            if lives(process):
                process.send_signal(signal.SIGCONT)
                process.kill()
        self._process.communicate()


def lives(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "long.yaml"
    path.write_text(EXPERIMENT)
    return path


@pytest.fixture
def launch(tmp_path: Path, file: Path, nothing_left: None) -> Iterator[Callable[..., Background]]:
    """Start `simcore run`, in `place`, and wait until it is in full swing."""
    started: list[Background] = []

    def start(place: Path = tmp_path / "out") -> Background:
        started.append(Background(["run", str(file), "--out", str(place)], place))
        return started[-1].in_full_swing()

    yield start
    for command in started:
        command.kill()


@pytest.fixture
def undisturbed(tmp_path: Path, file: Path) -> Callable[[int], str]:
    """The hash of a run of so many sweeps with which nothing ever happened."""

    def of(sweeps: int) -> str:
        outcome = run(file, workers=1, overrides=[f"run.sweeps={sweeps}"], out=tmp_path / f"undisturbed-{sweeps}")
        return digest(outcome.path)

    return of
