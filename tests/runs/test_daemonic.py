"""In processes that may have no children: workers of multiprocessing.Pool and of dask."""

from __future__ import annotations

import multiprocessing

import numpy as np
import pytest

import simcore
from simcore.errors import UsageError
from simcore.runs import resume
from simcore.runs.verify import digest
from tests.runs.test_prepared import LOGISTIC, WAVE

pytestmark = pytest.mark.usefixtures("nothing_left")


def whole_run(task):
    source, out, workers = task
    assert multiprocessing.current_process().daemon
    return float(simcore.run(source, out=out, workers=workers).series["mean_u"][-1])


def planned(source):
    return simcore.plan(source).steps


def refused_sweep(place):
    source = {**LOGISTIC, "sweep": {"grid": {"run.seed": [1, 2]}}}
    with pytest.raises(UsageError, match=r"use concurrent\.futures"):
        simcore.sweep(source, out=place)
    return place.exists()


def one_call(task):
    f, rate = task
    return f({"model.parameters.r": rate}).final("u")


def carried_out(start_method, function, tasks):
    """By a pool of two workers, one task at a time."""
    with multiprocessing.get_context(start_method).Pool(2) as pool:
        found = pool.map(function, tasks, chunksize=1)
        pool.close()
        pool.join()
    return found


@pytest.mark.parametrize("start_method", ["fork", "spawn"])
def test_a_run_is_made_in_the_process_itself(start_method, tmp_path):
    places = [tmp_path / "0", tmp_path / "1"]
    last = carried_out(start_method, whole_run, [(WAVE, places[0], None), (WAVE, places[1], 2)])
    here = simcore.run(WAVE, out=tmp_path / "here", workers=2)
    assert last == [float(here.series["mean_u"][-1])] * 2
    assert len({digest(place) for place in (*places, here.path)}) == 1
    assert carried_out(start_method, planned, [WAVE]) == [20]
    longer = [resume(place, overrides={"run.steps": 30}, workers=2).step for place in places]
    assert longer == [30, 30]


def test_a_sweep_is_refused_before_anything_is_created(tmp_path):
    assert carried_out("fork", refused_sweep, [tmp_path / "sweep"]) == [False]


@pytest.mark.parametrize("start_method", ["fork", "spawn"])
def test_a_prepared_experiment_is_sent_to_workers(start_method):
    f = simcore.prepare(LOGISTIC)
    rates = [0.2, 0.3, 0.4, 0.5]
    found = carried_out(start_method, one_call, [(f, rate) for rate in rates])
    assert np.array_equal(found, [f({"model.parameters.r": rate}).final("u") for rate in rates])


def test_workers_of_dask(tmp_path):
    distributed = pytest.importorskip("distributed")
    f = simcore.prepare(LOGISTIC)
    with (
        distributed.LocalCluster(
            n_workers=1, threads_per_worker=2, dashboard_address=None, local_directory=str(tmp_path / "dask")
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        rates = [0.2, 0.3, 0.4, 0.5]
        found = client.gather([client.submit(one_call, (f, rate)) for rate in rates])
        run = client.submit(whole_run, (WAVE, tmp_path / "run", None)).result()
    assert np.array_equal(found, [f({"model.parameters.r": rate}).final("u") for rate in rates])
    assert run == float(simcore.run(WAVE, out=tmp_path / "here", workers=1).series["mean_u"][-1])
