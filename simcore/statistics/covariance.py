"""The covariance of the means of several series that were measured together, including autocorrelation."""

from __future__ import annotations

import numpy as np

from simcore.statistics.along import along
from simcore.statistics.autocorrelation import analyse
from simcore.statistics.means import Series, as_series, block_edges, suitable_blocks


def covariance(samples: Series) -> np.ndarray:
    """The covariance matrix of the means of several series that were measured together, including autocorrelation.

    Args:
        samples: k real series of n samples, an array (k, n) or a list of k arrays (n,).

    Returns:
        An array (k, k). The diagonal has the squares of `standard_error`; the correlations are those of the means of
        blocks, each of two of the longest autocorrelation times, with 20 to 500 blocks. So the matrix is positive
        semidefinite, and has full rank only if k is below the number of blocks. NaN if an error is NaN.

    Raises:
        ValueError: a series is complex, or the series differ in length.

    Example:
        >>> x, y = np.random.default_rng(1).normal(size=(2, 10000))
        >>> np.round(1e4 * covariance([x, x + y]), 0)  # exact for independent samples: [[1, 1], [1, 2]]
        array([[1., 1.],
               [1., 2.]])
    """
    series = as_series(samples)
    n = series.shape[1]
    errors, taus = along(_error_and_tau, series, -1).T
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
