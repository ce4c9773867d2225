"""`run.until: {error: ...}`: a run ends when its errors are small enough, at a step that the experiment fixes."""

from __future__ import annotations

import pytest

import simcore
from simcore.errors import ExperimentError
from simcore.runs import verify
from simcore.runs.experiment import resolve
from simcore.runs.stopping import FIRST_LOOK, goal_of
from simcore.runs.verify import digest


def ising(until, **run):
    return {
        "model": {"type": "ising", "lattice": {"type": "square", "size": 8}, "parameters": {"temperature": 3.0}},
        "run": {"seed": 5, "thermalization": 103, "sweeps": 200_000, "measure_every": 5, "until": until, **run},
    }


@pytest.fixture(scope="module")
def ended(tmp_path_factory):
    place = tmp_path_factory.mktemp("until") / "run"
    return simcore.run(ising({"error": {"energy": 5e-3, "specific_heat": 0.05}}), workers=2, out=place)


def test_it_ends_when_every_error_is_small_enough(ended):
    estimates = ended.estimates
    assert estimates["energy_error"] <= 5e-3
    assert estimates["specific_heat_error"] <= 0.05
    assert ended.series["step"].values[-1] < 100_000


def test_it_looks_after_a_hundred_samples_and_whenever_there_are_a_tenth_more(ended):
    goal = goal_of(resolve(ising({"error": {"energy": 1.0}})))
    looks = [goal.trigger.next_step(0)]
    for _ in range(5):
        looks.append(goal.trigger.next_step(looks[-1]))
    # samples fall on multiples of 5; 20 of them lie within the 103 steps of thermalisation
    assert [look // 5 - 20 for look in looks] == [FIRST_LOOK, 110, 121, 133, 146, 160]
    last = int(ended.series["step"].values[-1])
    assert goal.trigger.next_step(last - 1) == last


def test_a_resume_of_it_adds_nothing_and_a_smaller_target_goes_on(ended):
    before = digest(ended.path)
    last = int(ended.series["step"].values[-1])
    simcore.resume(ended.path)
    assert digest(ended.path) == before
    further = simcore.resume(ended.path, overrides={"run.until.error.energy": 3e-3})
    assert further.series["step"].values[-1] > last
    assert further.estimates["energy_error"] <= 3e-3


def test_the_end_does_not_depend_on_workers_or_stops():
    rows = verify(ising({"error": {"energy": 8e-3}}), workers=(1, 3))
    assert len({row.digest for row in rows}) == 1


def test_an_unknown_observable_is_named_with_the_nearest():
    with pytest.raises(ExperimentError, match=r"run.until.error.enrgy: unknown observable; did you mean 'energy'\?"):
        resolve(ising({"error": {"enrgy": 1e-3}}))
