"""xarray objects in, the same out: the numbers are those of the arrays."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from simcore import statistics

ENERGY = {"units": "J", "long_name": "energy per site"}
NUMBERS = ("autocorrelation_time", "effective_sample_size", "standard_error", "drift", "thermalization_cut")


@pytest.fixture
def series(ar1):
    """Energy and magnetisation of 2 temperatures and 3 replicas, the step in the middle; and what is no series."""
    energy, magnetization = ar1(0.8).chains(12, 400, seed=1).reshape(2, 2, 3, 400)
    return xr.Dataset(
        {
            "energy": (
                ("T", "step", "replica"),
                np.moveaxis(energy, 2, 1),
                {"units": "J", "long_name": "energy per site"},
            ),
            "magnetization": (("T", "replica", "step"), magnetization),
            "volume": ("T", [8.0, 8.0]),
            "label": ("step", np.full(400, "a")),
        },
        {"T": [2.0, 2.5], "step": np.arange(400)},
        {"title": "a sweep"},
    )


@pytest.mark.parametrize("name", NUMBERS)
def test_a_dimension_goes_by_its_name(series, name):
    function = getattr(statistics, name)
    found = function(series["energy"], dim="step")
    assert isinstance(found, xr.DataArray)
    assert found.dims == ("T", "replica")
    assert found.name == "energy"
    assert np.array_equal(found["T"], [2.0, 2.5])
    assert np.array_equal(found, function(series["energy"].values, axis=1))


@pytest.mark.parametrize("name", NUMBERS)
def test_a_dataset_gives_a_dataset_of_all_that_are_series(series, name):
    function = getattr(statistics, name)
    found = function(series, dim="step")
    assert list(found.data_vars) == ["energy", "magnetization"]
    assert found.attrs == {"title": "a sweep"}
    xr.testing.assert_identical(found["magnetization"], function(series["magnetization"], dim="step"))
    xr.testing.assert_identical(found, function(xr.DataTree(series), dim="step"))


def test_units_and_names_say_what_the_numbers_are(series):
    error = statistics.standard_error(series["energy"], dim="step")
    assert error.attrs == {"units": "J", "long_name": "standard error of energy per site"}
    tau = statistics.autocorrelation_time(series["magnetization"], dim="step")
    assert tau.attrs == {"units": "1", "long_name": "integrated autocorrelation time of magnetization, in samples"}


def test_an_estimate_has_the_variables_that_a_result_has(series):
    found = statistics.estimate(series, dim="step")
    expected = [f"{name}{suffix}" for name in ("energy", "magnetization") for suffix in ("", "_error", "_tau", "_ess")]
    assert list(found.data_vars) == expected
    assert found["energy"].attrs == ENERGY
    arrays = statistics.estimate(series["energy"].values, axis=1)
    for suffix in ("error", "tau", "ess"):
        assert np.array_equal(found[f"energy_{suffix}"], getattr(arrays, suffix))
    one = statistics.estimate(series["energy"].isel(T=0, replica=0))
    assert one["energy"].item() == arrays.value[0, 0]


@pytest.mark.parametrize("method", [statistics.jackknife, statistics.bootstrap])
def test_functions_of_means_take_one_array_for_each_mean(series, method):
    def variance(square, mean):
        return square - mean**2

    energy = series["energy"]
    value, error = method(variance, [energy**2, energy], dim="step")
    assert value.dims == error.dims == ("T", "replica")
    assert value.attrs == {}, "a function of an energy is no energy"
    one = energy.isel(T=1, replica=2).values
    assert (value[1, 2].item(), error[1, 2].item()) == method(variance, [one**2, one])
    by_replica = method(variance, [energy**2, energy.isel(T=0)], dim="step")[0]
    assert by_replica.dims == ("T", "replica")


def test_r_hat_takes_step_and_replica(series):
    found = statistics.r_hat(series)
    assert list(found.data_vars) == ["energy", "magnetization"]
    assert found["energy"].dims == ("T",)
    assert found["energy"][0].item() == statistics.r_hat(series["energy"].values[0].T)


def test_missing_points_stay_missing(series):
    series["energy"][1, :, 2] = np.nan
    found = statistics.standard_error(series["energy"], dim="step")
    assert np.array_equal(np.isnan(found), [[False] * 3, [False, False, True]])


def test_a_dimension_that_is_not_there_is_refused_with_those_that_are(series):
    with pytest.raises(ValueError, match="dim: 'time', but it must be one of 'T', 'step', 'replica'"):
        statistics.standard_error(series["energy"], dim="time")
    with pytest.raises(ValueError, match="dim: None, but it must be one of"):
        statistics.standard_error(series)
