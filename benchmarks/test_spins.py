"""Models of spins from a few lines of YAML against kernels written by hand. Wanted: at least 0.8 of their speed."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.peers.spin_kernels import KERNELS, START
from simcore.random import key_words

SIDE = 512
ENERGIES = {
    "potts": ({"states": [0, 1, 2]}, {"bonds": "-J*equal(a, b)"}),
    "xy": ({"angle": True}, {"bonds": "-J*cos(a - b)"}),
    "phi4": ({"real": True}, {"bonds": "-J*a*b", "sites": "2*a**2 + (a**2 - 1)**2"}),
}


def experiment(name: str, side: int = SIDE) -> dict:
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


@pytest.mark.parametrize("name", ENERGIES)
def test_against_a_kernel_written_by_hand(name, simulate, by_turns, report):
    ours = simulate(experiment(name), 1)
    spins, numbers = np.full((SIDE, SIDE), START[name]), np.empty((2, SIDE))
    k0, k1 = key_words(1)

    def theirs() -> None:
        for step in range(1, 9):
            KERNELS[name](spins, step, 1.0, numbers, k0, k1)

    times = by_turns(lambda: ours(8), theirs, rounds=15)
    report(times.speed, ">= 0.8", times)


@pytest.mark.parametrize("name", ENERGIES)
def test_two_workers_against_one(name, simulate, by_turns, report):
    two, one = simulate(experiment(name, 1024), 2), simulate(experiment(name, 1024), 1)
    times = by_turns(lambda: two(4), lambda: one(4), rounds=15)
    report(times.speed, ">= 1.8", times)
