"""Parameters of spins that change from sweep to sweep: exact means at every step, equal bits, refusals."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from scipy.linalg import expm
from scipy.stats import chi2, norm

import simcore
from simcore.errors import ExperimentError
from simcore.models.spins.checking.chain import Chain
from simcore.runs.experiment import resolve
from simcore.runs.simulation import Simulation
from simcore.runs.verify import verify

PAGE = (Path(__file__).parents[2] / "docs/schedules.md").read_text()
FIELD, COOLING = {"schedule": "0.8*sin(2*pi*step/6) + 0.1"}, {"schedule": "max(3*0.8**step, coldest)"}
MEASURED = {"each": "sum(h*a)/6", "product": "mean(h*magnetization)"}
STEPS, REPLICAS = 8, 4000


def driven(algorithm="metropolis", shape=(2, 3), run=None, **sections):
    """Ising spins in a field that oscillates, while the temperature falls."""
    model = {
        "type": "spins",
        "lattice": {"type": "square", "shape": list(shape)},
        "spin": {"states": [-1, 1]},
        "hamiltonian": {"bonds": "-a*b", "sites": "-h*a"},
        "parameters": {"temperature": COOLING, "h": FIELD, "coldest": 0.7},
        "algorithm": algorithm,
        **sections.pop("model", {}),
    }
    clock = {"seed": 1, "thermalization": 2, "sweeps": STEPS - 2, "measure_every": 1, **(run or {})}
    return {"model": model, "run": clock, **sections}


def exact_means(experiment):
    """The mean magnetisation and energy after each step, from the matrices of its phases over all states."""
    model = resolve(experiment).model
    chances, found = None, []
    for step in range(1, STEPS + 1):
        chain = Chain(model.at_step(step))
        spins = np.array(chain.spin.states)[chain.indices]
        if chances is None:
            chances = (spins == 1).all(axis=1).astype(float)  # the ordered start
        for move in chain.moves:
            chances = chances @ move
        found.append([chances @ spins.mean(axis=1), chances @ chain.energies / spins.shape[1]])
    return np.array(found).T


def samples_of(given):
    """What is measured in each replica after each step, by name."""
    experiment = resolve({**given, "run": {**given["run"], "replicas": REPLICAS}})
    with Simulation(experiment, 1, alone=True) as simulation:
        simulation.begin(None, STEPS)
        simulation.post(STEPS)
        samples = simulation.collect().samples
        return dict(zip(simulation.program.observables, np.moveaxis(samples, -1, 0), strict=True))


def compare(given, samples):
    """Chi-square of eight steps and two observables, below what one seed in 10,000 passes."""
    for name, exact in zip(("magnetization", "energy"), exact_means(given), strict=True):
        error = samples[name].std(axis=0, ddof=1) / np.sqrt(REPLICAS)
        z = (samples[name].mean(axis=0) - exact) / np.maximum(error, 1e-12)
        assert (z**2).sum() < chi2.isf(1e-4, STEPS), (name, z)


def test_means_at_every_step_are_those_of_the_chain_over_all_states():
    given = driven(output={"observables": MEASURED})
    samples, steps = samples_of(given), np.arange(1, STEPS + 1)
    compare(given, samples)
    np.testing.assert_allclose(samples["h"][-1], 0.8 * np.sin(2 * np.pi * steps / 6) + 0.1, rtol=1e-14)
    np.testing.assert_allclose(samples["temperature"][-1], np.maximum(3 * 0.8**steps, 0.7), rtol=1e-14)
    of_sum = samples[next(name for name in samples if name.startswith("each"))] / 6
    np.testing.assert_allclose(of_sum, samples["h"] * samples["magnetization"], atol=1e-15)


def test_a_table_is_read_at_the_step_of_each_sweep(tmp_path):
    (tmp_path / "field.csv").write_text("step,h\n1,0.0\n5,1.0\n8,0.4\n")
    given = driven("heat_bath", model={"parameters": {"temperature": 2.0, "h": {"table": str(tmp_path / "field.csv")}}})
    samples = samples_of(given)
    compare(given, samples)
    np.testing.assert_allclose(samples["h"][0], [0.0, 0.25, 0.5, 0.75, 1.0, 0.8, 0.6, 0.4], rtol=1e-14)


POTTS = {"spin": {"states": [0, 1, 2]}, "hamiltonian": {"bonds": "-h*equal(a, b)", "sites": "-0.1*equal(a, 1)"}}


@pytest.mark.slow
@pytest.mark.parametrize(("algorithm", "model"), [("metropolis", {}), ("heat_bath", POTTS)])
def test_tables_that_follow_decide_as_the_formulas_do(algorithm, model, monkeypatch):
    """Chances differ by rounding errors, so that no decision of ten thousand does."""

    def samples(able):
        with monkeypatch.context() as changed:
            changed.setattr("simcore.models.spins.shared_structure.REMEMBERED", {})
            if not able:
                changed.setattr("simcore.models.spins.following_table.can_follow", lambda table, columns: False)
            experiment = resolve(driven(algorithm, (16, 16), {"sweeps": 38}, model=model))
            assert bool(experiment.model.sweeper.refilled()) is able
            with Simulation(experiment, 1, alone=True) as simulation:
                simulation.begin(None, 40)
                simulation.post(40)
                found = simulation.collect().samples
                simulation.audit()
                return found

    np.testing.assert_allclose(samples(able=True), samples(able=False), rtol=1e-12, atol=1e-15)


@pytest.mark.slow
def test_rejection_free_updates_follow_the_schedule():
    """The means after each unit of time, from the exponentials of the rates between all states."""
    given = driven("n_fold")
    samples, model = samples_of(given), resolve(given).model
    chain = Chain(model.at_step(1))
    spins = np.array(chain.spin.states)[chain.indices]
    changes = (spins[:, np.newaxis] != spins).sum(axis=2) == 1
    chances = (spins == 1).all(axis=1).astype(float)
    for number in range(STEPS):
        frozen = model.at_step(number + 1)
        energies = Chain(frozen).energies
        cost = energies - energies[:, np.newaxis]
        rates = changes * np.minimum(1.0, np.exp(-np.maximum(cost, 0.0) / frozen.parameters.temperature))
        chances = chances @ expm(rates - np.diag(rates.sum(axis=1)))
        for name, values in (("magnetization", spins.mean(axis=1)), ("energy", energies / 6)):
            found = samples[name][:, number]
            error = found.std(ddof=1) / np.sqrt(REPLICAS)
            assert abs(found.mean() - chances @ values) < norm.isf(1e-4 / 32) * error, (name, number)


def test_series_have_the_values_of_the_parameters_and_what_is_made_of_them(run_here):
    given = driven(output={"observables": MEASURED})
    series = simcore.load(run_here(given).path)["series"]
    np.testing.assert_allclose(series["h"], 0.8 * np.sin(2 * np.pi * series["step"] / 6) + 0.1, rtol=1e-14)
    for name in ("each", "product"):
        np.testing.assert_allclose(series[name], series["h"] * series["magnetization"], atol=1e-15)


XY = {"spin": {"angle": True}, "hamiltonian": {"bonds": "-cos(a - b)", "sites": "-h*cos(a)"}}


EVERY = ["heat_bath", "swendsen_wang", {"type": "wolff", "clusters": "auto"}, "kawasaki"]


@pytest.mark.slow
@pytest.mark.parametrize(("algorithm", "model"), [("metropolis", XY), (EVERY, {})])
def test_any_number_of_workers_and_a_stop_give_the_same_bits(algorithm, model):
    found = verify(driven(algorithm, (8, 8), {"sweeps": 41}, model=model), workers=(1, 2, 3, 7))
    assert len({one.digest for one in found}) == 1, found


def test_widths_of_proposals_follow_the_temperature(run_here):
    """From T = 2 to 0.02 the width falls by ten; where it stays, the acceptance falls from 1/2 to less than 0.1."""
    cooled = {"temperature": {"schedule": "2*0.01**(step/400)"}, "h": 0.0}
    given = driven(shape=(8, 8), run={"sweeps": 398}, model={**XY, "parameters": cooled})
    accepted = simcore.load(run_here(given).path)["series"]["acceptance"].values
    assert 0.35 < accepted[200:].mean() < 0.65
    assert accepted[-50:].mean() > 0.35


def test_nothing_is_derived_from_fluctuations():
    """They are those of no equilibrium."""
    assert resolve(driven()).derived == ()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"model.parameters.temperature": {"schedule": "1 - step/5"}}, "temperature: is 0 at step 5; it must be a"),
        ({"model.parameters.h": {"schedule": "t"}}, "spins have no time; write a formula of step"),
        ({"model.parameters.h": {"schedule": "q*step"}}, "unknown name 'q'"),
        ({"model.parameters.h": {"schedule": "2*h"}}, "needs itself: h needs h"),
        ({"model.parameters.h": {"schedule": "1/(step - 5)"}}, "h: is inf at step 5; it must be a number"),
        ({"model.parameters.h": {"schedule": "1j*step"}}, "1j is not a real number"),
        ({"model.parameters.h": {"schedul": "step"}}, "must be a number, {schedule:"),
        ({"run.thermalization": "auto"}, "auto waits until nothing drifts"),
        ({"run.until": {"error": {"energy": 0.1}}}, "run.until: errors are of means over one state of equilibrium"),
        ({"tempering": {"values": [1.0, 2.0]}}, "tempering: is for states of equilibrium"),
        ({"model.hamiltonian.couplings": {"J": "h + x"}}, "couplings.J: is worked out once, and 'h' changes"),
        ({"output.observables": {"p": "profile(h*a, x)"}}, "'h' changes from step to step; take a profile without it"),
        (
            {
                "model.spin": {"angle": True},
                "model.hamiltonian": XY["hamiltonian"],
                "output.observables": {"p": "helicity_modulus(x)"},
            },
            "needs one temperature",
        ),
        (
            {"model.spin": {"real": True}, "model.hamiltonian.sites": "h*a**2", "model.algorithm": "heat_bath"},
            "changes from step to step is in the term of second order; use metropolis",
        ),
    ],
)
def test_what_cannot_follow_a_schedule_is_refused_in_one_line(changes, words, tmp_path):
    with pytest.raises(ExperimentError) as error:
        simcore.run(driven(), overrides=changes, out=tmp_path / "out")
    assert words in str(error.value)
    assert not (tmp_path / "out").exists()


def test_a_table_must_cover_the_run(tmp_path):
    (tmp_path / "field.csv").write_text("1,0.0\n5,1.0\n")
    with pytest.raises(ExperimentError, match="covers the steps 1 to 5, and the run goes from 1 to 8"):
        resolve(driven(model={"parameters": {"temperature": 2.0, "h": {"table": str(tmp_path / "field.csv")}}}))


def test_a_reflection_must_keep_the_energy_at_all_values():
    """This bond is even in the spins at h = 0.1 alone."""
    bonds = {"bonds": "-a*b - (h - 0.1)*a*b**2", "sites": "0"}
    algorithm = ["metropolis", "wolff"]
    given = driven(algorithm, model={"hamiltonian": bonds, "spin": {"states": [-1, 0, 1]}})
    with pytest.raises(ExperimentError, match="wolff turns spins by reflections"):
        resolve(given)
    resolve({**given, "model": {**given["model"], "parameters": {"temperature": 1.0, "h": 0.1}}})


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("number", range(len(blocks("yaml"))))
def test_every_example_of_the_page_is_one_that_simcore_takes(number, tmp_path):
    (tmp_path / "shown.yaml").write_text(blocks("yaml")[number])
    assert resolve(tmp_path / "shown.yaml").total_steps > 0


@pytest.mark.slow
def test_the_area_of_a_loop_is_worked_out_as_the_page_shows_it(tmp_path, monkeypatch, capsys):
    """Ten loops of a field that turns the magnetisation over: most of 4 x 1.2 of a rectangle."""
    (tmp_path / "hysteresis.yaml").write_text(next(block for block in blocks("yaml") if "name: hysteresis" in block))
    monkeypatch.chdir(tmp_path)
    exec(next(block for block in blocks("python") if "areas" in block), {})
    area, error = map(float, capsys.readouterr().out.split())
    assert 1.0 < area < 4.8
    assert error < 0.1


def test_a_run_with_a_schedule_is_not_reweighted(run_here):
    """Its samples are of no one temperature."""
    given = driven(output={"observables": MEASURED})
    with pytest.raises(simcore.errors.UsageError, match="not of one temperature"):
        simcore.reweighting.curves(run_here(given).path, [2.0])
