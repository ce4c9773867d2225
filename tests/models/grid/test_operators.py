"""Operators of equations: their discrete form, their orders, and what a grid refuses."""

import math

import numpy as np
import pytest

from simcore.formulas import ExpressionError, parse
from simcore.formulas.evaluate import evaluate
from simcore.formulas.tree import Name, Shifted, postorder, rewrite
from simcore.models.grid.operators import (
    OPERATORS,
    REDUCTIONS,
    GridNames,
    discretise,
    halo_of,
    is_reduction,
    require_dimensions,
)
from tests.models.grid.reference import operators

KNOWN = {**OPERATORS, **REDUCTIONS}


def discrete(text, dimensions, order=2, upwind=1, arrays=("u", "v")):
    grid = GridNames(("x", "y", "z")[:dimensions], frozenset(arrays))
    return discretise(parse(text, KNOWN).tree, grid, order, upwind)


def valued(tree, fields, numbers):
    """The values of a discrete tree on a periodic grid, every read a rolled array."""
    reads = {}

    def named(node):
        if not isinstance(node, Shifted):
            return node
        name = f"{node.name}{node.offsets}"
        axes = tuple(range(len(node.offsets)))
        reads[name] = np.roll(fields[node.name], tuple(-offset for offset in node.offsets), axes)
        return Name(name)

    (renamed,) = rewrite([tree], named)
    return evaluate(renamed, {**reads, **numbers})


def spacings(**lengths):
    return {f"inverse_h{a}": 1 / h for a, h in lengths.items()} | {
        f"inverse_h{a}2": 1 / h**2 for a, h in lengths.items()
    }


TEXTBOOK = [
    ("dx(u)", 2, 1, {-1: -1 / 2, 1: 1 / 2}, 1),
    ("dx(u)", 4, 1, {-2: 1 / 12, -1: -2 / 3, 1: 2 / 3, 2: -1 / 12}, 1),
    ("d2x(u)", 2, 1, {-1: 1, 0: -2, 1: 1}, 2),
    ("laplace(u)", 2, 1, {-1: 1, 0: -2, 1: 1}, 2),
    ("laplace(u)", 4, 1, {-2: -1 / 12, -1: 4 / 3, 0: -5 / 2, 1: 4 / 3, 2: -1 / 12}, 2),
    ("divergence(u)", 4, 1, {-2: 1 / 12, -1: -2 / 3, 1: 2 / 3, 2: -1 / 12}, 1),
    ("advect(1, u)", 2, 1, {-1: -1, 0: 1}, 1),
    ("advect(-1, u)", 2, 1, {0: 1, 1: -1}, 1),
    ("advect(1, u)", 2, 3, {-2: 1 / 6, -1: -1, 0: 1 / 2, 1: 1 / 3}, 1),
    ("advect(-1, u)", 2, 3, {-1: 1 / 3, 0: 1 / 2, 1: -1, 2: 1 / 6}, 1),
]


@pytest.mark.parametrize(("text", "order", "upwind", "weights", "power"), TEXTBOOK)
def test_differences_have_the_weights_of_the_textbook(text, order, upwind, weights, power):
    """To 8 ulp of the sum of the terms' sizes."""
    u, h = np.random.default_rng(1).normal(size=50), 0.37
    found = valued(discrete(text, 1, order, upwind), {"u": u}, spacings(x=h))
    terms = [weight * np.roll(u, -cells) / h**power for cells, weight in weights.items()]
    assert (abs(found - sum(terms)) <= 8 * np.finfo(float).eps * sum(map(abs, terms))).all()
    assert halo_of(discrete(text, 1, order, upwind)) == max(map(abs, weights))


@pytest.mark.parametrize("dimensions", [1, 2, 3])
@pytest.mark.parametrize(("order", "upwind"), [(2, 1), (4, 3)])
def test_every_operator_of_a_constant_field_is_zero_to_the_last_bit(dimensions, order, upwind):
    shape, arguments = (5, 6, 7)[:dimensions], {**spacings(x=0.3, y=0.7, z=1 / 9)}
    for call in operators(dimensions):
        text = call.replace("{}", "u")
        values = valued(discrete(text, dimensions, order, upwind), {"u": np.full(shape, 0.1)}, arguments)
        assert not values.any(), text


# In two dimensions, on u = sin(x + 2y), v = cos(2x) - sin(y), with s = x + 2y: what the operator is, to be compared.
EXACT = {
    "dx(u)": lambda x, y: np.cos(x + 2 * y),
    "dy(u)": lambda x, y: 2 * np.cos(x + 2 * y),
    "d2x(u)": lambda x, y: -np.sin(x + 2 * y),
    "d2y(u)": lambda x, y: -4 * np.sin(x + 2 * y),
    "laplace(u)": lambda x, y: -5 * np.sin(x + 2 * y),
    "gradient_squared(u)": lambda x, y: 5 * np.cos(x + 2 * y) ** 2,
    "divergence(u, v)": lambda x, y: np.cos(x + 2 * y) - np.cos(y),
    "laplace(laplace(u))": lambda x, y: 25 * np.sin(x + 2 * y),
    "laplace(u**2)": lambda x, y: 10 * np.cos(2 * x + 4 * y),
    "divergence(v*dx(v), v*dy(v))": lambda x, y: (
        (2 * np.sin(2 * x)) ** 2 + np.cos(y) ** 2 + (np.cos(2 * x) - np.sin(y)) * (-4 * np.cos(2 * x) + np.sin(y))
    ),
    "advect(v, -v, u)": lambda x, y: -(np.cos(2 * x) - np.sin(y)) * np.cos(x + 2 * y),
}


def error_of(text, cells, order, upwind):
    h = 2 * math.pi / cells
    x, y = np.meshgrid(*[(np.arange(cells) + 0.5) * h] * 2, indexing="ij")
    fields = {"u": np.sin(x + 2 * y), "v": np.cos(2 * x) - np.sin(y)}
    found = valued(discrete(text, 2, order, upwind), fields, spacings(x=h, y=h))
    return np.sqrt(np.mean((found - EXACT[text](x, y)) ** 2))


@pytest.mark.parametrize("text", EXACT)
@pytest.mark.parametrize(("order", "upwind"), [(2, 1), (4, 3)])
def test_orders_are_those_that_are_promised(text, order, upwind):
    promised = upwind if text.startswith("advect") else order
    errors = [error_of(text, cells, order, upwind) for cells in (64, 128)]
    assert math.log2(errors[0] / errors[1]) == pytest.approx(promised, abs=0.1)


def test_an_operator_takes_the_formula_and_the_coordinate_of_the_shifted_cell():
    x = np.arange(10) * 0.5
    found = valued(discrete("dx(x**2*u)", 1), {"x": x, "u": np.ones(10)}, spacings(x=0.5))
    np.testing.assert_array_equal(found[1:-1], 2 * x[1:-1])


def test_the_velocity_of_advection_is_that_of_the_cell_itself():
    reads = [node for node in postorder([discrete("advect(v, u)", 1)]) if isinstance(node, Shifted)]
    assert {node.offsets for node in reads if node.name == "v"} == {(0,)}


def test_deep_nesting_takes_time_in_proportion_to_the_cells_that_it_reads():
    tree = discrete("laplace(" * 12 + "u" + ")" * 12, 2)
    assert halo_of(tree) == 12
    assert len({node.offsets for node in postorder([tree]) if isinstance(node, Shifted)}) == 2 * 12 * 13 + 1
    assert halo_of(discrete("dx(" * 150 + "u" + ")" * 150, 1)) == 150


def test_parameters_and_time_are_not_shifted():
    assert {node.name for node in postorder([discrete("laplace(D*u) + t", 1)]) if isinstance(node, Name)} == {
        "D",
        "t",
        "inverse_hx2",
    }


@pytest.mark.parametrize(
    ("text", "dimensions", "column", "words"),
    [
        ("1 + dy(u)", 1, 5, "dy needs an axis y; this grid has 1 axis"),
        ("d2z(u)", 2, 1, "d2z needs an axis z; this grid has 2 axes"),
        ("u*divergence(u)", 2, 3, "divergence takes 2 arguments on a grid of 2 axes, not 1"),
        ("divergence(u, v)", 1, 1, "divergence takes 1 argument on a grid of 1 axis, not 2"),
        ("laplace(advect(u, v))", 2, 9, "advect takes 3 arguments on a grid of 2 axes, not 2"),
        ("at(u, 1)", 3, 1, "at takes 4 arguments on a grid of 3 axes, not 2"),
    ],
)
def test_what_a_grid_does_not_have_is_an_error_with_its_place(text, dimensions, column, words):
    with pytest.raises(ExpressionError, match=words) as caught:
        require_dimensions(parse(text, KNOWN), dimensions)
    assert caught.value.column == column


@pytest.mark.parametrize(
    ("text", "column", "words"),
    [
        ("2*laplace(u, v)", 3, "laplace takes 1 argument, not 2"),
        ("advect(u)", 1, "advect takes 2 to 4 arguments, not 1"),
        ("laplace + 1", 1, "'laplace' is a function; write laplace"),
        ("u + laplce(u)", 5, "did you mean 'laplace'"),
        ("laplace(u).real", 1, "is not allowed"),
        ("mean()", 1, "mean takes 1 argument, not 0"),
    ],
)
def test_wrong_calls_of_operators_are_errors_of_the_text(text, column, words):
    with pytest.raises(ExpressionError, match=words) as caught:
        parse(text, KNOWN)
    assert caught.value.column == column


def test_min_of_one_is_a_reduction_and_of_two_a_function():
    assert is_reduction(parse("min(u)", KNOWN).tree)
    assert not is_reduction(parse("min(u, v)", KNOWN).tree)
    with pytest.raises(ExpressionError, match="at least 2"):
        parse("min(u)", OPERATORS)


def test_a_reduction_that_is_left_is_refused():
    with pytest.raises(ValueError, match="mean is a reduction"):
        discrete("u - mean(u)", 1)


@pytest.mark.parametrize("dimensions", [2, 3])
@pytest.mark.parametrize("order", [2, 4])
def test_equal_spacings_share_a_product_and_change_only_rounding(dimensions, order):
    u, h = np.random.default_rng(2).normal(size=(9, 10, 11)[:dimensions]), 0.37
    lengths = dict.fromkeys("xyz"[:dimensions], h)
    names = ("x", "y", "z")[:dimensions], frozenset("u")
    apart, cubic = (
        discretise(parse("laplace(u)", KNOWN).tree, GridNames(*names, flag), order) for flag in (False, True)
    )
    assert (apart != cubic) == (order == 2)
    difference = valued(cubic, {"u": u}, spacings(**lengths)) - valued(apart, {"u": u}, spacings(**lengths))
    # each form rounds at most a dozen times, terms of at most 4 d max|u| / h**2
    assert abs(difference).max() <= 24 * np.finfo(float).eps * 4 * dimensions * abs(u).max() / h**2
    flat = valued(cubic, {"u": np.full_like(u, 0.1)}, spacings(**lengths))
    assert not flat.any()  # a constant field stays constant to the last bit
