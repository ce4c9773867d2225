"""Many series at once: the same numbers as one by one, in memory of twice the input."""

from __future__ import annotations

import subprocess
import sys
import tracemalloc

import numpy as np
import pytest

from simcore.statistics import along as module
from simcore.statistics import autocorrelation_time, drift, estimate
from simcore.statistics.along import along


@pytest.fixture
def stored():
    """Samples as a run stores them, (step, observable)."""
    return np.random.default_rng(1).standard_normal((40_000, 37)).cumsum(axis=0)


def test_threads_and_batches_change_no_bit(stored, monkeypatch):
    expected = [autocorrelation_time(np.ascontiguousarray(x)) for x in stored.T]
    assert np.array_equal(autocorrelation_time(stored, axis=0), expected)
    for threads in (1, 2, 7):
        monkeypatch.setattr(module, "_cpus", lambda threads=threads: threads)
        assert np.array_equal(autocorrelation_time(stored, axis=0), expected)


def test_single_precision_and_bytes_are_computed_in_double(stored):
    narrow = stored.astype(np.float32)
    assert np.array_equal(autocorrelation_time(narrow, axis=0), autocorrelation_time(narrow.astype(np.float64), axis=0))
    small = (stored > 0.0).astype(np.int8)
    assert np.array_equal(estimate(small, axis=0).error, estimate(small.astype(np.float64), axis=0).error)


@pytest.mark.parametrize("function", [estimate, drift])
def test_memory_stays_below_twice_the_input(stored, function):
    tracemalloc.start()
    function(stored, axis=0)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < stored.nbytes


def test_what_is_given_is_not_changed(stored):
    before = stored.copy()
    stored.flags.writeable = False
    estimate(stored, axis=0)
    assert np.array_equal(stored, before)


@pytest.mark.parametrize("shape", [(0, 5), (3, 0), (2, 0, 4)])
def test_no_series_and_series_without_samples(shape):
    assert along(len, np.empty(shape), -1).shape == shape[:-1]
    assert np.all(along(len, np.empty(shape), -1) == shape[-1])


def test_neither_xarray_nor_scipy_is_imported_for_arrays():
    code = (
        "import sys, numpy as np; from simcore.statistics import *; x = np.arange(100.0).reshape(2, 50) % 7;"
        "estimate(x); drift(x); thermalization_cut(x); binning(x); covariance(x); z_score(1.0, 2.0);"
        "jackknife(lambda a, b: a - b, x); bootstrap(lambda a, b: a - b, x);"
        "assert not {'xarray', 'scipy', 'numba', 'h5py'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
