"""Whether replicas agree, and the cautions of every estimate of a sweep."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simcore.analysis.pooling import REPLICA, pooled
from simcore.statistics.cautions import Caution, as_mask
from simcore.sweeps.files import CAUTION

if TYPE_CHECKING:
    import xarray

LARGEST_R_HAT = 1.05
"""Four replicas of 50 independent samples each, which agree, are beyond it in fewer than 1 case of 1,000."""
_DISAGREEMENT = 1e-6
"""How often the chi-square of replicas that agree is taken for disagreement, if they know their errors."""


def disagreeing(estimates: xarray.Dataset) -> dict[str, xarray.DataArray]:
    """For each observable, where its replicas disagree, over all dimensions but `replica`; empty for one replica.

    Args:
        estimates: `/estimates` of a sweep or of several runs, with the dimension `replica`.

    Returns:
        A boolean array for each observable: R-hat above 1.05, or a chi-square that replicas which agree exceed in one
        case of a million.
    """
    freedom = estimates.sizes.get(REPLICA, 1) - 1
    if not freedom:
        return {}
    from scipy.stats import chi2

    pool, limit = pooled(estimates), chi2.isf(_DISAGREEMENT, freedom) / freedom
    names = [str(name) for name in estimates.data_vars if f"{name}_error" in estimates]
    return {name: (pool[f"{name}_chi2"] > limit) | (pool[f"{name}_r_hat"] > LARGEST_R_HAT) for name in names}


def cautioned(estimates: xarray.Dataset) -> dict[str, xarray.DataArray]:
    """The cautions of each observable that has any, as numbers that `simcore.statistics.cautions.of_mask` reads.

    Those of the points are in the file; that of replicas which disagree is added here.
    """
    import xarray as xr

    apart, bit = disagreeing(estimates), as_mask([Caution.REPLICAS_DISAGREE])
    found = {}
    for name in map(str, estimates.data_vars):
        if f"{name}_error" not in estimates:
            continue
        mask = estimates.get(f"{name}{CAUTION}", xr.zeros_like(estimates[name], dtype=np.int16))
        mask = mask.fillna(0).astype(np.int16)
        if name in apart:
            mask = mask | xr.where(apart[name] & np.isfinite(estimates[name]), bit, 0).astype(np.int16)
        if mask.any():
            found[name] = mask
    return found
