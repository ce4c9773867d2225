"""One array of all estimates, what `load` and `status` make of a sweep's directory, and what placement decides."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

import simcore
from simcore.sweeps.collect import write_estimates
from simcore.sweeps.expansion import Sweep, expand
from simcore.sweeps.heartbeat import Heartbeat, living
from simcore.sweeps.ledger import BudgetExhausted, Done, Failed, Launch, Ledger, Paused, Spent
from simcore.sweeps.progress import BudgetUse
from simcore.sweeps.status import sweep_status
from simcore.sweeps.worker_allocation import LARGE, WORTH_SHARING, Room, workers_for
from tests.sweeps.sweeping import ising

NAMES = {"energy": ["J", "energy per site"], "binder": ["1", "U4"]}


def numbers(n: int) -> dict[str, list[float]]:
    return {"energy": [n / 7, n / 70, 0.5, 100.0], "binder": [math.nan, math.nan, math.nan, 0.0]}


def book(place: Path, sweep: Sweep, done: range) -> Ledger:
    """A ledger in which the points of these numbers are done."""
    place.mkdir(exist_ok=True)
    ledger = Ledger(place)
    with ledger.locked():
        ledger.add(Launch(len(sweep.points), 0, [], "f", "test"), NAMES)
        ledger.add(*(Done(sweep.points[n].id, {}, numbers(n), {"series": "s"}, 0.1) for n in done))
    return ledger


def test_estimates_lie_at_the_indices_of_their_points_with_nan_where_one_is_missing(tmp_path):
    sweep = expand(ising(3, replicas=2) | {"name": "t"})
    ledger = book(tmp_path, sweep, range(1, 6, 2))
    write_estimates(tmp_path, sweep, ledger.records)
    with simcore.load(tmp_path / "estimates.h5") as tree:
        found = tree["estimates"].to_dataset()
        assert found["energy"].dims == ("temperature", "replica")
        np.testing.assert_array_equal(found["temperature"], [1.5, 2.25, 3.0])
        np.testing.assert_array_equal(found["energy"], [[math.nan, 1 / 7], [math.nan, 3 / 7], [math.nan, 5 / 7]])
        np.testing.assert_array_equal(found["energy_tau"].isel(replica=1), [0.5] * 3)
        assert np.isnan(found["binder"]).all()
        assert found["energy"].attrs == {"units": "J", "long_name": "energy per site"}
        for point in sweep.points:
            assert found["point_id"].values[point.index] == point.id
        np.testing.assert_array_equal(found["point_done"].isel(replica=0), [False] * 3)


def test_the_same_points_give_the_same_bytes_in_whatever_order_they_came(tmp_path):
    sweep = expand(ising(4) | {"name": "t"})
    for name, order in (("a", range(4)), ("b", range(3, -1, -1))):
        write_estimates(tmp_path / name, sweep, book(tmp_path / name, sweep, order).records)
    assert (tmp_path / "a" / "estimates.h5").read_bytes() == (tmp_path / "b" / "estimates.h5").read_bytes()


def test_a_ledger_keeps_every_bit_and_passes_over_half_a_line(tmp_path):
    ledger = Ledger(tmp_path)
    entry = Done("a", {"run.sweeps": 5}, {"x": [0.1 + 0.2, 5e-324, math.inf, 1.0]}, {}, 0.25)
    with ledger.locked():
        ledger.add(entry)
    with (tmp_path / "ledger.jsonl").open("a") as file:
        file.write(json.dumps({"done": asdict(entry) | {"id": "b"}})[:-9])
    second = Ledger(tmp_path)
    with second.locked():
        second.add(Failed("c", {}, "why"))
    for each in (second, Ledger(tmp_path)):
        each.refresh()
        assert each.records.done == {"a": entry}
        assert each.records.failed.keys() == {"c"}


def test_a_point_that_is_done_at_last_has_not_failed(tmp_path):
    ledger = Ledger(tmp_path)
    with ledger.locked():
        ledger.add(Launch(2, 0, [], "f", "test"), Failed("a", {}, "why"), Done("a", {}, {}, {}, 0.0))
    progress = sweep_status(tmp_path).progress
    assert (progress.done, progress.failed, progress.total) == (1, 0, 2)


def test_status_tells_running_stopped_failed_and_done(tmp_path):
    ledger = Ledger(tmp_path)
    with ledger.locked():
        ledger.add(Launch(2, 1, [], "f", "test"))
    with Heartbeat(tmp_path) as presence:
        presence.tell({"running": 2, "rate": 4.0, "left": 3.0})
        status = sweep_status(tmp_path)
        assert status.state == "running"
        assert (status.progress.running, status.progress.points_per_second, status.progress.seconds_left) == (2, 4, 3)
    assert sweep_status(tmp_path).state == "stopped"
    with ledger.locked():
        ledger.add(Failed("a", {}, "why"))
    assert sweep_status(tmp_path).state == "failed"
    with ledger.locked():
        ledger.add(Done("a", {}, {}, {}, 0.0))
    assert sweep_status(tmp_path).state == "done"


def test_a_paused_point_has_estimates_and_is_not_done(tmp_path):
    sweep = expand(ising(3) | {"name": "t"})
    ledger = book(tmp_path, sweep, range(1))
    paused = Paused(sweep.points[1].id, {}, numbers(2), {}, 0.1, cpu=0.5, step=40, made=40, excess=3.0)
    with ledger.locked():
        ledger.add(paused, Spent(sweep.points[2].id, 0.25))
    write_estimates(tmp_path, sweep, ledger.records)
    with simcore.load(tmp_path / "estimates.h5") as tree:
        found = tree["estimates"].to_dataset().isel(replica=0)
        np.testing.assert_array_equal(found["energy"], [0.0, 2 / 7, math.nan])
        np.testing.assert_array_equal(found["point_done"], [True, False, False])
        np.testing.assert_array_equal(found["point_step"], [0, 40, 0])
    assert ledger.records.cpu == 0.75
    status = sweep_status(tmp_path)
    assert (status.state, status.progress.done, status.progress.budget) == ("stopped", 1, None)
    with ledger.locked():
        ledger.add(Launch(3, 1, [], "f", "test", budget=2.0), BudgetExhausted("test"))
    status = sweep_status(tmp_path)
    assert (status.state, status.progress.budget) == ("spent", BudgetUse(0.75, 2.0, 3.0))


def test_the_file_of_a_dead_launcher_is_cleared_away(tmp_path):
    (tmp_path / "launchers").mkdir()
    for name in ("dead.json", "dead.stop"):
        (tmp_path / "launchers" / name).write_text("{}")
    with Heartbeat(tmp_path) as presence:
        assert not presence.others
        assert len(living(tmp_path)) == 1
    assert not (tmp_path / "launchers").exists()


@pytest.mark.usefixtures("nothing_left")
def test_series_and_fields_of_all_points_are_read_where_their_shapes_agree(tmp_path):
    sweep = simcore.sweep(ising(3, replicas=2), out=tmp_path / "s", workers=2)
    tree = simcore.load(sweep.path)
    ids = tree["estimates"]["point_id"]
    assert tree["series/energy"].dims == ("temperature", "replica", "step")
    assert tree["fields/s"].dims[:2] == ("temperature", "replica")
    for temperature in (0, 2):
        place = sweep.path / "points" / str(ids.values[temperature, 1])
        with simcore.load(place) as point:
            here = tree["series/energy"].isel(temperature=temperature, replica=1)
            np.testing.assert_array_equal(here.values, point["series/energy"].values)
            np.testing.assert_array_equal(here.sel(step=20).values, point["series/energy"].sel(step=20).values)
            field = tree["fields/s"].isel(temperature=[temperature], replica=1, x=slice(1, 4), y=[0, 2])
            np.testing.assert_array_equal(field.values[0], point["fields/s"].isel(x=slice(1, 4), y=[0, 2]).values)
    tree.close()


@pytest.mark.usefixtures("nothing_left")
def test_points_of_two_sizes_have_their_series_side_by_side_but_not_their_fields(tmp_path):
    source = ising(1)
    source["sweep"]["grid"] = {"model.lattice.size": [4, 6]}
    sweep = simcore.sweep(source, out=tmp_path / "s", workers=2)
    with simcore.load(sweep.path) as tree:
        assert set(tree.children) == {"estimates", "series"}
        assert tree["series/energy"].values.shape[:2] == (2, 1)


@pytest.mark.parametrize(
    ("setting", "cells", "points", "wanted"),
    [
        ("auto", 256, 1, 1),
        ("auto", WORTH_SHARING, 100, 1),
        ("auto", WORTH_SHARING, 2, 4),
        ("auto", WORTH_SHARING, 3, 2),
        ("auto", LARGE, 100, 8),
        (3, 256, 100, 3),
        (30, 256, 100, 8),
    ],
)
def test_a_point_gets_the_workers_that_its_size_is_worth(setting, cells, points, wanted):
    assert workers_for(setting, cells, points, 8) == wanted


def test_points_that_share_workers_never_ask_for_more_than_there_are():
    room = Room(4, ahead=10)
    room.take(3)
    assert room.has(1)
    assert not room.has(2)
    room.take(1)
    assert not room.has(1)
    room.give_back(3)
    room.take(1)
    assert room.has(1), "small points wait behind the workers"
    assert not room.has(4)
