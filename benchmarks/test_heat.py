"""The generated loop of the heat model against the same loop in C with OpenMP: same arithmetic, same ghost cells.

Wanted: at least 0.9 of the speed of C.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent / "peers" / "heat.c"
FLAGS = ["-O3", "-march=native", "-ffast-math", "-fopenmp"]


@pytest.fixture(scope="session")
def program(tmp_path_factory) -> Path:
    """The compiled peer."""
    if shutil.which("gcc") is None:
        pytest.skip("there is no gcc to compile the peer with")
    made = tmp_path_factory.mktemp("heat") / "heat"
    done = subprocess.run(["gcc", *FLAGS, str(SOURCE), "-o", str(made)], capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"gcc does not compile the peer: {done.stderr.splitlines()[0]}")
    return made


def experiment(n: int) -> dict:
    return {
        "model": {
            "type": "heat",
            "grid": {"shape": [n, n], "spacing": 1.0, "boundary": "periodic"},
            "parameters": {"D": 1.0},
            "fields": {"u": {"initial": f"sin(2*pi*x/{n})*sin(2*pi*y/{n})"}},
        },
        "run": {"seed": 1, "dt": 0.1, "steps": 10**9, "measure_every": 10**9},
    }


@pytest.mark.parametrize(("n", "steps"), [(256, 6000), (1024, 300)])
def test_heat_against_c(n, steps, program, simulate, converse, by_turns, report):
    ours, peer = simulate(experiment(n), 2), converse(program, n)
    times = by_turns(lambda: ours(steps), lambda: peer(steps), rounds=25)
    report(times.speed, ">= 0.9", times)
