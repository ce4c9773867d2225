"""One formula of an observable for several values of a variable."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simcore.errors import SimcoreError
from simcore.runs.experiment import resolve
from simcore.runs.listed import one_by_one

MODEL = {"type": "ising", "lattice": {"type": "square", "size": 8}, "parameters": {"temperature": 2.5}}


def observables(**written):
    keys = {"model": MODEL, "run": {"seed": 1, "sweeps": 10}, "output": {"observables": written}}
    return resolve(keys)


def test_a_list_stands_for_one_observable_each():
    listed = observables(c={"formula": "correlation(r, 0) - magnetization**2", "r": [1, 2, 4]}, m2="mean(a)**2")
    alone = observables(
        c_1="correlation(1, 0) - magnetization**2",
        c_2="correlation(2, 0) - magnetization**2",
        c_4="correlation(4, 0) - magnetization**2",
        m2="mean(a)**2",
    )
    assert listed.resolved == alone.resolved
    assert listed.key == alone.key
    assert list(listed.output.observables) == ["c_1", "c_2", "c_4", "m2"]


def test_distances_of_several_axes_negative_numbers_and_fractions():
    assert one_by_one({"c": {"formula": "correlation(d)", "d": [[1, 0], [2, -1]]}}) == {
        "c_1_0": "correlation([1, 0])",
        "c_2_m1": "correlation([2, -1])",
    }
    assert one_by_one({"s": {"formula": "mean(a)**2 + n**2", "n": [-1, 0.5]}}) == {
        "s_m1": "mean(a)**2 + (-1)**2",
        "s_0p5": "mean(a)**2 + 0.5**2",
    }


@settings(deadline=None, derandomize=True)
@given(st.lists(st.integers(-50, 50), min_size=1, unique=True))
def test_every_value_has_a_name_of_one_word_and_its_formula(values):
    found = one_by_one({"c": {"formula": "r_max + correlation(r, 0)", "r": values}})
    assert all(name.isidentifier() for name in found)
    shown = [f"({value})" if value < 0 else f"{value}" for value in values]
    assert list(found.values()) == [f"r_max + correlation({value}, 0)" for value in shown]


@pytest.mark.parametrize(
    ("given_", "said"),
    [
        ({"formula": "correlation(r, 0)"}, "c: must be a formula, or one with the values of a variable: {formula:"),
        ({"r": [1]}, "c: must be a formula, or one with the values of a variable"),
        ({"formula": "correlation(r, s)", "r": [1], "s": [2]}, "c: must be a formula, or one with the values"),
        ({"formula": "correlation(r, 0)", "r": 3}, "c: r takes a list of 1 to 1000 numbers, such as [1, 2, 4], not 3"),
        ({"formula": "correlation(r, 0)", "r": []}, "c: r takes a list of 1 to 1000 numbers"),
        ({"formula": "correlation(r, 0)", "r": ["x"]}, "c: r takes numbers, or lists of numbers, not 'x'"),
        ({"formula": "correlation(r, 0)", "r": [1, 1]}, "c: r has the value 1 twice"),
        ({"formula": "correlation(r, 0)", "q": [1, 1]}, "c: the formula 'correlation(r, 0)' does not name 'q'"),
        ({"formula": "correlation(r, 0)", "r": [9.5]}, "correlation takes a whole number here, not 9.5"),
    ],
)
def test_a_bad_list_is_told_in_one_line(given_, said):
    with pytest.raises(SimcoreError) as caught:
        observables(c=given_)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_two_observables_of_one_name_are_refused():
    with pytest.raises(SimcoreError, match="c: the name 'c_1' is given twice"):
        observables(c={"formula": "correlation(r, 0)", "r": [1]}, c_1="mean(a)")
