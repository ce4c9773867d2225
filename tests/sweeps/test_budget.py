"""A budget: time goes to the point furthest from its error target, and changes no bit of what is computed."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import simcore
from simcore.config import read
from simcore.errors import ExperimentError
from simcore.sweeps.budget import BudgetAccount
from simcore.sweeps.ledger import Ledger, Paused
from simcore.sweeps.scheduler import GROWTH, ByNeed
from simcore.sweeps.sections import Budget
from simcore.sweeps.status import sweep_status
from tests.conftest import within
from tests.sweeps.sweeping import collected, fragile, same_bits, serial

pytestmark = pytest.mark.usefixtures("nothing_left")
WEIGHTS = [0.02, 0.1, 0.5]  # autocorrelation times of about 50, 10 and 2
ENDLESS = 10**12


def budgeted(budget: dict[str, Any], target: float, sweeps: int = ENDLESS) -> dict[str, Any]:
    source = fragile(WEIGHTS, {}, sweeps=sweeps)
    source["run"]["until"] = {"error": {"u": target}}
    source["sweep"]["budget"] = budget
    return source


def at_their_steps(place: Path, loop: Path) -> dict[str, dict[str, float]]:
    """The estimates of single runs with as many sweeps as each point has come to."""
    found = {}
    for point in (place / "points").iterdir():
        experiment = read(point / "experiment.yaml").data
        run = simcore.run(experiment, out=loop / point.name, workers=1)
        found[point.name] = {str(name): float(x) for name, x in run.estimates.data_vars.items()}
    return found


def results(place: Path) -> dict[str, dict[str, float]]:
    """The estimates in estimates.h5 of each point that has a result."""
    with simcore.load(place / "estimates.h5") as tree:
        estimates = tree["estimates"].to_dataset().stack(all=[...], create_index=False).load()
    ids, steps = estimates["point_id"].values, estimates["point_step"].values
    return {
        str(id): {str(name): float(x[n]) for name, x in estimates.data_vars.items() if not name.endswith("_caution")}
        for n, id in enumerate(ids)
        if steps[n]
    }


def ledger(place: Path) -> Ledger:
    found = Ledger(place)
    found.refresh()
    return found


@pytest.fixture(autouse=True, scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The kernel is in the cache: to compile it counts as computing, too."""
    simcore.sweep(fragile(WEIGHTS, {}), out=tmp_path_factory.mktemp("compiled") / "s", workers=1)


def test_each_point_has_the_bits_of_a_run_with_as_many_sweeps(tmp_path):
    place = tmp_path / "s"
    outcome = simcore.sweep(budgeted({"cpu": "1.5 s"}, 1e-9), out=place, workers=2)
    assert (outcome.done, outcome.paused, outcome.failed, outcome.over) == (0, 3, {}, True)
    assert same_bits(results(place), at_their_steps(place, tmp_path / "loop"))
    steps = [each.step for each in ledger(place).records.paused.values()]
    assert min(steps) > 101


def test_points_that_reach_their_targets_end_where_they_do_without_a_budget(tmp_path):
    ample = budgeted({"cpu": "1 h"}, 2e-3)
    outcome = simcore.sweep(ample, out=tmp_path / "s", workers=2)
    assert (outcome.done, outcome.over) == (3, False)
    del ample["sweep"]["budget"]
    assert same_bits(collected(tmp_path / "s"), serial(ample, tmp_path / "loop"))


def test_a_point_ends_at_its_last_sweep_although_its_error_is_too_large(tmp_path):
    source = budgeted({"cpu": "1 h"}, 1e-9, sweeps=700)
    assert simcore.sweep(source, out=tmp_path / "s", workers=2).done == 3
    del source["sweep"]["budget"]
    assert same_bits(collected(tmp_path / "s"), serial(source, tmp_path / "loop"))


def test_a_spent_budget_is_kept_to_and_a_larger_one_goes_on(tmp_path):
    place, lines = tmp_path / "s", []
    for seconds in (0.5, 0.5, 1.0):
        outcome = simcore.sweep(budgeted({"cpu": f"{seconds} s"}, 1e-9), out=place, workers=2)
        assert outcome.over
        assert 0.9 * seconds < outcome.budget.spent < 1.6 * seconds
        assert sweep_status(place).state == "spent"
        lines.append([line for line in (place / "ledger.jsonl").read_text().splitlines() if "paused" in line[:10]])
    assert lines[0] == lines[1]
    assert len(lines[2]) > len(lines[1])
    assert same_bits(results(place), at_their_steps(place, tmp_path / "loop"))


def test_the_time_of_a_launch_ends_it(tmp_path):
    place = tmp_path / "s"
    outcome = simcore.sweep(budgeted({"wall": "2 s"}, 1e-9), out=place, workers=2)
    assert outcome.over
    assert sweep_status(place).state == "spent"
    again = simcore.sweep(budgeted({"wall": "1 h", "cpu": f"{outcome.budget.spent + 0.5:.3f} s"}, 1e-9), out=place)
    assert again.paused == 3
    assert again.budget.spent > outcome.budget.spent
    assert same_bits(results(place), at_their_steps(place, tmp_path / "loop"))


@pytest.mark.slow
def test_two_launchers_share_a_budget(tmp_path, start):
    source = budgeted({"cpu": "2 s"}, 1e-9)
    first, second = start(source), start(source)
    assert (first.end()[0], second.end()[0]) == (3, 3)
    place = tmp_path / "s"
    assert 1.8 < ledger(place).records.cpu < 3.5
    steps: dict[str, list[int]] = {}
    for line in (place / "ledger.jsonl").read_text().splitlines():
        for entry in [content for kind, content in json.loads(line).items() if kind == "paused" and content["made"]]:
            steps.setdefault(entry["id"], []).append(entry["step"] - entry["made"])
    assert all(len(begun) == len(set(begun)) for begun in steps.values()), "no step was made twice"
    assert same_bits(results(place), at_their_steps(place, tmp_path / "loop"))


@pytest.mark.parametrize("number", [signal.SIGKILL, pytest.param(signal.SIGTERM, marks=pytest.mark.slow)])
def test_a_launcher_that_ends_early_is_gone_on_with(tmp_path, start, number):
    place = tmp_path / "s"
    first = start(budgeted({"cpu": "1 h"}, 1e-9))
    assert within(60, lambda: (place / "ledger.jsonl").exists() and ledger(place).records.cpu > 0.4)
    first.launcher.send_signal(number)
    code, _, err = first.end()
    assert code == (-9 if number == signal.SIGKILL else 143), err
    assert sweep_status(place).state == "stopped"
    before = ledger(place).records.cpu
    assert within(20, lambda: not any(worker.is_running() for worker in first.workers()))
    source = budgeted({"cpu": f"{before + 3.0:.3f} s"}, 1e-9)
    code, out, err = start(source).end()
    assert code == 3, err
    assert "0 of 3 points done" in out
    assert "3 not finished" in err
    assert "a larger sweep.budget continues" in err
    assert 2.8 < ledger(place).records.cpu - before < 4.5
    assert same_bits(results(place), at_their_steps(place, tmp_path / "loop"))


def test_time_goes_to_the_point_that_is_furthest_from_its_target():
    """Points whose errors fall as amplitude / sqrt(sweeps), and whose sweeps cost what they cost; no clock."""
    amplitudes, costs = [1.0, 3.0, 10.0, 10.0], [1e-3, 1e-3, 1e-3, 4e-3]
    points: Any = [SimpleNamespace(id=str(n)) for n in range(4)]
    spent = [0.0]
    account = BudgetAccount(Budget.model_validate({"cpu": "1000 s"}), 2, lambda: spent[0])
    agenda, sweeps = ByNeed(points, account, {}), [0, 0, 0, 0]
    far = [float("inf")] * 4
    while (share := agenda.next()) is not None:
        n = int(share.point.id)
        assert far[n] == max(far)
        assert share.sweeps is not None
        now = max(share.sweeps, 100)
        made, sweeps[n] = now - sweeps[n], now
        spent[0] += made * costs[n]
        far[n] = amplitudes[n] / now**0.5
        entry = Paused(share.point.id, {}, {}, {}, 0.0, made * costs[n], now, made, now, far[n])
        account.release(share.point.id)
        agenda.learn({share.point.id: entry})
        agenda.put_back(share)
    assert 980.0 < spent[0] <= 1000.1
    assert max(far) / min(far) < (1.0 + GROWTH) ** 0.5 * 1.05
    # the least maximum that so much time can buy: sweeps in proportion to the squares of the amplitudes
    best = (sum(a * a * c for a, c in zip(amplitudes, costs, strict=True)) / 1000.0) ** 0.5
    assert max(far) < 1.15 * best


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"budget": {}}, "is empty; it needs cpu or wall"),
        ({"budget": {"cpu": 7}}, "must be a time with its unit"),
        ({"budget": {"cpu": "2 h"}}, r"sweep\.budget: goes to points by their error targets: run\.until"),
    ],
)
def test_a_budget_that_says_nothing_is_refused(tmp_path, change, message):
    source = fragile(WEIGHTS, {})
    source["sweep"] |= change
    with pytest.raises(ExperimentError, match=message):
        simcore.sweep(source, out=tmp_path / "s")
    assert not (tmp_path / "s").exists()
