"""Annealing and population annealing: ground states, exact free energies, equal bits, refusals."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

import simcore
from simcore.errors import ExperimentError
from simcore.models.spins.checking.energies import DirectEnergy
from simcore.runs.experiment import resolve
from simcore.runs.population_annealing import Cooling
from simcore.runs.simulation import Simulation
from simcore.runs.verify import verify
from tests.physics.oracles.ising import Enumeration, all_states

COOLING = {"values": {"geometric": [3.0, 0.1, 20]}, "sweeps_each": 20}
TEMPERATURES = [6.0, 3.0, 2.0, 1.5]
EACH, SEEDS, SIZE = 2, 60, 100


def glass(shape=(3, 4), annealing=COOLING, **run):
    lattice = {"type": "square", "shape": list(shape)}
    model = {"type": "edwards_anderson", "lattice": lattice, "parameters": {"temperature": 1.0}, "initial": "random"}
    return {"model": model, "run": {"seed": 1, "sweeps": 400, "replicas": 8, **run}, "annealing": annealing}


def population(shape=(3, 3), values=TEMPERATURES, **run):
    lattice = {"type": "square", "shape": list(shape)}
    model = {"type": "ising", "lattice": lattice, "parameters": {"temperature": 1.0, "h": 0.1}, "initial": "random"}
    clock = {"seed": 1, "sweeps": EACH * (len(values) + 1), "replicas": SIZE, "measure_every": EACH, **run}
    return {"model": model, "run": clock, "population_annealing": {"values": values, "sweeps_each": EACH}}


def test_a_spin_glass_is_annealed_to_its_ground_state(run_here):
    tree = simcore.load(run_here(glass()).path)
    model = resolve(glass()).model
    spins = all_states(12).reshape(-1, 3, 4, 1, 1).astype(float)
    ground = DirectEnergy(model.system)(spins).min() / 12
    np.testing.assert_allclose(tree["series"]["energy"].values[:, -1], ground, rtol=1e-12)
    temperature = tree["series"]["temperature"].values[0]
    np.testing.assert_allclose(temperature, np.repeat(np.geomspace(3.0, 0.1, 20), 20), rtol=1e-11)


def test_the_values_begin_after_the_thermalization():
    model = resolve(glass(thermalization=7, annealing={"values": [3.0, 2.0], "sweeps_each": 5})).model
    found = model.in_steps.at(np.array([1, 7, 8, 12, 13, 100]))["temperature"]
    np.testing.assert_allclose(found, [3.0, 3.0, 3.0, 3.0, 2.0, 2.0])


def test_any_parameter_is_annealed_and_may_be_a_default():
    given = glass(annealing={"parameter": "model.parameters.h", "values": [1.0, -1.0, 0.0]})
    found = resolve(given).model.in_steps.at(np.array([1, 2, 3, 4]))
    np.testing.assert_allclose(found["h"], [1.0, -1.0, 0.0, 0.0])


def energies_of(seed):
    """Of the replicas, after the last sweep at each temperature, and the parents at the next."""
    experiment = resolve(population(seed=seed))
    cooling, energies, parents = Cooling.of(experiment), [], []
    with Simulation(experiment, 1, alone=True) as simulation:
        simulation.begin(None, experiment.total_steps)
        for level in range(len(TEMPERATURES) + 1):
            simulation.post(EACH)
            made = simulation.collect()
            energies.append(made.samples[:, -1, simulation.program.observables.index("energy")])
            if level < len(TEMPERATURES):
                parents.append(cooling.parents(level, energies[-1]))
                simulation.rearrange(parents[-1])
    return cooling, energies, parents


def test_the_estimate_of_the_partition_function_has_the_exact_mean():
    """Z/Z(0) is estimated without bias at any size of the population: z-scores over seeds, one in 10,000 fails."""
    exact = []
    for temperature in TEMPERATURES:
        energies = Enumeration((3, 3), temperature, h=0.1).energies
        exact.append(np.log(np.exp(-energies / temperature).mean()))
    ratios, means = np.zeros((SEEDS, len(TEMPERATURES))), np.zeros((SEEDS, len(TEMPERATURES)))
    for seed in range(SEEDS):
        cooling, energies, _ = energies_of(seed)
        logs = np.cumsum([cooling.weights(level, energies[level])[1] for level in range(len(TEMPERATURES))])
        ratios[seed] = np.exp(logs - exact)
        means[seed] = ratios[seed] * [each.mean() for each in energies[1:]]  # weighted: unbiased, too
    for found, expected in (
        (ratios, np.ones(len(TEMPERATURES))),
        (means, [Enumeration((3, 3), t, h=0.1).averages()["energy"] for t in TEMPERATURES]),
    ):
        z = (found.mean(axis=0) - expected) / (found.std(axis=0, ddof=1) / np.sqrt(SEEDS))
        assert (np.abs(z) < norm.isf(1e-4 / (4 * len(z)))).all(), z


def test_replicas_have_as_many_copies_as_their_weights_say():
    cooling = Cooling((2.0, 1.0), 10, 4, 7)
    energies = np.linspace(-1.0, 1.0, 50)
    weights, log_mean = cooling.weights(1, energies)
    np.testing.assert_allclose(weights, np.exp(-0.5 * 4 * energies) / np.exp(-0.5 * 4 * energies).sum())
    assert log_mean == pytest.approx(np.log(np.exp(-0.5 * 4 * energies).mean()))
    copies = np.bincount(cooling.parents(1, energies), minlength=50)
    assert copies.sum() == 50
    assert (np.abs(copies - 50 * weights) < 1.0).all()


def test_the_result_tells_free_energies_and_families(run_here):
    group = simcore.load(run_here(population()).path)["population_annealing"]
    cooling, energies, parents = energies_of(1)
    families = np.arange(SIZE)
    for level, copied in enumerate(parents):
        families = families[copied]
        sizes = np.bincount(families, minlength=SIZE)
        assert group["families"].values[level] == np.count_nonzero(sizes)
        assert group["rho_t"].values[level] == pytest.approx((sizes**2).sum() / SIZE)
        assert group["energy"].values[level] == pytest.approx(energies[level + 1].mean(), rel=1e-12)
    logs = np.cumsum([cooling.weights(level, energies[level])[1] for level in range(len(TEMPERATURES))])
    np.testing.assert_allclose(group["log_z"], logs, rtol=1e-12)
    np.testing.assert_allclose(group["free_energy"], -np.array(TEMPERATURES) * (logs / 9 + np.log(2)), rtol=1e-12)
    assert group["last_step"].values.tolist() == [4, 6, 8, 10]


@pytest.mark.slow
def test_any_number_of_workers_and_a_stop_give_the_same_bits():
    for given in (population((7, 5), replicas=9, seed=3), glass((5, 4), replicas=5, sweeps=30)):
        found = verify(given, workers=(1, 2, 3, 7))
        assert len({one.digest for one in found}) == 1, found


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"annealing.parameter": "model.parameters.q"}, "annealing.parameter: must be a parameter of the model"),
        ({"annealing.values": []}, "annealing.values: values must be a list"),
        ({"annealing.values": {"geometric": [1, -2, 3]}}, "the ends of geometric must have the same sign"),
        ({"annealing.values": [1.0, 0.0]}, "annealing: model.parameters.temperature: must be above 0"),
        ({"annealing.sweeps_each": 0}, "annealing.sweeps_each: must be"),
        ({"tempering": {"values": [1.0, 2.0]}}, "tempering: is for states of equilibrium"),
        ({"population_annealing": {"values": [2.0, 1.0]}}, "annealing: population_annealing changes the temperature"),
        ({"model.parameters.h": "temperature/10"}, "the parameter 'temperature' changes in time"),
    ],
)
def test_what_cannot_be_annealed_is_refused_in_one_line(changes, words):
    with pytest.raises(ExperimentError) as error:
        resolve(glass(), changes)
    assert words in str(error.value)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"model.initial": "ordered"}, "model.initial: must be random: a population begins at infinite temperature"),
        ({"run.replicas": 1}, "run.replicas: a population has several replicas"),
        ({"run.thermalization": 5}, "run.thermalization: a population has none"),
        ({"run.measure_every": 3}, "sweeps_each: must be a multiple of run.measure_every = 3"),
        ({"population_annealing.values": [1.0, 2.0]}, "values: must fall, each temperature once"),
    ],
)
def test_what_is_no_population_is_refused_in_one_line(changes, words):
    with pytest.raises(ExperimentError) as error:
        resolve(population(), changes)
    assert words in str(error.value)


def test_a_grid_is_not_annealed():
    heat = {"type": "heat", "grid": {"shape": [8]}, "fields": {"u": {"initial": "1"}}, "parameters": {"D": 1.0}}
    with pytest.raises(ExperimentError, match="annealing: is for models of spins"):
        resolve({"model": heat, "run": {"dt": 0.1, "steps": 2}, "annealing": COOLING})
