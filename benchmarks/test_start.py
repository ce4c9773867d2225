"""What it costs to start, as whole processes with warm caches.

Wanted: a short run under 2.5 times as long as `import numba, h5py`; `--help` under 0.3 s more than an empty Python.
"""

from __future__ import annotations

import sys

import pytest

EXPERIMENT = """
model:
  type: ising
  lattice: {type: square, shape: [64, 64]}
  parameters: {temperature: 2.269185, J: 1.0, h: 0.0}
run: {seed: 1, sweeps: 100, measure_every: 10}
"""


@pytest.fixture
def command() -> tuple[str, ...]:
    return sys.executable, "-m", "simcore"


def test_a_short_run_against_the_imports_it_needs(command, process, by_turns, report, tmp_path):
    file = tmp_path / "short.yaml"
    file.write_text(EXPERIMENT)
    run = process(*command, "run", file, "--workers", 2, "--out", tmp_path / "run", "--overwrite")
    imports = process(sys.executable, "-c", "import numba, h5py")
    times = by_turns(run, imports, rounds=9)
    report(times.cost, "< 2.5", times)


def test_help_beyond_an_empty_python(command, process, by_turns, report):
    times = by_turns(process(*command, "--help"), process(sys.executable, "-c", "pass"), rounds=15)
    report(times.excess, "< 0.3 s", times, unit=" s")
