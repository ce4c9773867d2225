"""The batch scripts of docs/clusters.md, run by a stand-in for Slurm."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import simcore

PAGE = Path(__file__).parents[2] / "docs" / "clusters.md"
SCRIPTS = re.findall(r"```bash\n(#!/bin/bash.*?)```", PAGE.read_text(), re.DOTALL)
EXPERIMENT = """\
model: {type: ising, lattice: {type: square, size: 16}, parameters: {temperature: 2.3}}
run: {seed: 1, sweeps: SWEEPS, measure_every: 1000}
"""
LONG = 600_000
SWEEP = EXPERIMENT.replace("SWEEPS", "2000") + "sweep: {grid: {model.parameters.temperature: [2.0, 2.3, 2.6]}}\n"


@pytest.fixture
def desk(tmp_path, monkeypatch):
    """A folder with the commands that a job sees: `simcore`, and `scontrol`, which writes down what it is asked."""
    commands = tmp_path / "bin"
    commands.mkdir()
    for name, text in {
        "simcore": f'exec "{sys.executable}" -m simcore "$@"',
        "scontrol": f'echo "$@" >> "{tmp_path}/requeued"',
    }.items():
        (commands / name).write_text(f"#!/bin/bash\n{text}\n")
        (commands / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{commands}:{os.environ['PATH']}")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def submitted(script: str, *arguments: str, task: int = 1) -> subprocess.Popen[bytes]:
    """What `sbatch` does: a bash with the variables that the `#SBATCH` lines ask for."""
    asked = dict(re.findall(r"^#SBATCH --([\w-]+)=(\S+)", script, re.MULTILINE))
    assert asked["signal"] == "B:TERM@120"
    cpus = min(int(asked["cpus-per-task"]), 2)
    slurm = {"SLURM_JOB_ID": "77", "SLURM_CPUS_PER_TASK": str(cpus), "SLURM_ARRAY_TASK_ID": str(task)}
    Path("job.sbatch").write_text(script)
    return subprocess.Popen(["bash", "job.sbatch", *arguments], env={**os.environ, **slurm})


def test_there_is_a_script_for_a_run_and_one_for_a_sweep():
    assert ["simcore run" in script for script in SCRIPTS] == [True, False]
    for script in SCRIPTS:
        assert subprocess.run(["bash", "-n"], input=script.encode(), check=False).returncode == 0


@pytest.mark.slow
def test_a_run_that_is_cut_short_is_requeued_and_goes_on(desk):
    Path("e.yaml").write_text(EXPERIMENT.replace("SWEEPS", str(LONG)))
    job = submitted(SCRIPTS[0], "e.yaml")
    deadline = time.monotonic() + 120
    while not (desk / "results/e/run.log").exists() or "progress" not in (desk / "results/e/run.log").read_text():
        assert time.monotonic() < deadline
        assert job.poll() is None
        time.sleep(0.1)
    job.send_signal(signal.SIGTERM)
    assert job.wait(60) == 143
    assert (desk / "requeued").read_text() == "requeue 77\n"
    state = simcore.status("results/e")
    assert state.state == "stopped"
    assert 0 < state.step < LONG
    assert submitted(SCRIPTS[0], "e.yaml").wait(240) == 0
    assert simcore.status("results/e").state == "done"
    assert (desk / "requeued").read_text() == "requeue 77\n"


@pytest.mark.slow
def test_launchers_of_one_sweep_share_its_points(desk):
    Path("s.yaml").write_text(SWEEP)
    jobs = [submitted(SCRIPTS[1], "s.yaml", task=task) for task in (1, 2)]
    assert [job.wait(240) for job in jobs] == [0, 0]
    progress = simcore.status("results/s").progress
    assert (progress.done, progress.total) == (3, 3)
