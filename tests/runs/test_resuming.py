"""What may change when a run goes on, what may not, and who may write in its directory."""

from __future__ import annotations

import fcntl
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simcore.errors import UsageError
from simcore.runs import resume, run, status
from simcore.runs.verify import digest
from simcore.spec.arrays import StateArray
from simcore.spec.observables import Observable
from simcore.spec.phases import Phase
from simcore.storage.checkpoint import checkpoint_steps
from simcore.storage.result import read_result
from tests.compiler.conftest import model

pytestmark = pytest.mark.usefixtures("nothing_left")


def experiment(**run_keys: Any) -> dict[str, Any]:
    return {
        "model": {"type": "ising", "lattice": {"type": "square", "size": 4}, "parameters": {"temperature": 2.0}},
        "run": {"seed": 1, "workers": 1, "sweeps": 20, **run_keys},
        "checkpoint": {"every": "5 steps"},
    }


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run that no test changes."""
    return run(experiment(), out=tmp_path_factory.mktemp("done") / "run").path


def contents(path: Path) -> dict[str, bytes]:
    return {str(file.relative_to(path)): file.read_bytes() for file in path.rglob("*") if file.is_file()}


@pytest.mark.parametrize(
    ("how", "change", "words"),
    [
        ({}, {}, "holds a run already: --resume goes on with it, --overwrite replaces it"),
        (
            {"resume": True},
            {"run.seed": 2},
            "holds another experiment: only totals, workers",
        ),
        ({"resume": True}, {"run.replica": 1}, "holds another experiment"),
        ({"resume": True}, {"run.measure_every": 2}, "holds another experiment"),
        ({"resume": True}, {"model.parameters.temperature": 2.5}, "holds another experiment"),
        ({"resume": True}, {"model.lattice.size": 5}, "holds another experiment"),
        ({"resume": True}, {"run.sweeps": 19}, "is at step 20 already, beyond the 19 asked for"),
    ],
)
def test_what_would_spoil_a_run_is_refused_and_nothing_is_touched(how, change, words, done):
    before = contents(done)
    with pytest.raises(UsageError, match=words) as error:
        run(experiment(), out=done, overrides=change, **how)
    assert error.value.exit_code == 2
    assert contents(done) == before


@pytest.mark.parametrize("how", [{"resume": True}, {"overwrite": True}])
def test_a_directory_in_which_a_run_goes_on_is_refused(how, done):
    before = contents(done)
    with (done / "run.log").open() as log:
        fcntl.flock(log, fcntl.LOCK_EX)  # as a run holds it
        with pytest.raises(UsageError, match="a run is going on there") as error:
            run(experiment(), out=done, **how)
        assert status(done).state == "running"
    assert error.value.exit_code == 2
    assert contents(done) == before
    assert status(done).state == "done"


def test_overwrite_replaces_a_run(tmp_path):
    out = tmp_path / "out"
    run(experiment(sweeps=30), out=out)
    run(experiment(seed=7), out=out, overwrite=True)
    assert checkpoint_steps(out / "checkpoints")[-1] == 20
    assert digest(out) == digest(run(experiment(seed=7), out=tmp_path / "anew").path)


def test_a_drawn_seed_is_recorded_and_resumed_with(tmp_path):
    drawn = experiment(seed=None)
    first = run(drawn, out=tmp_path / "out").path
    run(drawn, out=first, resume=True, overrides={"run.sweeps": 40})
    seed = next(line.split(":")[1] for line in (first / "experiment.yaml").read_text().splitlines() if "seed:" in line)
    whole = run(experiment(seed=int(seed), sweeps=40), out=tmp_path / "whole").path
    assert digest(first) == digest(whole)
    other = run(drawn, out=tmp_path / "other").path
    assert f"seed:{seed}\n" not in (other / "experiment.yaml").read_text()


def test_resume_of_what_has_not_begun_begins(tmp_path):
    assert run(experiment(), out=tmp_path / "out", resume=True).done


def test_resume_of_a_finished_run_changes_nothing_of_it(tmp_path):
    path = run(experiment(), out=tmp_path / "out").path
    before = digest(path)
    assert resume(path).step == 20
    assert digest(path) == before


def test_the_end_of_the_wall_time_is_an_end_with_a_checkpoint(tmp_path):
    short = run(experiment(sweeps=10**9, max_walltime="0.2 s"), out=tmp_path / "out")
    assert not short.done
    assert 0 < short.step < 10**9
    assert checkpoint_steps(short.path / "checkpoints")[-1] == short.step
    assert status(short.path).state == "paused"
    total = short.step + 10
    path = resume(short.path, overrides={"run.sweeps": total, "run.max_walltime": None}).path
    assert digest(path) == digest(run(experiment(sweeps=total), out=tmp_path / "whole").path)


@pytest.mark.parametrize("out", ["taken/run", "taken"])
def test_a_directory_that_cannot_be_made_is_one_line(out, tmp_path):
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(UsageError, match="taken"):
        run(experiment(), out=tmp_path / out)


def one_more(u, v, i):
    return u[i] + 1, v[i] + 2


def value(u, i):
    return u[i]


def test_another_choice_of_fields_on_a_resume_is_honoured(tmp_path):
    """A snapshot from before that holds fewer arrays is left out."""
    two = model(
        state=[StateArray(name, (3,), "float64", np.zeros(3)) for name in "uv"],
        phases=[Phase(one_more, ("u", "v"))],
        observables=[Observable("mean_u", value)],
    )
    counting = {"model": {"type": two, "parameters": {}}, "run": {"seed": 1, "sweeps": 20}}
    fields = {"output.fields.every": "8 steps", "output.fields.names": ["u"]}
    run(counting, out=tmp_path, workers=1, overrides=fields)
    more = {**fields, "output.fields.names": ["u", "v"], "run.sweeps": 40}
    path = run(counting, out=tmp_path, workers=1, overrides=more, resume=True).path
    found = read_result(path / "result.h5", ["fields"]).groups["fields"]
    assert found.coordinates["step"].data.tolist() == [24, 32, 40]
    assert found.variables["v"].data[:, 0].tolist() == [48, 64, 80]
