"""A sweep from beginning to end: expand it, find what is left to do, carry it out, keep the estimates."""

from __future__ import annotations

import math
import signal as signals
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from simcore.compiler.cache_directory import choose
from simcore.compiler.fork_server import warm_up
from simcore.config import read
from simcore.errors import StoppedError, UsageError
from simcore.parallel.process import require_children
from simcore.runs.run import Overrides, Source
from simcore.runs.signals import caught
from simcore.storage.result import open_result
from simcore.storage.sealed_text import read_sealed
from simcore.sweeps.compile_check import refuse_unbuildable
from simcore.sweeps.directory import SweepDirectory
from simcore.sweeps.dispatch import Dispatch
from simcore.sweeps.executors import backend
from simcore.sweeps.expansion import Sweep, expand
from simcore.sweeps.files import ESTIMATES, EXPERIMENT
from simcore.sweeps.heartbeat import Heartbeat
from simcore.sweeps.ledger import Launch, Ledger
from simcore.sweeps.point_status import Fingerprint, PointStatus, fingerprint, refuse_to_mix, standing
from simcore.sweeps.progress import BudgetUse, SweepWatch, UnwatchedSweep
from simcore.sweeps.result_store import ResultStore
from simcore.sweeps.status import budget_use
from simcore.sweeps.task import Setup

if TYPE_CHECKING:
    import xarray


@dataclass(frozen=True)
class SweepOutcome:
    """Where a sweep lies, how many points it has and how many are done, and why others failed, by their ids.

    paused: points that have a result but are not at their end. budget: what the sweep's budget has come to, None if
    it has none; over: whether it is spent.
    """

    path: Path
    points: int
    done: int
    failed: Mapping[str, str] = field(default_factory=dict)
    paused: int = 0
    budget: BudgetUse | None = None
    over: bool = False

    @property
    def estimates(self) -> xarray.Dataset:
        """All estimates over the dimensions of the sweep, NaN if a point is missing."""
        import xarray

        return xarray.open_dataset(open_result(self.path / ESTIMATES), group="estimates", engine="h5netcdf")


@dataclass(frozen=True)
class LaunchOptions:
    """What the user asked of a launch beside the sweep itself."""

    workers: int | None = None
    scheduler: str | None = None
    retry_failed: bool = False
    fail_fast: bool = False
    accept_source: bool = False


def sweep(
    source: Source,
    *,
    overrides: Overrides = (),
    out: str | Path | None = None,
    overwrite: bool = False,
    wishes: LaunchOptions = LaunchOptions(),
    watch: SweepWatch | None = None,
) -> SweepOutcome:
    """Carry out all points of a sweep that are not done yet; another launcher of the same sweep takes its share.

    Raises ExperimentError and UsageError before anything is created; Stopped after a signal, checkpoints written.
    Points that fail do not raise: they are in the outcome.
    """
    if wishes.scheduler is None:
        require_children()
        warm_up()
    watch = watch or UnwatchedSweep()
    try:
        found, directory = expanded(source, overrides, out)
        refuse_unbuildable(found)
        print_now = fingerprint(found)
        directory.prepare(overwrite=overwrite)
        return _launched(found, directory, print_now, wishes, watch)
    finally:
        watch.ended()


def expanded(source: Source, overrides: Overrides, out: str | Path | None) -> tuple[Sweep, SweepDirectory]:
    """The points, with the seed of the first launch if none is given."""
    found = expand(source, overrides)
    if out is None and found.name is None:
        raise UsageError("the sweep has no name; give it one, or name its directory: --out DIR")
    directory = SweepDirectory(out if out is not None else Path("results", found.name or ""))
    seed = _recorded_seed(directory)
    if seed is not None and found.document.data["run"].get("seed") not in (None, seed):
        found = expand(source, overrides, seed)
    return found, directory


def _recorded_seed(directory: SweepDirectory) -> int | None:
    if not directory.holds_sweep() or not (directory.path / EXPERIMENT).is_file():
        return None
    read_sealed(directory.path / EXPERIMENT)
    return (read(directory.path / EXPERIMENT).data.get("run") or {}).get("seed")


def _launched(
    found: Sweep, directory: SweepDirectory, print_now: Fingerprint, wishes: LaunchOptions, watch: SweepWatch
) -> SweepOutcome:
    path = directory.path.absolute()
    ledger = Ledger(path)
    with caught() as stop, Heartbeat(path) as presence:
        with ledger.locked():
            refuse_to_mix(directory.path, ledger.records, print_now, accept_source=wishes.accept_source)
            points = standing(found, ledger.records, retry_failed=wishes.retry_failed)
            ledger.add(_launch_line(points, found, print_now, presence.name))
        directory.write_experiment(found)
        watch.started(directory.path.name, len(found.points), wishes.workers or 0, directory.path)
        books, over = ResultStore(path, found, ledger, points), False
        if points.todo:
            if wishes.scheduler is None and (remark := choose().remark):
                watch.said(remark)
            with backend(wishes.workers, wishes.scheduler) as executor:
                setup = Setup(found, path, presence.stop, wishes.accept_source)
                dispatch = Dispatch(executor, setup, books, presence, watch)
                over = dispatch.carry_out(points.todo, stop, fail_fast=wishes.fail_fast)
        books.close(presence.name if over else None)
    done, failed = books.done, books.failures()
    if stop.signal is not None and done + len(failed) < len(found.points):
        name = signals.Signals(stop.signal).name
        text = f"stopped by {name}: {done} of {len(found.points)} points done; the same command continues"
        raise StoppedError(stop.signal, text)
    use = budget_use(ledger.records)
    return SweepOutcome(directory.path, len(found.points), done, failed, books.paused, use, over)


def _launch_line(points: PointStatus, found: Sweep, print_now: Fingerprint, launcher: str) -> Launch:
    failed = [point.id for point in points.failed]
    budget = found.section.budget
    cpu = None if budget is None else math.inf if budget.cpu is None else budget.cpu.seconds
    counts = len(found.points), len(points.done), failed
    return Launch(*counts, print_now.text, launcher, cpu, sources=print_now.sources, measured=print_now.measured)
