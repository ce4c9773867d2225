"""A second worker on a large lattice. Wanted: 1.8 times the speed of one by single spins, 1.5 by clusters."""

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


def test_two_workers_against_one_by_clusters(simulate, by_turns, report):
    experiment = {**EXPERIMENT, "model": {**EXPERIMENT["model"], "algorithm": "swendsen_wang"}}
    two, one = simulate(experiment, 2), simulate(experiment, 1)
    times = by_turns(lambda: two(2), lambda: one(2), rounds=10)
    report(times.speed, ">= 1.5", times)


def test_rejection_free_against_metropolis_at_a_low_temperature(simulate, by_turns, report):
    """In physical time, T = 0.5 on 256 x 256 sites: sweeps of 100 units of time against sweeps of Metropolis."""
    model = {
        "type": "ising",
        "lattice": {"type": "square", "shape": [256, 256]},
        "parameters": {"temperature": 0.5, "J": 1.0, "h": 0.0},
    }
    n_fold, metropolis = (
        simulate({**EXPERIMENT, "model": {**model, "algorithm": algorithm}}, 1)
        for algorithm in ({"type": "n_fold", "time": 100.0}, "metropolis")
    )
    times = by_turns(lambda: n_fold(10_000), lambda: metropolis(1_000), rounds=10)
    report(1000 * times.speed, ">= 20", times)
