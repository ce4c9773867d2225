"""Whole runs of every algorithm: the same bits for any number of workers, and the same physics as Metropolis."""

import pytest
from scipy.stats import chi2

import simcore
from simcore.runs.verify import verify

pytestmark = pytest.mark.slow  # minutes together: part of scripts/test --all

VECTORS = ("-J*dot(a, b)", "-h*a[0]")
CASES = {
    "heat bath of states": ({"states": [-1, 0, 1]}, ("-J*a*b", "-h*a"), "heat_bath"),
    "heat bath of angles": ({"angle": True}, ("-J*cos(a - b)", "-h*cos(a)"), "heat_bath"),
    "heat bath, n = 2, mixed": ({"vector": 2}, VECTORS, {"type": "heat_bath", "over_relaxation": 2}),
    "heat bath, n = 3": ({"vector": 3}, VECTORS, "heat_bath"),
    "heat bath, n = 4": ({"vector": 4}, VECTORS, "heat_bath"),
    "heat bath of reals": ({"real": True}, ("0.5*J*(a - b)**2", "0.5*a**2 - h*a"), "heat_bath"),
    "metropolis, mixed": ({"angle": True}, ("-J*cos(a - b)", "-h*cos(a)"), {"over_relaxation": 2}),
    "clusters of vectors": ({"vector": 3}, VECTORS, "swendsen_wang"),
    "clusters of states, one by one": ({"states": [-1, 0, 1]}, ("-J*a*b", "-h*a"), ["heat_bath", {"type": "wolff"}]),
    "kawasaki": ({"states": [-1, 0, 1]}, ("-J*a*b", "-h*x*a"), "kawasaki"),
    "kawasaki of vectors": ({"vector": 3}, VECTORS, "kawasaki"),
}
FAST = ("heat bath, n = 2, mixed", "clusters of vectors")


def experiment(case, shape, sweeps, algorithm=None, seed=1):
    spin, (bonds, sites), own = CASES[case]
    return {
        "model": {
            "type": "spins",
            "lattice": {"type": "square" if own == "kawasaki" else "triangular", "shape": shape},
            "parameters": {"temperature": 1.7, "J": 0.6, "h": 0.3},
            "spin": spin,
            "hamiltonian": {"bonds": bonds, "sites": sites},
            "algorithm": algorithm or own,
            "initial": "random",
        },
        "run": {"seed": seed, "thermalization": 500 if sweeps > 1000 else 0, "sweeps": sweeps, "measure_every": 5},
    }


@pytest.mark.parametrize(
    "case", [case if case in FAST else pytest.param(case, marks=pytest.mark.slow) for case in CASES]
)
def test_any_number_of_workers_computes_the_same_bits(case):
    found = verify(experiment(case, [8, 8] if case.startswith("kawasaki") else [9, 7], 20), workers=(1, 2, 3, 7))
    assert len({one.digest for one in found}) == 1, found


@pytest.mark.slow
@pytest.mark.parametrize("case", [case for case in CASES if not case.startswith("kawasaki")])
def test_moments_agree_with_metropolis(case, tmp_path):
    """Chi-square over the moments of both runs; a right program fails 1 in 10,000."""
    runs = [
        simcore.run(experiment(case, [4, 4], 60_000, algorithm, seed), workers=1, out=tmp_path / str(seed)).estimates
        for seed, algorithm in ((1, None), (2, "metropolis"))
    ]
    names = [name for name in ("energy", "abs_magnetization", "specific_heat", "susceptibility") if name in runs[0]]
    assert len(names) == 4
    scores = [
        float((runs[0][name] - runs[1][name]) / (runs[0][f"{name}_error"] ** 2 + runs[1][f"{name}_error"] ** 2) ** 0.5)
        for name in names
    ]
    assert all(score**2 < chi2.isf(1e-4 / len(names), 1) for score in scores), dict(zip(names, scores, strict=True))
