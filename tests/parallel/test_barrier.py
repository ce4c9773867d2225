"""The compiled barrier, hammered by real processes: each round every worker reads what all the others wrote."""

import os
import signal
import time

import psutil
import pytest
from conftest import wait_until
from team_job import ToolJob

from simcore.parallel.shared import ABORT, BARRIER_COUNT, BARRIER_GENERATION
from simcore.parallel.team import Team


def hammer(workers: int, rounds: int) -> tuple[list[int], list[int]]:
    with Team(ToolJob(workers), workers) as team:
        team.post(("hammer", rounds))
        return team.collect(), list(team.control.array[[BARRIER_COUNT, BARRIER_GENERATION]])


@pytest.mark.parametrize(("workers", "rounds"), [(1, 1000), (2, 200_000), (3, 30_000), (4, 30_000), (7, 15_000)])
def test_nobody_passes_before_all_have_written(workers, rounds):
    agreed, words = hammer(workers, rounds)
    assert agreed == [rounds] * workers
    assert words == [0, 0 if workers == 1 else 2 * rounds]


@pytest.mark.slow
@pytest.mark.parametrize(("workers", "rounds"), [(2, 5_000_000), (3, 1_000_000), (5, 500_000), (7, 500_000)])
def test_nobody_passes_before_all_have_written_in_millions_of_rounds(workers, rounds):
    assert hammer(workers, rounds)[0] == [rounds] * workers


@pytest.mark.parametrize("workers", [2, 3, 7])
def test_abort_frees_everybody_at_any_moment(workers):
    for delay in (0.0, 0.001, 0.005, 0.02):
        with Team(ToolJob(workers), workers) as team:
            assert len(team.ready) == workers
            team.post(("hammer", 10**12))
            time.sleep(delay)
            team.control.array[ABORT] = 1
            assert team.collect() == [-1] * workers


def test_abort_reaches_those_who_sleep_in_the_barrier():
    with Team(ToolJob(workers=2), 2) as team:
        team.post(("wait_alone",))
        assert team.collect(timeout=0.2) is None
        team.control.array[ABORT] = 1
        assert team.collect() == [1, 1]


def test_waiting_for_a_stopped_peer_does_not_burn_a_core():
    with Team(ToolJob(workers=2), 2) as team:
        assert len(team.ready) == 2
        os.kill(team.pids[1], signal.SIGSTOP)
        team.post(("hammer", 10))
        waiter = psutil.Process(team.pids[0])
        time.sleep(0.3)  # for compiling or loading the kernel
        before = sum(waiter.cpu_times()[:2])
        time.sleep(1.0)
        burnt = sum(waiter.cpu_times()[:2]) - before
        os.kill(team.pids[1], signal.SIGCONT)
        assert team.collect() == [10, 10]
    assert burnt < 0.5


def test_a_worker_stopped_for_a_moment_costs_time_but_no_round():
    with Team(ToolJob(workers=2), 2) as team:
        assert len(team.ready) == 2
        team.post(("hammer", 200_000))
        for _ in range(5):
            os.kill(team.pids[0], signal.SIGSTOP)
            time.sleep(0.01)
            os.kill(team.pids[0], signal.SIGCONT)
        assert team.collect() == [200_000] * 2


def test_a_driver_that_calls_it_is_cached_across_processes(python, kernels):
    source = (
        "import numpy, barrier_kernels as kernels\n"
        "control, slots = numpy.zeros(64, 'int64'), numpy.zeros(16, 'int64')\n"
        "assert kernels.hammer(control, 1, 0, slots, 16, 5) == 5\n"
        "print(sum(kernels.hammer.stats.cache_hits.values()))"
    )
    python("-c", source)
    assert python("-c", source).stdout.strip() == "1"


def test_one_worker_needs_no_compiler(environment, python):
    environment["NUMBA_DISABLE_JIT"] = "1"
    source = "import numpy; from simcore.parallel.barrier import wait; print(wait(numpy.zeros(64, 'int64'), 1, 0))"
    assert python("-c", source).stdout.strip() == "0"


def test_the_team_survives_its_own_barriers_being_left_half_way():
    with Team(ToolJob(workers=3), 3) as team:
        team.post(("hammer", 10**12))
        wait_until(lambda: team.control.array[BARRIER_GENERATION] > 100)
