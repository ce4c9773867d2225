"""However Python was started: workers start, the results are right, and it ends without a word or a process left."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from importlib.util import find_spec
from pathlib import Path

import psutil
import pytest

from simcore.runs import run
from simcore.storage.result import read_result
from tests.conftest import within

pytestmark = pytest.mark.usefixtures("nothing_left")

BUILT_IN = """
import simcore
run = simcore.run(
    {"model": {"type": "heat", "grid": {"shape": [4, 4]}, "parameters": {"D": 1.0}, "fields": {"u": {"initial": 0.5}}},
     "run": {"dt": 0.1, "steps": 10, "seed": 1}}, workers=2, out="out")
print(run.series["mean_u"].values.tolist())
"""
EVEN = f"{[0.5] * 10}\n"
OWN = """
import numpy as np
import simcore

SLOPE = 2.0

class Rate(simcore.Parameters):
    rate: float = simcore.parameter(0.5)

def slope(i):
    return SLOPE * i

def grow(u, i, j, rate):
    return u[i, j] + rate * slope(i)

def value(u, i, j):
    return u[i, j]

class Growth(simcore.Model):
    parameters: Rate

    def state(self):
        return [simcore.StateArray("u", (5, 3), "float64", np.zeros((5, 3)))]

    def phases(self):
        return [simcore.Phase(grow, "u")]

    def observables(self):
        return [simcore.Observable("mean_u", value)]

run = simcore.run({"model": {"type": Growth, "parameters": {}}, "run": {"sweeps": 4, "seed": 1}}, workers=2, out="out")
print(run.series["mean_u"].values.tolist())
"""
GROWN = "[2.0, 4.0, 6.0, 8.0]\n"  # the mean of rate * SLOPE * i over i = 0 ... 4 is 2
CELL = """
import linecache, sys
source = sys.argv[1]
linecache.cache["<cell 1>"] = (len(source), None, source.splitlines(True), "<cell 1>")
exec(compile(source, "<cell 1>", "exec"), vars(sys.modules["__main__"]))
"""
THREAD = """
import threading
failed = []
def work():
{body}
thread = threading.Thread(target=work, daemon=True)
thread.start()
thread.join()
"""
SLOW = pytest.mark.slow


def cases(built_in: tuple = (), own: tuple = ()) -> pytest.MarkDecorator:
    """A model that is built in, and one that the very text defines, with marks for each."""
    parameters = [
        pytest.param(BUILT_IN, EVEN, id="built-in", marks=built_in),
        pytest.param(OWN, GROWN, id="own model", marks=own),
    ]
    return pytest.mark.parametrize(("source", "expected"), parameters)


def python(*arguments: str, place: Path, stdin: str = "") -> str:
    """What a Python of its own prints, when it has ended well and left no process in its group."""
    process = subprocess.Popen(
        [sys.executable, *arguments],
        cwd=place,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    output, errors = process.communicate(stdin, timeout=120)
    assert process.returncode == 0, errors
    assert not [line for line in errors.splitlines() if "Error" in line or "arning" in line or "leaked" in line]
    assert within(10, lambda: not group(process.pid))
    return output


def group(number: int) -> list[int]:
    members = []
    for pid in psutil.pids():
        try:
            if os.getpgid(pid) == number and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
                members.append(pid)
        except (ProcessLookupError, psutil.NoSuchProcess):
            continue
    return members


@cases(own=SLOW)
def test_a_script_without_a_guard(source, expected, tmp_path):
    (tmp_path / "script.py").write_text(source)
    assert python("script.py", place=tmp_path) == expected


@cases(built_in=SLOW)
def test_a_command_line(source, expected, tmp_path):
    assert python("-c", source, place=tmp_path) == expected


@cases(built_in=SLOW)
def test_standard_input(source, expected, tmp_path):
    assert python("-", place=tmp_path, stdin=source) == expected


def test_a_cell_of_a_notebook_as_ipython_runs_it(tmp_path):
    """Its source is known to linecache alone, its names live in `__main__`."""
    assert python("-c", CELL, OWN, place=tmp_path) == GROWN


def test_a_sweep_over_a_model_of_a_cell(tmp_path):
    """By its name in `__main__`, which a plain pickle takes, no worker would find it."""
    sweep = """
outcome = simcore.sweep(
    {"model": {"type": Growth, "parameters": {}}, "run": {"sweeps": 4, "seed": 1}, "sweep": {"replicas": 2}}, out="s"
)
print(outcome.done, dict(outcome.failed))
"""
    assert python("-c", CELL, OWN + sweep, place=tmp_path) == GROWN + "2 {}\n"


@pytest.mark.skipif(find_spec("IPython") is None, reason="IPython is not installed")
def test_a_cell_of_ipython(tmp_path):
    assert python("-m", "IPython", "--no-banner", "-c", OWN, place=tmp_path) == GROWN


def test_a_daemon_thread_of_a_script(tmp_path):
    body = "\n".join(f"    {line}" for line in BUILT_IN.splitlines())
    assert python("-c", THREAD.format(body=body), place=tmp_path) == EVEN


def test_two_threads_at_once_in_a_process_whose_signals_are_its_own(tmp_path):
    experiment = {
        "model": {"type": "ising", "lattice": {"type": "square", "size": 6}, "parameters": {"temperature": 2.0}},
        "run": {"sweeps": 50, "seed": 4},
    }
    threads = [
        threading.Thread(target=run, args=(experiment,), kwargs={"workers": 2, "out": tmp_path / name}, daemon=True)
        for name in "ab"
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    one, other = (read_result(tmp_path / name / "result.h5", ["series"]).groups["series"] for name in "ab")
    assert one.variables["energy"].data.tolist() == other.variables["energy"].data.tolist()
    assert len(one.variables["energy"].data) == 50


@pytest.mark.slow
def test_a_module_that_runs_on_import_is_not_run_again_by_workers(tmp_path):
    """What a guard would prevent: each worker would start workers."""
    source = "print('once')\n" + BUILT_IN
    (tmp_path / "module.py").write_text(source)
    assert python("-m", "module", place=tmp_path) == "once\n" + EVEN
