"""What a second worker brings on a large lattice. Wanted: at least 1.8 times the speed of one."""

from __future__ import annotations

EXPERIMENT = {
    "model": {
        "type": "ising",
        "lattice": {"type": "square", "shape": [2048, 2048]},
        "parameters": {"temperature": 2.269185, "J": 1.0, "h": 0.0},
    },
    "run": {"seed": 1, "sweeps": 10**9, "measure_every": 10**9},
}


def test_two_workers_against_one(simulate, by_turns, report):
    two, one = simulate(EXPERIMENT, 2), simulate(EXPERIMENT, 1)
    times = by_turns(lambda: two(2), lambda: one(2), rounds=25)
    report(times.speed, ">= 1.8", times)
