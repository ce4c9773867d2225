"""`load`: the result where there is one, the newest checkpoint where the run is ahead of it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import xarray

from simcore.analysis import load
from simcore.errors import CheckpointError, StorageError, UsageError
from simcore.runs.partial_result import Unfinished
from simcore.storage import Checkpoint, Group, Result, Variable, write_checkpoint, write_result
from simcore.storage.fields import FieldHistory, FieldSource

MARKS = (30, 60, 90, 120)


def result_at(step: int) -> Result:
    """What a run of `step` steps writes."""
    steps = np.arange(10, step + 1, 10)
    coordinates = {"step": Variable(("step",), steps, "1", "step"), "time": Variable(("step",), steps / 2, "s", "time")}
    series = Group({"energy": Variable(("step",), steps**0.5, "J", "energy per site")}, coordinates)
    estimates = Group({"energy": Variable((), np.array(1.5), "J", "energy per site")})
    times = Variable(("time",), np.array([*(mark for mark in MARKS if mark < step), step], float), "1", "time")
    numbers = np.repeat(1j * times.data[:, None], 5, axis=1)
    fields = Group({"u": Variable(("time", "x"), numbers, "K", "temperature")}, {"time": times})
    return Result({"series": series, "estimates": estimates, "fields": fields}, {"steps": step, "experiment": "é"})


@pytest.fixture(autouse=True)
def _report(monkeypatch):
    """The engine's part: here a checkpoint knows its step, and its directory is the run's."""

    def at_checkpoint(directory: Path, checkpoint: Checkpoint) -> Unfinished:
        assert (Path(directory) / "experiment.yaml").exists()
        result, place = result_at(checkpoint.step), Path(directory) / "checkpoints" / "fields"
        groups = dict(result.groups)
        del groups["fields"]
        source = FieldSource(("u",), None, ("x",), "K", "temperature")
        history = FieldHistory(place, tuple(MARKS), "time", checkpoint.step, {"u": source}, {})
        final = {"u": np.full(5, 1j * checkpoint.step)}
        return Unfinished(Result(groups, result.attributes), history, final)

    monkeypatch.setattr("simcore.runs.partial_result.at_checkpoint", at_checkpoint)


@pytest.fixture
def run(tmp_path) -> Path:
    """The directory of a run that has just begun, with all snapshots that it will ever take."""
    directory = tmp_path / "ising"
    directory.mkdir()
    (directory / "experiment.yaml").write_text("name: ising\n")
    for mark in MARKS:
        write_checkpoint(
            directory / "checkpoints" / "fields", mark, {"state/u": np.full(5, 1j * mark)}, {"moment": mark}
        )
    return directory


def damage(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def step_of(tree: xarray.DataTree) -> int:
    assert int(tree["series/step"][-1]) == tree.attrs["steps"]
    return tree.attrs["steps"]


def test_a_finished_run_is_read_lazily_by_directory_or_file(run):
    write_checkpoint(run / "checkpoints", 100, {}, {})
    write_result(run / "result.h5", result_at(100))
    for path in (run, str(run), run / "result.h5"):
        with load(path) as tree:
            assert not tree["fields/u"].variable._in_memory
            assert step_of(tree) == 100
            assert tree["series/energy"].attrs == {"units": "J", "long_name": "energy per site"}


@pytest.mark.filterwarnings("error")
def test_a_run_that_is_going_gives_the_same_tree_as_its_result_would(run):
    for step in (50, 100):
        write_checkpoint(run / "checkpoints", step, {"u": np.ones(3)}, {})
    going = load(run)
    assert step_of(going) == 100
    write_result(run / "result.h5", result_at(100))
    with load(run) as finished:
        xarray.testing.assert_identical(going, finished)
        assert set(going["series/energy"].coords) == {"step", "time"}


def test_snapshots_of_a_run_that_is_going_are_read_and_verified_when_they_are_used(run):
    write_checkpoint(run / "checkpoints", 100, {}, {})
    tree = load(run)
    field = tree["fields/u"]
    assert not field.variable._in_memory
    np.testing.assert_array_equal(field["time"], [30, 60, 90, 100])
    broken = run / "checkpoints" / "fields" / "step-60.h5"
    data = bytearray(broken.read_bytes())
    data[-1] ^= 1
    broken.write_bytes(data)
    np.testing.assert_array_equal(field.isel(time=[0, 2, 3], x=slice(1, 3)).imag, [[30, 30], [90, 90], [100, 100]])
    with pytest.raises(CheckpointError, match=r"step-60\.h5: its checksum does not match its contents"):
        field.sel(time=60).load()


def test_a_snapshot_that_was_cut_is_named_at_once(run):
    write_checkpoint(run / "checkpoints", 100, {}, {})
    damage(run / "checkpoints" / "fields" / "step-60.h5")
    with pytest.raises(CheckpointError, match=r"step-60\.h5: has \d+ bytes instead of"):
        load(run)


READS = """
import sys
from simcore.analysis import load

def bytes_read():
    with open("/proc/self/io") as numbers:
        return int(numbers.readline().split()[1])

load(sys.argv[2]).load()["fields/u"][0, :1].load()  # now all modules are there
before = bytes_read()
tree = load(sys.argv[1])
tree["estimates/energy"].load()
opened = bytes_read() - before
tree["fields/u"][3, :5].load()
print(opened, bytes_read() - before - opened)
"""


@pytest.mark.skipif(not Path("/proc/self/io").exists(), reason="the system does not count what is read")
def test_of_a_large_result_only_what_is_used_is_read(run):
    """16 MB of noise in 8 snapshots, of which 5 rows of one are looked at."""
    noise = np.random.default_rng(1).random((8, 500, 500))
    fields = Group({"u": Variable(("time", "x", "y"), noise)}, {"time": Variable(("time",), np.arange(8.0))})
    result = result_at(100)
    write_result(run / "result.h5", Result({**result.groups, "fields": fields}, result.attributes))
    write_result(run / "small.h5", result)
    size = (run / "result.h5").stat().st_size
    assert size > 12e6
    command = [sys.executable, "-c", READS, str(run / "result.h5"), str(run / "small.h5")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    opened, looked_at = map(int, done.stdout.split())
    assert opened < size / 20
    assert looked_at < size / 8


def test_a_run_that_was_extended_is_read_from_its_checkpoint(run):
    write_result(run / "result.h5", result_at(100))
    write_checkpoint(run / "checkpoints", 150, {}, {})
    assert step_of(load(run)) == 150


def test_a_damaged_checkpoint_is_passed_over_with_a_warning_and_left(run):
    for step in (50, 100):
        write_checkpoint(run / "checkpoints", step, {}, {})
    damage(run / "checkpoints" / "step-100.h5")
    with pytest.warns(UserWarning, match=r"step-100\.h5: has \d+ bytes instead of \d+; left where it is"):
        assert step_of(load(run)) == 50
    assert sorted(os.listdir(run / "checkpoints")) == ["fields", "step-100.h5", "step-50.h5"]


@pytest.mark.filterwarnings("ignore:.*left where it is")
def test_with_no_good_checkpoint_the_older_result_is_read_with_a_warning(run):
    write_result(run / "result.h5", result_at(100))
    write_checkpoint(run / "checkpoints", 150, {}, {})
    damage(run / "checkpoints" / "step-150.h5")
    with pytest.warns(UserWarning, match=r"result\.h5 is read, which is older"), load(run) as tree:
        assert step_of(tree) == 100
    write_checkpoint(run / "checkpoints", 90, {}, {})
    with pytest.warns(UserWarning, match=r"step-150"), load(run) as tree:
        assert step_of(tree) == 100


@pytest.mark.filterwarnings("ignore:.*left where it is")
def test_with_nothing_good_it_is_an_error(run):
    write_checkpoint(run / "checkpoints", 150, {}, {})
    damage(run / "checkpoints" / "step-150.h5")
    with pytest.raises(CheckpointError, match="no good checkpoint is left"):
        load(run)


def test_a_run_that_has_written_nothing_says_so(run):
    with pytest.raises(UsageError, match="the run has written neither a checkpoint nor a result yet"):
        load(run)


def test_what_is_not_there_is_named_with_the_nearest(run):
    with pytest.raises(UsageError, match=r"isin: no such file or directory; did you mean '.*/ising'\?$"):
        load(run.with_name("isin"))
    with pytest.raises(UsageError, match=r"elsewhere: no such file or directory$"):
        load(run / "somewhere" / "elsewhere")


def test_a_directory_of_runs_names_them(run):
    with pytest.raises(UsageError, match=r"no run in this directory .*; the runs in it: ising$"):
        load(run.parent)


def test_a_sweep_that_has_written_nothing_says_so(tmp_path):
    (tmp_path / "ledger.jsonl").touch()
    with pytest.raises(UsageError, match="the sweep has written no estimates yet"):
        load(tmp_path)


def test_the_tree_of_a_sweep_tells_its_experiment(tmp_path):
    (tmp_path / "ledger.jsonl").touch()
    (tmp_path / "experiment.yaml").write_text("name: swept\n")
    write_result(tmp_path / "estimates.h5", Result({"estimates": Group({})}, {"alike": "", "sweep": "swept"}))
    with load(tmp_path) as tree:
        assert tree.attrs["experiment"] == "name: swept\n"


def test_a_file_that_is_no_result_is_a_storage_error(run):
    (run / "result.h5").write_bytes(b"\x89HDF\r\n\x1a\n and no more")
    for path in (run, run / "result.h5", run / "experiment.yaml"):
        with pytest.raises(StorageError, match="cannot be read as a result file"):
            load(path)


def test_to_import_it_costs_no_heavy_library():
    code = "import sys, simcore.analysis; assert not {'h5py', 'numba', 'scipy', 'xarray'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
