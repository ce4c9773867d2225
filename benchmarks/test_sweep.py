"""Many small points: what one costs beyond its kernel, and against a loop of joblib over `simcore.run`.

Wanted: at most 12 ms a point above the kernel's own time with 2 workers; at least 5 times the rate of the loop.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

import simcore
from simcore.runs.experiment import resolve
from simcore.runs.simulation import Simulation
from simcore.sweeps.expansion import expand
from simcore.sweeps.progress import UnwatchedSweep

POINTS, LOOP, WORKERS = 1000, 10, 2
RUN: dict[str, Any] = {
    "name": "points",
    "model": {"type": "ising", "lattice": {"type": "square", "size": 16}, "parameters": {"temperature": 2.0}},
    "run": {"seed": 1, "sweeps": 200},
}
TEMPERATURE = "model.parameters.temperature"


def sweep_of(points: int) -> dict[str, Any]:
    return {**RUN, "sweep": {"grid": {TEMPERATURE: {"linspace": [1.5, 3.0, points]}}}}


def carry_out(points: int, place: Path) -> None:
    outcome = simcore.sweep(sweep_of(points), out=place, workers=WORKERS, watch=UnwatchedSweep())
    assert outcome.done == points


def kernel_seconds() -> float:
    """Of the compiled code of one point, the best of ten."""
    experiment = resolve(RUN)
    with Simulation(experiment, 1, alone=True) as simulation:
        simulation.begin(None, experiment.total_steps)
        found = []
        for _ in range(10):
            simulation.post(experiment.total_steps)
            found.append(simulation.collect().seconds)
    return min(found)


def run_one(number: int, place: str) -> None:
    simcore.run(RUN, workers=1, overrides={TEMPERATURE: 1.5 + 0.01 * number}, out=Path(place) / str(number))


def test_what_a_point_costs_beyond_its_kernel(benchmark, tmp_path):
    carry_out(4, tmp_path / "warm")
    benchmark.pedantic(carry_out, args=(POINTS, tmp_path / "s"), rounds=1)
    a_point, kernel = benchmark.stats.stats.min / POINTS, kernel_seconds()
    benchmark.extra_info["milliseconds"] = round(1e3 * (a_point - kernel / WORKERS), 2)
    print(f"\n{1e3 * a_point:.2f} ms a point with {WORKERS} workers, {1e3 * kernel:.2f} ms of it in the kernel")


def test_the_rate_against_a_loop_of_joblib_over_runs(benchmark, tmp_path):
    joblib = pytest.importorskip("joblib")
    carry_out(4, tmp_path / "warm")
    with joblib.Parallel(WORKERS) as parallel:
        parallel(joblib.delayed(run_one)(number, str(tmp_path / "warm-loop")) for number in range(WORKERS))
        began = time.perf_counter()
        parallel(joblib.delayed(run_one)(number, str(tmp_path / "loop")) for number in range(LOOP))
        loop = (time.perf_counter() - began) / LOOP
    benchmark.pedantic(carry_out, args=(POINTS, tmp_path / "s"), rounds=1)
    a_point = benchmark.stats.stats.min / POINTS
    benchmark.extra_info["ratio"] = round(loop / a_point, 1)
    print(f"\nratio {loop / a_point:.1f}: {1e3 * loop:.0f} ms a point by joblib, {1e3 * a_point:.2f} ms by the sweep")


def test_the_expansion_of_a_hundred_thousand_points(benchmark):
    source = {**RUN, "sweep": {"grid": {TEMPERATURE: {"linspace": [1.5, 3.0, 1000]}}, "replicas": 100}}
    sweep = benchmark.pedantic(expand, args=(source,), rounds=3)
    assert len(sweep.points) == 100_000
