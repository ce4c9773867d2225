"""A dask cluster and the ranks of an MPI job, real processes each, give the bytes that this machine's pool gives."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import simcore
from simcore.errors import UsageError
from tests.conftest import within
from tests.sweeps.sweeping import Command, collected, farthest, ising

pytestmark = pytest.mark.slow  # minutes together: part of scripts/test --all

SOURCE = ising(4, replicas=2)
MPIEXEC = str(Path(sys.executable).with_name("mpiexec"))


@pytest.fixture
def local(tmp_path: Path) -> bytes:
    """estimates.h5 as this machine's pool makes it."""
    simcore.sweep(SOURCE, out=tmp_path / "local", workers=2)
    return (tmp_path / "local" / "estimates.h5").read_bytes()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "sweep.yaml"
    path.write_text(json.dumps(SOURCE))
    return path


def mpi_job(file: Path, place: Path) -> subprocess.Popen[str]:
    """A launcher and one worker as ranks of an MPI job, in a process group of its own."""
    command = [MPIEXEC, "-n", "2", sys.executable, "-m", "mpi4py.futures", "-m", "simcore"]
    return subprocess.Popen(
        [*command, "sweep", str(file), "--out", str(place)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def ended(job: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Exit code, output and errors."""
    try:
        out, err = job.communicate(timeout=120)
    except subprocess.TimeoutExpired:
        os.killpg(job.pid, signal.SIGKILL)
        raise
    return job.returncode, out, err


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[tuple[Path, list[subprocess.Popen]]]:
    """The scheduler file of a dask scheduler on loopback, and its two workers."""
    place = tmp_path / "scheduler.json"
    options = ["--scheduler-file", str(place), "--no-dashboard"]
    dask = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0"]
    worker = [sys.executable, "-m", "distributed.cli.dask_worker", "--nthreads", "1", "--no-nanny"]
    with (tmp_path / "dask.log").open("w") as log:
        started = [subprocess.Popen([*dask, *options], stderr=log, stdout=log, cwd=tmp_path)]
        assert within(30, place.exists)
        for _ in range(2):
            started.append(subprocess.Popen([*worker, *options], stderr=log, stdout=log, cwd=tmp_path))
        yield place, started[1:]
        for process in reversed(started):
            process.terminate()
        for process in started:
            if not within(20, lambda ended=process.poll: ended() is not None):
                process.kill()
                process.wait()


def test_a_dask_cluster_gives_the_same_bytes(tmp_path, cluster, local, file):
    command = Command(file, tmp_path / "dask", "--scheduler", str(cluster[0]), workers=None)
    code, _, err = command.end()
    assert code == 0, err
    assert (tmp_path / "dask" / "estimates.h5").read_bytes() == local


@pytest.mark.slow
def test_a_dask_worker_that_is_killed_costs_nothing(tmp_path, cluster, file):
    long = ising(8, sweeps=20_000)
    long["model"]["lattice"]["size"] = 64
    file.write_text(json.dumps(long))
    command = Command(file, tmp_path / "dask", "--scheduler", str(cluster[0]), workers=None)
    assert within(60, lambda: command.done() >= 1 or command.process.poll() is not None)
    cluster[1][0].kill()
    code, _, err = command.end()
    assert code == 0, err
    assert command.done() == 8


def test_the_ranks_of_an_mpi_job_give_the_same_bytes(tmp_path, local, file):
    code, _, err = ended(mpi_job(file, tmp_path / "mpi"))
    assert code == 0, err
    assert (tmp_path / "mpi" / "estimates.h5").read_bytes() == local


def test_ctrl_c_stops_an_mpi_job_with_checkpoints_and_the_same_command_goes_on(tmp_path, file):
    place = tmp_path / "mpi"
    long = ising(3, sweeps=10**12)  # no point can end before it is stopped
    long["model"]["lattice"]["size"] = 48
    long["run"]["measure_every"] = 100
    file.write_text(json.dumps(long))
    job = mpi_job(file, place)
    assert within(60, lambda: any("started" in log.read_text() for log in place.glob("points/*/run.log")))
    os.killpg(job.pid, signal.SIGINT)
    code, _, err = ended(job)
    assert code == 130, err
    assert "stopped by SIGINT: 0 of 3 points done; the same command continues" in err
    assert "Traceback" not in err
    long["run"]["sweeps"] = farthest(place) + 1000
    file.write_text(json.dumps(long))
    code, _, err = ended(mpi_job(file, place))
    assert code == 0, err
    assert len(collected(place)) == 3


def test_a_scheduler_that_does_not_answer_is_one_line(tmp_path):
    began, threads = time.monotonic(), set(threading.enumerate())
    with pytest.raises(UsageError, match=r"--scheduler tcp://127\.0\.0\.1:1: no dask scheduler answers there"):
        simcore.sweep(SOURCE, out=tmp_path / "s", scheduler="tcp://127.0.0.1:1")
    assert time.monotonic() - began < 60
    assert set(threading.enumerate()) <= threads, "an event loop goes on"


def test_workers_and_a_scheduler_exclude_each_other(tmp_path):
    with pytest.raises(UsageError, match="--workers is for this machine"):
        simcore.sweep(SOURCE, out=tmp_path / "s", scheduler="tcp://127.0.0.1:1", workers=2)
