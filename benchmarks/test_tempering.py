"""A ladder of 16 temperatures, Ising 64^2, an exchange every 10 sweeps, against 16 replicas, by their command.

Wanted: at least 0.9 of the sweeps of the replicas in the same time, start-up left out of both.
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

PLACES, WORKERS, ROUNDS, SWEEPS, START = 16, 2, 3, 10_000, 200


def seconds(place: Path, sweeps: int, *, ladder: bool) -> float:
    model = {"type": "ising", "lattice": {"type": "square", "size": 64}, "parameters": {"temperature": 2.269185}}
    run: dict[str, Any] = {"seed": 1, "sweeps": sweeps, "measure_every": 10}
    content: dict[str, Any] = {"model": model, "run": run if ladder else {**run, "replicas": PLACES}}
    if ladder:
        content["tempering"] = {"values": {"linspace": [2.0, 2.6, PLACES]}, "every": 10}
    file, out = place / "experiment.yaml", place / "out"
    file.write_text(json.dumps(content))  # JSON is YAML
    arguments = [sys.executable, "-m", "simcore", "run", str(file), "--workers", str(WORKERS), "--out", str(out)]
    began = time.perf_counter()
    subprocess.run(arguments, check=True, capture_output=True)
    took = time.perf_counter() - began
    shutil.rmtree(out)
    return took


def test_a_ladder_against_replicas(benchmark, tmp_path):
    for ladder in (True, False):
        seconds(tmp_path, START, ladder=ladder)  # compiled, and read once
    found = []

    def round_of_both() -> None:
        long, short = ([seconds(tmp_path, n, ladder=ladder) for ladder in (True, False)] for n in (SWEEPS, START))
        found.append([one - other for one, other in zip(long, short, strict=True)])

    benchmark.pedantic(round_of_both, rounds=ROUNDS)
    ratios = [replicas / ladder for ladder, replicas in found]
    benchmark.extra_info["ratio"] = round(statistics.median(ratios), 2)
    print(f"\na ladder makes {statistics.median(ratios):.2f} of the sweeps of replicas: {sorted(ratios)}")
