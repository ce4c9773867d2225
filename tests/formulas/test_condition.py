"""Conditions in words are those of Python."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simcore.formulas import ExpressionError, parse, parse_condition

COMPARISONS = st.sampled_from(["x < 1", "y >= 2", "x == y", "x != 2", "0 < x <= y", "x > y", "3 > y > x >= 0"])
CONDITIONS = st.recursive(
    COMPARISONS,
    lambda inner: st.one_of(
        inner.map(lambda a: f"not ({a})"),
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(lambda t: f"({t[0]}) {t[1]} ({t[2]})"),
    ),
    max_leaves=8,
)


@given(CONDITIONS)
def test_a_condition_is_true_where_python_says_so(text):
    condition = parse_condition(text)
    for x in range(4):
        for y in range(4):
            assert bool(condition.evaluate({"x": x, "y": y})) is bool(eval(text)), (x, y)


def test_words_bind_as_in_python():
    condition = parse_condition("x == 1 or y == 1 and not x == 2")
    assert condition.evaluate({"x": 1, "y": 0})
    assert not condition.evaluate({"x": 2, "y": 1})


def test_a_path_is_a_name():
    assert parse_condition("model.lattice.size >= 32").names == {"model.lattice.size"}


def test_a_thousand_parts_nest_no_deeper_than_a_few():
    assert parse_condition(" or ".join(["x==1"] * 1000)).evaluate({"x": 1})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x", "a comparison is expected"),
        ("not x", "stand between comparisons"),
        ("x < 1 and y", "stand between comparisons"),
        ("(x < 1) < 2", "compares numbers, not comparisons"),
        ("sin(x).y < 1", "a name or a path is expected"),
        ("x <", "cannot be read"),
        ("x < 'a'", "unexpected"),
    ],
)
def test_what_is_no_condition_is_refused(text, words):
    with pytest.raises(ExpressionError, match=words):
        parse_condition(text)


def test_formulas_of_fields_still_take_no_words():
    with pytest.raises(ExpressionError, match="written as & and"):
        parse("x < 1 and y < 2")
