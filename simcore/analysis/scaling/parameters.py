"""The errors of the parameters of a collapse."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from simcore.analysis.scaling.fit import Points
from simcore.analysis.scaling.master import Master
from simcore.analysis.scaling.measured import Measured


def parameter_errors(master: Master, best: np.ndarray, sizes: Sequence[Measured]) -> np.ndarray:
    """Standard errors (p,); 0 of parameters that are fixed.

    Of independent points from the second derivatives of the evidence. If every size brings its values without each
    block of samples (curves from reweighting), by the jackknife, size by size: the parameters without a block follow by
    one Newton step, since a block moves them by a small part of their error only.
    """
    points = Points.of(sizes).centred()
    covariance = master.covariance(best, points)
    if not all(one.left_out is not None and len(one.left_out) > 1 for one in sizes):
        return np.sqrt(np.diag(covariance))
    variances = np.zeros(len(best))
    here = master.look(best, points).gradient
    for k, one in enumerate(sizes):
        part, blocks = slice(points.begins[k], points.begins[k + 1]), one.left_out
        assert blocks is not None
        moved = []
        for values in blocks:
            changed = points.values.copy()
            changed[:, part] = values
            gradient = master.look(best, points.with_values(changed)).gradient
            moved.append(-covariance @ (gradient - here))
        deviations = np.array(moved) - np.mean(moved, axis=0)
        variances += (len(blocks) - 1.0) / len(blocks) * np.sum(deviations**2, axis=0)
    return np.sqrt(variances)
