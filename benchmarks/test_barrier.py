"""The compiled barrier against `multiprocessing.Barrier`, and with more workers than cores; all pinned to two cores.

Wanted: at least 100 times cheaper with 2 workers; with 4 workers at most 20 times dearer than with 2.
"""

from __future__ import annotations

import multiprocessing
import os
import time

from simcore.parallel.team import Team

CORES = sorted(os.sched_getaffinity(0))[:2]  # those of the fixture `two_cores`


def make_job(workers: int, peer: bool):
    """A job whose command n passes n barriers. Its class is local, so that it travels by value."""

    class Rounds:
        def __init__(self) -> None:
            self.barrier = multiprocessing.get_context("forkserver").Barrier(workers) if peer else None

        def prepare(self, rank, control):
            os.sched_setaffinity(0, {CORES[rank % len(CORES)]})
            return self.wait_in_python if peer else self.compiled(rank, control.array)

        def wait_in_python(self, rounds):
            for _ in range(rounds):
                self.barrier.wait()

        def compiled(self, rank, words):
            import numba

            from simcore.parallel.barrier import wait

            @numba.njit(nogil=True)
            def passes(control, rounds):
                for _ in range(rounds):
                    wait(control, workers, rank)

            passes(words, 0)
            return lambda rounds: passes(words, rounds)

    return Rounds()


def seconds_per_barrier(team: Team, rounds: int, repeats: int = 15) -> float:
    """Shortest of `repeats` times for `rounds` barriers, command and reply included, by the number of them.

    The shortest, since whatever else runs on the two cores multiplies the time of a barrier.
    """
    assert team.ready
    return min(_timed(team, rounds) for _ in range(repeats)) / rounds


def _timed(team: Team, rounds: int) -> float:
    began = time.perf_counter()
    team.post(rounds)
    team.collect()
    return time.perf_counter() - began


def _measure(benchmark, team: Team, rounds: int) -> float:
    assert team.ready
    benchmark.pedantic(_timed, args=(team, rounds), rounds=15, warmup_rounds=1)
    return benchmark.stats.stats.min / rounds


def test_the_barrier_against_that_of_multiprocessing(benchmark, report):
    with Team(make_job(2, peer=True), 2) as peers, Team(make_job(2, peer=False), 2) as team:
        ours = _measure(benchmark, team, rounds=200_000)
        theirs = seconds_per_barrier(peers, rounds=1_000)
    report(theirs / ours, ">= 100", f"{ours * 1e6:.3f} µs : {theirs * 1e6:.1f} µs")


def test_the_barrier_with_twice_as_many_workers_as_cores(benchmark, report):
    with Team(make_job(2, peer=False), 2) as two:
        fitting = seconds_per_barrier(two, rounds=200_000)
    with Team(make_job(4, peer=False), 4) as four:
        crowded = _measure(benchmark, four, rounds=20_000)
    report(crowded / fitting, "<= 20", f"{crowded * 1e6:.2f} µs : {fitting * 1e6:.3f} µs")
