"""Who carries out the points: this machine's own pool, a dask cluster, or the ranks of an MPI job.

Each is a `concurrent.futures.Executor`; points are claimed, run and written by the same code on all of them, so that
results are the same bytes.
"""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, Future
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simcore.errors import UsageError, WorkerError
from simcore.parallel import cpus, terminal
from simcore.plugins import Registry
from simcore.sweeps.pool import LocalPool, WorkerDied
from simcore.sweeps.task import Task, begin, carry_out

_ANSWER, _FIRST_WORKER = 5, 60  # seconds that a scheduler has for its first word, and for its first worker


@dataclass(frozen=True)
class Backend:
    """An executor, the number of points that it carries out at a time, and whether a point may have several workers."""

    executor: Executor
    workers: int
    function: Callable[[Task], Any]
    shares: bool = False

    def submit(self, task: Task) -> Future:
        return self.executor.submit(self.function, task)


Opening = Callable[[int | None, str], AbstractContextManager[Backend]]
"""From the number of workers, None if it is not given, and an address, a backend as long as the context lasts."""


@contextmanager
def _local(workers: int | None, address: str) -> Iterator[Backend]:
    count = workers or cpus.available()
    with LocalPool(count) as pool:
        yield Backend(pool, count, begin, shares=True)


@contextmanager
def _mpi(workers: int | None, address: str) -> Iterator[Backend]:
    futures = sys.modules["mpi4py.futures"]
    with futures.MPIPoolExecutor(workers, initializer=terminal.withdraw) as executor:
        yield Backend(executor, executor.num_workers, carry_out)


@contextmanager
def _dask(workers: int | None, scheduler: str) -> Iterator[Backend]:
    if workers is not None:
        raise UsageError("--workers is for this machine; the workers of a dask cluster are those it has")
    try:
        from distributed import Client
    except ImportError:
        raise UsageError("--scheduler needs the package distributed: pip install 'simcore[dask]'") from None
    address = {"scheduler_file": scheduler} if Path(scheduler).is_file() else {"address": scheduler}
    with _event_loop() as loop:
        try:
            client = Client(**address, timeout=_ANSWER, set_as_default=False, loop=loop)
        except (OSError, ValueError, TimeoutError) as error:
            raise UsageError(f"--scheduler {scheduler}: no dask scheduler answers there ({error})") from None
        with client:
            try:
                client.wait_for_workers(1, timeout=_FIRST_WORKER)
            except TimeoutError:
                raise UsageError(f"--scheduler {scheduler}: the cluster has no workers") from None
            workers = sum(client.nthreads().values())
            with client.get_executor(pure=False) as executor:
                yield Backend(executor, workers, carry_out)


_OWN: Mapping[str, Opening] = {"local": _local, "mpi": _mpi, "dask": _dask}
EXECUTORS: Registry[Opening] = Registry("simcore.executors", _OWN)
"""Those of simcore, and those that packages add: `--scheduler NAME:ADDRESS` takes one of the latter."""


def backend(workers: int | None, scheduler: str | None) -> AbstractContextManager[Backend]:
    """The executor that is asked for.

    `scheduler`: `NAME:ADDRESS` of an executor that a package adds, else the address of a dask cluster. Without one it
    is MPI if mpi4py.futures has started this process, else this machine's own pool. Raises UsageError if a package is
    missing or no scheduler answers.
    """
    if scheduler is None:
        return EXECUTORS["mpi" if "mpi4py.futures" in sys.modules else "local"](workers, "")
    name, _, address = scheduler.partition(":")
    if name in EXECUTORS and name not in EXECUTORS.own:
        return EXECUTORS[name](workers, address)
    return EXECUTORS["dask"](workers, scheduler)


@contextmanager
def _event_loop() -> Iterator[Any]:
    """A tornado loop in a thread that ends with the context.

    The loop that a Client makes for itself goes on for ever if no scheduler answers: a thread that the end of Python
    then cuts off in the middle of what it does.
    """
    from tornado.ioloop import IOLoop

    running: Future[tuple[IOLoop, asyncio.Event]] = Future()

    async def run() -> None:
        over = asyncio.Event()
        running.set_result((IOLoop.current(), over))
        await over.wait()

    thread = threading.Thread(target=lambda: asyncio.run(run()), name="simcore dask", daemon=True)
    thread.start()
    loop, over = running.result()
    try:
        yield loop
    finally:
        loop.add_callback(over.set)
        thread.join()


def death_of(error: BaseException) -> WorkerDied | None:
    """The death of the worker that had a point, by whatever name the executor reports it."""
    if isinstance(error, WorkerDied):
        return error
    if type(error).__name__ == "KilledWorker":
        return WorkerDied(str(error), at_fault=True)
    return None


def is_broken(error: BaseException) -> bool:
    """Whether the executor itself is gone."""
    return isinstance(error, WorkerError) and not isinstance(error, WorkerDied)
