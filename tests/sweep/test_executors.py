"""A dask cluster and the ranks of an MPI job, real processes each, give the bytes that this machine's pool gives."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import simcore
from simcore.errors import UsageError
from tests.conftest import within
from tests.sweep.sweeping import Command, ising

SOURCE = ising(4, replicas=2)
needs_dask = pytest.mark.skipif(importlib.util.find_spec("distributed") is None, reason="dask distributed is missing")
MPIEXEC = shutil.which("mpiexec", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]))
needs_mpi = pytest.mark.skipif(
    MPIEXEC is None or importlib.util.find_spec("mpi4py") is None, reason="mpi4py or mpiexec is missing"
)


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
            process.wait(30)


@needs_dask
def test_a_dask_cluster_gives_the_same_bytes(tmp_path, cluster, local, file):
    command = Command(file, tmp_path / "dask", "--scheduler", str(cluster[0]), workers=None)
    code, _, err = command.end()
    assert code == 0, err
    assert (tmp_path / "dask" / "estimates.h5").read_bytes() == local


@needs_dask
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


@needs_mpi
def test_the_ranks_of_an_mpi_job_give_the_same_bytes(tmp_path, local, file):
    command = [MPIEXEC, "-n", "2", sys.executable, "-m", "mpi4py.futures", "-m", "simcore"]
    done = subprocess.run(
        [*command, "sweep", str(file), "--out", str(tmp_path / "mpi")],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "mpi" / "estimates.h5").read_bytes() == local


@needs_dask
def test_a_scheduler_that_does_not_answer_is_one_line(tmp_path):
    began = time.monotonic()
    with pytest.raises(UsageError, match=r"--scheduler tcp://127\.0\.0\.1:1: no dask scheduler answers there"):
        simcore.sweep(SOURCE, out=tmp_path / "s", scheduler="tcp://127.0.0.1:1")
    assert time.monotonic() - began < 60


def test_workers_and_a_scheduler_exclude_each_other(tmp_path):
    with pytest.raises(UsageError, match="--workers is for this machine"):
        simcore.sweep(SOURCE, out=tmp_path / "s", scheduler="tcp://127.0.0.1:1", workers=2)
