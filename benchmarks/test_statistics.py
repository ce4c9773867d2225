"""Mean, error, autocorrelation time and effective sample size of many long series, against arviz-stats.

Wanted: of 1,000 observables by 10^6 samples at least 10 times faster, in memory of twice the input. Here of 32 by 10^6,
as a run stores them, (step, observable); the peer gets 2 of them, each contiguous, as it likes them best, and its time
is taken 16 times: it handles one after the other, on one core.
"""

from __future__ import annotations

import math
import tracemalloc

import numpy as np
import pytest
from arviz_stats.base import array_stats
from scipy.signal import lfilter

from simcore.statistics import estimate

OBSERVABLES, SAMPLES, OF_PEER = 32, 1_000_000, 2
SHARE = OBSERVABLES // OF_PEER
ONE_CHAIN = {"chain_axis": None, "draw_axis": -1, "method": "mean"}


def stored(phi: float) -> np.ndarray:
    """AR(1) series of coefficient phi, shape (samples, observables)."""
    noise = np.random.default_rng(1).standard_normal((SAMPLES, OBSERVABLES))
    noise[1:] *= math.sqrt(1.0 - phi**2)
    return lfilter([1.0], [1.0, -phi], noise, axis=0)


def ess_alone(x: np.ndarray) -> object:
    return array_stats.ess(x, **ONE_CHAIN)


def mean_error_and_ess(x: np.ndarray) -> object:
    return x.mean(axis=-1), array_stats.mcse(x, **ONE_CHAIN), array_stats.ess(x, **ONE_CHAIN)


@pytest.mark.parametrize("peer", [ess_alone, mean_error_and_ess], ids=["against_ess_alone", "against_the_same_numbers"])
@pytest.mark.parametrize("phi", [0.9, 0.995], ids=["tau_10", "tau_200"])
def test_statistics_of_many_series(by_turns, report, phi, peer):
    x = stored(phi)
    few = np.ascontiguousarray(x[:, :OF_PEER].T)
    times = by_turns(lambda: estimate(x, axis=0), lambda: peer(few), rounds=5)
    report(SHARE * times.speed, ">= 10", f"{times} (x {SHARE})")


def test_memory_of_statistics_input_included(benchmark, report):
    x = stored(0.9)
    tracemalloc.start()
    benchmark.pedantic(estimate, args=(x, 0), rounds=1)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    report((x.nbytes + peak) / x.nbytes, "<= 2", f"{peak / 2**20:.0f} MiB beside {x.nbytes / 2**20:.0f} MiB")
