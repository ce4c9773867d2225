"""Densities of states against exact numbers, canonical curves from them, equal bits, refusals."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import t

import simcore
from simcore.errors import ExperimentError, UsageError
from simcore.models.spins.algorithms.wang_landau import EVEN, MISSED, NEW, refined
from simcore.runs.experiment import resolve
from simcore.runs.simulation import Simulation
from simcore.runs.verify import verify
from tests.physics.oracles.density_of_states import numbers_of_states
from tests.physics.oracles.ising import Enumeration

REPLICAS, LEARNING = 16, 10_000


def walk(side=4, sweeps=20_000, algorithm=None, **run):
    lattice = {"type": "square", "shape": [side, side]}
    algorithm = algorithm or {"type": "wang_landau", "learning": LEARNING}
    model = {"type": "ising", "lattice": lattice, "parameters": {"temperature": 1.0}, "algorithm": algorithm}
    return {"model": model, "run": {"seed": 1, "sweeps": sweeps, "replicas": REPLICAS, "measure_every": 4, **run}}


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    return simcore.run(walk(), workers=1, out=tmp_path_factory.mktemp("runs") / "walk").tree


def test_the_transfer_matrix_counts_all_states():
    energies, numbers = numbers_of_states(4)
    expected = np.unique(Enumeration((4, 4), 1.0).energies, return_counts=True)
    np.testing.assert_array_equal(energies, expected[0])
    np.testing.assert_array_equal(numbers, expected[1])


def test_the_density_of_states_is_the_exact_one(tree):
    """Student's t of each level over replicas, below what one seed in 10,000 passes; and close at all."""
    energies, numbers = numbers_of_states(4)
    density = tree["density_of_states"]
    np.testing.assert_allclose(density["energy"].values * 16, energies)
    apart = density["ln_g"].values - np.log(numbers)
    z = apart.mean(axis=0) / (apart.std(axis=0, ddof=1) / np.sqrt(REPLICAS))
    assert (np.abs(z) < t.isf(1e-4 / (2 * len(z)), REPLICAS - 1)).all(), z
    assert np.abs(apart.mean(axis=0)).max() < 0.1


def test_every_energy_is_visited_as_often_when_the_weights_are_fixed(tree):
    """To the errors of ln g; Boltzmann's distribution at T = 1 would be at the lowest energies nearly always."""
    series = tree["series"].to_dataset()
    ln_f = series["ln_f"].values
    assert (ln_f[:, series["step"].values >= LEARNING] == 0.0).all()
    assert (ln_f[:, series["step"].values < LEARNING] > 0.0).all()
    late = series["energy"].values[:, series["step"].values > LEARNING]
    shares = np.unique(np.round(late * 16).astype(int), return_counts=True)[1] / late.size
    assert len(shares) == 15
    assert (np.abs(shares * 15 - 1.0) < 0.3).all(), shares


def test_canonical_curves_are_those_over_all_states(tree):
    temperatures = [1.5, 2.3, 4.0]
    curves = simcore.reweighting.canonical(tree, temperatures, ["abs_magnetization"])
    z = []
    for number, temperature in enumerate(temperatures):
        exact = Enumeration((4, 4), temperature)
        expected = exact.averages()
        largest = -exact.energies.min() / temperature
        log_z = largest + np.log(np.exp(-exact.energies / temperature - largest).sum())
        expected["free_energy"] = -temperature * log_z / 16
        expected["entropy"] = (expected["energy"] - expected["free_energy"]) / temperature
        for name in ("energy", "specific_heat", "free_energy", "entropy", "abs_magnetization"):
            z.append((curves[name].values[number] - expected[name]) / curves[f"{name}_error"].values[number])
    assert (np.abs(z) < t.isf(1e-4 / (2 * len(z)), REPLICAS - 1)).all(), z


@pytest.mark.slow
def test_the_density_of_states_of_8_by_8_is_within_two_per_mille():
    """ln g on the average over the levels, as Wang and Landau give it; and Student's t of each, one seed in 10,000."""
    count, sweeps = 32, 100_000
    experiment = resolve(walk(8, sweeps, "wang_landau", replicas=count, measure_every=sweeps))
    with Simulation(experiment, 1, alone=True) as simulation:
        simulation.begin(None, sweeps)
        simulation.post(sweeps)
        simulation.collect()
        states = [simulation.of_replica(number, simulation.state()) for number in range(count)]
        density = experiment.model.result_groups(states)["density_of_states"]
    energies, numbers = numbers_of_states(8)
    np.testing.assert_allclose(density.coordinates["energy"][0] * 64, energies)
    apart = density.variables["ln_g"][1] - np.log(numbers)
    assert np.mean(np.abs(apart.mean(axis=0)) / np.log(numbers)) < 0.002
    z = apart.mean(axis=0) / (apart.std(axis=0, ddof=1) / np.sqrt(count))
    assert (np.abs(z) < t.isf(1e-4 / (2 * len(z)), count - 1)).all(), z


@pytest.mark.slow
def test_any_number_of_workers_and_a_stop_give_the_same_bits():
    found = verify(walk(5, 60, {"type": "wang_landau", "learning": 50}, replicas=3), workers=(1, 2, 3, 7))
    assert len({one.digest for one in found}) == 1, found


def test_ln_f_is_halved_follows_one_over_t_and_begins_anew():
    known, sites = 100, 50.0

    def after(ln_f, step, found, learning=0):
        return refined(ln_f, step, 3.0 * known + found, sites, learning)

    assert after(0.5, 1000, MISSED) == 0.5
    assert after(0.5, 1000, EVEN) == 0.25
    assert after(0.0032, 1000, EVEN) == pytest.approx(known / (1000 * sites))
    assert after(known / (999 * sites), 1000, MISSED) == pytest.approx(known / (1000 * sites))
    assert after(0.001, 10**6, NEW) == 1.0
    assert after(0.5, 1000, NEW, learning=1000) == 0.0


@pytest.mark.parametrize(
    ("changes", "first", "step", "count"),
    [
        ({}, -32.0, 2.0, 33),
        ({"model.parameters.h": 0.5}, -40.0, 1.0, 81),
        ({"model.lattice.boundary": {"x": "open", "y": "open"}}, -24.0, 2.0, 25),
        ({"model.type": "potts", "model.states": 3}, -32.0, 1.0, 33),
        ({"model.type": "edwards_anderson", "model.couplings": {"random": {"choice": [-1, 1]}}}, -32.0, 2.0, 33),
    ],
)
def test_levels_are_found_from_the_terms(changes, first, step, count):
    levels = resolve(walk(), changes).model.sweeper.levels
    assert (levels.first, levels.step, levels.count) == (first, step, count)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"model.type": "xy"}, "wang_landau walks from level to level, and the energy of a spin of"),
        ({"model.parameters.h": 0.0001234567}, "the energies are multiples of no step that is large enough"),
        ({"model.parameters.h": {"schedule": "step"}}, "wang_landau finds the levels of one energy, and 'h' changes"),
        ({"model.algorithm": ["metropolis", "wang_landau"]}, "samples another distribution than Boltzmann's stands"),
        ({"tempering": {"values": [1.0, 2.0]}, "run.replicas": 1}, "tempering: is for models with an energy and a"),
        ({"model.parameters.J": 0.0}, "the energy is the same for all states"),
    ],
)
def test_what_has_no_levels_is_refused_in_one_line(changes, words):
    with pytest.raises(ExperimentError) as error:
        resolve(walk(), changes)
    assert words in str(error.value)


def test_averages_need_samples_with_fixed_weights(tree):
    with pytest.raises(UsageError, match="no series 'q'"):
        simcore.reweighting.canonical(tree, [1.0], ["q"])
    with pytest.raises(UsageError, match="not of one temperature"):
        simcore.reweighting.curves(tree, [2.0])
    assert resolve(walk()).derived == ()
