"""A point as an experiment."""

from __future__ import annotations

from simcore.config import put
from simcore.runs.experiment import Experiment, resolved
from simcore.sweeps.expansion import Sweep
from simcore.sweeps.point import Point


def experiment_of(sweep: Sweep, point: Point) -> Experiment:
    """The experiment that a point stands for. Raises ExperimentError if its combination of values will not do."""
    document = sweep.nameless
    for path, value in point.overrides.items():
        document = put(document, path, value, f"point {point.id}")
    return resolved(document)
