"""What comes of a sweep: the same bits as of single runs, once each, and only what is left on the next launch."""

from __future__ import annotations

import math

import pytest

import simcore
from simcore.errors import UsageError
from tests.sweeps.fragile import diary_entries
from tests.sweeps.sweeping import MODEL, collected, fragile, ising, ledger_entries, same_bits, serial

pytestmark = pytest.mark.usefixtures("nothing_left")


def test_a_sweep_gives_the_bits_of_a_serial_loop_of_runs(tmp_path):
    outcome = simcore.sweep(ising(3, replicas=2), out=tmp_path / "s", workers=2)
    assert (outcome.points, outcome.done, outcome.failed) == (6, 6, {})
    assert same_bits(collected(tmp_path / "s"), serial(ising(3, replicas=2), tmp_path / "loop"))


def test_a_second_launch_has_nothing_to_do_and_changes_no_byte(tmp_path):
    source = fragile([0.1, 0.2, 0.3], {}, diary=tmp_path / "diary")
    simcore.sweep(source, out=tmp_path / "s", workers=2)
    before = (tmp_path / "s" / "estimates.h5").read_bytes()
    assert simcore.sweep(source, out=tmp_path / "s", workers=2).done == 3
    assert (tmp_path / "s" / "estimates.h5").read_bytes() == before
    assert diary_entries(tmp_path / "diary") == {0.1: 1, 0.2: 1, 0.3: 1}


def test_only_new_points_of_an_edited_sweep_run(tmp_path):
    diary = tmp_path / "diary"
    simcore.sweep(fragile([0.1, 0.2], {}, diary=diary), out=tmp_path / "s", workers=2)
    outcome = simcore.sweep(fragile([0.3, 0.2, 0.1, 0.4], {}, diary=diary), out=tmp_path / "s", workers=2)
    assert outcome.done == 4
    assert diary_entries(diary) == {0.1: 1, 0.2: 1, 0.3: 1, 0.4: 1}


def test_longer_sweeps_extend_the_points_to_the_bits_of_a_run_at_one_go(tmp_path):
    simcore.sweep(ising(3, sweeps=40), out=tmp_path / "s", workers=2)
    simcore.sweep(ising(3, sweeps=70), out=tmp_path / "s", workers=2)
    assert same_bits(collected(tmp_path / "s"), serial(ising(3, sweeps=70), tmp_path / "loop"))
    assert len(list((tmp_path / "s" / "points").iterdir())) == 3
    with pytest.raises(UsageError, match=r"has run\.sweeps = 70 already, more than the 40 asked for"):
        simcore.sweep(ising(3, sweeps=40), out=tmp_path / "s", workers=2)


def test_points_of_another_version_of_the_model_are_never_mixed(tmp_path):
    model = tmp_path / "model.py"
    source = fragile([0.1, 0.2], {})
    text = MODEL.read_text()
    source["model"]["type"] = f"{model}:Fragile"
    model.write_text(text)
    simcore.sweep(source, out=tmp_path / "s", workers=2)
    model.write_text(text.replace("(1.0 - weight) * u", "(1.0 - weight) * 2.0 * u"))
    before = collected(tmp_path / "s")
    with pytest.raises(UsageError, match="another version of the model's source"):
        simcore.sweep(source, out=tmp_path / "s", workers=2)
    assert same_bits(collected(tmp_path / "s"), before)
    assert simcore.sweep(source, out=tmp_path / "s", workers=2, overwrite=True).done == 2
    assert not same_bits(collected(tmp_path / "s"), before)


def test_a_result_that_its_launcher_never_heard_of_is_taken_as_it_is(tmp_path):
    diary = tmp_path / "diary"
    simcore.sweep(fragile([0.1, 0.2], {}, diary=diary), out=tmp_path / "s", workers=1)
    before = (tmp_path / "s" / "estimates.h5").read_bytes()
    ledger = tmp_path / "s" / "ledger.jsonl"
    lines = ledger.read_text().splitlines(keepends=True)
    ledger.write_text("".join(line for line in lines if "done" not in line[:8]) + lines[-1][:20])
    assert simcore.sweep(fragile([0.1, 0.2], {}, diary=diary), out=tmp_path / "s", workers=1).done == 2
    assert (tmp_path / "s" / "estimates.h5").read_bytes() == before
    assert diary_entries(diary) == {0.1: 1, 0.2: 1}


def test_a_drawn_seed_is_that_of_every_later_launch(tmp_path):
    source = ising(2)
    del source["run"]["seed"]
    simcore.sweep(source, out=tmp_path / "s", workers=1)
    simcore.sweep(source, out=tmp_path / "s", workers=1)
    assert len(ledger_entries(tmp_path / "s", "done")) == 2


@pytest.mark.parametrize("wanted", [1, 2])
def test_the_workers_of_a_point_change_no_bit(tmp_path, wanted):
    outcome = simcore.sweep(ising(2, workers_per_point=wanted), out=tmp_path / "s", workers=2)
    assert outcome.done == 2
    assert same_bits(collected(tmp_path / "s"), serial(ising(2), tmp_path / "loop"))


def test_a_model_that_no_file_defines_is_swept(tmp_path):
    def renewed(u, i, j, random):
        return random[0]

    def value(u, i, j):
        return u[i, j]

    class Local(simcore.Model):
        size: int = 4
        parameters: simcore.Parameters

        def state(self):
            sides = ((simcore.Periodic(), simcore.Periodic()),) * 2
            return [simcore.StateArray("u", (self.size, self.size), "float64", lambda s: s.uniform((4, 4)), sides)]

        def phases(self):
            return [simcore.Phase(renewed, writes="u", draws=1)]

        def observables(self):
            return [simcore.Observable("u", value)]

    source = {"model": {"type": Local, "parameters": {}}, "run": {"seed": 1, "sweeps": 5}, "sweep": {"replicas": 3}}
    outcome = simcore.sweep(source, out=tmp_path / "s", workers=2)
    assert outcome.done == 3
    assert len({round(x["u"], 12) for x in collected(tmp_path / "s").values()}) == 3


def test_the_directory_of_a_run_is_refused(tmp_path):
    source = ising(2)
    simcore.run({key: section for key, section in source.items() if key != "sweep"}, out=tmp_path / "r", workers=1)
    with pytest.raises(UsageError, match="holds a run already"):
        simcore.sweep(source, out=tmp_path / "r", workers=1)


def test_status_in_python_is_that_of_a_sweep_and_of_its_points(tmp_path):
    outcome = simcore.sweep(fragile([0.1, 0.2], {0.2: 1}), out=tmp_path / "s", workers=2)
    found = simcore.status(outcome.path)
    assert (found.state, found.progress.done, found.progress.failed, found.progress.total) == ("failed", 1, 1, 2)
    (done,) = ledger_entries(outcome.path, "done")
    assert simcore.status(outcome.path / "points" / done).state == "done"
    with pytest.raises(UsageError, match="holds no run"):
        simcore.status(tmp_path)


def test_a_point_that_max_walltime_ends_is_to_be_continued(tmp_path):
    source = fragile([0.1, 0.2], {}, sweeps=200_000)
    source["model"]["size"] = 64
    loop = serial(source, tmp_path / "loop")
    place, steps = tmp_path / "s", [0]
    while True:
        outcome = simcore.sweep({**source, "run": {**source["run"], "max_walltime": "1 s"}}, out=place, workers=2)
        assert outcome.failed == {}
        if outcome.done == 2:
            break
        assert outcome.done + outcome.paused == 2
        assert simcore.status(place).state == "paused"
        steps.append(int(outcome.estimates["point_step"].sum()))
        assert steps[-1] > steps[-2], "each launch goes on"
    assert len(steps) > 1
    assert same_bits(collected(place), loop)


def test_points_stop_short_of_nan_only_where_they_are_missing(tmp_path):
    outcome = simcore.sweep(fragile([0.1, 0.2, 0.3], {0.2: 1}), out=tmp_path / "s", workers=2)
    values = outcome.estimates["u"].values.ravel()
    assert [math.isnan(x) for x in values] == [False, True, False]
