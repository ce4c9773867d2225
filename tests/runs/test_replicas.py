"""`run.replicas`: each member is to the bit the run alone with its number as `run.replica`."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import simcore
from simcore.analysis import pooled
from simcore.analysis.plots.files import write_plots
from simcore.analysis.report.page import write_report
from simcore.analysis.reweighting.points import simulated
from simcore.cli.estimates import as_csv, as_json, as_table, read
from simcore.errors import ExperimentError, NotFiniteError, UsageError
from simcore.parallel.shares import shares
from simcore.runs import resume, run
from simcore.runs.verify import digest
from simcore.statistics import notation
from simcore.storage.checkpoint import latest_checkpoint
from simcore.storage.result import read_result

pytestmark = pytest.mark.usefixtures("nothing_left")

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
FIRST, REPLICAS = 2, 3
TAIL = {"checkpoint": {"every": "16 steps", "keep": 2}, "output": {"fields": {"every": "17 steps"}}}


def spins(model: dict[str, Any], sweeps: int = 60, **keys: Any) -> dict[str, Any]:
    return {"model": model, "run": {"seed": 3, "thermalization": 10, "sweeps": sweeps, "measure_every": 3, **keys}}


def ising(**keys: Any) -> dict[str, Any]:
    lattice = {"type": "square", "shape": [9, 11]}
    model = {"type": "ising", "lattice": lattice, "parameters": {"temperature": 2.5, "h": 0.1}, "initial": "random"}
    return {**spins(model, **keys), **TAIL}


def xy(**keys: Any) -> dict[str, Any]:
    """Proposals are tuned, and a field is made of two arrays."""
    lattice = {"type": "square", "shape": [6, 6]}
    model = {"type": "xy", "lattice": lattice, "parameters": {"temperature": 0.9}, "initial": "random"}
    return {**spins(model, **keys), **TAIL}


def wolff(**keys: Any) -> dict[str, Any]:
    """A phase of one worker."""
    model = {"type": f"{EXAMPLES / 'wolff.py'}:Wolff", "size": 6, "parameters": {"temperature": 2.3}}
    return {**spins(model, **keys), **TAIL}


def noisy(**keys: Any) -> dict[str, Any]:
    """A field with walls that move, a drawn start, and noise."""
    model = {
        "type": "pde",
        "grid": {"shape": [7, 5], "boundary": {"x-": {"value": "0.1*t"}, "x+": {"derivative": 0.3}, "y": "periodic"}},
        "fields": {"u": {"initial": {"random": {"normal": [0, 0.1]}}}},
        "equations": {"u": "laplace(u)"},
        "noise": {"u": "0.1"},
        "scheme": "euler_maruyama",
    }
    return {"model": model, "run": {"seed": 3, "dt": 0.1, "steps": 70, "measure_every": 3, **keys}, **TAIL}


def spectral(**keys: Any) -> dict[str, Any]:
    """A step that Python has a share in."""
    model = {"type": f"{EXAMPLES / 'noisy_diffusion.py'}:NoisyDiffusion", "size": 12, "parameters": {"noise": 0.5}}
    return {"model": model, "run": {"seed": 3, "dt": 0.5, "steps": 70, "measure_every": 3, **keys}, **TAIL}


EXPERIMENTS: dict[str, Callable[..., dict[str, Any]]] = {
    "ising": ising,
    "xy": xy,
    "noisy": noisy,
    "wolff": wolff,
    "spectral": spectral,
}


@pytest.fixture(scope="module", params=EXPERIMENTS)
def ensemble(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """An ensemble of one worker: its name and where it lies."""
    place = tmp_path_factory.mktemp(request.param)
    made = EXPERIMENTS[request.param](replica=FIRST, replicas=REPLICAS)
    return request.param, run(made, workers=1, out=place / "ensemble").path


@pytest.fixture(scope="module")
def of_ising(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return run(ising(replicas=REPLICAS), workers=1, out=tmp_path_factory.mktemp("ising") / "ensemble").path


def same(one: np.ndarray, other: np.ndarray) -> bool:
    return one.dtype == other.dtype and one.shape == other.shape and one.tobytes() == other.tobytes()


def test_a_member_is_the_run_alone(ensemble, tmp_path):
    name, path = ensemble
    together = read_result(path / "result.h5")
    kept = latest_checkpoint(path / "checkpoints")
    assert kept is not None
    for member in range(REPLICAS):
        alone = run(EXPERIMENTS[name](replica=FIRST + member), workers=1, out=tmp_path / str(member)).path
        result = read_result(alone / "result.h5")
        for group, axis in (("series", 0), ("estimates", 0), ("fields", 1)):
            assert together.groups[group].variables.keys() == result.groups[group].variables.keys()
            for key, variable in result.groups[group].variables.items():
                own = together.groups[group].variables[key]
                assert own.dims.index("replica") == axis
                assert same(np.take(own.data, member, axis), np.asarray(variable.data)), f"{group}/{key}"
        checkpoint = latest_checkpoint(alone / "checkpoints")
        assert checkpoint is not None
        for key, array in checkpoint.arrays.items():
            own = kept.arrays[key] if key == "series/step" else kept.arrays[key][member]
            assert same(np.ascontiguousarray(own), np.asarray(array)), key


@pytest.mark.parametrize("workers", [2, 3, 7])
def test_any_number_of_workers_gives_the_same_bits(ensemble, workers, tmp_path):
    name, path = ensemble
    made = run(EXPERIMENTS[name](replica=FIRST, replicas=REPLICAS), workers=workers, out=tmp_path / "out")
    assert digest(made.path) == digest(path)


def test_a_stop_and_other_workers_change_no_bit(ensemble, tmp_path):
    name, path = ensemble
    whole = EXPERIMENTS[name](replica=FIRST, replicas=REPLICAS)
    key = "sweeps" if "sweeps" in whole["run"] else "steps"
    half = {**whole, "run": {**whole["run"], key: 31}}
    run(half, workers=2, out=tmp_path / "halves")
    resume(tmp_path / "halves", workers=5, overrides={f"run.{key}": whole["run"][key]})
    assert digest(tmp_path / "halves") == digest(path)


def test_the_shares_of_workers_cover_every_row_once():
    for systems in range(1, 9):
        for rows in (1, 2, 5, 16):
            for workers in range(1, min(systems * rows, 20) + 1):
                made = shares(systems, rows, workers)
                assert all(made), "nobody is left without a share"
                owned = sorted((share.system, *share.rows) for own in made for share in own)
                assert [row for _, first, last in owned for row in range(first, last)] == [*range(rows)] * systems
                groups: dict[int, set[tuple[int, ...]]] = {}
                for own in made:
                    if shared := [share for share in own if share.workers > 1]:
                        assert len({share.group for share in shared}) == 1
                        groups.setdefault(shared[0].group, set()).add(tuple(share.system for share in shared))
                assert all(len(orders) == 1 for orders in groups.values()), "else two wait for each other for ever"


@pytest.mark.parametrize(("systems", "workers", "busiest"), [(64, 2, 32), (3, 2, 1.5), (2, 3, 2 / 3), (7, 3, 7 / 3)])
def test_the_work_is_shared_evenly(systems, workers, busiest):
    loads = [sum((share.rows[1] - share.rows[0]) / 60 for share in own) for own in shares(systems, 60, workers)]
    assert max(loads) == pytest.approx(busiest)


def test_what_is_loaded_has_the_dimension_and_pooled_estimates(ensemble):
    name, path = ensemble
    tree = simcore.load(path)
    replicas = [FIRST, FIRST + 1, FIRST + 2]
    for group in ("series", "estimates", "fields"):
        assert tree[group]["replica"].values.tolist() == replicas
    observable = next(iter(tree["series"].data_vars))
    assert tree["series"][observable].dims == ("replica", "step")
    again = pooled(tree["estimates"].to_dataset())
    for key, variable in tree["pooled"].data_vars.items():
        np.testing.assert_array_equal(variable, again[key])
    assert tree["pooled"][observable].dims == ()
    moment = "step" if "sweeps" in EXPERIMENTS[name]()["run"] else "time"
    assert all(variable.dims[:2] == (moment, "replica") for variable in tree["fields"].data_vars.values())


def test_a_run_without_a_result_is_loaded_from_its_checkpoint(ensemble, tmp_path):
    _, path = ensemble
    copy = tmp_path / "copy"
    shutil.copytree(path, copy)
    (copy / "result.h5").unlink()
    found, expected = simcore.load(copy), simcore.load(path)
    for group in ("series", "estimates", "pooled"):
        assert found[group].to_dataset().equals(expected[group].to_dataset()), group
    for name, field in found["fields"].data_vars.items():
        assert field.equals(expected["fields"][name])


def test_the_spread_of_many_replicas_is_the_error(tmp_path):
    """Independent replicas know their error without any autocorrelation time: chi-square with 31 degrees of freedom."""
    made = run(ising(replicas=32), workers=2, out=tmp_path / "out")
    tree = simcore.load(made.path)
    means = tree["estimates"]["energy"].values
    assert float(tree["pooled"]["energy_error"]) == pytest.approx(means.std(ddof=1) / np.sqrt(32), rel=0.3)
    assert 0.9 < float(tree["pooled"]["energy_r_hat"]) < 1.2


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            {"run.until": {"error": {"energy": 1e-3}}},
            "run.until: would end each of the 3 replicas at a step of its own",
        ),
        ({"run.thermalization": "auto"}, "run.thermalization: auto would find a number of sweeps for each"),
        ({"output.vtk": True}, "output.vtk: VTK shows one system, not 3 replicas"),
        ({"run.replica": 2**63 - 1}, "run.replicas: the last replica"),
        ({"run.replicas": 0}, "run.replicas: must be"),
    ],
)
def test_what_replicas_cannot_do_is_refused(changes, words, tmp_path):
    with pytest.raises(ExperimentError) as error:
        run(ising(replicas=3), overrides=changes, out=tmp_path / "out")
    assert words in str(error.value)
    assert not (tmp_path / "out").exists()


def test_adaptive_steps_callbacks_prepare_and_sweeps_are_refused(tmp_path):
    adaptive = noisy(replicas=2)
    adaptive["model"] |= {"noise": {}, "scheme": "rk45"}
    with pytest.raises(ExperimentError, match=r"run.replicas: adaptive steps .* sweep: {replicas: 2}"):
        run(adaptive, out=tmp_path / "out")
    with pytest.raises(UsageError, match=r"callbacks: they see one system"):
        simcore.run(ising(replicas=2), callbacks=[simcore.every(1, lambda view: None)], out=tmp_path / "out")
    with pytest.raises(ExperimentError, match=r"run.replicas: a call of a prepared experiment runs one system"):
        simcore.prepare(ising(replicas=2))
    with pytest.raises(ExperimentError, match=r"run.replicas: the points of a sweep .* sweep: {replicas: 2}"):
        simcore.sweep({**ising(replicas=2), "sweep": {"grid": {"model.parameters.temperature": [2.0]}}})


def test_the_replica_that_is_not_finite_is_named(tmp_path):
    """The first replica with noise to speak of; the others are as good as nothing there."""
    made = noisy(replicas=3, steps=2000, allow_unstable=True)
    made["model"] |= {"equations": {"u": "u**3"}, "noise": {"u": "1"}, "fields": {"u": {"initial": "0"}}}
    with pytest.raises(NotFiniteError) as error:
        run(made, workers=2, out=tmp_path / "out")
    text = str(error.value)
    step, replica = int(text.split(" step ")[1].split(",")[0]), int(text.split(", replica ")[1].split(":")[0])
    alone = {**made, "run": {**made["run"], "replicas": 1, "replica": replica}}
    with pytest.raises(NotFiniteError, match=f"after step {step}:"):
        run(alone, workers=2, out=tmp_path / "alone")


def test_another_number_of_replicas_is_another_experiment(tmp_path):
    run(ising(replicas=2, sweeps=5), workers=1, out=tmp_path / "out")
    with pytest.raises(UsageError, match=r"run.replicas differs"):
        run(ising(replicas=3, sweeps=5), workers=1, out=tmp_path / "out", resume=True)


def test_show_plots_and_reports_take_the_replicas_together(of_ising):
    path = of_ising
    rows, pool = read(path), simcore.load(path)["pooled"]
    energy = rows[0].name
    assert "R-hat" in as_table(rows).splitlines()[0]
    assert notation(float(pool[energy]), float(pool[f"{energy}_error"])) in as_table(rows).splitlines()[1]
    assert json.loads(as_json(rows))[energy]["r_hat"] == float(pool[f"{energy}_r_hat"])
    assert as_csv(rows).splitlines()[0].endswith("cautions,r_hat")
    assert [file.name for file in write_plots(path)] == ["series.png", "field-s.png", "snapshots-s.png"]
    assert "The 3 replicas are taken together" in write_report(path).read_text()


def test_each_replica_is_a_simulation_to_reweight_from(of_ising):
    series = simcore.load(of_ising)["series"]["energy"].sel(step=slice(11, None))
    found = list(simulated(of_ising))
    assert [one.sites for one in found] == [99] * REPLICAS
    np.testing.assert_array_equal([one.series["energy"] for one in found], series)


def test_what_takes_one_system_refuses_the_result_of_several(of_ising, tmp_path):
    path = of_ising
    start = {**ising()["model"], "initial": {"file": str(path / "result.h5")}}
    with pytest.raises(ExperimentError, match="holds 3 replicas of 's'"):
        run({**ising(), "model": start}, out=tmp_path / "out")
    with pytest.raises(UsageError, match="holds several replicas already; load it alone"):
        simcore.load([path, path])
