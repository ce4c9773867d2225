"""Runs of each kind that are stopped at random steps and gone on with by other numbers of workers: the same bits."""

from __future__ import annotations

import random
from typing import Any

import pytest

from simcore.runs import resume, run
from simcore.runs.verify import digest

SEED, TOTAL = 20261128, 60


def grid(**keys: Any) -> dict[str, Any]:
    """Of 24 cells. keys: of the model or of the run."""
    model = {
        "type": "pde",
        "grid": {"shape": [24]},
        "parameters": {"D": 0.2},
        "fields": {"u": {"initial": "sin(pi*x/12) + 0.1*x"}},
        "equations": {"u": keys.pop("equation", "D*laplace(u) - 0.1*u**3")},
        "scheme": keys.pop("scheme", "euler"),
        **keys,
    }
    return {"model": model, "run": {"seed": 5, "dt": 0.1, "steps": TOTAL, "measure_every": 7}}


def replicas() -> dict[str, Any]:
    model = {"type": "ising", "lattice": {"type": "square", "size": 6}, "parameters": {"temperature": 2.3}}
    return {"model": model, "run": {"seed": 3, "sweeps": TOTAL, "measure_every": 4, "replicas": 3}}


KINDS = {
    "replicas": (replicas, "run.sweeps"),
    "noise": (lambda: grid(noise={"u": "0.1"}, scheme="euler_maruyama"), "run.steps"),
    "imex": (lambda: grid(scheme="imex"), "run.steps"),
}


@pytest.mark.parametrize(
    ("kind", "count"), [("replicas", 2), *(pytest.param(kind, 10, marks=pytest.mark.slow) for kind in KINDS)]
)
def test_a_stop_at_any_step_changes_no_bit(kind, count, tmp_path):
    print(f"seed {SEED}")
    make, total = KINDS[kind]
    drawn = random.Random(f"{SEED} {kind}")
    whole = digest(run(make(), workers=1, out=tmp_path / "whole").path)
    for number in range(count):
        first, second = sorted(drawn.sample(range(1, TOTAL), 2))
        place = tmp_path / str(number)
        run(make(), workers=drawn.choice((1, 2)), overrides=[f"{total}={first}"], out=place)
        resume(place, workers=drawn.choice((1, 2, 3)), overrides=[f"{total}={second}"])
        assert digest(resume(place, workers=drawn.choice((1, 2)), overrides=[f"{total}={TOTAL}"]).path) == whole
