"""The source of a formula says what the formula says: same brackets, same order, same bits."""

import ast
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simcore.formulas import ExpressionError, parse
from simcore.formulas.cell_functions import FUNCTIONS
from simcore.formulas.codegen import source
from simcore.formulas.complex_parts import require_order
from simcore.formulas.lowering import lower
from simcore.formulas.tree import Binary, Call, Name, Negative, Number


def text_of(formula, complex_names=()):
    (tree,) = lower([parse(formula, complex_numbers=True).tree], complex_names)
    return source(tree, read=None)


def reread(tree):
    """A tree of ours from Python's tree of the source."""
    symbols = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**", ast.Lt: "<", ast.GtE: ">="}
    symbols |= {ast.BitAnd: "&", ast.BitOr: "|"}
    match tree:
        case ast.Constant(value=value):
            return Number(value)
        case ast.Name(id=name):
            return Name(name)
        case ast.UnaryOp(operand=ast.Constant(value=value)):
            return Number(-value)
        case ast.UnaryOp(operand=operand):
            return Negative(reread(operand))
        case ast.BinOp(left=left, op=op, right=right):
            return Binary(symbols[type(op)], reread(left), reread(right))
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            return Binary(symbols[type(op)], reread(left), reread(right))
        case (
            ast.Call(func=ast.Attribute(attr=function), args=arguments)
            | ast.Call(func=ast.Name(id=function), args=arguments)
        ):
            return Call(function, tuple(map(reread, arguments)))
    raise AssertionError(ast.dump(tree))


ATOMS = st.sampled_from([Name("x"), Name("y"), Number(2.0), Number(-3.0), Number(1e-300), Number(1e22)])


def larger(parts):
    arithmetic = st.builds(Binary, st.sampled_from(["+", "-", "*", "/", "**"]), parts, parts)
    # Minus a literal reads as a negative literal, which has the same value.
    negative = parts.filter(lambda part: not isinstance(part, Number)).map(Negative)
    condition = st.builds(Binary, st.sampled_from(["<", ">="]), parts, parts)
    conditions = condition | st.builds(Binary, st.sampled_from("&|"), condition, condition)
    chosen = st.tuples(conditions, parts, parts).map(lambda three: Call("where", three))
    return arithmetic | negative | chosen | st.builds(lambda part: Call("sin", (part,)), parts)


@settings(max_examples=300, deadline=None)
@given(st.recursive(ATOMS, larger, max_leaves=15))
def test_python_reads_the_source_as_the_tree_that_it_came_from(tree):
    assert reread(ast.parse(source(tree, read=None), mode="eval").body) == tree


@pytest.mark.parametrize(
    ("formula", "wanted"),
    [
        ("x - (y - 1)", "x - (y - 1.0)"),
        ("(x - y) - 1", "x - y - 1.0"),
        ("x/(y*2)", "x / (y * 2.0)"),
        ("-x**2", "-(x * x)"),
        ("(-x)**y", "(-x) ** y"),
        ("x**y**2", "x ** (y * y)"),
        ("(x**y)**x", "(x ** y) ** x"),
        ("x**0.5 + y**-2", "np.sqrt(x) + 1.0 / (y * y)"),
        ("x**1 - y**0", "x - 1.0"),
        ("x**3", "x * x * x"),
        ("x**4", "x * x * (x * x)"),
        ("x**9 + x**2.5", "x ** 9.0 + x ** 2.5"),
        ("min(x, y, 1)", "minimum(minimum(x, y), 1.0)"),
        ("2*(x > 1)", "2.0 * truth(x > 1.0)"),
        ("(x > 1) & (y < 2)", "truth((x > 1.0) & (y < 2.0))"),
        ("where((x > 1) | (y < 2), x, y > 1)", "where((x > 1.0) | (y < 2.0), x, truth(y > 1.0))"),
        ("abs(x) + real(x) + imag(x)*conj(y)", "abs(x) + x + 0.0 * y"),
        ("sign(x) - log(y)", "sign(x) - np.log(y)"),
    ],
)
def test_real_formulas_in_source(formula, wanted):
    assert text_of(formula) == wanted


@pytest.mark.parametrize(
    ("formula", "wanted"),
    [
        ("abs(z)**2*z", "scaled(squared_modulus(z), z)"),
        ("abs(z)", "abs(z)"),
        ("(1 + 2j)*z", "(1+2j) * z"),
        ("z*x/y", "divided(scaled(x, z), y)"),
        ("x/z - z**2", "x / z - z * z"),
        ("real(z*z) + imag(z)*x", "(z * z).real + z.imag * x"),
        ("conj(z) + where(abs(z) > 1, z, 0)", "z.conjugate() + where(abs(z) > 1.0, z, 0.0)"),
    ],
)
def test_complex_formulas_in_source(formula, wanted):
    assert text_of(formula, ("z",)) == wanted


def test_powers_agree_with_numpy_to_rounding():
    """x**n by squares rounds n - 1 times at most, each by half an ulp; NumPy's power by one more."""
    x = np.random.default_rng(5).normal(size=1000)
    for n in (*range(-8, 9), 0.5):
        base = abs(x) if n == 0.5 else x
        values = np.array([eval(text_of(f"x**({n})"), {"np": np, "x": value}) for value in base])
        np.testing.assert_array_max_ulp(np.broadcast_to(values, base.shape), base**n, maxulp=8)


@pytest.mark.parametrize("a", [-1.0, -0.0, 0.0, 2.0, math.inf, math.nan])
@pytest.mark.parametrize("b", [-1.0, 0.5, math.inf, math.nan])
def test_functions_of_cells_agree_with_numpy(a, b):
    np.testing.assert_equal(FUNCTIONS["minimum"](a, b), np.minimum(a, b))
    np.testing.assert_equal(FUNCTIONS["maximum"](a, b), np.maximum(a, b))
    np.testing.assert_equal(FUNCTIONS["sign"](a), np.sign(a) if a else a)


def test_complex_literals_are_for_complex_fields_only():
    assert parse("2 + 1j", complex_numbers=True).tree == Number(2 + 1j)
    assert parse("1j*1j + x", complex_numbers=True).evaluate({"x": 1.0}) == 0
    with pytest.raises(ExpressionError, match="1j is not a real number") as caught:
        parse("2 + 1j")
    assert caught.value.column == 5


@pytest.mark.parametrize(
    ("formula", "column", "words"),
    [
        ("1 + (z > 1)", 6, "> needs real numbers"),
        ("x*max(x, z)", 3, "max needs real numbers"),
        ("sign(1j*x)", 1, "sign needs real numbers"),
        ("floor(x + z)", 1, "floor"),
        ("v(z, x)", 1, "v needs real numbers"),
    ],
)
def test_complex_numbers_have_no_order(formula, column, words):
    expression = parse(formula, {"v"}, complex_numbers=True)
    with pytest.raises(ExpressionError, match=words) as caught:
        require_order(expression, {"z"}, ordering={"v"})
    assert caught.value.column == column


@pytest.mark.parametrize(
    ("formula", "wanted"),
    [("x", False), ("z", True), ("abs(z)", False), ("(z == 1)*x", False), ("v(x, z)", True), ("x*1j", True)],
)
def test_what_is_complex_is_known(formula, wanted):
    assert require_order(parse(formula, {"v"}, complex_numbers=True), {"z"}, ordering={"v"}) is wanted
