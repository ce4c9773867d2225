"""How far a target lies from what was simulated: the effective sample size that its distance lets one expect.

The weights themselves do not tell: far away all of them belong to samples at the edge of a histogram, beyond which the
target has most of its own, and these few are alike. So their effective sample size comes out too large, and second
moments, which live at the edge, too small. For normal histograms d standard deviations apart a share exp(-d**2) of the
samples is effective; d**2 is the symmetrised Kullback-Leibler divergence, as in
`simcore.analysis.reweighting.tree`. S. Chatterjee, P. Diaconis, Ann. Appl. Probab. 28, 1099 (2018).
"""

from __future__ import annotations

import numpy as np

from simcore.analysis.reweighting.mixture import Mixture


def expected_ess(mixture: Mixture, own: np.ndarray, targets: np.ndarray, found: np.ndarray) -> np.ndarray:
    """Sum over the simulations of their independent samples times exp(-divergence from the target), (T,).

    own: averages of the conjugate variables at the couplings of the simulations, (d, K). targets: couplings (T, d).
    found: averages there, (d, T).
    """
    steps = mixture.couplings[None] - targets[:, None]
    divergence = np.maximum(np.einsum("tkd,dtk->tk", steps, found[:, :, None] - own[:, None, :]), 0.0)
    return np.exp(-divergence) @ mixture.shares
