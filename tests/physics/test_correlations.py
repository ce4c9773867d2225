"""Correlations of Ising chains at several distances, against the transfer matrix."""

import numpy as np

from tests.physics.oracles.scores import assert_normal, z_scores

DISTANCES = [1, 2, 3, 4, 6, 8]
T = 1.6
t = np.tanh(1.0 / T)


def scores(run_here, lattice, exact, observables, algorithm="heat_bath"):
    found = []
    for seed in range(3):
        model = {"type": "ising", "lattice": lattice, "parameters": {"temperature": T}, "algorithm": algorithm}
        run = run_here(
            {
                "model": model,
                "run": {"seed": seed, "thermalization": 500, "sweeps": 20_000, "measure_every": 4},
                "output": {"observables": observables},
            }
        )
        estimates = {name: float(v.data) for name, v in run.estimates.variables.items() if not v.dims}
        found.append(z_scores(estimates, exact))
    return found


def test_a_ring(run_here):
    """(t^r + t^(N - r))/(1 + t^N), t = tanh(J/T)."""
    exact = {f"c_{r}": (t**r + t ** (24 - r)) / (1 + t**24) for r in DISTANCES}
    listed = {"c": {"formula": "correlation(r)", "r": DISTANCES}}
    assert_normal(scores(run_here, {"type": "chain", "size": 24}, exact, listed))


def test_an_open_chain(run_here):
    """t^r wherever the two sites lie."""
    exact = {f"c_{r}": t**r for r in DISTANCES}
    listed = {"c": {"formula": "correlation(r)", "r": DISTANCES}}
    assert_normal(scores(run_here, {"type": "chain", "size": 20, "boundary": "open"}, exact, listed))


def test_between_the_two_sites_of_a_cell(run_here):
    """A chain of two sites in a cell: site 0 and site 1 of the cell at d lie 2d + 1 apart, at -d 2d - 1."""
    bonds = {"nn": [[0, 1, [0]], [1, 0, [1]]]}
    lattice = {"type": "custom", "shape": [10], "basis": 2, "neighbours": bonds, "boundary": "open"}
    exact = {"up_0": t, "up_1": t**3, "up_2": t**5, "down_1": t, "down_2": t**3, "same_1": t**2, "same_2": t**4}
    listed = {
        "up": {"formula": "correlation([d], 0, 1)", "d": [0, 1, 2]},
        "down": {"formula": "correlation([-d], 0, 1)", "d": [1, 2]},
        "same": {"formula": "correlation([d], 1, 1)", "d": [1, 2]},
    }
    assert_normal(scores(run_here, lattice, exact, listed))
