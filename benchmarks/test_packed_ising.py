"""Ising lattices of packed spins through the command `simcore run`, against the general kernel and peapods.

A run is made with two numbers of sweeps; the difference of the two times is that of the sweeps between. `measured` has
a measurement every 10 sweeps; the others none.

Wanted: 4096² at T_c at least 6 flips/ns with two workers or 60 times peapods, 256³ at least 40 times peapods.
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

PEERS = Path(__file__).parent / "peers"
SHORT, ROUNDS, NEVER = 20, 3, 10**9
CRITICAL = {2: 2.269185314213022, 3: 4.511524}

needs_peapods = pytest.mark.skipif(importlib.util.find_spec("peapods") is None, reason="peapods is not installed")


@dataclass
class Sweeps:
    """The best times of `simcore run` with `SHORT` sweeps, and with so many more."""

    file: Path
    out: Path
    more: int
    best: dict[int, float] = field(default_factory=dict)

    def time(self) -> None:
        for sweeps in (SHORT, SHORT + self.more):
            command = [sys.executable, "-m", "simcore", "run", self.file, "--workers", 2, "--out", self.out]
            command += ["--overwrite", "--set", f"run.sweeps={sweeps}"]
            began = time.perf_counter()
            subprocess.run(list(map(str, command)), check=True, capture_output=True)
            self.best[sweeps] = min(self.best.get(sweeps, float("inf")), time.perf_counter() - began)

    @property
    def seconds(self) -> float:
        """What one sweep takes."""
        return (self.best[SHORT + self.more] - self.best[SHORT]) / self.more


def experiment(shape: list[int], *, packed: bool = True, every: int = NEVER, h: float = 0.0) -> dict[str, Any]:
    return {
        "model": {
            "type": "ising",
            "lattice": {"type": "square" if len(shape) == 2 else "cubic", "shape": shape},
            "parameters": {"temperature": CRITICAL[len(shape)], "J": 1.0, "h": h},
            "algorithm": {"type": "metropolis", "packed": packed},
        },
        "run": {"seed": 1, "sweeps": SHORT, "measure_every": every},
    }


@pytest.fixture
def sweeps(tmp_path):
    def sweeps(name: str, given: dict[str, Any], more: int) -> Sweeps:
        file = tmp_path / f"{name}.yaml"
        file.write_text(yaml.safe_dump(given))
        return Sweeps(file, tmp_path / name, more)

    return sweeps


def turns(*sides: Sweeps) -> None:
    """Time all by turns, after one turn that does not count."""
    for number in range(1 + ROUNDS):
        for side in sides:
            if number == 1:
                side.best.clear()
            side.time()


CASES = {
    "4096 square": ([4096, 4096], {}, 1000),
    "4096 square measured": ([4096, 4096], {"every": 10}, 1000),
    "4096 square in a field": ([4096, 4096], {"h": 0.1}, 500),
    "1024 square": ([1024, 1024], {}, 16_000),
    "64 square": ([64, 64], {}, 1_000_000),
    "256 cubic": ([256, 256, 256], {}, 500),
}


@pytest.mark.parametrize("case", CASES)
def test_against_the_general_kernel(case, sweeps, benchmark, report):
    shape, keys, more = CASES[case]
    ours = sweeps("packed", experiment(shape, **keys), more)
    general = sweeps("general", experiment(shape, packed=False, **keys), max(10, more // 20))
    benchmark.pedantic(turns, args=(ours, general), rounds=1)
    sites = int(np.prod(shape))
    rates = [sites / side.seconds * 1e-9 for side in (ours, general)]
    report(general.seconds / ours.seconds, ">= 10", f"{rates[0]:.3g} : {rates[1]:.3g} flips/ns")


@needs_peapods
@pytest.mark.parametrize(("shape", "more", "goal"), [([4096, 4096], 1000, 60), ([256, 256, 256], 500, 40)])
def test_against_peapods(shape, more, goal, sweeps, converse, benchmark, report):
    """Two sweeps of peapods in each round, since it takes about a third of a second for one."""
    ours = sweeps("packed", experiment(shape), more)
    theirs = converse(sys.executable, PEERS / "peapods_ising.py", *shape[: 3 if len(shape) == 3 else 1])
    times: list[float] = []

    def rounds() -> None:
        turns(ours)
        for _ in range(1 + ROUNDS):
            began = time.perf_counter()
            theirs(2)
            times.append((time.perf_counter() - began) / 2)

    benchmark.pedantic(rounds, rounds=1)
    peer, sites = min(times[1:]), int(np.prod(shape))
    rates = [sites / seconds * 1e-9 for seconds in (ours.seconds, peer)]
    report(peer / ours.seconds, f">= {goal}", f"{rates[0]:.3g} : {rates[1]:.3g} flips/ns")
