"""Models of spins from a few lines of YAML against kernels written by hand, peapods, and one worker.

Wanted: at least 0.8 of the speed of a kernel by hand of the same model with random numbers of the same quality; 3-state
Potts at least 4 times and XY at least 2 times the rate at which peapods updates Ising spins; two workers at least 1.8
times as fast as one on 1024 x 1024 sites. Two cores for all; compilation left out.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest

PEERS = Path(__file__).parent / "peers"
SIDE, SWEEPS = 512, 8
ENERGIES: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "potts": ({"states": [0, 1, 2]}, {"bonds": "-J*equal(a, b)"}),
    "xy": ({"angle": True}, {"bonds": "-J*cos(a - b)"}),
    "phi4": ({"real": True}, {"bonds": "-J*a*b", "sites": "2*a**2 + (a**2 - 1)**2"}),
}

needs_peapods = pytest.mark.skipif(importlib.util.find_spec("peapods") is None, reason="peapods is not installed")


def experiment(name: str, side: int = SIDE) -> dict[str, Any]:
    spin, hamiltonian = ENERGIES[name]
    return {
        "model": {
            "type": "spins",
            "lattice": {"type": "square", "shape": [side, side]},
            "parameters": {"temperature": 1.0, "J": 1.0},
            "spin": spin,
            "hamiltonian": hamiltonian,
        },
        "run": {"seed": 1, "sweeps": 10**9, "measure_every": 10**9},
    }


@pytest.mark.parametrize("generator", ["philox", "mersenne"])
@pytest.mark.parametrize("name", ENERGIES)
def test_against_a_kernel_by_hand(name, generator, simulate, converse, by_turns, report):
    ours = simulate(experiment(name), 2)
    theirs = converse(sys.executable, PEERS / "spin_kernels.py", name, generator, SIDE)
    times = by_turns(lambda: ours(SWEEPS), lambda: theirs(SWEEPS), rounds=25)
    report(times.speed, ">= 0.8", times)


@needs_peapods
@pytest.mark.parametrize(("name", "goal"), [("potts", 4), ("xy", 2)])
def test_against_ising_by_peapods(name, goal, simulate, converse, by_turns, report):
    ours = simulate(experiment(name), 2)
    theirs = converse(sys.executable, PEERS / "peapods_ising.py", SIDE)
    times = by_turns(lambda: ours(SWEEPS), lambda: theirs(SWEEPS), rounds=25)
    report(times.speed, f">= {goal}", times)


@pytest.mark.parametrize("name", ENERGIES)
def test_two_workers_against_one(name, simulate, by_turns, report):
    two, one = simulate(experiment(name, 1024), 2), simulate(experiment(name, 1024), 1)
    times = by_turns(lambda: two(4), lambda: one(4), rounds=25)
    report(times.speed, ">= 1.8", times)
