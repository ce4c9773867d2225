"""exp, log, cos and sin of kernels against extended precision, as plain Python and compiled."""

import math

import numpy as np
import pytest
from scipy import stats

from simcore.formulas import vector_functions

RANGES = {
    "exp": [(-700.0, 700.0), (-30.0, 0.0), (-1e-3, 1e-3)],
    "log": [(1e-300, 1e-290), (1e-17, 1e-3), (0.5, 2.0), (1 - 1e-6, 1 + 1e-6), (1.0, 1e300)],
    "cos": [(-7.0, 7.0), (-1e6, 1e6)],
    "sin": [(-7.0, 7.0), (-1e6, 1e6), (-1e-9, 1e-9)],
}
CASES = [(name, *bounds) for name, ranges in RANGES.items() for bounds in ranges]


def samples(low, high):
    return np.random.default_rng(3).uniform(low, high, 20_000)


@pytest.mark.parametrize(("name", "low", "high"), CASES)
def test_errors_are_those_that_are_promised(name, low, high):
    x = samples(low, high)[:5000]
    values = np.array([getattr(vectormath, f"vector_{name}")(one) for one in x])
    if name in ("cos", "sin"):  # the C library's own are within 1.2e-16
        assert np.abs(values - np.array([getattr(math, name)(one) for one in x])).max() < 4e-16
        return
    exact = getattr(np, name)(x.astype(np.longdouble))
    assert (np.abs(values - exact) / np.spacing(np.abs(exact).astype(float))).max() < 1.1


@pytest.mark.parametrize("name", RANGES)
def test_compiled_and_plain_give_the_same_bits(name):
    from numba import njit

    plain = getattr(vectormath, f"vector_{name}")
    compiled = njit(error_model="numpy")(plain)

    @njit(error_model="numpy")
    def fill(x, out):
        for i in range(x.shape[0]):
            out[i] = compiled(x[i])

    for low, high in RANGES[name]:
        x = samples(low, high)[:2000]
        out = np.empty_like(x)
        fill(x, out)
        assert out.tobytes() == np.array([plain(one) for one in x]).tobytes()


def test_ends_of_the_range():
    assert vector_functions.vector_exp(0.0) == 1.0
    assert vector_functions.vector_exp(-1e300) == vector_functions.vector_exp(-math.inf) == 0.0
    assert vector_functions.vector_exp(1e300) == vector_functions.vector_exp(math.inf) == math.inf
    assert math.isnan(vector_functions.vector_exp(math.nan))
    assert vector_functions.vector_log(1.0) == 0.0
    assert (vector_functions.vector_cos(0.0), vector_functions.vector_sin(0.0)) == (1.0, 0.0)


def test_normals_are_normal_and_independent():
    generator = np.random.default_rng(11)
    pairs = np.array([vector_functions.vector_normals(*generator.random(2)) for _ in range(20_000)])
    assert stats.kstest(pairs.ravel(), "norm").pvalue > 1e-4  # of 10,000 seeds, one fails
    assert abs(np.corrcoef(pairs.T)[0, 1]) < 4.0 / math.sqrt(20_000)
    assert np.isfinite(vector_functions.vector_normals(0.0, 0.5)).all()
    assert np.isfinite(vector_functions.vector_normals(1.0 - 2.0**-53, 0.5)).all()


def test_the_logarithm_of_what_has_none():
    with np.errstate(all="ignore"):
        ends = [vector_functions.vector_log(np.float64(x)) for x in (0.0, 1e-310, -1.0, -np.inf, np.inf, np.nan)]
    assert np.array_equal(ends, [-np.inf, -np.inf, np.nan, np.nan, np.inf, np.nan], equal_nan=True)
