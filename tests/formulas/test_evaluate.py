"""The values of expressions, against Python's own arithmetic and NumPy."""

import math
import pickle

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import ValidationError

from simcore.config import Section, from_dict, validate
from simcore.formulas import ExpressionError, ExpressionText, parse

NUMBERS = st.floats(0.5, 2.0).map(lambda x: repr(round(x, 3))) | st.sampled_from(["x", "y"])


def combined(parts):
    binary = st.tuples(parts, st.sampled_from(["+", "-", "*", "/", "**"]), parts).map("({0[0]} {0[1]} {0[2]})".format)
    return binary | parts.map("(-{})".format)


def python_value(text, names):
    """What Python makes of a text of this test's; None where that is no finite real number."""
    try:
        value = eval(text, dict(names))
    except (OverflowError, ZeroDivisionError):
        return None
    return value if isinstance(value, float) and math.isfinite(value) else None


@given(st.recursive(NUMBERS, combined, max_leaves=12))
def test_arithmetic_agrees_with_python(text):
    names = {"x": 1.25, "y": 0.75}
    wanted = python_value(text, names)
    assume(wanted is not None)
    try:
        found = parse(text).evaluate(names)
    except ExpressionError:
        found = math.nan
    assume(math.isfinite(found))  # a complex or infinite number on the way to a real one
    assert found == pytest.approx(wanted, rel=1e-12)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("-x**2", -4.0),
        ("2**3**0.5", 2.0 ** (3.0**0.5)),
        ("x - 1 - 1", 0.0),
        ("(x > 1)*3 - (x > 5)", 3.0),
        ("-(x > 1)", -1.0),
        ("(x > 1) + (x > 0)", 2.0),
        ("min(x, 5, 1) + max(x, 7)", 8.0),
        ("where((x >= 2) & (x != 3), x, 0)", 2.0),
        ("where((x < 2) | (x == 2), 10, 20)", 10.0),
        ("where(x <= 1, 1/0.5, 4)", 4.0),
        ("floor(-1.5) + abs(-x) + sign(-3)", -1.0),
        ("log(exp(x)) + sqrt(x*x)", 4.0),
        ("cosh(x)**2 - sinh(x)**2 + tanh(0) + cos(0)**2 + sin(pi/2) + tan(0)", 3.0),
        ("1e3 + 1_000 + .5", 2000.5),
        (" x \n + 1 ", 3.0),
    ],
)
def test_values_at_two(text, wanted):
    assert parse(text).evaluate({"x": 2}) == pytest.approx(wanted, rel=1e-14)


def test_arrays_broadcast():
    x, y = np.ix_(np.arange(3.0), np.arange(4.0))
    np.testing.assert_array_equal(parse("x + 10*y").evaluate({"x": x, "y": y}), x + 10 * y)


def test_out_of_range_is_left_to_the_caller_without_a_warning():
    with np.errstate(all="raise"):
        assert np.isinf(parse("1/x").evaluate({"x": 0.0}))


def test_whole_numbers_are_computed_in_floating_point():
    assert parse("x**-1").evaluate({"x": 2}) == 0.5
    assert parse("x**100").evaluate({"x": 10}) == 1e100


def test_an_unknown_name_is_an_error_with_its_place_and_the_nearest_name():
    with pytest.raises(ExpressionError, match="column 8: unknown name 'radus'; did you mean 'radius'") as caught:
        parse("sin(pi*radus)").evaluate({"radius": 1.0, "x": 0.0})
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


class Start(Section):
    u: ExpressionText


def test_a_section_reads_and_writes_an_expression():
    section = Start.model_validate({"u": "sin(x)"})
    assert section.u.evaluate({"x": 0.0}) == 0.0
    assert Start.model_validate_json(section.model_dump_json()) == section
    assert Start.model_json_schema()["properties"]["u"]["type"] == "string"


def test_a_bad_expression_is_one_problem_of_the_experiment():
    with pytest.raises(ValidationError) as caught:
        Start.model_validate({"u": "sin(x"})
    assert len(caught.value.errors()) == 1
    _, problems = validate(from_dict({"u": "sin(x"}), Start)
    assert [str(problem) for problem in problems] == [
        "dict u: expression 'sin(x', column 4: cannot be read: '(' was never closed"
    ]
