"""64 replicas of a small system in one run, against a sweep over the same 64 points, by their commands.

Wanted: at most 0.7 of the sweep's time on the same 2 workers, start-up left out of both: the time of two systems, one a
worker, is subtracted from that of all.
"""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

REPLICAS, WORKERS, ROUNDS = 64, 2, 3


def experiment(sweeps: int, **run: Any) -> dict[str, Any]:
    lattice = {"type": "square", "size": 16}
    model = {"type": "ising", "lattice": lattice, "parameters": {"temperature": 2.269185}}
    return {"model": model, "run": {"seed": 1, "sweeps": sweeps, "measure_every": 10, **run}}


def seconds(place: Path, command: str, content: dict[str, Any]) -> float:
    file, out = place / "experiment.yaml", place / "out"
    file.write_text(json.dumps(content))  # JSON is YAML
    arguments = [sys.executable, "-m", "simcore", command, str(file), "--workers", str(WORKERS), "--out", str(out)]
    began = time.perf_counter()
    subprocess.run(arguments, check=True, capture_output=True)
    took = time.perf_counter() - began
    shutil.rmtree(out)
    return took


def of_one_run(place: Path, sweeps: int, replicas: int) -> float:
    return seconds(place, "run", experiment(sweeps, replicas=replicas))


def of_a_sweep(place: Path, sweeps: int, replicas: int) -> float:
    return seconds(place, "sweep", {**experiment(sweeps), "sweep": {"replicas": replicas}})


@pytest.mark.parametrize("sweeps", [200, 1000, 10_000])
def test_one_run_against_a_sweep(benchmark, tmp_path, sweeps):
    kinds = (of_one_run, of_a_sweep)
    for kind in kinds:
        kind(tmp_path, 10, WORKERS)  # compiled, and read once
    found = []

    def round_of_both() -> None:
        ours, peer = ((kind(tmp_path, sweeps, REPLICAS), kind(tmp_path, sweeps, WORKERS)) for kind in kinds)
        found.append((ours[0] - ours[1], peer[0] - peer[1]))

    benchmark.pedantic(round_of_both, rounds=ROUNDS)
    ratio = statistics.median(ours / peer for ours, peer in found)
    benchmark.extra_info["ratio"] = round(ratio, 2)
    ours, peer = (f"{statistics.median(times):.2f} s" for times in zip(*found, strict=True))
    print(f"\n{sweeps} sweeps: {ratio:.2f} of the sweep's time, {ours} : {peer} for {REPLICAS - WORKERS} systems")
