"""`pooled`: unbiased whatever the lengths, errors that cover, chi-square that notices."""

from __future__ import annotations

import numpy as np
import pytest
import xarray
from scipy import stats

from simcore.analysis import pooled
from simcore.errors import UsageError
from simcore.statistics import estimate

EXPERIMENTS = 4000


def dataset(parts: dict[str, np.ndarray], dims: tuple[str, ...]) -> xarray.Dataset:
    return xarray.Dataset({name: (dims, np.asarray(values, float)) for name, values in parts.items()})


def of_samples(lengths: tuple[int, ...], rng: np.random.Generator, spread: float = 0.0) -> xarray.Dataset:
    """Estimates of skew, independent samples (exponential, mean 1) of so many lengths, in many experiments at once."""
    columns: dict[str, list[np.ndarray]] = {"x": [], "x_error": [], "x_tau": [], "x_ess": []}
    for length in lengths:
        samples = rng.exponential(size=(EXPERIMENTS, length)) + spread * rng.normal(size=(EXPERIMENTS, 1))
        columns["x"].append(samples.mean(axis=1))
        columns["x_error"].append(samples.std(axis=1, ddof=1) / np.sqrt(length))
        columns["x_tau"].append(np.full(EXPERIMENTS, 5.0))  # measured every 10 steps
        columns["x_ess"].append(np.full(EXPERIMENTS, float(length)))
    return dataset({name: np.stack(column, axis=-1) for name, column in columns.items()}, ("experiment", "replica"))


def test_replicas_of_any_length_pool_to_the_mean_of_all_samples():
    rng = np.random.default_rng(1)
    chains = [rng.normal(size=n) for n in (40, 1000, 333)]
    each = [estimate(chain) for chain in chains]
    parts = {
        "x": [e.value for e in each],
        "x_error": [e.error for e in each],
        "x_tau": [e.tau for e in each],
        "x_ess": [e.ess for e in each],
    }
    found = pooled(dataset({name: np.array(values) for name, values in parts.items()}, ("replica",)))
    assert float(found["x"]) == pytest.approx(np.concatenate(chains).mean(), rel=1e-12)
    assert float(2 * found["x_tau"] * found["x_ess"]) == pytest.approx(1373, rel=1e-12)


def test_the_mean_of_short_skew_replicas_is_unbiased_and_that_by_inverse_variances_is_not():
    estimates = of_samples((8, 16, 24), np.random.default_rng(2))
    found = pooled(estimates)["x"]
    z = (found.mean() - 1.0) / (found.std() / np.sqrt(EXPERIMENTS))
    assert abs(z) < 4.5  # false alarms: 7e-6
    weights = estimates["x_error"] ** -2
    naive = (weights * estimates["x"]).sum("replica") / weights.sum("replica")
    assert (naive.mean() - 1.0) / (naive.std() / np.sqrt(EXPERIMENTS)) < -20


def test_the_error_is_the_scatter_of_pooled_means():
    found = pooled(of_samples((8, 16, 24), np.random.default_rng(3)))
    variances = (found["x_error"] ** 2).values
    difference = variances.mean() - 1.0 / 48.0
    assert abs(difference) / (variances.std() / np.sqrt(EXPERIMENTS)) < 4.5  # the variance of 48 samples, unbiased


def test_chi_square_is_one_where_replicas_agree_and_large_where_they_do_not():
    rng = np.random.default_rng(4)
    lengths = (200, 400, 400, 1000)
    agreeing = pooled(of_samples(lengths, rng))["x_chi2"].values
    distance = stats.kstest(agreeing * 3, stats.chi2(3).cdf)
    assert distance.pvalue > 1e-4, "chi-square with 3 degrees of freedom"
    assert np.median(pooled(of_samples(lengths, rng, spread=0.3))["x_chi2"]) > 5.0


def test_pooling_in_two_turns_gives_the_same():
    rng = np.random.default_rng(5)
    each = of_samples((10, 20, 30, 40), rng)
    first, second = (pooled(each.isel(replica=part)) for part in (slice(0, 1), slice(1, 4)))
    turns = pooled(xarray.concat([first, second], "replica"))
    for name in ("x", "x_error", "x_tau", "x_ess"):
        np.testing.assert_allclose(turns[name], pooled(each)[name], rtol=1e-12)


def test_missing_replicas_are_left_out_and_a_point_without_any_is_nan():
    each = of_samples((10, 20, 30), np.random.default_rng(6)).isel(experiment=slice(0, 3))
    nothing = each.where(~((each["experiment"] == 1) & (each["replica"] > 0)) & (each["experiment"] != 2))
    found = pooled(nothing)
    for name in each.data_vars:
        assert float(found[name][0]) == float(pooled(each)[name][0])
        assert float(found[name][1]) == pytest.approx(float(each[name][1, 0]), rel=1e-14)
        assert np.isnan(found[name][2])
    assert np.isnan(found["x_chi2"][1])


def test_a_replica_too_short_to_know_its_error_leaves_the_error_unknown_but_not_the_mean():
    parts = {"x": [1.0, 3.0], "x_error": [0.1, np.nan], "x_tau": [0.5, np.nan], "x_ess": [100.0, np.nan]}
    found = pooled(dataset({name: np.array(values) for name, values in parts.items()}, ("replica",)))
    assert float(found["x"]) == 2.0
    assert np.isnan(found["x_error"])
    assert np.isnan(found["x_ess"])


def test_constants_agree_or_are_infinitely_far_apart():
    parts = {"x": [[1.0, 1.0], [1.0, 2.0]], "x_error": np.zeros((2, 2)), "x_tau": np.full((2, 2), 0.5)}
    found = pooled(dataset(parts | {"x_ess": np.full((2, 2), 10.0)}, ("point", "replica")))
    np.testing.assert_array_equal(found["x_chi2"], [0.0, np.inf])
    np.testing.assert_array_equal(found["x_error"], [0.0, 0.0])


def test_units_and_names_stay():
    each = of_samples((10, 20), np.random.default_rng(7)).isel(experiment=0)
    each["x"].attrs = {"units": "J", "long_name": "energy"}
    assert pooled(each)["x"].attrs == {"units": "J", "long_name": "energy"}
    with pytest.raises(UsageError, match="no dimension 'replica' to pool over; the dimensions are: none"):
        pooled(pooled(each))
