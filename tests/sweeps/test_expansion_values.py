"""The values that generators, samples and tables give."""

from __future__ import annotations

import warnings
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.stats import qmc

from simcore.config.generated import length, values
from simcore.sweeps.expansion import expand
from simcore.sweeps.sections import Generator

TEMPERATURE, SIZE, H = "model.parameters.temperature", "model.lattice.size", "model.parameters.h"
HALF_A_DIGIT = 5.1e-12  # of 1.00000000000, rounded to 12 digits
NUMBERS = st.one_of(st.integers(-(10**6), 10**6), st.floats(-1e6, 1e6).map(lambda x: round(x, 6)))


def coordinates(sweep: dict, name: str) -> list:
    model = {"type": "ising", "lattice": {"size": 8}, "parameters": {"temperature": 2.0}}
    return expand({"model": model, "run": {"seed": 1, "sweeps": 10}, "sweep": sweep}).coords[name][1]


def test_linspace_is_exact_where_floating_point_sums_are_not():
    assert values(Generator(linspace=(-0.3, 0.3, 7))) == [-0.3, -0.2, -0.1, 0.0, 0.1, 0.2, 0.3]
    assert np.linspace(-0.3, 0.3, 7)[3] != 0.0 or np.linspace(-0.3, 0.3, 7)[4] != 0.1, "or this proves nothing"


@given(first=NUMBERS, last=NUMBERS, count=st.integers(2, 50))
def test_linspace_is_that_of_numpy_to_twelve_digits_of_its_ends(first, last, count):
    found = values(Generator(linspace=(first, last, count)))
    scale = max(abs(first), abs(last))
    np.testing.assert_allclose(found, np.linspace(first, last, count), rtol=0, atol=HALF_A_DIGIT * scale)
    assert len(found) == count


def test_arange_counts_in_tenths_and_leaves_out_its_end():
    assert values(Generator(arange=(0, 1, 0.1))) == [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]
    assert values(Generator(arange=(1.0, 1.3, 0.1))) == [1.0, 1.1, 1.2], "numpy.arange gives 1.3, too"
    assert len(np.arange(1.0, 1.3, 0.1)) == 4, "or this proves nothing"


@given(first=NUMBERS, end=NUMBERS, step=NUMBERS.filter(lambda x: abs(x) > 0.1))
def test_arange_has_the_length_that_it_says_and_stays_below_its_end(first, end, step):
    assume(abs(end - first) <= 1000 * abs(step))
    rule = Generator(arange=(first, end, step))
    found = values(rule)
    assert len(found) == length(rule)
    start, stop, by = (Fraction(repr(number)) for number in (first, end, step))
    inside = [start + i * by < stop if by > 0 else start + i * by > stop for i in range(len(found) + 1)]
    assert inside == [True] * len(found) + [False]


def test_geomspace_meets_powers_of_two_as_whole_numbers():
    found = values(Generator(geomspace=(8, 64, 4)))
    assert found == [8, 16, 32, 64]
    assert {*map(type, found)} == {int}


@given(low=st.floats(1e-6, 1e6), ratio=st.floats(1.1, 1e6), count=st.integers(2, 30), sign=st.sampled_from([1.0, -1.0]))
def test_geomspace_is_that_of_numpy_to_twelve_digits(low, ratio, count, sign):
    found = values(Generator(geomspace=(sign * low, sign * low * ratio, count)))
    np.testing.assert_allclose(found, np.geomspace(sign * low, sign * low * ratio, count), rtol=HALF_A_DIGIT)


def test_range_is_that_of_python_both_ways():
    assert values(Generator(range=(16, 65, 16))) == [16, 32, 48, 64]
    assert values(Generator(range=(3, 0, -1))) == [3, 2, 1]


def test_the_same_value_reached_two_ways_is_one_number():
    third = values(Generator(linspace=(0, 1, 4)))[1]
    assert third == values(Generator(arange=(0.333333333333, 1, 1)))[0] == 0.333333333333


def test_generated_whole_numbers_do_where_whole_numbers_are_asked_for():
    assert coordinates({"grid": {SIZE: {"linspace": [16, 64, 4]}}}, "size") == [16, 32, 48, 64]


SAMPLERS = {
    "sobol": lambda d, n: qmc.Sobol(d, rng=np.random.default_rng(5)).random(n),
    "latin_hypercube": lambda d, n: qmc.LatinHypercube(d, rng=np.random.default_rng(5)).random(n),
    "random": lambda d, n: np.random.default_rng(5).random((n, d)),
}


@pytest.mark.parametrize("method", SAMPLERS)
@pytest.mark.parametrize("count", [64, 100])
def test_a_sample_is_that_of_scipy_to_the_last_bit(method, count):
    ranges = {TEMPERATURE: [1.8, 2.8], H: [-0.5, 0.25]}
    sweep = {"sample": {"method": method, "points": count, "seed": 5, "ranges": ranges}}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # 100 is no power of two
        expected = qmc.scale(SAMPLERS[method](2, count), [1.8, -0.5], [2.8, 0.25])
    assert coordinates(sweep, "temperature") == expected[:, 0].tolist()
    assert coordinates(sweep, "h") == expected[:, 1].tolist()


def test_a_log_scale_is_uniform_in_the_logarithm():
    span = {"low": 0.01, "high": 100, "scale": "log"}
    found = coordinates({"sample": {"points": 64, "seed": 5, "ranges": {TEMPERATURE: span}}}, "temperature")
    x = SAMPLERS["sobol"](1, 64)[:, 0]
    np.testing.assert_allclose(found, 0.01 * 10000**x, rtol=1e-11)
    assert np.histogram(np.log10(found), bins=[-2, -1, 0, 1, 2])[0].tolist() == [16, 16, 16, 16]


def test_whole_numbers_are_sampled_evenly_with_both_ends():
    span = {"low": 1, "high": 4, "whole": True}
    found = coordinates({"sample": {"points": 64, "ranges": {SIZE: span, H: [0, 1]}}}, "size")
    assert {value: found.count(value) for value in (1, 2, 3, 4)} == dict.fromkeys((1, 2, 3, 4), 16)


def test_a_table_gives_its_lines_by_whole_paths_and_last_parts(tmp_path):
    table = tmp_path / "points.csv"
    table.write_text("temperature, model.lattice.size\n1.5, 8\n1e1, 16\n\n2, 32\n")
    sweep = {"from": str(table)}
    assert coordinates(sweep, "temperature") == [1.5, 10, 2]
    assert coordinates(sweep, "size") == [8, 16, 32]


def test_a_parameter_that_changes_in_some_points_is_a_series_there_and_no_dimension():
    given = [0.1, {"schedule": "0.1*step"}]
    assert len(coordinates({"grid": {H: given, TEMPERATURE: [1.0, 2.0]}}, H)) == 2
    assert coordinates({"grid": {f"{H}.schedule": ["step", "2*step"]}}, "schedule") == ["step", "2*step"]
