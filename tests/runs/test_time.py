"""Models in time: adaptive steps with their interpolated outputs, values that stop being numbers, steady states."""

from __future__ import annotations

import numpy as np
import pytest

import simcore
from simcore.errors import ExperimentError, NotFiniteError
from simcore.runs import verify
from simcore.runs.verify import digest
from tests.runs.models_in_time import CELLS, Growth, Swinging

START = np.linspace(1.0, 2.0, CELLS)


def swinging(**output):
    return {
        "model": {"type": Swinging},
        "run": {"seed": 1, "dt": 0.5, "t_end": 2.05, "measure_every": 3},
        "output": {"fields": output},
    }


@pytest.fixture(scope="module")
def outputs(tmp_path_factory):
    times = [0.001, 0.0010001, 0.7, 2.0]
    return simcore.run(swinging(times=times), workers=2, out=tmp_path_factory.mktemp("run") / "r").tree


def test_adaptive_outputs_are_interpolated_to_their_times(outputs):
    fields = outputs["fields"]
    assert fields["time"].values.tolist() == [0.001, 0.0010001, 0.7, 2.0, 2.05]
    for time, u in zip(fields["time"].values, fields["u"].values, strict=True):
        # the tolerance per step is 1e-9; over some hundred steps the errors add up to less than 1e-7
        np.testing.assert_allclose(u, START * np.exp(np.sin(time)), rtol=1e-7)


def test_adaptive_samples_carry_their_own_times(outputs):
    series = outputs["series"]
    assert np.all(np.diff(series["time"].values) > 0)
    assert len(set(np.round(np.diff(series["time"].values), 12))) > 3  # the steps are not all of one length
    exact = 2.0 * np.exp(np.sin(series["time"].values))
    np.testing.assert_allclose(series["greatest"].values, exact, rtol=1e-7)


def test_adaptive_steps_give_the_same_bits_for_any_team_and_after_a_resume():
    rows = verify(swinging(times=[0.3, 1.9]), workers=(1, 2, 3))
    assert len({row.digest for row in rows}) == 1


def test_a_fixed_step_must_divide_the_end():
    with pytest.raises(ExperimentError, match=r"run.t_end: must be a whole number of steps of dt = 0.3"):
        simcore.run({"model": {"type": Growth}, "run": {"dt": 0.3, "t_end": 1.0}})


@pytest.mark.parametrize("workers", [1, 3])
def test_a_value_that_overflows_is_named_with_field_cell_and_step(workers, tmp_path):
    # (1 + 0.5)**n * 1e300 passes 1.8e308 at n = 47; the slice is far longer
    experiment = {"model": {"type": Growth}, "run": {"dt": 0.5, "steps": 100_000, "measure_every": 10}}
    with pytest.raises(NotFiniteError, match=r"'u' is inf at cell \[2345\] after step 47"):
        simcore.run(experiment, workers=workers, out=tmp_path / "r")


def test_a_checkpoint_from_before_the_overflow_is_kept(tmp_path):
    experiment = {
        "model": {"type": Growth},
        "run": {"dt": 0.5, "steps": 100, "measure_every": 10},
        "checkpoint": {"every": "20 steps"},
    }
    with pytest.raises(NotFiniteError, match="after step 47"):
        simcore.run(experiment, out=tmp_path / "r")
    # a busy writer may miss step 40, never step 20
    state = simcore.load(tmp_path / "r")["fields"]["u"].values[-1]
    steps = {step: np.max(state) == pytest.approx(1e300 * 1.5**step, rel=1e-12) for step in (20, 40)}
    assert any(steps.values())


def test_a_steady_state_ends_the_run_at_the_first_measurement_that_shows_it(tmp_path):
    # |du/dt| = 1e300 * 0.5**n at step n; below 1 from n = 997, so at the measurement of step 1000
    experiment = {
        "model": {"type": Growth, "parameters": {"rate": -1.0}},
        "run": {"dt": 0.5, "steps": 1_000_000, "measure_every": 50, "until": {"steady": 1.0}},
    }
    run = simcore.run(experiment, workers=2, out=tmp_path / "r")
    assert run.series["step"].values[-1] == 1000
    assert "change" not in run.series


def test_a_run_in_a_steady_state_is_done_and_a_resume_adds_nothing(tmp_path):
    experiment = {
        "model": {"type": Growth, "parameters": {"rate": -1.0}},
        "run": {"seed": 1, "dt": 0.5, "steps": 1_000_000, "measure_every": 50, "until": {"steady": 1.0}},
    }
    simcore.run(experiment, out=tmp_path / "r")
    before = digest(tmp_path / "r")
    assert simcore.run(experiment, out=tmp_path / "r", resume=True).series["step"].values[-1] == 1000
    assert digest(tmp_path / "r") == before
