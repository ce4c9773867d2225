"""The n-fold way: its rates as a matrix over all states, its tree of sums, its clock, and whole runs."""

from __future__ import annotations

import numpy as np
import pytest

import simcore
from simcore.errors import ExperimentError
from simcore.models.spins.algorithms.rate_tree import RATES, SUMS
from simcore.models.spins.checking.energies import DirectEnergy
from simcore.models.spins.checking.events import EventChain
from simcore.models.spins.spins import Spins
from simcore.random import begin_stream, key_words
from simcore.runs.experiment import resolve
from simcore.runs.verify import digest, verify
from tests.models.spins.plainkernels import arguments, plain
from tests.models.spins.test_sweep import CASES, PARAMETERS, model_of
from tests.physics.oracles.scores import assert_normal, z_scores
from tests.physics.oracles.spins import all_states, boltzmann

CHOSEN = ("one site", "ring of five", "2 x 3", "antiperiodic", "honeycomb", "kagome", "potts, open", "uneven states")


def by_n_fold(model, **more):
    keys = model.model_dump(mode="json", by_alias=True)
    return Spins.model_validate({**keys, "algorithm": "n_fold", **more})


def rates_of(energies, states, temperature=PARAMETERS["temperature"]):
    """min(1, exp(-dE/T))/(q - 1) between any two states that differ at one site."""
    flat = states.reshape(len(states), -1)
    count = len(np.unique(flat))
    single = (flat[:, np.newaxis] != flat).sum(axis=2) == 1
    cost = energies[np.newaxis] - energies[:, np.newaxis]
    return np.where(single, np.exp(-np.maximum(cost, 0.0) / temperature) / (count - 1), 0.0)


@pytest.mark.parametrize("table", [True, False], ids=["by table", "by formula"])
@pytest.mark.parametrize("case", CHOSEN)
def test_every_rate_is_that_of_metropolis_in_continuous_time(case, table, largest_table):
    *setting, field = CASES[case]
    if not table:
        largest_table(0)
    model, brute = model_of(*setting, field)
    model = by_n_fold(model)
    assert any(name.startswith("n_fold_table") for name in model.constants()) == table
    states = all_states(model.geometry, model.spin.states)
    if model.geometry.basis > 1:  # a chain counts array by array
        places = np.arange(model.geometry.sites).reshape(-1, model.geometry.basis).T.ravel()
        order = np.array([np.searchsorted(model.spin.states, state.ravel()) for state in states])[:, places]
        order = order @ model.spin.count ** np.arange(model.geometry.sites)[::-1]
        states = states[np.argsort(order)]
    expected = rates_of(np.array([brute.energy(state) for state in states]), states)
    largest = expected.sum(axis=1).max()
    found = EventChain(model).moves[0].toarray()
    np.testing.assert_allclose(found - np.eye(len(states)), _generator(expected) / largest, atol=1e-13)


def _generator(rates):
    return rates - np.diag(rates.sum(axis=1))


class ByHand:
    """The function of a sweep on arrays that a test holds."""

    def __init__(self, model):
        (phase,) = model.phases()
        self.function, self.names, self.model = plain(phase.update), arguments(phase.update), model
        self.spins = {
            name: np.random.default_rng(7).integers(0, model.spin.count, model.geometry.shape).astype(np.int8)
            for name in model.system.arrays.names
        }
        self.work = {name: np.zeros(model.geometry.shape) for name in (RATES, SUMS)}
        self.disorder = {array.name: np.asarray(array.initial) for array in model.system.disorder()}

    def run(self, step, **more):
        random = np.empty(6, np.uint64)
        begin_stream(random, step, 0, *key_words(5))
        given = {**dict(self.model.parameters), **self.model.constants(), **self.disorder, "random": random, **more}
        known = {**given, **self.work, **self.spins}
        with np.errstate(all="ignore"):
            return self.function(*(known[name] for name in self.names))


GLASS = {
    "parameters": {"temperature": 1.1, "h": 0.2},
    "hamiltonian": {
        "bonds": "-K*a*b",
        "sites": "-h*a*(1 + i)/9",
        "couplings": {"K": {"random": {"normal": [0, 1]}, "seed": 5}},
    },
}
LARGER = {
    "square, two levels": {"lattice": {"type": "square", "shape": [17, 19]}, "hamiltonian": {"bonds": "-J*a*b"}},
    "cubic, open": {
        "lattice": {"type": "cubic", "shape": [3, 4, 5], "boundary": "open"},
        "spin": {"states": [0, 1, 2]},
        "hamiltonian": {"bonds": "-J*equal(a, b)", "sites": "-h*a"},
    },
    "kagome glass": {"lattice": {"type": "kagome", "shape": [5, 7], "boundary": {"x": "open"}}, **GLASS},
    "graph": {
        "lattice": {"type": "graph", "edges": [[n, (n + step) % 40] for n in range(40) for step in (1, 7)]},
        **GLASS,
    },
}


@pytest.mark.parametrize("case", LARGER)
def test_sums_are_those_of_the_spins_alone_after_any_events(case):
    keys = {"parameters": PARAMETERS, "spin": {"states": [-1, 1]}, **LARGER[case], "algorithm": "n_fold"}
    hand = ByHand(Spins.model_validate(keys))
    for step in range(1, 4):
        assert hand.run(step) > 0
    held = {name: array.copy() for name, array in hand.work.items()}
    spins = {name: array.copy() for name, array in hand.spins.items()}
    hand.work = {name: np.zeros_like(array) for name, array in held.items()}
    hand.run(9, n_fold_time=0.0)
    for name, array in held.items():
        assert np.array_equal(array, hand.work[name]), name
    assert all(np.array_equal(array, spins[name]) for name, array in hand.spins.items())


def test_at_another_temperature_all_rates_are_worked_out_again(largest_table):
    largest_table(0)
    keys = {
        "parameters": PARAMETERS,
        "spin": {"states": [-1, 1]},
        **LARGER["square, two levels"],
        "algorithm": "n_fold",
    }
    hand, fresh = ByHand(Spins.model_validate(keys)), ByHand(Spins.model_validate(keys))
    hand.run(1, n_fold_time=0.0)
    for one in (hand, fresh):
        one.run(2, n_fold_time=0.0, temperature=4.0)
    assert all(np.array_equal(hand.work[name], fresh.work[name]) for name in (RATES, SUMS))


def experiment(case, temperature, seed=1, sweeps=20_000, algorithm="n_fold", **more):
    return {
        "model": {**RUNS[case], "parameters": {**PARAMETERS, "temperature": temperature}, "algorithm": algorithm},
        "run": {"seed": seed, "thermalization": 200, "sweeps": sweeps, "measure_every": 4, **more},
    }


RUNS = {
    "ising": {
        "type": "spins",
        "lattice": {"type": "square", "shape": [2, 3], "boundary": {"y": "open"}},
        "spin": {"states": [-1, 1]},
        "hamiltonian": {"bonds": "-J*a*b", "sites": "-h*a"},
        "initial": "random",
    },
    "potts": {
        "type": "spins",
        "lattice": {"type": "honeycomb", "shape": [2, 2]},
        "spin": {"states": [0, 1, 2]},
        "hamiltonian": {"bonds": "-J*equal(a, b)", "sites": "-h*equal(a, 0)"},
    },
}


def exact(case, temperature):
    model = Spins.model_validate(
        {key: value for key, value in experiment(case, temperature)["model"].items() if key != "type"}
    )
    states = all_states(model.geometry, model.spin.states)
    energies = DirectEnergy(model.system)(states)
    weights = boltzmann(energies, temperature)
    sites, rates = model.geometry.sites, rates_of(energies, states, temperature)
    m = states.reshape(len(states), -1).mean(axis=1)
    return {
        "energy": weights @ energies / sites,
        "magnetization": weights @ m,
        "specific_heat": (weights @ energies**2 - (weights @ energies) ** 2) / sites / temperature**2,
        "events": weights @ rates.sum(axis=1) / sites,
    }


@pytest.mark.parametrize("case", ["ising", pytest.param("potts", marks=pytest.mark.slow)])
def test_runs_agree_with_sums_over_all_states(case, tmp_path):
    """The events in a unit of time, too: the clock is right. `assert_normal` says how often a right program fails."""
    scores = []
    for seed, temperature in enumerate((0.7, 0.9, 1.6, 4.0)):
        if case == "potts" and temperature in (0.7, 4.0):
            continue
        run = simcore.run(experiment(case, temperature, seed + 1), workers=1, out=tmp_path / str(seed))
        scores.append(z_scores(run.estimates, exact(case, temperature)))
    assert_normal(scores)


@pytest.mark.slow
def test_a_sweep_of_another_time_and_a_list_sample_the_same(tmp_path):
    scores = []
    for number, algorithm in enumerate(({"type": "n_fold", "time": 7.5}, ["metropolis", "n_fold"])):
        run = simcore.run(experiment("ising", 0.9, 5, algorithm=algorithm), workers=1, out=tmp_path / str(number))
        scores.append(z_scores(run.estimates, exact("ising", 0.9)))
    assert_normal(scores)


def test_no_bit_depends_on_workers_or_on_a_stop(tmp_path):
    larger = experiment("ising", 1.6, sweeps=60, thermalization=0)
    larger["model"]["lattice"] = {**larger["model"]["lattice"], "shape": [19, 17]}
    found = verify(larger, workers=(1, 2, 3, 7))
    assert len({one.digest for one in found}) == 1, found
    simcore.run(larger, workers=2, out=tmp_path / "parts", overrides={"run.sweeps": 23})
    simcore.resume(tmp_path / "parts", workers=3, overrides={"run.sweeps": 60})
    assert digest(tmp_path / "parts") == found[0].digest


@pytest.mark.parametrize(
    ("algorithm", "model", "message"),
    [
        ("n_fold", {"type": "xy"}, "n_fold lists the rates of all changes of a spin, and a spin of angle has no end"),
        ({"type": "n_fold", "time": 0.0}, {"type": "ising"}, "model.algorithm.time"),
        ({"type": "n_fold", "width": 2.0}, {"type": "ising"}, "n_fold takes no 'width'; it takes time"),
    ],
)
def test_what_it_cannot_do_is_refused_in_one_line(algorithm, model, message):
    keys = {**model, "lattice": {"size": 4}, "parameters": {"temperature": 1.0}, "algorithm": algorithm}
    with pytest.raises(ExperimentError) as error:
        resolve({"model": keys, "run": {"sweeps": 1}})
    assert message in str(error.value)
    assert "\n" not in str(error.value).strip()
