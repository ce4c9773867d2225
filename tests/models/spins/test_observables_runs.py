"""Observables of whole runs against enumerations and integrals, as z-scores; and the same bits for any team."""

import itertools

import numpy as np
import pytest

import simcore
from tests.physics.oracles.spins import BruteForce, all_states, boltzmann

pytestmark = pytest.mark.slow  # minutes together: part of scripts/test --all

LIMIT = 4.5  # of |z|: a false alarm in 1 of 150,000 cases, of which there are less than 30 here

ISING = {
    "model": {
        "type": "ising",
        "lattice": {"type": "square", "shape": [4, 3]},
        "parameters": {"temperature": 3.0, "J": 1.0, "h": 0.1},
    },
    "run": {"seed": 12, "thermalization": 200, "sweeps": 20000, "measure_every": 2},
    "output": {
        "observables": {
            "m2": "mean(a)**2",
            "m4": "mean(a)**4",
            "cumulant": "1 - m4/(3*m2**2)",
            "c": "correlation(2, 1)",
            "s00": "structure_factor(0, 0)",
            "s10": "structure_factor(1, 0)",
            "s21": "structure_factor(2, -1)",
            "xi": "correlation_length(x)",
            "by_hand": "sqrt(s00/s10 - 1)/(2*sin(pi/4))",
            "per_side": "2*xi/4 + energy",
            "down": "mean(equal(a, -1))",
            "staggered": "abs(mean((-1)**i*a))",
            "bonds": "energy_of(nn)",
            "most": "max(a) + min(a)",
            "up": "mean(a) > 0",
        }
    },
}


@pytest.fixture(scope="module")
def ising(tmp_path_factory):
    return simcore.run(ISING, out=tmp_path_factory.mktemp("ising") / "run", workers=2).estimates


@pytest.fixture(scope="module")
def exact():
    """Means over all states, by NumPy."""
    experiment = simcore.runs.experiment.resolve(ISING)
    geometry = experiment.model.geometry
    states = all_states(geometry, (-1.0, 1.0))
    s = states[..., 0, 0]
    bonds = -(s * np.roll(s, 1, 1) + s * np.roll(s, 1, 2)).sum(axis=(1, 2))
    weights = boltzmann(bonds - 0.1 * s.sum(axis=(1, 2)), 3.0)
    one = BruteForce(geometry, "states", {"nn": lambda a, b, _: -a[0] * b[0]})
    assert one.energy(states[77]) == bonds[77]
    waves = np.abs(np.fft.fft2(s)) ** 2 / 12
    m = s.mean(axis=(1, 2))
    signs = (-1.0) ** np.arange(4)[:, np.newaxis]
    found = {
        "m2": m**2,
        "m4": m**4,
        "c": (s * np.roll(s, (-2, -1), (1, 2))).mean(axis=(1, 2)),
        "s00": waves[:, 0, 0],
        "s10": waves[:, 1, 0],
        "s21": waves[:, 2, -1],
        "down": (s < 0).mean(axis=(1, 2)),
        "staggered": np.abs((signs * s).mean(axis=(1, 2))),
        "bonds": bonds / 12,
        "most": s.max(axis=(1, 2)) + s.min(axis=(1, 2)),
        "up": m > 0,
        "energy": (bonds - 0.1 * s.sum(axis=(1, 2))) / 12,
    }
    means = {name: float(weights @ values) for name, values in found.items()}
    means["cumulant"] = 1.0 - means["m4"] / (3.0 * means["m2"] ** 2)
    means["xi"] = np.sqrt(means["s00"] / means["s10"] - 1.0) / (2.0 * np.sin(np.pi / 4))
    means["per_side"] = means["xi"] / 2.0 + means["energy"]
    return means


NAMES = ["m2", "m4", "c", "s00", "s10", "s21", "down", "staggered", "bonds", "most", "up", "cumulant", "xi", "per_side"]


@pytest.mark.parametrize("name", NAMES)
def test_estimates_of_an_ising_model_agree_with_its_enumeration(name, ising, exact):
    z = (float(ising[name]) - exact[name]) / float(ising[f"{name}_error"])
    assert abs(z) < LIMIT
    assert 0.0 < float(ising[f"{name}_error"]) < 0.05 * (abs(exact[name]) + 1.0)


def test_a_correlation_length_is_the_function_of_means_that_one_can_write(ising):
    for part in ("", "_error", "_tau"):
        assert float(ising[f"xi{part}"]) == pytest.approx(float(ising[f"by_hand{part}"]), rel=1e-9)


def test_a_function_of_means_is_described(ising):
    assert ising["xi"].attrs == {"units": "1", "long_name": "correlation_length(x)"}
    assert ising["bonds"].attrs == {"units": "energy", "long_name": "energy_of(nn)"}
    assert not any("." in name for name in ising)


def xy_chain(**run):
    return {
        "model": {
            "type": "spins",
            "lattice": {"type": "chain", "shape": [3], "boundary": "periodic"},
            "parameters": {"temperature": 0.9, "J": 1.0, "D": 0.4},
            "spin": {"angle": True},
            "hamiltonian": {"bonds": "-J*cos(a - b) + D*sin(a - b)"},
        },
        "run": {"seed": 5, "thermalization": 500, "sweeps": 30000, **run},
        "output": {"observables": {"Y": "helicity_modulus(x)", "c": "correlation(1)"}},
    }


def test_the_helicity_modulus_of_a_ring_agrees_with_an_integral(tmp_path):
    found = simcore.run(xy_chain(), out=tmp_path / "run").estimates
    grid = 2.0 * np.pi * np.arange(64) / 64
    first, second = np.array(list(itertools.product(grid, repeat=2))).T
    turns = np.array([first, second, -first - second])

    def log_z(phi):
        return np.log(np.exp((np.cos(turns + phi) + 0.4 * np.sin(turns + phi)).sum(axis=0) / 0.9).mean())

    h = 0.02
    expected = -0.9 * (log_z(h) - 2.0 * log_z(0.0) + log_z(-h)) / h**2 / 3
    weights = np.exp((np.cos(turns) + 0.4 * np.sin(turns)).sum(axis=0) / 0.9)
    assert abs(float(found["Y"]) - expected) / float(found["Y_error"]) < LIMIT
    assert abs(float(found["c"]) - np.average(np.cos(first), weights=weights)) / float(found["c_error"]) < LIMIT
    assert float(found["Y_error"]) < 0.02


EVERYTHING = {
    "model": {
        "type": "spins",
        "lattice": {"type": "honeycomb", "shape": [9, 6], "boundary": {"y": "antiperiodic"}},
        "parameters": {"temperature": 0.7, "J": 1.0},
        "spin": {"angle": True},
        "hamiltonian": {"bonds": "-J*cos(a - b)"},
        "initial": "random",
    },
    "run": {"seed": 4, "thermalization": 20, "sweeps": 100, "measure_every": 3},
    "output": {
        "observables": {
            "means": "mean(cos(a))**2 + mean_on(1, sin(a)) + sum(x*a)",
            "extremes": "min(a) + max(cos(a)*y) + max_on(0, a)",
            "far": "correlation(-5, 9)",
            "wave": "structure_factor(2, 0.5)",
            "order": "staggered_magnetization() + sublattice_magnetization(1)",
            "Y": "helicity_modulus(y)",
        }
    },
}


def test_a_run_goes_on_until_a_function_of_means_is_known(tmp_path):
    ising = {**ISING, "run": {"seed": 1, "sweeps": 20000, "until": {"error": {"xi": 0.05}}}}
    done = simcore.run(ising, out=tmp_path / "run")
    assert done.series.step.values[-1] < 20000
    assert float(done.estimates["xi_error"]) <= 0.05


def test_the_bits_do_not_depend_on_the_number_of_workers(tmp_path):
    trees = [simcore.run(EVERYTHING, out=tmp_path / f"{n}", workers=n).tree for n in (1, 2, 3, 7)]
    for tree in trees[1:]:
        for group in ("series", "estimates"):
            assert {name: one.values.tobytes() for name, one in tree[group].items()} == {
                name: one.values.tobytes() for name, one in trees[0][group].items()
            }
    assert np.isfinite(trees[0]["estimates"]["Y"])
    assert len(np.unique(trees[0]["series"]["far"])) == 40
