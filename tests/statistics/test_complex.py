"""No function of simcore.statistics drops an imaginary part: complex series are refused with what to write."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import xarray

from simcore import statistics

X = np.exp(2j * np.pi * np.random.default_rng(1).random(200))
REPLICAS = X.reshape(2, 100)
LABELLED = xarray.DataArray(REPLICAS, dims=("replica", "step"), name="order")


def product(a, b):
    return a * b


CALLS = {
    "autocorrelation_time": lambda x: statistics.autocorrelation_time(x),
    "binning": lambda x: statistics.binning(x),
    "bootstrap": lambda x: statistics.bootstrap(product, [x, x]),
    "covariance": lambda x: statistics.covariance([x, x]),
    "drift": lambda x: statistics.drift(x),
    "effective_sample_size": lambda x: statistics.effective_sample_size(x),
    "estimate": lambda x: statistics.estimate(x),
    "estimate_function": lambda x: statistics.estimate_function(product, [x, x]),
    "jackknife": lambda x: statistics.jackknife(product, [x, x]),
    "notation": lambda x: statistics.notation(x[0], 0.1),
    "r_hat": lambda x: statistics.r_hat(x.reshape(2, -1)),
    "standard_error": lambda x: statistics.standard_error(x),
    "thermalization_cut": lambda x: statistics.thermalization_cut(x),
    "z_score": lambda x: statistics.z_score((x[:2], 0.1), 0.0),
}
CLASSES = {"Binning", "Estimate"}


def test_every_public_function_is_here():
    assert set(CALLS) | CLASSES == set(statistics.__all__)


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("dtype", [np.complex128, np.complex64])
def test_complex_series_are_refused(name, dtype):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ValueError, match=r"is complex: .* x\.real and x\.imag"):
            CALLS[name](X.astype(dtype))
        with pytest.raises(ValueError, match="is complex"):
            CALLS[name](X.real.astype(dtype))
        CALLS[name](X.real)
        CALLS[name](X.imag)


@pytest.mark.parametrize("name", ["estimate", "standard_error", "autocorrelation_time", "thermalization_cut", "drift"])
def test_labelled_complex_series_are_refused_by_their_names(name):
    function = getattr(statistics, name)
    with pytest.raises(ValueError, match="is complex"):
        function(LABELLED, dim="step")
    with pytest.raises(ValueError, match=r"^order is complex"):
        function(LABELLED.to_dataset().assign(energy=LABELLED.real), dim="step")
    parts = xarray.Dataset({"re": LABELLED.real, "im": LABELLED.imag})
    assert {"re", "im"} <= set(function(parts, dim="step").data_vars)
    other = parts.assign(elsewhere=("k", X[:3]))
    assert "elsewhere" not in function(other, dim="step")


def test_labelled_replicas_and_functions_of_means_are_refused():
    with pytest.raises(ValueError, match="is complex"):
        statistics.r_hat(LABELLED)
    with pytest.raises(ValueError, match="series 0 is complex"):
        statistics.jackknife(product, [LABELLED, LABELLED.real], dim="step")


@pytest.mark.parametrize("method", [statistics.jackknife, statistics.bootstrap])
def test_a_function_with_a_complex_value_is_refused(method):
    with pytest.raises(ValueError, match="the function of the means is complex"):
        method(lambda a, b: a + np.complex128(1j) * b, [X.real, X.imag])


def test_the_squared_modulus_of_a_complex_mean_is_a_function_of_two_series():
    shifted = X + 2.0 + 1.0j
    value, error = statistics.jackknife(lambda re, im: re**2 + im**2, [shifted.real, shifted.imag])
    assert value == pytest.approx(abs(shifted.mean()) ** 2, rel=1e-12)
    assert 0.0 < error < 0.5
