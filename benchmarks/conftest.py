"""Every number is a ratio to a peer that was timed by turns with simcore, A B A B: a drift of the machine cancels.

Each ratio goes into `benchmark.extra_info`, and all of them into a table at the end. Nothing fails for being slow.
"""

from __future__ import annotations

import contextlib
import os
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from simcore.runs.experiment import resolve
from simcore.runs.simulation import Simulation

CORES = sorted(os.sched_getaffinity(0))[:2]
# Threads of OpenMP spin for a while when their loop is over; the other program must not be timed meanwhile.
PAUSE = 0.02
_table = pytest.StashKey[list[tuple[str, ...]]]()

SliceRequest = Callable[[int], None]


@dataclass(frozen=True)
class Times:
    """Seconds of each round, of simcore and of its peer, in pairs that were timed one after the other."""

    ours: list[float]
    peer: list[float]

    @property
    def speed(self) -> float:
        """How many times faster simcore is: the median over the pairs."""
        return statistics.median(peer / ours for ours, peer in zip(self.ours, self.peer, strict=True))

    @property
    def cost(self) -> float:
        """How many times longer simcore takes."""
        return statistics.median(ours / peer for ours, peer in zip(self.ours, self.peer, strict=True))

    @property
    def excess(self) -> float:
        """Seconds that simcore takes longer."""
        return statistics.median(ours - peer for ours, peer in zip(self.ours, self.peer, strict=True))

    def __str__(self) -> str:
        return f"{seconds(statistics.median(self.ours))} : {seconds(statistics.median(self.peer))}"


def seconds(value: float) -> str:
    """A time with its unit, to three digits."""
    scale, unit = (1.0, "s") if value >= 1.0 else (1e-3, "ms") if value >= 1e-3 else (1e-6, "µs")
    return f"{value / scale:.3g} {unit}"


@pytest.fixture(autouse=True, scope="session")
def two_cores() -> Iterator[None]:
    """Keep this process and all that it starts on two cores."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, CORES)
    yield
    os.sched_setaffinity(0, before)


@pytest.fixture
def by_turns(benchmark) -> Callable[..., Times]:
    """Time `ours()` and `peer()` by turns, after one turn that does not count."""

    def by_turns(ours: Callable[[], object], peer: Callable[[], object], rounds: int) -> Times:
        times: list[float] = []

        def time_peer() -> None:
            time.sleep(PAUSE)
            began = time.perf_counter()
            peer()
            times.append(time.perf_counter() - began)
            time.sleep(PAUSE)

        benchmark.pedantic(ours, setup=time_peer, rounds=rounds, warmup_rounds=1)
        return Times(benchmark.stats.stats.data, times[-rounds:])

    return by_turns


@pytest.fixture
def report(benchmark, request) -> Callable[..., None]:
    """Note the ratio of this benchmark, the goal it should reach, and the times it comes from."""

    def report(ratio: float, goal: str, times: object, unit: str = "") -> None:
        benchmark.extra_info.update(ratio=round(ratio, 3), goal=goal, times=str(times))
        name = request.node.name.removeprefix("test_").replace("_", " ")
        request.config.stash.setdefault(_table, []).append((name, f"{ratio:.3g}{unit}", goal, str(times)))

    return report


@pytest.fixture
def simulate() -> Iterator[Callable[[Mapping[str, Any], int], SliceRequest]]:
    """Start an experiment on so many workers; returns what makes so many steps, in one slice, and waits for its end."""
    with contextlib.ExitStack() as stack:

        def simulate(source: Mapping[str, Any], workers: int) -> SliceRequest:
            experiment = resolve(source)
            simulation = stack.enter_context(Simulation(experiment, workers))
            simulation.begin(None, experiment.total_steps)

            def advance(steps: int) -> None:
                simulation.post(steps)
                simulation.collect()

            return advance

        yield simulate


@pytest.fixture
def converse() -> Iterator[Callable[..., SliceRequest]]:
    """Start a peer that answers every number of steps with a line; returns what asks for so many and waits."""
    started: list[subprocess.Popen[str]] = []

    def converse(*command: object) -> SliceRequest:
        threads = {f"{library}_NUM_THREADS": str(len(CORES)) for library in ("OMP", "NUMBA")}
        peer = subprocess.Popen(
            list(map(str, command)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | threads,
        )
        started.append(peer)

        def advance(steps: int) -> None:
            assert peer.stdin is not None
            assert peer.stdout is not None
            print(steps, file=peer.stdin, flush=True)
            assert peer.stdout.readline(), "the peer failed"

        return advance

    yield converse
    for peer in started:
        peer.communicate()


@pytest.fixture
def process() -> Callable[..., Callable[[], None]]:
    """Something that runs a command to its end as a process of its own, its output unseen."""

    def process(*command: object, **options: Any) -> Callable[[], None]:
        return lambda: subprocess.run(list(map(str, command)), check=True, capture_output=True, **options) and None

    return process


def pytest_terminal_summary(terminalreporter, config) -> None:
    """The table of all ratios."""
    rows = config.stash.get(_table, [])
    if not rows:
        return
    rows = [("benchmark", "ratio", "goal", "simcore : peer"), *rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    terminalreporter.section("ratios to a peer timed in the same run")
    for row in rows:
        terminalreporter.write_line(
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        )
