"""What makes a point the same point."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simcore.runs.experiment import resolve
from simcore.sweeps import point_checks
from simcore.sweeps.expansion import expand
from simcore.sweeps.experiment import experiment_of
from simcore.sweeps.point import identity

TEMPERATURE, SIZE, H = "model.parameters.temperature", "model.lattice.size", "model.parameters.h"
EXPERIMENT = {
    "model": {"type": "ising", "lattice": {"type": "square", "size": 8}, "parameters": {"temperature": 2.0}},
    "run": {"seed": 3, "sweeps": 10},
}
GROWTH = """
from typing import ClassVar
import numpy as np
from pydantic import model_validator
from simcore import Model, Observable, Parameters, Phase, StateArray, parameter

def step(u, i, rate, dt):
    return u[i] + dt * rate

def value(u, i):
    return u[i]

class GrowthParameters(Parameters):
    rate: float = parameter(1.0)
    ceiling: float = parameter(2.0)
    {extra}

class Growth(Model):
    clock: ClassVar = "time"
    parameters: GrowthParameters = GrowthParameters()
    cells: int = 4

    def state(self):
        return [StateArray("u", (self.cells,), "float64", np.zeros(self.cells))]

    def phases(self):
        return [Phase(step, "u", own_cell=True)]

    def observables(self):
        return [Observable("mean", value)]
"""
LOOKS_ACROSS = """
    @model_validator(mode="after")
    def _capped(self):
        if self.rate > self.ceiling:
            object.__setattr__(self, "rate", self.ceiling)
        return self
"""


def ids(sweep: Any, **sections: Any) -> list[str]:
    return list(expand({**copy.deepcopy(EXPERIMENT), **sections, "sweep": sweep}).points.ids)


def changed(path: str, value: Any) -> dict[str, Any]:
    """The experiment's sections with one key written."""
    experiment = copy.deepcopy(EXPERIMENT)
    section: Any = experiment
    *above, key = path.split(".")
    for name in above:
        section = section[name]
    section[key] = value
    return experiment


@settings(max_examples=25, deadline=None)
@given(
    temperatures=st.lists(st.sampled_from([1.5, 1.75, 2, 2.5, 3.0]), min_size=1, max_size=4, unique=True),
    sizes=st.lists(st.sampled_from([4, 6, 8]), min_size=1, max_size=3, unique=True),
    replicas=st.integers(1, 3),
    data=st.data(),
)
def test_ids_are_those_of_the_resolved_experiments_in_whatever_order(temperatures, sizes, replicas, data):
    grid = {TEMPERATURE: temperatures, SIZE: sizes}
    found = expand({**EXPERIMENT, "sweep": {"grid": grid, "replicas": replicas}})
    for point in found.points:
        assert identity(experiment_of(found, point)) == point.id
        assert identity(resolve(EXPERIMENT, point.overrides)) == point.id
    keys = data.draw(st.permutations(list(grid)))
    shuffled = {key: data.draw(st.permutations(grid[key])) for key in keys}
    assert sorted(ids({"grid": shuffled, "replicas": replicas})) == sorted(found.points.ids)


def test_an_added_block_changes_no_id():
    block = {"grid": {TEMPERATURE: [1.5, 2.5]}}
    assert ids([{"grid": {SIZE: [4]}}, block, {"zip": {H: [0.1]}}])[1:3] == ids([block]) == ids(block)


def test_more_replicas_change_no_id():
    assert ids({"replicas": 5})[:2] == ids({"replicas": 2})


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("model.parameters.h", 0.0),
        ("model.parameters.J", 1),
        ("model.initial", "ordered"),
        ("model.lattice", {"size": 8}),
        ("model.lattice", {"shape": [8, 8]}),
        ("run.measure_every", 1),
        ("run.replica", 0),
        ("run.workers", 3),
        ("run.sweeps", 10000),
        ("run.max_walltime", "5 min"),
    ],
)
def test_a_default_spelt_out_a_longer_run_and_other_workers_change_no_id(path, value):
    sweep = {"grid": {TEMPERATURE: [1.5, 2.5]}}
    assert ids(sweep, **changed(path, value)) == ids(sweep)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("model.parameters.h", 0.1),
        ("model.initial", "random"),
        ("model.lattice", {"size": 9}),
        ("run.measure_every", 2),
        ("run.thermalization", 1),
        ("run.seed", 4),
        ("run.replica", 1),
    ],
)
def test_what_changes_the_numbers_changes_every_id(path, value):
    sweep = {"grid": {TEMPERATURE: [1.5, 2.5]}}
    assert not set(ids(sweep, **changed(path, value))) & set(ids(sweep))


def test_the_way_a_value_is_reached_does_not_count():
    assert ids({"grid": {TEMPERATURE: {"linspace": [1.8, 2.8, 11]}}})[3] == ids({"zip": {TEMPERATURE: [2.1]}})[0]
    assert ids({"grid": {TEMPERATURE: [2]}}) == ids({"grid": {TEMPERATURE: [2.0]}})
    assert ids({"grid": {"model.lattice": [{"shape": [6, 6]}]}}) == ids({"grid": {SIZE: [6]}})


def test_a_file_counts_by_its_contents(tmp_path):
    for name in ("a", "b"):
        np.save(tmp_path / f"{name}.npy", np.ones((8, 8), dtype=np.int8))
    np.save(tmp_path / "c.npy", -np.ones((8, 8), dtype=np.int8))
    a, b, c = (ids({"grid": {"model.initial": [{"file": str(tmp_path / f"{name}.npy")}]}}) for name in "abc")
    assert a == b != c


def growth(directory: Path, extra: str = "") -> dict[str, Any]:
    file = directory / "growth.py"
    file.write_text(GROWTH.replace("{extra}", extra.strip()))
    return {"model": {"type": f"{file}:Growth"}, "run": {"seed": 1, "dt": 0.1, "steps": 5}}


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rates=st.lists(st.sampled_from([0.5, 1.0, 3.0, 4.0, 5.0]), min_size=2, max_size=4, unique=True))
@pytest.mark.parametrize("extra", ["", LOOKS_ACROSS])
def test_ids_hold_for_a_users_model_that_looks_across_its_fields(rates, extra, tmp_path):
    sweep = {"zip": {"model.parameters.rate": rates, "model.parameters.ceiling": [6.0, 2.0, 1.0, 4.5][: len(rates)]}}
    found = expand({**growth(tmp_path, extra), "sweep": {**sweep, "replicas": 2}})
    assert [identity(experiment_of(found, point)) for point in found.points] == list(found.points.ids)


def test_a_model_that_hides_that_it_looks_across_is_found_out(tmp_path, monkeypatch):
    monkeypatch.setattr("simcore.sweeps.validation_units._separable", lambda section: True)
    monkeypatch.setattr(point_checks, "ALL_UP_TO", 2)
    rates = {"model.parameters.rate": [1.0, 3.0, 5.0, 7.0], "model.parameters.ceiling": [6.0, 2.0, 1.0, 4.5]}
    found = expand({**growth(tmp_path, LOOKS_ACROSS), "sweep": {"zip": rates, "replicas": 2}})
    assert [identity(experiment_of(found, point)) for point in found.points] == list(found.points.ids)


def test_the_class_of_the_model_and_the_time_step_can_be_swept(tmp_path):
    experiment = growth(tmp_path)
    kind = experiment["model"]["type"]
    found = expand({**experiment, "sweep": {"grid": {"model.type": [kind], "run.dt": [0.1, 0.2]}, "replicas": 2}})
    assert [identity(experiment_of(found, point)) for point in found.points] == list(found.points.ids)
    only_dt = expand({**experiment, "sweep": {"grid": {"run.dt": [0.1, 0.2]}, "replicas": 2}})
    assert list(only_dt.points.ids) == list(found.points.ids)


def test_a_seed_that_is_not_given_is_drawn_once_or_taken_over():
    experiment = {**EXPERIMENT, "run": {"sweeps": 10}, "sweep": {"grid": {TEMPERATURE: [1.5, 2.5]}, "replicas": 2}}
    first, second = expand(experiment), expand(experiment)
    assert first.seed_drawn
    assert first.document.data["run"]["seed"] != second.document.data["run"]["seed"]
    assert [identity(experiment_of(first, point)) for point in first.points] == list(first.points.ids)
    again = expand(experiment, seed=first.document.data["run"]["seed"])
    assert list(again.points.ids) == list(first.points.ids)
    assert expand({**experiment, **EXPERIMENT}, seed=99).document.data["run"]["seed"] == 3


def test_seeds_can_be_swept():
    found = expand({**EXPERIMENT, "sweep": {"grid": {"run.seed": [1, 2]}}})
    assert [identity(experiment_of(found, point)) for point in found.points] == list(found.points.ids)
    assert len(set(found.points.ids)) == 2
