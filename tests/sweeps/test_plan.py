"""`simcore plan` of a sweep: how many points, which are done, what the others will take."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

import simcore
from simcore.cli.sweep_plan import sweep_forecast
from simcore.sweeps.expansion import expand
from simcore.sweeps.planning import BETWEEN, Trial, _seconds, plan_sweep

pytestmark = pytest.mark.usefixtures("nothing_left")
SWEEP = {
    "name": "s",
    "model": {"type": "ising", "lattice": {"size": 4}, "parameters": {"temperature": 2.0}},
    "run": {"seed": 1, "sweeps": 20},
    "sweep": {"grid": {"model.parameters.temperature": [1.5, 2.5], "model.lattice.size": [4, 16]}},
}


@pytest.fixture(autouse=True)
def desk(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_a_plan_shows_the_points_and_writes_nothing():
    plan = plan_sweep(SWEEP, workers=2)
    assert (plan.done, plan.failed, plan.todo, plan.workers) == (0, 0, 4, 2)
    assert [trial.point.coordinates["size"] for trial in plan.trials] == [4, 16]
    assert plan.memory == 2 * plan.trials[-1].memory > 16 * 16
    assert plan.seconds > 0
    text = sweep_forecast(plan)
    first, last = plan.sweep.points[0], plan.sweep.points[-1]
    assert "4 in an array of 2 temperature x 2 size x 1 replica" in text
    assert f"{first.id}: temperature = 1.5, size = 4, replica = 0" in text
    assert f"{last.id}: temperature = 2.5, size = 16, replica = 0" in text
    assert "0 of 4, in results/s" in text
    assert not any(Path().iterdir())


def test_a_plan_knows_what_is_done_and_what_an_edit_adds():
    part = {**SWEEP, "sweep": {"zip": {"model.parameters.temperature": [2.5, 1.5], "model.lattice.size": [4, 4]}}}
    simcore.sweep(part, workers=1)
    plan = plan_sweep(SWEEP)
    assert (plan.done, plan.todo) == (2, 2)
    assert {trial.point.coordinates["size"] for trial in plan.trials} == {16}
    longer = plan_sweep(SWEEP, overrides={"run.sweeps": 40})
    assert (longer.done, longer.todo) == (0, 4)


def test_a_plan_of_what_is_all_done_takes_no_time():
    part = {**SWEEP, "sweep": {"grid": {"model.parameters.temperature": [2.5]}}}
    simcore.sweep(part, workers=1)
    plan = plan_sweep(part)
    assert (plan.todo, plan.trials, plan.memory, plan.seconds) == (0, (), 0, 0.0)
    assert "1 of 1" in sweep_forecast(plan)


def test_the_seed_of_a_sweep_that_was_begun_is_kept():
    unseeded = {**SWEEP, "run": {"sweeps": 20}}
    simcore.sweep({**unseeded, "sweep": {"grid": {"model.parameters.temperature": [2.5]}}}, workers=1)
    grid = {"grid": {"model.parameters.temperature": [1.5, 2.5]}}
    assert plan_sweep({**unseeded, "sweep": grid}).done == 1


def points(*costs: float) -> list:
    return [SimpleNamespace(cost=cost) for cost in costs]


def test_time_is_that_of_the_trials_and_shared_by_the_workers():
    trials = [Trial(point, seconds, 0) for point, seconds in zip(points(100.0, 1000.0), (1.0, 2.0), strict=True)]
    assert _seconds(points(100.0, 1000.0), trials, 1) == pytest.approx(3.0 + 2 * BETWEEN)
    assert _seconds(points(*[1000.0] * 8), trials, 4) == pytest.approx(4.0 + 2 * BETWEEN)
    assert _seconds(points(100.0, 1000.0), trials, 8) == pytest.approx(2.0 + BETWEEN), "no point is cut in two"
    assert _seconds(points(10_000.0), trials, 1) == pytest.approx(20.0 + BETWEEN)
    halfway = 10**2.5
    assert _seconds(points(halfway), trials, 1) == pytest.approx(halfway * (0.01 + 0.002) / 2 + BETWEEN)


def test_the_shipped_sweep_expands():
    sweep = expand(Path(__file__).parents[2] / "configs" / "ising-sweep.yaml")
    assert (sweep.name, sweep.dims, sweep.shape) == ("ising-transition", ("temperature", "size", "replica"), (11, 3, 4))
    assert sweep.coords["temperature"][1] == [1.8, 1.9, 2.0, 2.1, 2.2, 2.3, 2.4, 2.5, 2.6, 2.7, 2.8]
