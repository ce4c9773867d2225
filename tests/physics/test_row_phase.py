"""The RowPhase of docs/phases.md: labels of clusters are those of SciPy, and no bit depends on the cut into rows."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy import ndimage
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

import simcore
from simcore.runs.verify import digest
from simcore.storage.result import read_result

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "clusters.yaml"


def experiment(size: int, density: float, sweeps: int, fields: bool = True, seed: int = 1) -> dict:
    return {
        "model": {"type": f"{EXAMPLE.with_suffix('.py')}:Clusters", "size": size, "parameters": {"density": density}},
        "run": {"seed": seed, "sweeps": sweeps},
        "output": {"fields": {"every": "1 steps"}} if fields else {},
    }


def labelled(site: np.ndarray) -> np.ndarray:
    """By scipy.ndimage.label, parts that meet across the ends joined; each named by its first site, -1 elsewhere."""
    parts, count = ndimage.label(site)
    pairs = [(parts[0], parts[-1]), (parts[:, 0], parts[:, -1])]
    a, b = (np.concatenate(ends) for ends in zip(*pairs, strict=True))
    both = (a > 0) & (b > 0)
    graph = coo_array((np.ones(both.sum()), (a[both], b[both])), shape=(count + 1, count + 1))
    whole = connected_components(graph, directed=False)[1][parts]
    names = np.full(site.shape, -1)
    for part in np.unique(whole[site == 1]):
        names[(whole == part) & (site == 1)] = np.flatnonzero((whole == part) & (site == 1))[0]
    return names


@pytest.mark.parametrize("size", [1, 2, 3, 8, 31])
def test_labels_are_those_of_scipy(run_here, size):
    for seed, density in enumerate((0.0, 0.3, 0.55, 0.592746, 0.7, 1.0)):
        fields = read_result(run_here(experiment(size, density, 8, seed=seed)).path / "result.h5", ["fields"]).groups[
            "fields"
        ]
        sites, labels = (fields.variables[name].data for name in ("site", "label"))
        assert len(sites) == 8
        for site, label in zip(sites, labels, strict=True):
            assert np.array_equal(label, labelled(site))


@pytest.mark.usefixtures("nothing_left")
def test_no_bit_depends_on_workers_or_on_a_stop(tmp_path):
    def run(name, workers, sweeps):
        return simcore.run(experiment(20, 0.6, sweeps), workers=workers, out=tmp_path / name)

    hashes = [digest(run(str(n), n, 30).path) for n in (1, 2, 3, 7)]
    run("parts", 2, 11)
    simcore.resume(tmp_path / "parts", workers=3, overrides={"run.sweeps": 19})
    simcore.resume(tmp_path / "parts", workers=1, overrides={"run.sweeps": 30})
    assert {*hashes, digest(tmp_path / "parts")} == {hashes[0]}


@pytest.mark.parametrize("variable", ["NUMBA_DISABLE_JIT", "SIMCORE_BOUNDS"])
def test_plain_python_and_the_checked_build_compute_the_same(tmp_path, variable):
    code = "import simcore, sys; simcore.run(eval(sys.argv[1]), workers=1, out=sys.argv[2])"
    path = tmp_path / "other"
    command = [sys.executable, "-c", code, repr(experiment(7, 0.6, 10)), str(path)]
    subprocess.run(command, env={**os.environ, variable: "1"}, check=True, capture_output=True)
    fields = read_result(path / "result.h5", ["fields"]).groups["fields"]
    for site, label in zip(*(fields.variables[name].data for name in ("site", "label")), strict=True):
        assert np.array_equal(label, labelled(site))


def test_the_example_runs_as_its_file_says(tmp_path):
    """At the threshold there are n_c + b / L² clusters for each site of a torus, n_c = 0.0275981(3) and b = 0.884.

    R. M. Ziff, S. R. Finch, V. S. Adamchik, Phys. Rev. Lett. 79, 3447 (1997). Five standard errors.
    """
    made = simcore.run(EXAMPLE, workers=2, out=tmp_path / "run")
    expected = 0.0275981 + 0.884 / 64**2
    assert abs(float(made.estimates["clusters"]) - expected) < 5 * float(made.estimates["clusters_error"])
    assert float(made.estimates["clusters_error"]) < 3e-4
