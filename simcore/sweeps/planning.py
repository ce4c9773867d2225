"""What a sweep will take, before it is begun or while it is not done."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from simcore.compiler.fork_server import warm_up
from simcore.parallel.cpus import available
from simcore.runs.plan import plan_of
from simcore.runs.run import Overrides, Source
from simcore.sweeps.compile_check import refuse_unbuildable
from simcore.sweeps.expansion import Sweep
from simcore.sweeps.experiment import experiment_of
from simcore.sweeps.launch import expanded
from simcore.sweeps.ledger import Ledger
from simcore.sweeps.point import Point
from simcore.sweeps.point_status import fingerprint, refuse_to_mix, standing, totals_of

BETWEEN = 0.01  # seconds: to begin a point, to write and to collect its results


@dataclass(frozen=True)
class Trial:
    """One point that was tried for half a second by one worker.

    seconds: all of it would take; memory: bytes, those of linear solvers too; warnings: of the model, by name.
    """

    point: Point
    seconds: float
    memory: int
    warnings: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class SweepPlan:
    """directory: of the sweep. done, failed, todo: numbers of points. trials: by rising cost.

    memory: bytes of shared memory of all workers together. seconds: to carry out what is left with `workers`; at_most:
    whether points may end before their last step, by their targets or a budget.
    """

    sweep: Sweep
    directory: Path
    done: int
    failed: int
    todo: int
    workers: int
    trials: tuple[Trial, ...]
    memory: int
    seconds: float
    at_most: bool = False


def plan_sweep(
    source: Source,
    *,
    overrides: Overrides = (),
    out: str | Path | None = None,
    workers: int | None = None,
    accept_source: bool = False,
) -> SweepPlan:
    """Expand a sweep, look which of its points are done, and try up to three of the others, from short to long.

    Nothing is written. What `sweep` refuses is refused.

    Raises ExperimentError, UsageError, StorageError if the memory is not there, WorkerError.
    """
    warm_up()
    sweep, directory = expanded(source, overrides, out)
    refuse_unbuildable(sweep)
    ledger = Ledger(directory.path)
    ledger.refresh()
    refuse_to_mix(directory.path, ledger.records, fingerprint(sweep), accept_source=accept_source)
    found = standing(sweep, ledger.records, retry_failed=False)
    workers = max(1, min(workers or available(), len(found.todo)))
    trials = tuple(_tried(sweep, point) for point in _short_to_long(found.todo))
    return SweepPlan(
        sweep=sweep,
        directory=directory.path,
        done=len(found.done),
        failed=len(found.failed),
        todo=len(found.todo),
        workers=workers,
        trials=trials,
        memory=workers * max((trial.memory for trial in trials), default=0),
        seconds=min(_seconds(found.todo, trials, workers), _allowed(sweep, ledger.records.cpu, workers)),
        at_most=any(key.startswith("run.until") for point in sweep.points[:1] for key in totals_of(sweep, point)),
    )


def _allowed(sweep: Sweep, spent: float, workers: int) -> float:
    """The remaining wall time of the budget in seconds."""
    budget = sweep.section.budget
    wall = math.inf if budget is None or budget.wall is None else budget.wall.seconds
    cpu = math.inf if budget is None or budget.cpu is None else max(0.0, budget.cpu.seconds - spent)
    return min(wall, cpu / workers)


def _short_to_long(points: Sequence[Point]) -> list[Point]:
    """The cheapest, the middle one and the dearest; of those that cost the same, one."""
    ordered = sorted(points, key=lambda point: point.cost)
    chosen = [ordered[i] for i in (0, len(ordered) // 2, -1)] if ordered else []
    return list({point.cost: point for point in chosen}.values())


def _tried(sweep: Sweep, point: Point) -> Trial:
    plan = plan_of(experiment_of(sweep, point), workers=1)
    warnings = tuple((name, text) for name, text, warning in plan.remarks if warning)
    return Trial(point, plan.seconds, plan.memory + plan.solvers, warnings)


def _seconds(points: Sequence[Point], trials: Sequence[Trial], workers: int) -> float:
    """The time of a cell's step is that of the nearest trials, interpolated in the logarithm of the cost."""
    if not trials:
        return 0.0
    costs = np.array([max(point.cost, 1.0) for point in points])
    known = np.array([max(trial.point.cost, 1.0) for trial in trials])
    each = np.interp(np.log(costs), np.log(known), [trial.seconds for trial in trials] / known)
    seconds = each * costs + BETWEEN
    return float(max(seconds.sum() / workers, seconds.max()))
