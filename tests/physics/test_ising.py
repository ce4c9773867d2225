"""The Ising model against exact values, as z-scores of independent runs (see `assert_normal`) with fixed seeds."""

import pytest

from tests.physics.oracles.ising import Enumeration
from tests.physics.oracles.references import kaufman, small_lattice
from tests.physics.oracles.scores import assert_normal, z_scores

MEASURED = ("energy", "magnetization", "abs_magnetization", "specific_heat", "susceptibility", "binder")

# shape, temperature, J, h
IN_A_FIELD = [((3, 3), 2.0, 1.0, 0.25), ((3, 3), 3.5, 1.0, -0.6), ((3, 3), 1.5, -1.0, 0.4), ((4, 4), 2.0, 1.0, 0.1)]
ODD_SHAPES = [
    ((3, 3), 2.0, 1.0, 0.0),
    ((2, 2), 3.0, 1.0, 0.1),
    ((2, 3), 2.5, 1.0, 0.0),
    ((1, 4), 2.0, 1.0, 0.0),
    ((5, 1), 1.5, 1.0, 0.2),
    ((4, 4), 3.0, -1.0, 0.0),
]


def experiment(shape, temperature, J=1.0, h=0.0, *, sweeps, measure_every, seed):
    return {
        "model": {
            "type": "ising",
            "lattice": {"shape": list(shape)},
            "parameters": {"temperature": temperature, "J": J, "h": h},
        },
        "run": {"seed": seed, "thermalization": 2000, "sweeps": sweeps, "measure_every": measure_every},
    }


@pytest.mark.parametrize("cases", [IN_A_FIELD, pytest.param(ODD_SHAPES, marks=pytest.mark.slow)], ids=["field", "odd"])
def test_small_lattices_agree_with_enumeration(run, cases):
    scores = []
    for seed, (shape, temperature, J, h) in enumerate(cases):
        exact = Enumeration(shape, temperature, J, h).averages()
        estimates = run(experiment(shape, temperature, J, h, sweeps=100_000, measure_every=5, seed=seed)).estimates
        scores.append(z_scores(estimates, {name: exact[name] for name in MEASURED}))
    assert_normal(scores)


def test_four_by_four_at_the_critical_point_agrees_with_the_table(run):
    temperature, abs_m, _ = small_lattice("ising4x4_absm")
    _, binder, _ = small_lattice("ising4x4_U4")
    exact = {"abs_magnetization": abs_m, "binder": binder}
    runs = [
        run(experiment((4, 4), temperature, sweeps=100_000, measure_every=5, seed=seed)) for seed in range(100, 103)
    ]
    assert_normal([z_scores(each.estimates, exact) for each in runs])


@pytest.mark.parametrize(
    ("side", "sweeps", "every"),
    [(4, 100_000, 5), (8, 100_000, 5), pytest.param(32, 200_000, 10, marks=pytest.mark.slow)],
)
def test_energy_and_specific_heat_agree_with_kaufman(run, side, sweeps, every):
    scores = []
    for seed, (temperature, (energy, specific_heat)) in enumerate(sorted(kaufman(side).items())):
        job = experiment((side, side), temperature, sweeps=sweeps, measure_every=every, seed=1000 * side + seed)
        scores.append(z_scores(run(job).estimates, {"energy": energy, "specific_heat": specific_heat}))
    assert_normal(scores)


def test_a_random_start_forgets_itself(run):
    job = experiment((8, 8), 4.0, sweeps=100_000, measure_every=5, seed=7)
    job["model"]["initial"] = "random"
    energy, specific_heat = kaufman(8)[4.0]
    assert_normal([z_scores(run(job).estimates, {"energy": energy, "specific_heat": specific_heat})])
