"""What points cost, so that the longest can go first: cells times steps."""

from __future__ import annotations

import math

import numpy as np

from simcore.runs.experiment import Experiment
from simcore.runs.sections import LONGEST, TimeRun
from simcore.spec.parameters import PARAMETERS
from simcore.sweeps.layout import Layout

MOST_SHAPES = 1000
_NO_MATTER = (PARAMETERS, "run.seed", "run.measure_every")


def kinds(layout: Layout) -> tuple[np.ndarray, np.ndarray]:
    """The first combination of each cost, and which of these each combination is like.

    Parameters change neither cells nor steps; all other swept keys may. Of more than 1,000 kinds none is told from
    another: there is then nothing to gain by an order.
    """
    codes = [values.codes for values in layout.values if not values.path.startswith(_NO_MATTER)]
    if codes:
        _, first, inverse = np.unique(np.stack(codes), return_index=True, return_inverse=True, axis=1)
        if len(first) <= MOST_SHAPES:
            return first, inverse.reshape(-1)
    return np.zeros(1, dtype=np.int64), np.zeros(len(layout), dtype=np.int64)


def cost(experiment: Experiment) -> float:
    """Cells times steps; of an adaptive run the steps of the length it begins with. Raises what the model raises."""
    cells = max((math.prod(array.shape) for array in experiment.description.arrays), default=1)
    steps, end = experiment.total_steps, experiment.end_time
    if isinstance(experiment.run, TimeRun) and end is not None and math.isfinite(end):
        steps = min(steps, math.ceil(end / experiment.run.dt), LONGEST)
    return float(cells * steps)
