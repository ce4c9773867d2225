"""Snapshots at the start, at times, at steps, and by rule."""

from __future__ import annotations

import numpy as np
import pytest

import simcore
from simcore.errors import ExperimentError

HEAT = {
    "model": {
        "type": "pde",
        "grid": {"shape": [16, 8]},
        "parameters": {"D": 0.5},
        "fields": {"u": {"initial": "sin(2*pi*x/16)"}},
        "expressions": {"curvature": "laplace(u)"},
        "equations": {"u": "D*laplace(u)"},
    },
    "run": {"seed": 1, "dt": 0.1, "t_end": 2.0, "measure_every": 5},
    "output": {"fields": {"names": ["u", "curvature"]}},
}
ISING = {
    "model": {"type": "ising", "lattice": {"type": "square", "size": 8}, "parameters": {"temperature": 3.0}},
    "run": {"seed": 1, "sweeps": 100, "measure_every": 10},
}


def kept(experiment, tmp_path, **fields):
    changes = {f"output.fields.{key}": value for key, value in fields.items()}
    return simcore.run(experiment, overrides=changes, workers=1, out=tmp_path / "run", overwrite=True)


@pytest.mark.parametrize(
    ("fields", "times"),
    [
        ({"every": "0.5 time", "start": True}, [0.0, 0.5, 1.0, 1.5, 2.0]),
        ({"every": "0.5 time"}, [0.5, 1.0, 1.5, 2.0]),
        ({"every": "8 steps", "start": True}, [0.0, 0.8, 1.6, 2.0]),
        ({"times": [0, 0.3, 1]}, [0.0, 0.3, 1.0, 2.0]),
        ({"times": {"linspace": [0, 2, 5]}}, [0.0, 0.5, 1.0, 1.5, 2.0]),
        ({"times": {"geomspace": [0.25, 2, 4]}, "start": True}, [0.0, 0.2, 0.5, 1.0, 2.0]),
        ({"steps": [0, 3, 7]}, [0.0, 0.3, 0.7, 2.0]),
        ({"start": True}, [0.0, 2.0]),
    ],
)
def test_the_times_of_snapshots(fields, times, tmp_path):
    found = kept(HEAT, tmp_path, **fields).fields
    np.testing.assert_allclose(found["time"].values, times, rtol=1e-12, atol=0)


def test_the_first_snapshot_is_the_initial_state_and_what_is_made_of_it(tmp_path):
    found = kept(HEAT, tmp_path, start=True).fields.isel(time=0)
    x = np.arange(16) + 0.5
    u = np.repeat(np.sin(2 * np.pi * x / 16)[:, None], 8, axis=1)
    np.testing.assert_allclose(found["u"].values, u, rtol=1e-14)
    curvature = np.roll(u, 1, 0) + np.roll(u, -1, 0) - 2 * u
    np.testing.assert_allclose(found["curvature"].values, curvature, rtol=0, atol=1e-14)


@pytest.mark.slow
def test_adaptive_steps_keep_the_start_and_times_of_an_interval(tmp_path):
    adaptive = {**HEAT, "model": {**HEAT["model"], "scheme": "rk45"}}
    found = kept(adaptive, tmp_path, every="0.25 time", start=True).fields
    np.testing.assert_allclose(found["time"].values, np.arange(9) * 0.25, rtol=1e-12)
    rate = 0.5 * (2 - 2 * np.cos(2 * np.pi / 16))
    amplitude = found["u"].max(("x", "y")).values / found["u"].isel(time=0).max().item()
    np.testing.assert_allclose(amplitude, np.exp(-rate * found["time"].values), rtol=1e-5)


def test_steps_by_rule_of_a_model_that_counts_sweeps(tmp_path):
    found = kept(ISING, tmp_path, steps={"geomspace": [1, 100, 5]}, start=True).fields
    assert found["step"].values.tolist() == [0, 1, 3, 10, 32, 100]
    assert (found["s"].isel(step=0) == 1).all()


def test_a_resumed_run_has_the_start_of_the_whole(tmp_path):
    fields = {"every": "0.5 time", "start": True}
    whole = kept(HEAT, tmp_path, **fields).fields.load()
    half = {**HEAT, "run": {**HEAT["run"], "t_end": 1.0}}
    kept(half, tmp_path, **fields)
    extended = simcore.resume(tmp_path / "run", overrides={"run.t_end": 2.0}).fields
    assert whole.identical(extended.load())


def test_a_prepared_run_keeps_the_same_snapshots(tmp_path):
    experiment = {**HEAT, "output": {"fields": {"every": "0.5 time", "start": True, "names": ["u"]}}}
    prepared = simcore.prepare(experiment)()
    recorded = simcore.run(experiment, workers=1, out=tmp_path / "run")
    np.testing.assert_array_equal(prepared.fields["u"].values, recorded.fields["u"].values)


@pytest.mark.parametrize(
    ("experiment", "fields", "words"),
    [
        (HEAT, {"every": "0.25 time"}, "output.fields.every: must be a whole number of steps of dt = 0.1, not 0.25"),
        (HEAT, {"every": "5 min"}, "must count steps or time, as in '1000 steps' or '0.5 time'"),
        (HEAT, {"times": [0.25]}, "output.fields.times.0: must be a whole number of steps"),
        (HEAT, {"times": {"linspace": [0, 3, 4]}}, "must be at most 2, the end of the run, not 3"),
        (HEAT, {"times": {"linspace": [-1, 2, 4]}}, "must be one or more numbers from 0 on"),
        (HEAT, {"times": [1], "every": 3}, "give either every or times, not both"),
        (HEAT, {"steps": [1], "every": 3}, "give either every or steps, not both"),
        (HEAT, {"times": {"logspace": [0, 1, 3]}}, "did you mean 'geomspace'"),
        (ISING, {"every": "0.5 time"}, "a model that counts sweeps has no time; write '100 steps', say"),
        (ISING, {"times": [1]}, "give 'every' or 'steps'"),
    ],
)
def test_what_cannot_be_kept_is_refused_in_one_line(experiment, fields, words, tmp_path):
    with pytest.raises(ExperimentError) as caught:
        kept(experiment, tmp_path, **fields)
    assert words in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_a_checkpoint_has_no_time_of_the_simulation(tmp_path):
    with pytest.raises(ExperimentError, match="must be a number of steps or a wall time"):
        simcore.run(HEAT, overrides={"checkpoint.every": "0.5 time"}, out=tmp_path / "run")
