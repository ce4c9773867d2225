"""Points that fail, workers and launchers that are killed, signals: what is lost, and what is never lost."""

from __future__ import annotations

import random
import signal
import time
from collections import Counter

import psutil
import pytest

import simcore
from tests.conftest import within
from tests.sweeps.fragile import diary_entries
from tests.sweeps.sweeping import collected, farthest, fragile, ledger_entries, same_bits, serial

pytestmark = pytest.mark.usefixtures("nothing_left")
LONG = 20_000  # sweeps of 96 x 96: about a second
ENDLESS = 10**12  # what is stopped must not have ended before


def long(weights: list[float], bad: dict[float, int] | None = None, sweeps: int = LONG, **options) -> dict:
    source = fragile(weights, bad or {}, sweeps=sweeps, **options)
    source["model"]["size"] = 96
    source["run"]["measure_every"] = 100
    return source


def test_points_that_raise_are_recorded_and_the_others_go_on(tmp_path, start):
    source = fragile([0.1, 0.2, 0.3, 0.4], {0.2: 1}, diary=tmp_path / "diary")
    code, _, err = start(source).end()
    place = tmp_path / "s"
    (failed,) = ledger_entries(place, "failed")
    assert code == 1
    assert f"points/{failed}: " in err
    assert "ValueError: a bad point" in err
    log = (place / "failures.log").read_text()
    assert f"points/{failed} (weight=0.2, bad=1" in log
    assert 'raise ValueError("a bad point")' in log
    assert diary_entries(tmp_path / "diary") == {0.1: 1, 0.2: 1, 0.3: 1, 0.4: 1}, "an exception is not tried again"
    assert "failed" in (place / "points" / failed / "run.log").read_text()


def test_failed_points_are_tried_again_only_when_asked_for(tmp_path):
    source = fragile([0.1, 0.2], {0.2: 1}, diary=tmp_path / "diary")
    for options in ({}, {}, {"retry_failed": True}):
        outcome = simcore.sweep(source, out=tmp_path / "s", workers=1, **options)
        assert (outcome.done, len(outcome.failed)) == (1, 1)
    assert diary_entries(tmp_path / "diary") == {0.1: 1, 0.2: 2}


def test_a_point_that_kills_its_worker_is_tried_twice_more(tmp_path):
    source = fragile([0.1, 0.2, 0.3, 0.4], {0.2: 2, 0.3: 3}, diary=tmp_path / "diary")
    outcome = simcore.sweep(source, out=tmp_path / "s", workers=2)
    assert outcome.done == 3
    (reason,) = outcome.failed.values()
    assert "SIGKILL" in reason
    assert "tried 3 times" in reason
    entries = diary_entries(tmp_path / "diary")
    assert (entries[0.2], entries[0.3]) == (3, 3)


def test_fail_fast_stops_the_others_and_the_next_launch_goes_on(tmp_path):
    source = long([0.1, 0.2, 0.3, 0.4, 0.5, 0.6], {0.1: 1})
    outcome = simcore.sweep(source, out=tmp_path / "s", workers=1, fail_fast=True)
    assert len(outcome.failed) == 1
    assert outcome.done < 5
    outcome = simcore.sweep(source, out=tmp_path / "s", workers=2)
    assert (outcome.done, len(outcome.failed)) == (5, 1)


@pytest.mark.parametrize("number", [pytest.param(signal.SIGINT, marks=pytest.mark.slow), signal.SIGTERM])
def test_a_signal_stops_all_with_checkpoints_and_the_same_command_goes_on(tmp_path, start, number):
    diary = tmp_path / "diary"
    source = long([0.1, 0.2, 0.3, 0.4, 0.5], sweeps=ENDLESS, diary=diary)
    command = start(source)
    assert within(60, lambda: len(diary_entries(diary)) >= 2)
    time.sleep(0.2)
    command.signal(number)
    code, _, err = command.end()
    assert code == 128 + number
    assert f"stopped by {number.name}" in err
    source["run"]["sweeps"] = farthest(tmp_path / "s") + 1000
    begun = set(diary_entries(diary))
    code, _, err = start(source).end()
    assert code == 0, err
    assert begun < set(diary_entries(diary))
    assert same_bits(collected(tmp_path / "s"), serial(source, tmp_path / "loop"))


def test_two_launchers_share_the_points_and_each_is_done_once(tmp_path, start):
    weights = [round(0.01 * n, 2) for n in range(1, 25)]
    diary = tmp_path / "diary"
    source = fragile(weights, {}, sweeps=2000, diary=diary)
    source["model"]["size"] = 64
    first, second = start(source), start(source)
    assert (first.end()[0], second.end()[0]) == (0, 0)
    assert diary_entries(diary) == dict.fromkeys(weights, 1)
    done = Counter(ledger_entries(tmp_path / "s", "done"))
    assert len(done) == len(weights)
    assert len(collected(tmp_path / "s")) == len(weights)
    assert not (tmp_path / "s" / "launchers").exists()


def test_a_launcher_takes_over_what_a_killed_one_had(tmp_path, start):
    diary = tmp_path / "diary"
    source = long([0.1, 0.2, 0.3, 0.4], diary=diary)
    first = start(source)
    assert within(60, lambda: len(diary_entries(diary)) >= 2)
    second = start(source)
    workers = first.workers()
    first.launcher.kill()
    assert second.end()[0] == 0
    assert within(10, lambda: not any(w.is_running() and w.status() != psutil.STATUS_ZOMBIE for w in workers))
    assert same_bits(collected(tmp_path / "s"), serial(source, tmp_path / "loop"))


@pytest.mark.slow
def test_nothing_that_happens_to_workers_and_launchers_shows_in_the_results(tmp_path, start):
    """200 points, 10 of which raise; 20 workers killed at random; two launchers; one stop; resumed."""
    weights = [round(0.001 * n, 3) for n in range(1, 201)]
    draw = random.Random(11)
    bad = dict.fromkeys(draw.sample(weights, 10), 1)
    source = fragile(weights, bad, sweeps=4000)
    source["model"]["size"] = 48
    source["run"]["measure_every"] = 50
    source["checkpoint"] = {"every": "500 steps"}
    kills = 0
    for stop in (True, False):
        commands = [start(source), start(source)]
        # a worker dies at a random moment after every seventh point, so that as many die on the fastest machine
        while kills < (10 if stop else 20):
            due = 7 * kills
            assert within(120, lambda started=commands, due=due: started[0].done() >= due and started[0].workers())
            time.sleep(draw.uniform(0.0, 0.03))
            if workers := [worker for command in commands for worker in command.workers()]:
                try:
                    draw.choice(workers).kill()
                except psutil.NoSuchProcess:
                    continue
                kills += 1
        if stop:
            for command in commands:
                command.signal(signal.SIGINT)
        codes = [command.end()[0] for command in commands]
        assert set(codes) <= ({130, 1} if stop else {1})
    failed = set(ledger_entries(tmp_path / "s", "failed"))
    found = collected(tmp_path / "s")
    assert len(failed) == 10
    assert len(found) == 190
    assert Counter(ledger_entries(tmp_path / "s", "done")) == Counter(dict.fromkeys(found, 1))
    simcore.sweep(source, out=tmp_path / "undisturbed", workers=2)  # that it equals single runs is a test of its own
    assert same_bits(found, collected(tmp_path / "undisturbed"))
