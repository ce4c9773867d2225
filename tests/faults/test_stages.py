"""A signal is heeded within two seconds in every stage of a run, and nothing is left that could not be gone on with."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from simcore.errors import StoppedError
from simcore.parallel.team import Team
from simcore.runs import resume, status
from simcore.runs.directory import RunDirectory
from simcore.runs.experiment import resolve
from simcore.runs.run import conduct
from simcore.runs.writer_client import Writer
from simcore.storage.checkpoint import checkpoint_steps
from simcore.storage.writer import WriteRun
from tests.conftest import within

WITHIN = 2.0  # seconds
SLOW = '''
import os
import time

import numpy as np
from simcore import HostPhase, Model, Observable, StateArray


def value(u, i):
    return u[i]


class Slow(Model):
    """One of its stages takes for ever: that which the variable SLOW names."""

    clock = "time"

    def state(self):
        wait("description")
        return [StateArray("u", (16,), "float64", self.start)]

    def start(self, random):
        wait("initial values")
        return np.arange(16.0)

    def observables(self):
        return [Observable("mean_u", value)]

    def phases(self):
        return [HostPhase(self.kick, reads="u", writes="u", set_up=self.factorise)]

    def factorise(self, dt):
        wait("factorisation")
        return 0

    def kick(self, arrays, clock, random):
        arrays["u"][...] *= 0.9
        if clock.step == 30:
            wait("step")


def wait(stage):
    if os.environ.get("SLOW") == stage:
        open("reached", "w").close()
        while True:
            time.sleep(0.01)
'''
EXPERIMENT = """
model: {type: "slow.py:Slow"}
run: {seed: 1, dt: 0.1, steps: 40, measure_every: 10, workers: 2}
checkpoint: {every: 10 steps}
"""
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1)
EARLY = ("description", "initial values", "factorisation")  # before there is anything to keep


@pytest.fixture
def reached(tmp_path: Path, nothing_left: None) -> Iterator[Callable[[str], subprocess.Popen]]:
    """Start a run that stays in a stage for ever, and return it when it is there."""
    (tmp_path / "slow.py").write_text(SLOW)
    (tmp_path / "slow.yaml").write_text(EXPERIMENT)
    started: list[subprocess.Popen] = []

    def start(stage: str, *arguments: str) -> subprocess.Popen:
        command = [sys.executable, "-m", "simcore", *(arguments or ("run", "slow.yaml", "--out", "out"))]
        variables = {**os.environ, "SLOW": stage}
        started.append(subprocess.Popen(command, cwd=tmp_path, env=variables, stderr=subprocess.PIPE, text=True))
        assert within(60, (tmp_path / "reached").exists)
        (tmp_path / "reached").unlink()
        return started[-1]

    yield start
    for process in started:
        if process.poll() is None:
            for one in [*psutil.Process(process.pid).children(recursive=True), psutil.Process(process.pid)]:
                one.kill()
            process.communicate()


def stopped(process: subprocess.Popen, number: int) -> list[str]:
    """Send a signal; the lines of standard error of a process that has ended in time."""
    began = time.monotonic()
    process.send_signal(number)
    process.wait(timeout=60)
    assert time.monotonic() - began < WITHIN
    errors = process.communicate()[1].splitlines()
    assert process.returncode == 128 + number
    return errors


@pytest.mark.parametrize("number", [SIGNALS[1], *(pytest.param(n, marks=pytest.mark.slow) for n in SIGNALS[::2])])
def test_the_start_can_be_stopped(number, reached, tmp_path):
    for stage in EARLY:
        errors = stopped(reached(stage), number)
        assert errors == [f"stopped by {number.name} before its first step; nothing was written"]
        assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("number", [SIGNALS[1], *(pytest.param(n, marks=pytest.mark.slow) for n in SIGNALS[::2])])
def test_a_step_of_python_that_takes_long_can_be_stopped(number, reached, tmp_path):
    errors = stopped(reached("step"), number)
    steps = checkpoint_steps(tmp_path / "out" / "checkpoints")
    assert steps
    assert steps[-1] <= 29
    assert f"in the middle of a step that takes long; its checkpoint of step {steps[-1]} is kept" in errors[-1]
    assert errors[-1].startswith(f"stopped by {number.name} at step ")
    assert status(tmp_path / "out").state == "stopped"
    done = subprocess.run(
        [sys.executable, "-m", "simcore", "resume", "out"], cwd=tmp_path, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_the_last_file_can_be_stopped_and_a_resume_writes_it(tmp_path, monkeypatch, nothing_left):
    place = tmp_path / "out"
    asked = Told()
    before = Writer.reply

    def reply(self: Writer, timeout: float | None = 0.0) -> object:
        if not asked.writes_result:
            return before(self, timeout)
        asked.signal = signal.SIGTERM
        return None

    def post(self: Writer, request: object) -> None:
        asked.writes_result = isinstance(request, WriteRun)
        if asked.writes_result:
            self._process.kill()
        else:
            send(self, request)

    send = Writer.post
    monkeypatch.setattr(Writer, "reply", reply)
    monkeypatch.setattr(Writer, "post", post)
    experiment = resolve(HEAT)
    with pytest.raises(
        StoppedError, match=r"stopped by SIGTERM at step 20 of 20, its checkpoint is written, its result is"
    ):
        conduct(experiment, RunDirectory(place), 1, stop=asked)
    monkeypatch.undo()
    assert not (place / "result.h5").exists()
    assert status(place).state == "stopped"
    resume(place, workers=1)
    assert (place / "result.h5").exists()


ENDLESS = """
import numpy as np
from simcore import Model, Observable, StateArray, SystemPhase


def turn(u, step):
    while step == 30 and u[0] > 0.0:
        u[0] += 1.0


def value(u, i):
    return u[i]


class Endless(Model):
    \"\"\"Step 30 has no end.\"\"\"

    def state(self):
        return [StateArray("u", (4,), "float64", np.ones(4))]

    def phases(self):
        return [SystemPhase(turn, writes="u")]

    def observables(self):
        return [Observable("mean_u", value)]
"""


@pytest.mark.slow
def test_a_compiled_step_without_end_can_be_stopped(tmp_path, monkeypatch, nothing_left):
    (tmp_path / "endless.py").write_text(ENDLESS)
    given = {
        "model": {"type": f"{tmp_path}/endless.py:Endless"},
        "run": {"seed": 1, "sweeps": 40},
        "checkpoint": {"every": 10},
    }
    monkeypatch.setattr("simcore.runs.simulation.PATIENCE_COMPILED", 0.5)
    asked = Told()
    monkeypatch.setattr(Team, "collect", told_when_it_hangs(Team.collect, asked))
    with pytest.raises(
        StoppedError, match=r"in the middle of a step that takes long; its checkpoint of step \d0 is kept"
    ):
        conduct(resolve(given), RunDirectory(tmp_path / "out"), 2, stop=asked)


def told_when_it_hangs(collect: Callable, asked: Told) -> Callable:
    waited = 0

    def told(team: Team, timeout: float | None = None) -> list | None:
        nonlocal waited
        replies = collect(team, timeout)
        waited = waited + 1 if replies is None else 0
        if waited > 15:
            asked.signal = signal.SIGTERM
        return replies

    return told


class Told:
    """Who says when to stop."""

    signal: int | None = None
    writes_result = False


HEAT = {
    "model": {"type": "heat", "grid": {"shape": [6]}, "parameters": {"D": 0.1}, "fields": {"u": {"initial": "x"}}},
    "run": {"seed": 3, "dt": 0.1, "steps": 20},
}
