"""Derivatives and simplified formulas against numbers; components of vectors in formulas."""

import numpy as np
import pytest

from simcore.formulas import ExpressionError, parse
from simcore.formulas.derivative import derivative
from simcore.formulas.evaluate import evaluate
from simcore.formulas.simplify import simplify
from simcore.formulas.tree import Name, Negative, Number

FORMULAS = [
    "a*b + 3*a - b",
    "(a + b)**3/(1 + a**2)",
    "a**b + b**a",
    "sin(a*b)*cos(a) - tan(a/4)",
    "exp(-a**2)*log(a + b)",
    "sqrt(a) + sinh(a) - cosh(b*a) + tanh(a - b)",
    "abs(a - 5)**3",
    "-(-a)*(0 + 1*b) + 0*a",
    "where(b > 1, a**2, -a)",
    "max(b, 1)*a",
]


@pytest.mark.parametrize("text", FORMULAS)
def test_derivatives_are_the_limits_of_differences(text):
    tree = parse(text).tree
    for a, b in [(0.7, 1.3), (1.9, 0.4), (0.2, 0.9)]:
        h = 1e-6
        high, low = (evaluate(tree, {"a": a + step, "b": b}) for step in (h, -h))
        assert evaluate(derivative(tree, "a"), {"a": a, "b": b}) == pytest.approx((high - low) / (2 * h), abs=1e-7)


@pytest.mark.parametrize("text", ["floor(a)", "max(a, b)", "(a > b)*a", "where(a > 0, a, 2)", "sign(a)"])
def test_what_jumps_has_no_derivative(text):
    with pytest.raises(ValueError, match="has no derivative"):
        derivative(parse(text).tree, "a")


@pytest.mark.parametrize("text", FORMULAS)
def test_a_simplified_formula_has_the_same_value(text):
    values = {"a": np.linspace(0.1, 2.0, 7), "b": np.linspace(1.5, 0.3, 7)}
    tree = parse(text).tree
    np.testing.assert_allclose(evaluate(simplify(tree), values), evaluate(tree, values), rtol=1e-14)


def test_what_does_nothing_is_gone():
    assert simplify(parse("0*a + 1*b - 0").tree) == Name("b")
    assert simplify(parse("-(-a)").tree) == Name("a")
    assert simplify(parse("a*0").tree) == Number(0.0)
    assert simplify(parse("cos(-a)").tree) == parse("cos(a)").tree
    assert simplify(parse("sin(-a)").tree) == Negative(parse("sin(a)").tree)


def test_components_are_names_of_their_own_where_they_are_allowed():
    assert parse("a[0]*b[12]", components=True).names == {"a[0]", "b[12]"}
    with pytest.raises(ExpressionError, match=r"column 2: unexpected '\['"):
        parse("a[0]")
    for text in ("a[x]", "a[-1]", "(a + b)[0]", "a[1.0]", "a[True]", "a[0][1]"):
        with pytest.raises(ExpressionError, match="not allowed"):
            parse(text, components=True)
    assert parse("e*a", variables=["e"]).names == {"a", "e"}
