"""The covariance of the means of several series that were measured together, autocorrelation counted."""

from __future__ import annotations

import numpy as np

from simcore.statistics.along import along
from simcore.statistics.autocorrelation import analyse
from simcore.statistics.means import Series, as_series, block_edges, suitable_blocks


def covariance(samples: Series) -> np.ndarray:
    """The covariance matrix (k, k) of the means of k series of n samples each, an array (k, n) or a list of k arrays.

    On the diagonal stand the squares of `standard_error`; the correlations are those of the means of blocks, each two
    of the longest autocorrelation times long, but 20 to 500 of them. So it is positive semidefinite, and of full rank
    only where k is below the number of blocks: a fit to more data needs fewer of them. NaN if an error is.
    """
    series = as_series(samples)
    n = series.shape[1]
    found = along(_error_and_tau, series, -1)
    errors, taus = found.T
    if n < 2:
        return np.full((len(series), len(series)), np.nan)
    edges = block_edges(n, suitable_blocks(n, float(taus.max())))
    means = np.add.reduceat(series - series.mean(axis=1, keepdims=True), edges[:-1], axis=1) / np.diff(edges)
    means -= means.mean(axis=1, keepdims=True)
    spreads = np.sqrt(np.einsum("ij,ij->i", means, means))
    means /= np.where(spreads > 0.0, spreads, 1.0)[:, np.newaxis]
    matrix = (means @ means.T) * np.outer(errors, errors)
    np.fill_diagonal(matrix, errors**2)
    return matrix


def _error_and_tau(series: np.ndarray) -> tuple[float, float]:
    analysis = analyse(series)
    return analysis.error, analysis.tau
