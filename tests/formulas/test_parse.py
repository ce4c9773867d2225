"""What an expression may be, and the one clear error that everything else is."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simcore.formulas import ExpressionError, parse
from simcore.formulas.tree import Binary, Call, Name, Number


def test_equal_subexpressions_are_equal_nodes_wherever_they_stand():
    tree = parse("sin(x + 1)*y + sin(x + 1)").tree
    assert tree.left.left == tree.right == Call("sin", (Binary("+", Name("x"), Number(1.0)),))
    assert len({tree.left.left, tree.right}) == 1


def test_constants_are_folded_and_names_are_found():
    expression = parse("2*pi*x + exp(1)/e + where(1 < 2, 3, 4)")
    assert expression.names == {"x"}
    assert parse("2*pi/4").tree == Number(math.pi / 2)
    assert parse("where((1 < 2) & (3 > 2), 3, 4)").tree == Number(3.0)


@pytest.mark.parametrize(
    ("text", "column", "words"),
    [
        ("", 1, "is empty"),
        ("   ", 1, "is empty"),
        ("sin(x", 4, "never closed"),
        ("1 2", 3, "cannot be read"),
        ("x +* y", 4, "cannot be read"),
        ("1 + sqr(x)", 5, "unknown function 'sqr'; did you mean 'sqrt'?"),
        ("1 + sin", 5, "'sin' is a function; write sin(...)"),
        ("sin(x, y)", 1, "sin takes 1 argument, not 2"),
        ("min(x)", 1, "min takes at least 2 arguments, not 1"),
        ("where(x, 1, 2)", 1, "the first argument of where must be a comparison"),
        ("sin(x=1)", 1, "plain arguments"),
        ("2*min(*x)", 3, "plain arguments"),
        ("1 + x.real", 5, "'x.real' is not allowed"),
        ("x if y else z", 1, "is not allowed"),
        ("(x, y)", 1, "is not allowed"),
        ("x // 2", 1, "unknown operator"),
        ("1 in x", 1, "unknown operator"),
        ("2 + 1j", 5, "1j is not a real number"),
        ("True", 1, "True is not a real number"),
        ("...", 1, "is not a real number"),
        ("0 < x < 1", 1, "(0 < x) & (x < 1)"),
        ("x > 1 & y < 2", 1, "(0 < x) & (x < 1)"),
        ("x & y", 1, "& stands between comparisons"),
        ("(x < 1) | y", 1, "| stands between comparisons"),
        ("(x < 1) == (y < 1)", 1, "compares numbers"),
        ("x and y", 1, "& and |"),
        ("not x", 1, "& and |"),
        ("x()()", 1, "a product is written *"),
        ("'a'", 1, "unexpected"),
        ("x[0]", 2, "unexpected '['"),
        ("x; y", 2, "unexpected ';'"),
        ("y + x := 1", 7, "unexpected ':'"),
        ("x # y", 3, "unexpected '#'"),
        ("\0", 1, "unexpected"),
        ("α + sqr(β)", 5, "unknown function"),
        ("1 + __import__(os)", 5, "unknown function '__import__'"),
        ("2*__import__('os')", 14, "unexpected"),
        ("lambda x: x", 9, "unexpected ':'"),
        ("lambda", 1, "cannot be read"),
        ("x^2", 2, "a power is written **"),
        ("2*lambda", 3, "'lambda' is a reserved word; choose another name"),
        ("1 if x > 0 else", 3, "where(condition, a, b)"),
        ("x % 2", 3, "write mod(a, b)"),
        ("np.exp(x)", 1, "write exp(...) without 'np.'"),
        ("ln(x)", 1, "unknown function 'ln'; write log(x)"),
        ("arctan2(x, y)", 1, "unknown function 'arctan2'; write atan2(y, x)"),
        ("sinc(x)", 1, "write where(x == 0, 1, sin(x)/x)"),
        ("u + (yield)", 6, "is not allowed"),
        ("u + await x", 5, "is not allowed"),
    ],
)
def test_what_is_not_allowed_is_one_error_with_its_place(text, column, words):
    with pytest.raises(ExpressionError) as caught:
        parse(text)
    assert (caught.value.column, words in str(caught.value)) == (column, True), caught.value
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "9**9**9",
        "9**9**9**9*x",
        "x + 10.0**400",
        "9" * 400,
        "9" * 5000,
        "1/0",
        "where(x > 0, 1, log(0))",
        "sqrt(-1)",
        "1e999",
        "1/(9**9**9)",
    ],
)
def test_constants_that_are_no_numbers_are_refused(text):
    with pytest.raises(ExpressionError):
        parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "(" * 10_000,
        "(" * 4_000 + "1" + ")" * 4_000,
        "-" * 9_000 + "1",
        "+".join("x" * 4_000),
        "2**" * 3_000 + "1",
        "sin(" * 150 + "sin(" * 100 + "x" + ")" * 250,
        ".".join("x" * 4_000),
        "<".join("x" * 4_000),
        "where(" * 150 + "x>1" + ",1,1)" * 150,
        "x" * 1_000_000,
    ],
)
def test_depth_and_length_are_bounded(text):
    with pytest.raises(ExpressionError) as caught:
        parse(text)
    assert len(str(caught.value)) < 300


def test_a_sum_of_two_hundred_terms_is_fine():
    assert parse("+".join(["x"] * 200)).evaluate({"x": 1.0}) == 200.0


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=60) | st.text(alphabet="xy12.+-*/()<>=!&| ,esinwhrtaxmo", max_size=60))
def test_any_text_is_an_expression_or_an_expression_error(text):
    try:
        expression = parse(text)
    except ExpressionError:
        return
    values = {name: np.linspace(-1, 1, 3) for name in expression.names}
    assert np.shape(expression.evaluate(values)) in ((), (3,))
