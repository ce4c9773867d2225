"""What it costs to look at results, as whole processes with warm caches, and to have a series.

Wanted: the estimates of 10,000 points in under 2 s; `import simcore` in under 0.15 s; to keep the samples of a series
for under 1 % of the kernel's time. What it costs to measure them, a pass over the state each time, is shown beside it.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from simcore.runs.experiment import resolve
from simcore.runs.series import Series
from simcore.storage import Group, Result, Variable, write_result

DIMS, SHAPE = ("temperature", "size", "replica"), (250, 10, 4)
OBSERVABLES = ("energy", "magnetization", "abs_magnetization", "specific_heat", "susceptibility", "binder")
LOAD = "import simcore, sys; simcore.load(sys.argv[1])['estimates'].to_dataset().load()"
SIDE, STEPS, EVERY = 512, 400, 10


@pytest.fixture
def swept(tmp_path) -> Path:
    """The directory of a sweep of 10,000 points, of which each has a series."""
    rng, parts = np.random.default_rng(1), ("", "_error", "_tau", "_ess")
    variables = {f"{name}{part}": Variable(DIMS, rng.random(SHAPE)) for name in OBSERVABLES for part in parts}
    labels = {dim: Variable((dim,), np.arange(float(n))) for dim, n in zip(DIMS, SHAPE, strict=True)}
    ids = np.array([f"{n:020x}" for n in range(np.prod(SHAPE))]).reshape(SHAPE)
    labels |= {"point_id": Variable(DIMS, ids), "point_done": Variable(DIMS, np.ones(SHAPE, bool))}
    write_result(tmp_path / "estimates.h5", Result({"estimates": Group(variables, labels)}, {"alike": "series"}))
    first = tmp_path / "points" / ids[0, 0, 0]
    first.mkdir(parents=True)
    series = Group({"energy": Variable(("step",), np.arange(5.0))}, {"step": Variable(("step",), np.arange(5))})
    write_result(first / "result.h5", Result({"series": series}, {}))
    (tmp_path / "ledger.jsonl").touch()
    (tmp_path / "experiment.yaml").write_text("name: swept\n")
    return tmp_path


def test_the_estimates_of_10000_points(process, by_turns, report, swept):
    times = by_turns(process(sys.executable, "-c", LOAD, swept), process(sys.executable, "-c", "pass"), rounds=5)
    report(times.excess, "< 2 s", times, unit=" s")


def test_import_simcore(process, by_turns, report):
    run = [process(sys.executable, "-c", statement) for statement in ("import simcore", "pass")]
    times = by_turns(*run, rounds=15)
    report(times.excess, "< 0.15 s", times, unit=" s")


def ising(measure_every: int) -> dict:
    model = {"type": "ising", "lattice": {"type": "square", "size": SIDE}, "parameters": {"temperature": 2.269}}
    return {"model": model, "run": {"seed": 1, "sweeps": 10**9, "measure_every": measure_every}}


def test_measuring_against_the_kernel_alone(simulate, by_turns, report):
    measured, alone = simulate(ising(EVERY), 2), simulate(ising(10**8), 2)
    times = by_turns(lambda: measured(STEPS), lambda: alone(STEPS), rounds=15)
    report(times.cost - 1.0, "none", times)


def test_keeping_a_series_against_the_kernel_alone(simulate, by_turns, report):
    experiment, alone = resolve(ising(EVERY)), simulate(ising(10**8), 2)
    steps, series = np.arange(EVERY, STEPS + 1, EVERY), Series.of(experiment)
    values = np.zeros((len(steps), len(series.reduced)))
    times = by_turns(lambda: series.extend(steps, values), lambda: alone(STEPS), rounds=15)
    report(times.cost, "< 0.01", times)
