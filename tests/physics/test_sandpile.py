"""The sandpile against its exact stationary state, and the order of topplings."""

from itertools import product

import numpy as np

import simcore
from simcore.models.grid.automata.sandpile import topple


def in_parallel(height):
    """All full sites at once, with plain NumPy; the pile and the number of topplings."""
    height, topplings = height.astype(int), 0
    while (full := height >= 4).any():
        fallen = np.pad(full.astype(int), 1)
        around = fallen[2:, 1:-1] + fallen[:-2, 1:-1] + fallen[1:-1, 2:] + fallen[1:-1, :-2]
        height += around - 4 * full
        topplings += full.sum()
    return height, topplings


def test_the_order_of_topplings_does_not_matter():
    """One site after the other, last in first out, or all at once: the same pile and the same number."""
    rng = np.random.default_rng(3)
    height = rng.integers(2, 4, (12, 9)).astype(np.int8)
    sizes = []
    for _ in range(60):
        i, j = rng.integers(12), rng.integers(9)
        height[i, j] += 1
        wanted, size = in_parallel(height)
        sizes.append(size)
        assert topple(height, np.zeros((12, 9), np.int64), i, j) == size
        np.testing.assert_array_equal(height, wanted)
    assert max(sizes) > 50


def is_recurrent(height):
    """By the burning algorithm of D. Dhar (1990): a grain for each side at an edge, and every site topples once."""
    added = np.zeros((2, 2), int) + 2
    return in_parallel(height + added)[1] == 4 and (in_parallel(height + added)[0] == height).all()


def test_the_stationary_state_of_four_sites_is_the_exact_one():
    """All 192 recurrent piles are equally likely, the determinant of the toppling matrix. z below 4, 1 seed in 8,000.

    The mean avalanche is the sum of the inverse of that matrix over the sites: sum(G)/4. Every step is measured: each
    toppling loses two grains here, so that every second step has an even number of them.
    """
    piles = [np.array(p).reshape(2, 2) for p in product(range(4), repeat=4)]
    recurrent = [pile for pile in piles if is_recurrent(pile)]
    assert len(recurrent) == 192
    matrix = np.array([[4, -1, -1, 0], [-1, 4, 0, -1], [-1, 0, 4, -1], [0, -1, -1, 4]])
    assert round(np.linalg.det(matrix)) == 192
    exact = {
        "height": np.mean(recurrent),
        "empty": np.mean([pile == 0 for pile in recurrent]),
        "critical": np.mean([pile == 3 for pile in recurrent]),
        "avalanche": np.linalg.inv(matrix).sum() / 4,
    }
    run = {"seed": 2, "thermalization": 200, "sweeps": 40000, "measure_every": 1}
    estimates = simcore.prepare({"model": {"type": "sandpile", "shape": [2, 2]}, "run": run})().estimates
    for name, value in exact.items():
        error = float(estimates[f"{name}_error"])
        assert 0 < error < 0.02, name
        assert abs(float(estimates[name]) - value) < 4 * error, name
