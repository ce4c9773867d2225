"""What a run computes depends on its experiment alone: not on workers, slices, stops or the machine's clock."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from simcore.errors import StoppedError
from simcore.runs import resume, run
from simcore.runs.schedule import Pace
from simcore.runs.verify import digest
from simcore.storage.checkpoint import checkpoint_steps
from simcore.storage.result import read_result

pytestmark = pytest.mark.usefixtures("nothing_left")

CHECKPOINTS = {"every": "16 steps", "keep": 2}


def ising(**run_keys: Any) -> dict[str, Any]:
    """Odd sides, so that it takes more than two colours; snapshots off the steps of checkpoints and measurements."""
    return {
        "model": {
            "type": "ising",
            "lattice": {"type": "square", "shape": [9, 11]},
            "parameters": {"temperature": 2.5, "J": 1.0, "h": 0.1},
            "initial": "random",
        },
        "run": {"seed": 11, "thermalization": 10, "sweeps": 90, "measure_every": 3, **run_keys},
        "checkpoint": CHECKPOINTS,
        "output": {"fields": {"every": "17 steps"}},
    }


def heat(shape: list[int], boundary: Any, **run_keys: Any) -> dict[str, Any]:
    return {
        "model": {
            "type": "heat",
            "grid": {"shape": shape, "boundary": boundary},
            "parameters": {"D": 0.7},
            "fields": {"u": {"initial": "sin(3*x) + x/10"}},
        },
        "run": {"seed": 5, "dt": 0.15, "steps": 100, "measure_every": 3, **run_keys},
        "checkpoint": CHECKPOINTS,
        "output": {"fields": {"every": "17 steps"}},
    }


WALLS = {
    "x-": {"value": "1.5 + 0.1*t"},  # it moves: a slice that begins must see it as the slice before has left it
    "x+": {"derivative": -0.3},
    "y": {"mixed": [0.4, 1.1]},
}
EXPERIMENTS: dict[str, Callable[..., dict[str, Any]]] = {
    "ising": ising,
    # several rows of 1,024 sites each, the last one short
    "heat-1d": lambda **keys: heat([7 * 1024 + 5], {"x-": {"value": 1.5}, "x+": {"mixed": [0.4, 1.1]}}, **keys),
    "heat-2d": lambda **keys: heat([13, 6], WALLS, **keys),
    "heat-3d": lambda **keys: heat([8, 5, 6], {**WALLS, "z": "periodic"}, **keys),
}


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The hash of each experiment, run undisturbed with one worker."""
    place = tmp_path_factory.mktemp("undisturbed")
    return {name: digest(run(make(), workers=1, out=place / name).path) for name, make in EXPERIMENTS.items()}


class Cut(Pace):
    """Slices of random lengths; at `stop_at` a signal comes, as from a terminal."""

    def __init__(self, seed: int, stop_at: int | None = None) -> None:
        super().__init__()
        self._random, self._step, self._stop_at = random.Random(seed), 0, stop_at

    def slice_steps(self) -> int:
        length = self._random.choice([1, 1, 2, 3, 5, 8, 40])
        if self._stop_at is not None and self._step < self._stop_at:
            length = min(length, self._stop_at - self._step)
        return length

    def took(self, steps: int, seconds: float) -> None:
        super().took(steps, seconds)
        self._step += steps
        if self._step == self._stop_at:
            os.kill(os.getpid(), signal.SIGTERM)


def cut(monkeypatch: pytest.MonkeyPatch, seed: int, stop_at: int | None = None) -> None:
    monkeypatch.setattr(import_module("simcore.runs.running"), "Pace", lambda: Cut(seed, stop_at))


QUICK = {("ising", 3), ("ising", 7), ("heat-1d", 2), ("heat-3d", 3)}
TEAMS = [
    pytest.param(name, workers, marks=() if (name, workers) in QUICK else pytest.mark.slow)
    for name in EXPERIMENTS
    for workers in (2, 3, 7)
]


@pytest.mark.parametrize(("name", "workers"), TEAMS)
def test_any_number_of_workers_gives_the_same_bits(name, workers, expected, tmp_path):
    assert digest(run(EXPERIMENTS[name](), workers=workers, out=tmp_path).path) == expected[name]


@pytest.mark.parametrize(("name", "seed"), [("ising", 1), ("heat-3d", 2)])
def test_slices_of_any_length_give_the_same_bits(name, seed, expected, tmp_path, monkeypatch):
    cut(monkeypatch, seed)
    assert digest(run(EXPERIMENTS[name](), workers=2, out=tmp_path).path) == expected[name]


# The first slice, just before and just after a measurement, a snapshot and a checkpoint, and the last slice but one.
STOPS = [("ising", (1,)), ("ising", (33, 34)), ("heat-1d", (48, 99)), ("heat-2d", (51,))]


@pytest.mark.parametrize(("name", "stops"), STOPS)
def test_a_run_stopped_and_resumed_by_other_workers_gives_the_same_bits(name, stops, expected, tmp_path, monkeypatch):
    before = 0
    for number, stop in enumerate(stops):
        cut(monkeypatch, seed=stop, stop_at=stop - before)
        with pytest.raises(StoppedError) as stopped:
            run(EXPERIMENTS[name](), workers=1 + number, out=tmp_path, resume=number > 0)
        assert stopped.value.exit_code == 128 + signal.SIGTERM
        assert checkpoint_steps(tmp_path / "checkpoints")[-1] == stop
        before = stop
    monkeypatch.undo()
    assert digest(resume(tmp_path, workers=3).path) == expected[name]


@pytest.mark.slow
@pytest.mark.parametrize("stop", range(1, 100, 7))
@pytest.mark.parametrize("name", EXPERIMENTS)
def test_a_run_stopped_at_any_step_gives_the_same_bits(name, stop, expected, tmp_path, monkeypatch):
    cut(monkeypatch, seed=stop, stop_at=stop)
    with pytest.raises(StoppedError):
        run(EXPERIMENTS[name](), workers=2, out=tmp_path)
    cut(monkeypatch, seed=-stop)
    assert digest(resume(tmp_path, workers=1).path) == expected[name]


@pytest.mark.parametrize(("name", "key", "first", "then"), [("ising", "sweeps", 31, 90), ("heat-3d", "steps", 50, 100)])
def test_a_run_that_is_extended_equals_the_longer_run(name, key, first, then, expected, tmp_path):
    """Its end lies off the schedule of snapshots, so that the final state of the short run must go."""
    run(EXPERIMENTS[name](**{key: first}), workers=2, out=tmp_path)
    assert digest(resume(tmp_path, workers=1, overrides=[f"run.{key}={then}"]).path) == expected[name]


def test_the_end_given_as_a_time_or_as_steps_gives_the_same_bits(expected, tmp_path):
    experiment = EXPERIMENTS["heat-2d"]()
    del experiment["run"]["steps"]
    experiment["run"]["t_end"] = 15.0
    assert digest(run(experiment, workers=2, out=tmp_path).path) == expected["heat-2d"]


def test_another_seed_or_replica_gives_other_bits(expected, tmp_path):
    for keys in ({"seed": 12}, {"replica": 1}):
        path = run(ising(**keys), workers=1, out=tmp_path / str(keys)).path
        assert digest(path) != expected["ising"]


def test_a_fixed_seed_gives_a_fixed_series_on_every_machine(tmp_path):
    """Sums of spins are whole numbers, and an acceptance changes in its last bit at most: nobody meets that here."""
    experiment = ising()
    del experiment["output"]
    experiment["model"]["parameters"]["h"] = 0.0
    result = read_result(run(experiment, workers=2, out=tmp_path).path / "result.h5", ["series"])
    spins = result.groups["series"].variables["magnetization"].data * 99
    assert [round(total) for total in spins] == MAGNETIZATION


# fmt: off
MAGNETIZATION = [
    13, 29, 47, 75, 69, 47, 41, 15, 35, 19, 61, 87, 73, 67, 91, 67, 65, 61, 93, 93, 67, 65, 51, 69, 67, 41, 5, 43, 87,
    71, 47, 53, 67,
]
# fmt: on

AGAIN = """
import sys
from simcore.runs import run
from simcore.runs.verify import digest
print(digest(run(eval(sys.argv[1]), workers=2, out=sys.argv[2]).path))
"""


@pytest.mark.parametrize("name", ["ising", pytest.param("heat-3d", marks=pytest.mark.slow)])
def test_another_process_gives_the_same_bits(name, expected, tmp_path):
    command = [sys.executable, "-c", AGAIN, repr(EXPERIMENTS[name]()), str(tmp_path / "out")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout.strip() == expected[name]


PLAIN = """
import sys
from simcore.runs import run
from simcore.runs.verify import digest
for experiment, place in eval(sys.argv[1]):
    print(digest(run(experiment, workers=1, out=place).path))
"""


def test_plain_python_gives_the_same_bits_as_compiled_code(expected, tmp_path):
    """NUMBA_DISABLE_JIT=1: the generated source, read by Python itself."""
    names = ["ising", "heat-2d", "heat-3d"]
    experiments = [(EXPERIMENTS[name](), str(tmp_path / name)) for name in names]
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1"}
    command = [sys.executable, "-W", "error", "-c", PLAIN, repr(experiments)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.split() == [expected[name] for name in names]


def test_the_hash_sees_every_number(tmp_path):
    """Else equal hashes would prove nothing: series, fields and state each change it."""
    first = digest(run(ising(), workers=1, out=tmp_path / "a").path)
    for section, key, value in [("run", "measure_every", 4), ("output", "fields", {"every": "18 steps"})]:
        changed = ising()
        changed[section][key] = value
        assert digest(run(changed, workers=1, out=Path(tmp_path / key)).path) != first
