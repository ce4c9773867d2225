"""A ladder of temperatures: exact averages at each of its places, equal bits, exchanges counted, refusals."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import xarray
from scipy.stats import chi2

import simcore
from simcore import plots, reweighting
from simcore.analysis.plots.fitting import fitting
from simcore.compiler.ladder import ACCEPTED, ATTEMPTED, COLUMNS, ROUND_TRIPS, WALKER, begin, count, probabilities
from simcore.errors import ExperimentError, UsageError
from simcore.random import uniform_of_steps
from simcore.runs.directory import RunDirectory
from simcore.runs.experiment import resolve
from simcore.runs.run import conduct
from simcore.runs.verify import digest, verify
from tests.physics.oracles.ising import Enumeration

LADDER = {"values": {"geometric": [1.2, 4.0, 5]}, "every": 4}


def ising(shape=(3, 3), algorithm="metropolis", sweeps=40_000, tempering=LADDER, **run):
    lattice = {"type": "square", "shape": list(shape)}
    model = {"type": "ising", "lattice": lattice, "parameters": {"temperature": 1.0, "h": 0.1}, "algorithm": algorithm}
    clock = {"seed": 1, "thermalization": 200, "sweeps": sweeps, "measure_every": 2}
    return {"model": model, "run": {**clock, **run}, "tempering": tempering}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return simcore.run(ising(), workers=1, out=tmp_path_factory.mktemp("runs") / "ladder")


def test_averages_at_every_temperature_are_those_over_all_states(run):
    """Chi-square of three observables at five temperatures, each below what one seed in 10,000 passes."""
    estimates = run.estimates
    temperatures = estimates["temperature"].values
    np.testing.assert_allclose(temperatures, np.geomspace(1.2, 4.0, 5), rtol=1e-11)
    for name in ("energy", "abs_magnetization", "specific_heat"):
        exact = [Enumeration((3, 3), temperature, h=0.1).averages()[name] for temperature in temperatures]
        z = (estimates[name].values - exact) / estimates[f"{name}_error"].values
        assert (z**2).sum() < chi2.isf(1e-4, len(z)), (name, z)


def test_exchanges_are_accepted_as_often_as_the_energies_say(run):
    """The mean of min(1, exp(...)) over the product of the two exact distributions."""
    rates, temperatures = run.tree["tempering"]["rate"].values, run.estimates["temperature"].values
    attempts = run.tree["tempering"]["attempts"].values
    for place, (cold, hot) in enumerate(pairwise(temperatures)):
        one, two = (Enumeration((3, 3), temperature, h=0.1) for temperature in (cold, hot))
        gain = (1.0 / cold - 1.0 / hot) * np.subtract.outer(one.energies, two.energies)
        expected = float(one.probabilities @ np.minimum(1.0, np.exp(np.minimum(gain, 0.0))) @ two.probabilities)
        # Attempts follow each other after 8 sweeps, so they are nearly independent: twice the binomial error.
        error = 2.0 * np.sqrt(expected * (1.0 - expected) / attempts[place])
        assert abs(rates[place] - expected) < 4.0 * error


SEVERAL = {"model.parameters.h": [0.0, 0.2, 0.5], "model.parameters.temperature": [2.0, 2.0, 3.0]}


def test_a_ladder_of_several_parameters_is_decided_by_both_energies_of_both_states(tmp_path):
    """Averages and rates of exchange against sums over all states; a false alarm for one seed in 5,000."""
    run = simcore.run(
        ising(sweeps=30_000, tempering={"parameters": SEVERAL, "every": 2}), workers=1, out=tmp_path / "run"
    )
    estimates, rates = run.estimates, run.tree["tempering"]["rate"].values
    assert estimates["energy"].dims == ("point",)
    np.testing.assert_array_equal(estimates["h"].values, SEVERAL["model.parameters.h"])
    exact = [Enumeration((3, 3), t, h=h) for h, t in zip(*SEVERAL.values(), strict=True)]
    for name in ("energy", "abs_magnetization"):
        z = (estimates[name].values - [one.averages()[name] for one in exact]) / estimates[f"{name}_error"].values
        assert (z**2).sum() < chi2.isf(1e-4, len(z)), (name, z)
    for place, (one, two) in enumerate(pairwise(exact)):
        of_one, of_two = (one.energies[:, None], two.energies[:, None]), (one.energies, two.energies)
        gain = (of_one[0] - of_two[0]) / one.temperature + (of_two[1] - of_one[1]) / two.temperature
        expected = float(one.probabilities @ np.minimum(1.0, np.exp(np.minimum(gain, 0.0))) @ two.probabilities)
        error = 2.0 * np.sqrt(expected * (1.0 - expected) / 7500)
        assert abs(rates[place] - expected) < 4.0 * error


ADAPTED = {"values": [1.0, 3.4, 3.6, 3.8, 4.0], "every": 2, "adapt": True}


def test_an_adapted_ladder_exchanges_alike_and_has_exact_averages(tmp_path):
    """The values that were found stand in the result; a false alarm for one seed in 10,000."""
    run = simcore.run(ising(sweeps=30_000, thermalization=4000, tempering=ADAPTED), workers=1, out=tmp_path / "run")
    temperatures, rates = run.estimates["temperature"].values, run.tree["tempering"]["rate"].values
    assert temperatures[0] == 1.0
    assert temperatures[-1] == 4.0
    assert (np.diff(temperatures) > 0.1).all()
    assert rates.max() - rates.min() < 0.1, rates  # before, 0.07 to 0.97
    assert set(run.tree["tempering"]["attempts"].values) <= {8000, 7999}  # since the half of the thermalisation
    np.testing.assert_array_equal(run.fields["temperature"].values, temperatures)
    for name in ("energy", "specific_heat"):
        exact = [Enumeration((3, 3), temperature, h=0.1).averages()[name] for temperature in temperatures]
        z = (run.estimates[name].values - exact) / run.estimates[f"{name}_error"].values
        assert (z**2).sum() < chi2.isf(1e-4, len(z)), (name, z)


def test_an_energy_that_names_the_temperature(tmp_path):
    """All places have the weight exp(sum a b): every exchange is accepted."""
    spins = {"type": "spins", "lattice": {"type": "square", "size": 4}, "spin": {"states": [-1, 1]}}
    model = {**spins, "parameters": {"temperature": 1.0}, "hamiltonian": {"bonds": "-temperature*a*b"}}
    given = {"model": model, "run": {"seed": 1, "sweeps": 200}, "tempering": {"values": [1.0, 2.0, 8.0]}}
    run = simcore.run(given, workers=1, out=tmp_path / "run")
    assert (run.tree["tempering"]["rate"].values == 1.0).all()


def test_what_is_kept_of_the_walkers(run):
    ladder = run.tree["tempering"]
    assert sorted(ladder["place"].values) == list(range(5))
    assert (ladder["round_trips"].values > 20).all()
    assert set(ladder["attempts"].values) <= {5024, 5025}
    walk = ladder["walk"]
    assert walk.sizes == {"walker": 5, "step": 10_049}  # the exchange after the last sweep belongs to the next one
    np.testing.assert_array_equal(walk["step"].values, 4 * np.arange(1, 10_050))
    np.testing.assert_array_equal(walk.values[:, -1], ladder["place"].values)
    np.testing.assert_array_equal(np.sort(walk.values, axis=0), np.tile(np.arange(5)[:, None], 10_049))
    assert np.abs(np.diff(walk.values, axis=1)).max() == 1
    assert run.fields["s"].dims == ("step", "temperature", "x", "y")
    assert run.series["energy"].dims == ("temperature", "step")


def test_the_figure_of_exchanges_shows_rates_and_walks(run):
    figure = plots.exchanges(run)
    rates, walks = figure.axes
    np.testing.assert_array_equal(rates.lines[0].get_ydata(), run.tree["tempering"]["rate"].values)
    assert [line.get_label() for line in walks.lines] == ["from 0", "from 1", "from 2", "from 4"]
    np.testing.assert_array_equal(walks.lines[3].get_ydata(), run.tree["tempering"]["walk"].values[4, -200:])
    assert "round trips" in walks.get_title("left")
    assert [one.name for one in fitting(run.tree)] == ["estimates", "exchanges"]
    with pytest.raises(UsageError, match="of no ladder: a run with the section 'tempering'"):
        plots.exchanges(xarray.DataTree())


def test_a_ladder_is_reweighted_as_it_is(run):
    """At temperatures between its places; a false alarm for one seed in 10,000."""
    temperatures = np.array([1.4, 2.0, 3.5])
    curve = reweighting.curves(run, temperatures)
    exact = [Enumeration((3, 3), temperature, h=0.1).averages() for temperature in temperatures]
    for name in ("energy", "specific_heat"):
        z = (curve[name].values - [one[name] for one in exact]) / curve[f"{name}_error"].values
        assert (z**2).sum() < chi2.isf(1e-4, len(z)), (name, z)


@pytest.mark.parametrize(
    ("algorithm", "tempering"),
    [
        ("metropolis", LADDER),
        ("metropolis", {"parameters": SEVERAL, "every": 2, "adapt": True}),
        (["heat_bath", "swendsen_wang"], LADDER),
    ],
)
def test_any_number_of_workers_and_a_stop_give_the_same_bits(algorithm, tempering):
    found = verify(ising((7, 5), algorithm, sweeps=61, tempering=tempering), workers=(1, 2, 3, 7))
    assert len({one.digest for one in found}) == 1, found


def test_fields_and_series_of_one_step_are_one_state(tmp_path):
    """Although states are exchanged at that step."""
    given = {**ising(sweeps=400, measure_every=4), "output": {"fields": {"every": "8 steps"}}}
    made = simcore.run(given, workers=1, out=tmp_path / "run")
    spins = made.fields["s"].values[:-1].astype(float)
    steps = made.fields["step"].values[:-1]
    measured = made.series["magnetization"].sel(step=steps).transpose("step", "temperature").values
    np.testing.assert_allclose(spins.mean(axis=(2, 3)), measured, atol=1e-15)


def test_a_ladder_exchanges_with_detailed_balance():
    """Two places with two energies: the stationary distribution of the pair is the product of Boltzmann's."""
    energies, flows = (0.0, 1.5), np.zeros((4, 4))
    for chances in uniform_of_steps(7, np.arange(2, 40_000, 2), 1):
        for a in range(2):
            for b in range(2):
                own = np.array([energies[a], energies[b]])
                swapped = chances[0] < probabilities(np.stack((own, own), axis=1), (1.0, 2.0), 1, 0)[0]
                flows[2 * a + b, 2 * b + a if swapped else 2 * a + b] += 1
    chances = flows / flows.sum(axis=1, keepdims=True)
    weights = np.array([np.exp(-energies[a] / 1.0 - energies[b] / 2.0) for a in range(2) for b in range(2)])
    forth, back = weights[1] * chances[1, 2], weights[2] * chances[2, 1]
    error = weights.max() * np.sqrt(0.25 / flows[1].sum())
    assert abs(forth - back) < 4.0 * error


def test_round_trips_are_counted_from_end_to_end_and_back():
    kept = np.zeros((3, COLUMNS), np.int64)
    begin(kept)
    for number in range(1, 13):
        count(kept, [number % 2], [number % 2])  # every exchange is accepted
    # Odd and even pairs in turn: each walker needs 6 exchanges for a round trip.
    assert sorted(kept[:, WALKER]) == [0, 1, 2]
    assert kept[:, ACCEPTED].tolist() == kept[:, ATTEMPTED].tolist() == [6, 6, 0]
    assert kept[:, ROUND_TRIPS].sum() in (4, 5, 6)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"tempering.values": [2.0]}, "tempering.values: must have at least 2 items"),
        ({"tempering.values": [2.0, 1.0]}, "tempering.values: must ascend"),
        ({"tempering.values": {"geometrc": [1, 2, 3]}}, "tempering.values: must be a list, {geometric:"),
        (
            {"tempering.values": {"geometric": [1e400, 2, 3]}},
            "tempering.values.geometric.0: must be a finite number, not inf",
        ),
        ({"tempering.values": {"linspace": [None, 2, 3]}}, "ends of linspace must be finite numbers"),
        ({"tempering.values": {"linspace": ["1", 2, 3]}}, "ends of linspace must be finite numbers"),
        ({"tempering.values": {"linspace": [1, 2, True]}}, "number of values of linspace must be from 2 to"),
        ({"tempering.values": {"geometric": [1, 2]}}, "tempering.values: must be a list, {geometric:"),
        ({"tempering.every": 3}, "tempering.every: must be a multiple of run.measure_every = 2"),
        ({"tempering.evry": 3}, "tempering.evry: unknown key; did you mean 'every'?"),
        ({"tempering.values": [-1.0, 1.0]}, "tempering.values: temperatures must be above 0"),
        (
            {"tempering.parameter": "model.parameters.k"},
            "parameter: 'model.parameters.k' is no parameter of the",
        ),
        ({"tempering.parameter": "run.seed"}, "tempering.parameter: 'run.seed' is no parameter of the model"),
        ({"tempering": {}}, "tempering: give values: a list,"),
        ({"tempering.parameters": {"model.parameters.h": [0, 1]}}, "give either parameter and values, or parameters"),
        (
            {"tempering": {"parameters": {**SEVERAL, "model.parameters.h": [0, 1]}}},
            "parameters must have as many values each, not 2 of model.parameters.h, 3 of model.parameters.temperature",
        ),
        ({"tempering": {"parameters": {"model.parameters.h": [1, 1]}}}, "neighbours must differ in some parameter"),
        (
            {"tempering.adapt": True, "run.thermalization": 31},
            "run.thermalization: must be at least 32, eight exchanges",
        ),
        ({"run.replicas": 2}, "run.replicas: a ladder is one ensemble"),
        ({"run.thermalization": "auto"}, "auto would find a number of sweeps for each of the 5 systems of the ladder"),
        ({"run.until": {"error": {"energy": 0.1}}}, "run.until: would end each of the 5 systems of the ladder at a"),
        ({"output.vtk": True}, "output.vtk: VTK shows one system"),
    ],
)
def test_what_a_ladder_cannot_do_is_refused_in_one_line(changes, words, tmp_path):
    with pytest.raises(ExperimentError) as error:
        simcore.run(ising(), overrides=changes, out=tmp_path / "out")
    assert words in str(error.value)
    assert not (tmp_path / "out").exists()


def test_states_are_exchanged_whenever_they_are_measured_unless_it_is_said():
    given = ising() | {"tempering": {"values": [1.0, 2.0]}}
    given["run"]["measure_every"] = 4
    assert resolve(given).tempering.every == 4
    assert resolve(given).resolved["tempering"]["every"] == 4
    assert resolve(given, {"tempering.every": 8}).tempering.every == 8


def test_a_model_that_does_not_say_its_weights_has_no_ladder(tmp_path):
    """Its energy may be of anything."""
    own = str(Path(__file__).parents[2] / "docs" / "examples" / "wolff.py") + ":Wolff"
    given = {"model": {"type": own, "size": 4, "parameters": {"temperature": 2.0}}, "run": {"sweeps": 2}}
    with pytest.raises(ExperimentError, match="tempering: is for models with an energy and a temperature; a Wolff is"):
        simcore.run({**given, "tempering": LADDER}, out=tmp_path / "out")


def test_a_grid_has_no_ladder(tmp_path):
    heat = {"type": "heat", "grid": {"shape": [8]}, "fields": {"u": {"initial": "1"}}, "parameters": {"D": 1.0}}
    with pytest.raises(ExperimentError, match="tempering: is for models with an energy and a temperature"):
        simcore.run({"model": heat, "run": {"dt": 0.1, "steps": 2}, "tempering": LADDER}, out=tmp_path / "out")
    with pytest.raises(ExperimentError, match="tempering: a call of a prepared experiment"):
        simcore.prepare(ising())
    with pytest.raises(ExperimentError, match="tempering: the points of a sweep are one system each"):
        simcore.sweep({**ising(), "sweep": {"replicas": 2}})


def test_a_checkpoint_while_values_are_adapted_leads_to_the_same_bits(tmp_path):
    """At step 100 they are changed for the last time."""
    tempering = {"parameters": SEVERAL, "every": 2, "adapt": True}
    given = {**ising((7, 5), sweeps=20, tempering=tempering), "checkpoint": {"every": "20 steps", "keep": 100}}
    place = RunDirectory(tmp_path / "run")
    conduct(resolve(given), place, 2)
    whole, values = digest(place.path), simcore.load(place.path).estimates["h"].values
    assert values[1] not in (0.2, pytest.approx(0.2))
    for step in (100, 60):
        for file in place.checkpoints.glob("step-*.h5"):
            if int(file.stem.removeprefix("step-")) > step:
                file.unlink()
        conduct(resolve(given), place, 1, resume=True)
        assert digest(place.path) == whole
        np.testing.assert_array_equal(simcore.load(place.path).estimates["h"].values, values)


def test_the_experiments_of_its_page_are_what_simcore_takes(tmp_path):
    page = (Path(__file__).parents[2] / "docs" / "tempering.md").read_text()
    whole, part = re.findall(r"^```yaml\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    file = tmp_path / "shown.yaml"
    for text, places in ((whole, 12), (re.sub(r"^tempering:.*\n", "", whole, flags=re.MULTILINE) + part, 4)):
        file.write_text(text.replace("every: 5", "every: 10"))
        assert resolve(file).systems == places
