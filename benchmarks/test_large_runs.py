"""Large grids through the command `simcore run`, as a user has them, against C with OpenMP and a kernel by hand.

A run is made with two numbers of steps; the difference of the two times is that of the steps between, so that the
start, the first touch of the memory and the files do not count, and all that the run loop does between slices does.

Wanted: heat 256² and 1024² at least 0.95 of C, 4096² and 8192² at least 2.0 of C or 0.8 of simcore's own rate at 1024²;
Gray-Scott 1024² and 4096² at least 1.1 and 1.6 of the kernel by hand.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

PEERS = Path(__file__).parent / "peers"
FLAGS = ["-O3", "-march=native", "-ffast-math", "-fopenmp"]
SHORT = 64
ROUNDS = 3
NEVER = 10**9


def heat(n: int) -> dict[str, Any]:
    return {
        "model": {
            "type": "heat",
            "grid": {"shape": [n, n], "spacing": 1.0, "boundary": "periodic"},
            "parameters": {"D": 1.0},
            "fields": {"u": {"initial": f"sin(2*pi*x/{n})*sin(2*pi*y/{n})"}},
        },
        "run": {"seed": 1, "dt": 0.1, "steps": SHORT, "measure_every": NEVER},
    }


def gray_scott(n: int) -> dict[str, Any]:
    square = f"(abs(x - {n // 2}) < 10) & (abs(y - {n // 2}) < 10)"
    return {
        "model": {
            "type": "pde",
            "grid": {"shape": [n, n], "spacing": 1.0, "boundary": "periodic"},
            "parameters": {"Du": 0.16, "Dv": 0.08, "F": 0.035, "k": 0.065},
            "fields": {"u": {"initial": "1"}, "v": {"initial": f"where({square}, 0.5, 0)"}},
            "equations": {"u": "Du*laplace(u) - u*v**2 + F*(1 - u)", "v": "Dv*laplace(v) + u*v**2 - (F + k)*v"},
            "scheme": "euler",
        },
        "run": {"seed": 1, "dt": 1.0, "steps": SHORT, "measure_every": NEVER},
    }


@dataclass
class Command:
    """`simcore run` of one experiment, timed for two numbers of steps: the best time of each."""

    file: Path
    out: Path
    steps: int
    best: dict[int, float] = field(default_factory=dict)

    def time(self) -> None:
        for steps in (SHORT, SHORT + self.steps):
            command = [sys.executable, "-m", "simcore", "run", self.file, "--workers", 2, "--out", self.out]
            command += ["--overwrite", "--set", f"run.steps={steps}"]
            began = time.perf_counter()
            subprocess.run(list(map(str, command)), check=True, capture_output=True)
            self.best[steps] = min(self.best.get(steps, float("inf")), time.perf_counter() - began)

    @property
    def seconds(self) -> float:
        """What one step takes."""
        return (self.best[SHORT + self.steps] - self.best[SHORT]) / self.steps


@dataclass
class Peer:
    """A peer that makes so many steps when it is told to."""

    advance: Callable[[int], None]
    steps: int
    best: float = float("inf")

    def time(self) -> None:
        began = time.perf_counter()
        self.advance(self.steps)
        self.best = min(self.best, time.perf_counter() - began)

    @property
    def seconds(self) -> float:
        return self.best / self.steps


@pytest.fixture(scope="session")
def heat_in_c(tmp_path_factory) -> Path:
    """The compiled peer."""
    if shutil.which("gcc") is None:
        pytest.skip("there is no gcc to compile the peer with")
    made = tmp_path_factory.mktemp("heat") / "heat"
    subprocess.run(["gcc", *FLAGS, str(PEERS / "heat.c"), "-o", str(made)], check=True)
    return made


@pytest.fixture
def command(tmp_path) -> Callable[[str, Mapping[str, Any], int], Command]:
    def command(name: str, experiment: Mapping[str, Any], steps: int) -> Command:
        file = tmp_path / f"{name}.yaml"
        file.write_text(yaml.safe_dump(dict(experiment)))
        return Command(file, tmp_path / name, steps)

    return command


def turns(*sides: Command | Peer) -> None:
    """Time all sides by turns, after one turn that does not count."""
    for side in sides:
        side.time()
        side.best = {} if isinstance(side, Command) else float("inf")
    for _ in range(ROUNDS):
        for side in sides:
            side.time()


@pytest.mark.parametrize(("n", "steps"), [(256, 40_000), (1024, 4000)])
def test_heat_run_against_c(n, steps, heat_in_c, command, converse, report, benchmark):
    ours, peer = command("heat", heat(n), steps), Peer(converse(heat_in_c, n), steps)
    benchmark.pedantic(turns, args=(ours, peer), rounds=1)
    report(peer.seconds / ours.seconds, ">= 0.95", _rates(n, ours.seconds, peer.seconds))


@pytest.mark.parametrize(("n", "steps"), [(4096, 256), (8192, 64)])
def test_large_heat_run_against_c_and_against_a_small_one(n, steps, heat_in_c, command, converse, report, benchmark):
    ours, small = command("heat", heat(n), steps), command("small", heat(1024), 4000)
    peer = Peer(converse(heat_in_c, n), steps)
    benchmark.pedantic(turns, args=(ours, small, peer), rounds=1)
    report(peer.seconds / ours.seconds, ">= 2.0 or the next", _rates(n, ours.seconds, peer.seconds))
    share = small.seconds / ours.seconds * (n / 1024) ** 2
    report(share, ">= 0.8 of 1024²", _rates(n, ours.seconds, small.seconds * (n / 1024) ** 2))


@pytest.mark.parametrize(("n", "steps", "goal"), [(1024, 1000, 1.1), (4096, 128, 1.6)])
def test_gray_scott_run_against_a_kernel_by_hand(n, steps, goal, command, converse, report, benchmark):
    ours = command("gray-scott", gray_scott(n), steps)
    peer = Peer(converse(sys.executable, PEERS / "gray_scott.py", n), steps)
    benchmark.pedantic(turns, args=(ours, peer), rounds=1)
    report(peer.seconds / ours.seconds, f">= {goal}", _rates(n, ours.seconds, peer.seconds))


def _rates(n: int, ours: float, peer: float) -> str:
    """Updates of cells a second."""
    return f"{n * n / ours / 1e9:.2f} : {n * n / peer / 1e9:.2f} Gsite/s"
