"""The SystemPhase of docs/phases.md, the algorithm of Wolff: exact averages, and no bit depends on who works."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import simcore
from simcore.runs.verify import digest
from simcore.storage.result import read_result
from tests.physics.oracles.ising import Enumeration
from tests.physics.oracles.references import kaufman
from tests.physics.oracles.scores import assert_normal, z_scores

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "wolff.yaml"


def experiment(size: int, temperature: float, sweeps: int, seed: int, every: int = 1) -> dict:
    return {
        "model": {
            "type": f"{EXAMPLE.with_suffix('.py')}:Wolff",
            "size": size,
            "parameters": {"temperature": temperature},
        },
        "run": {"seed": seed, "thermalization": 500, "sweeps": sweeps, "measure_every": every},
    }


def test_four_by_four_agrees_with_enumeration(estimate):
    """And a cluster holds on average the share <m²> of the sites: U. Wolff, Nucl. Phys. B 322, 759 (1989)."""
    scores = []
    for seed, temperature in enumerate((1.5, 2.0, 2.269185, 2.5, 4.0)):
        exact, states = Enumeration((4, 4), temperature), Enumeration((4, 4), temperature).states
        m2 = float(exact.probabilities @ states.mean(axis=1, dtype=float) ** 2)
        found = estimate(experiment(4, temperature, 60_000, seed))
        scores.append(z_scores(found, {"energy": exact.averages()["energy"], "m2": m2, "cluster": m2}))
    assert_normal(scores)


def test_the_energy_of_32_by_32_agrees_with_kaufman(estimate):
    scores = []
    for seed, (temperature, (energy, _)) in enumerate(sorted(kaufman(32).items())):
        scores.append(z_scores(estimate(experiment(32, temperature, 10_000, 50 + seed)), {"energy": energy}))
    assert_normal(scores)


@pytest.mark.usefixtures("nothing_left")
def test_no_bit_depends_on_workers_or_on_a_stop(tmp_path):
    def run(name, workers, sweeps):
        return simcore.run(experiment(9, 2.3, sweeps, 4), workers=workers, out=tmp_path / name)

    hashes = [digest(run(str(n), n, 60).path) for n in (1, 2, 3, 7)]
    run("parts", 2, 21)
    simcore.resume(tmp_path / "parts", workers=3, overrides={"run.sweeps": 44})
    simcore.resume(tmp_path / "parts", workers=1, overrides={"run.sweeps": 60})
    assert {*hashes, digest(tmp_path / "parts")} == {hashes[0]}


@pytest.mark.parametrize("variable", ["NUMBA_DISABLE_JIT", "SIMCORE_BOUNDS"])
def test_plain_python_and_the_checked_build_compute_the_same(tmp_path, variable):
    code = "import simcore, sys; simcore.run(eval(sys.argv[1]), workers=1, out=sys.argv[2])"
    for name, more in (("usual", {}), ("other", {variable: "1"})):
        command = [sys.executable, "-c", code, repr(experiment(6, 2.3, 40, 4)), str(tmp_path / name)]
        subprocess.run(command, env={**os.environ, **more}, check=True, capture_output=True)
    groups = [read_result(tmp_path / name / "result.h5", ["series", "fields"]).groups for name in ("usual", "other")]
    for group in ("series", "fields"):
        for name, variable_of in groups[0][group].variables.items():
            assert np.array_equal(variable_of.data, groups[1][group].variables[name].data), name


def test_the_example_runs_as_its_file_says(tmp_path):
    made = simcore.run(EXAMPLE, workers=2, overrides={"run.sweeps": 200}, out=tmp_path / "run")
    assert 0.0 < float(made.estimates["cluster"]) < 1.0
