"""A user's first session: real processes, a small lattice."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

EXPERIMENT = """
name: small
model:
  type: ising
  lattice: {type: square, shape: [8, 8]}
  parameters: {temperature: 2.5}
run: {seed: 1, thermalization: 10, sweeps: 100, measure_every: 5}
"""
RUN_AND_LIST = """
import sys
sys.argv = ["simcore", "run", "small.yaml", "--workers", "2"]
from simcore.cli import main
try:
    main()
finally:
    print("imported:", *sorted({"numba", "h5py", "scipy", "xarray", "rich"} & set(sys.modules)))
"""


def simcore(place: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "simcore", *arguments], cwd=place, capture_output=True, text=True)


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    """A directory with an experiment that has been run, and what the run printed in `printed`."""
    place = tmp_path_factory.mktemp("session")
    (place / "small.yaml").write_text(EXPERIMENT)
    done = subprocess.run([sys.executable, "-c", RUN_AND_LIST], cwd=place, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    (place / "printed").write_text(done.stdout)
    return place


def test_a_run_prints_its_estimates_and_how_to_open_them(place):
    lines = (place / "printed").read_text().splitlines()
    assert lines[0].split()[:2] == ["observable", "estimate"]
    assert lines[1].startswith("energy ")
    assert "    tree = simcore.load('results/small')" in lines


def test_the_process_of_a_run_imports_neither_compiler_nor_files(place):
    assert (place / "printed").read_text().splitlines()[-1] == "imported:"


def test_show_tells_what_the_run_told(place):
    table = simcore(place, "show", "results/small").stdout
    assert table.strip() in (place / "printed").read_text()
    energy = json.loads(simcore(place, "show", "results/small", "--json").stdout)["energy"]
    assert -2.0 <= energy["value"] <= 0.0 < energy["error"]


def test_a_second_run_is_refused_and_told_how_to_go_on(place):
    before = (place / "results/small/result.h5").read_bytes()
    done = simcore(place, "run", "small.yaml")
    assert (done.returncode, done.stdout) == (2, "")
    assert "--resume" in done.stderr
    assert "--overwrite" in done.stderr
    assert (place / "results/small/result.h5").read_bytes() == before


def test_a_run_that_is_interrupted_leaves_with_130_and_can_be_resumed(place):
    command = [sys.executable, "-m", "simcore", "run", "small.yaml", "--out", "long", "--set", "run.sweeps=1e9"]
    process = subprocess.Popen(command, cwd=place, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while "state       running" not in simcore(place, "status", "long").stdout:
        assert process.poll() is None, process.communicate()
        time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    out, errors = process.communicate()
    assert (process.returncode, out) == (130, "")
    assert errors.splitlines()[-1].endswith("simcore resume long")
    assert simcore(place, "status", "long").stdout.startswith("state       stopped\n")
    limit = simcore(place, "resume", "long", "--set", "run.max_walltime=1 s")
    assert limit.returncode == 3
    assert "to continue: simcore resume long" in limit.stderr
