"""The covariance of means of series with exactly known cross-correlation (|z| < 4.5: false alarms 7e-6 a number)."""

from __future__ import annotations

import math

import numpy as np
import pytest

from simcore.statistics import covariance, standard_error

BOUND = 4.5


def test_the_covariance_of_means_is_the_exact_one(ar1, z_score):
    """x and x / 2 + 2 y of independent AR(1) series x, y have the covariances v, v / 2 and (1/4 + 4) v."""
    process, n = ar1(0.8), 4_000
    chains = process.chains(400, n, seed=1).reshape(200, 2, n)
    x, y = chains[:, 0], 0.5 * chains[:, 0] + 2.0 * chains[:, 1]
    found = np.array([covariance(pair) for pair in np.stack((x, y), axis=1)])
    exact = process.variance_of_mean(n) * np.array([[1.0, 0.5], [0.5, 4.25]])
    for i, j in ((0, 0), (0, 1), (1, 1)):
        assert abs(z_score(found[:, i, j], exact[i, j])) < BOUND


def test_the_diagonal_holds_the_squared_errors_and_the_matrix_is_one_of_covariances(ar1):
    x = ar1(0.7).chains(5, 3_000, seed=2)
    x[3] = x[1] + 0.1 * x[2]
    matrix = covariance(list(x))
    assert np.array_equal(np.diag(matrix), standard_error(x) ** 2)
    assert np.array_equal(matrix, matrix.T)
    assert np.linalg.eigvalsh(matrix).min() > -1e-15 * np.trace(matrix)


def test_a_series_and_its_negative_are_fully_anticorrelated():
    x = np.random.default_rng(3).standard_normal(500)
    matrix = covariance([x, 3.0 - 2.0 * x])
    assert matrix == pytest.approx(matrix[0, 0] * np.array([[1.0, -2.0], [-2.0, 4.0]]), rel=1e-9)


@pytest.mark.filterwarnings("error")
def test_a_constant_has_no_covariance_and_what_has_no_error_has_nan():
    x = np.random.default_rng(4).standard_normal(50)
    assert np.array_equal(covariance([x, np.ones(50)])[1], [0.0, 0.0])
    assert np.isnan(covariance([[1.0], [2.0]])).all()
    with_hole = covariance([x, np.where(x == x[7], math.nan, x)])
    assert math.isfinite(with_hole[0, 0])
    assert np.isnan(with_hole[1]).all()


def test_series_of_unequal_length_are_refused():
    with pytest.raises(ValueError, match="equally long"):
        covariance([[1.0, 2.0], [1.0]])
