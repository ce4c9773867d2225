"""A work unit: some of the sweeps of a point, as a run of this length. A budget is spent in such units."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from simcore.runs.experiment import Experiment
from simcore.runs.sections import SweepRun, UntilErrors
from simcore.runs.stopping import FIRST_LOOK
from simcore.storage import Group
from simcore.sweeps.point import Point


@dataclass(frozen=True)
class WorkUnit:
    """A point, and how many sweeps it is to have after thermalisation.

    sweeps: 0: the first share of a point; None: all. brief: whether it may wait behind another one for a worker.
    """

    point: Point
    sweeps: int | None = None
    brief: bool = True


def shortened(experiment: Experiment, sweeps: int, reached: int) -> Experiment:
    """The same run with this number of sweeps, at least those of the step that it has reached.

    A first unit ends at the first estimate of errors.
    """
    run = experiment.run
    assert isinstance(run, SweepRun)
    before = run.thermalization if isinstance(run.thermalization, int) else 0
    least = sweeps or (FIRST_LOOK + 1) * run.measure_every
    return replace(experiment, run=run.model_copy(update={"sweeps": min(run.sweeps, max(least, reached - before))}))


def excess(experiment: Experiment, estimates: Group) -> float | None:
    """How many times too large the error is that is furthest from its target: infinite if one is not known yet.

    None if the run has no targets.
    """
    until = experiment.run.until
    if not isinstance(until, UntilErrors):
        return None
    found = {name: float(estimates.variables[f"{name}_error"].data) for name in until.error}
    return max(math.inf if math.isnan(error) else error / until.error[name] for name, error in found.items())
