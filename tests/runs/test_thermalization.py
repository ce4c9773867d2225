"""`run.thermalization: auto`, and what `output.observables` says of means."""

from __future__ import annotations

import numpy as np
import pytest

import simcore
from simcore.errors import ExperimentError
from simcore.runs import run
from simcore.runs.log import read_log
from simcore.spec.arrays import StateArray
from simcore.spec.model import Model
from simcore.spec.observables import Observable
from simcore.spec.parameters import Parameters
from simcore.spec.phases import Phase

LOOKS = [200, 250, 312, 390, 487, 608, 760, 950, 1187, 1483, 1853]


class Decay(Parameters):
    rate: float = simcore.parameter(0.01)
    floor: float = simcore.parameter(1.0)


def relax(u, i, rate, floor, random):
    """Towards the floor, with noise."""
    return u[i] + rate * (floor - u[i]) + 0.1 * (random[0] - 0.5)


def value(u, i):
    return u[i]


class Relaxing(Model):
    """A variable that relaxes to its floor, from far above it."""

    parameters: Decay = Decay()

    def state(self):
        return [StateArray("u", (4,), "float64", np.full(4, 100.0))]

    def phases(self):
        return [Phase(relax, "u", draws=1, own_cell=True)]

    def observables(self):
        return [Observable("u", value)]


def experiment(thermalization="auto", sweeps=500, every=1, rate=0.05, observables=None, **section):
    settings = {"seed": 5, "thermalization": thermalization, "sweeps": sweeps, "measure_every": every} | section
    model = {"type": Relaxing, "parameters": {"rate": rate}}
    return {"model": model, "run": settings, "output": {"observables": observables or {}}}


def attributes(path):
    return simcore.load(path).attrs


def test_it_ends_at_the_first_look_without_drift_and_the_averages_begin_there(tmp_path):
    done = simcore.run(experiment(), out=tmp_path / "run")
    found = done.tree.attrs["thermalization"]
    assert found in LOOKS
    assert done.tree.attrs["thermalized"] == 1
    assert done.series.step.values[-1] == found + 500
    kept = done.series.u.values[found:]
    assert done.estimates.u == pytest.approx(kept.mean(), rel=1e-12)
    assert abs(done.estimates.u - 1.0) < 4 * done.estimates.u_error  # false alarms: 6e-5
    assert abs(done.series.u.values[found - 1] - 1.0) < 1  # 100 at the beginning


def test_slower_relaxation_takes_longer(tmp_path):
    found = [
        simcore.run(experiment(rate=rate), out=tmp_path / str(rate)).tree.attrs["thermalization"]
        for rate in (0.05, 0.005)
    ]
    assert found[1] > 3 * found[0]


def test_looks_count_samples_not_steps(tmp_path):
    done = simcore.run(experiment(every=4), out=tmp_path / "run")
    assert done.tree.attrs["thermalization"] in [4 * look for look in LOOKS]


def test_a_stop_before_and_after_its_end_changes_nothing(tmp_path):
    whole = run(experiment(), out=tmp_path / "whole").path
    reference = simcore.load(whole)
    for sweeps in (1, 100):
        path = tmp_path / f"part{sweeps}"
        run(experiment(sweeps=sweeps), out=path)
        run(experiment(), out=path, resume=True)
        tree = simcore.load(path)
        assert tree.attrs["thermalization"] == reference.attrs["thermalization"]
        assert tree["series"].identical(reference["series"])
        assert float(tree["estimates"]["u"]) == float(reference["estimates"]["u"])


def test_a_stop_within_it_changes_nothing(tmp_path):
    whole = simcore.load(run(experiment(rate=0.002), out=tmp_path / "whole").path)
    stopped = run(experiment(rate=0.002, max_walltime="1e-6 s"), out=tmp_path / "part")
    assert not stopped.done
    assert attributes(tmp_path / "part")["thermalization"] == -1
    assert np.isnan(simcore.load(tmp_path / "part")["estimates"]["u"])
    run(experiment(rate=0.002), out=tmp_path / "part", resume=True)
    assert simcore.load(tmp_path / "part")["series"].identical(whole["series"])


def test_a_run_that_still_drifts_at_the_limit_says_so(tmp_path):
    done = run(experiment(rate=1e-4, thermalization_limit=1000, sweeps=50), out=tmp_path / "run")
    assert done.done
    assert attributes(done.path)["thermalization"] == 1000
    assert attributes(done.path)["thermalized"] == 0
    warnings = [entry.event for entry in read_log(done.path / "run.log").entries if entry.event.kind == "warning"]
    expected = "not thermalised: an observable still drifts after 1000 sweeps, all that it was given"
    assert expected in [warning.message for warning in warnings]


def test_error_targets_wait_for_its_end(tmp_path):
    section = experiment(sweeps=5000, until={"error": {"u": 0.1}})
    done = simcore.run(section, out=tmp_path / "run")
    samples = done.series.step.values[-1] - done.tree.attrs["thermalization"]
    assert done.estimates.u_error <= 0.1
    assert 100 <= samples < 5000


def test_a_function_of_means_has_a_jackknife_error(tmp_path):
    formulas = {"twice": "2*u - 2*rate", "ratio": "u/(u + 1)"}
    done = simcore.run(experiment(100, 5000, rate=0.5, observables=formulas), out=tmp_path / "run")
    u = done.series.u.values[100:]
    assert "ratio" not in done.series
    found = {name: float(value) for name, value in done.estimates.items()}
    assert found["twice"] == pytest.approx(2 * found["u"] - 1, rel=1e-12)
    assert found["twice_error"] == pytest.approx(2 * found["u_error"], rel=0.1)
    mean = u.mean()
    without_each = (u.sum() - u.reshape(10, 500).sum(axis=1)) / 4500  # the bias is that of a jackknife with ten blocks
    without_bias = 10 * mean / (mean + 1) - 9 * np.mean(without_each / (without_each + 1))
    assert found["ratio"] == pytest.approx(without_bias, rel=1e-12)
    assert found["ratio_error"] == pytest.approx(found["u_error"] / (mean + 1) ** 2, rel=0.1)


def test_a_function_of_a_function_of_means_is_one_of_their_means(tmp_path):
    written = {"a": "2*u", "b": "a**2 + u*a", "c": "4*u**2 + u*2*u"}
    found = simcore.run(experiment(observables=written), out=tmp_path / "run").estimates
    for part in ("", "_error", "_tau"):
        assert float(found[f"b{part}"]) == pytest.approx(float(found[f"c{part}"]), rel=1e-9)


def test_formulas_that_name_each_other_are_refused(tmp_path):
    with pytest.raises(ExperimentError, match=r"output\.observables\.b: 'a' is made of 'b' itself"):
        run(experiment(observables={"a": "2*b", "b": "a + 1"}), out=tmp_path / "run")
