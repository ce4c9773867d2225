"""Common subexpressions: found everywhere, worked out once, not one bit changed."""

import math

import numpy as np
import pytest

from simcore.formulas import parse
from simcore.formulas.cell_functions import FUNCTIONS
from simcore.formulas.codegen import source
from simcore.formulas.interning import Interned
from simcore.formulas.lowering import lower
from simcore.formulas.subexpressions import share
from simcore.formulas.tree import Binary, Call, Name, Negative, Number, postorder, substitute

VALUES = {"minus_zero": np.float64(-0.0), "two": np.float64(2.0)}


def run(temporaries, trees, values):
    """The values of lowered trees, out of their sources; 1/0 is infinite, as in compiled code."""
    functions = {name: lambda *given, plain=plain: np.asarray(plain(*given))[()] for name, plain in FUNCTIONS.items()}
    scope = {"np": np, **functions, **VALUES, **values}
    with np.errstate(all="ignore"):
        for name, tree in temporaries:
            scope[name] = eval(source(tree, read=None), scope)
        return [float(eval(source(tree, read=None), scope)) for tree in trees]


def random_trees(rng, parts=40):
    """Trees that have much in common: each is made of the ones before it."""
    pool = [Name("x"), Name("y"), *map(Name, VALUES)]
    for _ in range(parts):
        left, right = (pool[n] for n in rng.integers(max(0, len(pool) - 12), len(pool), 2))
        pool.append(
            [
                Binary(str(rng.choice(list("+-*/"))), left, right),
                Binary("**", left, Number(float(rng.integers(-3, 6)))),
                Binary(">", left, right),
                Negative(left),
                Call("min", (left, right)),
                Call("sqrt", (Call("abs", (left,)),)),
                Call("where", (Binary("<", left, right), right, left)),
            ][rng.choice(7, p=[0.5, 0.1, 0.05, 0.1, 0.1, 0.05, 0.1])]
        )
    return pool[-3:]


@pytest.mark.parametrize("seed", range(60))
def test_sharing_never_changes_a_bit(seed):
    rng = np.random.default_rng(seed)
    lowered = lower(random_trees(rng, parts=14))
    values = {name: np.float64(rng.normal()) for name in "xy"}
    temporaries, trees = share(lowered)
    wanted, found = run([], lowered, values), run(temporaries, trees, values)
    np.testing.assert_array_equal(np.array(found), np.array(wanted))
    assert [math.copysign(1, n) for n in found if n == n] == [math.copysign(1, n) for n in wanted if n == n]


@pytest.mark.parametrize("seed", range(20))
def test_nothing_is_worked_out_twice(seed):
    temporaries, trees = share(lower(random_trees(np.random.default_rng(seed))))
    parts = list(postorder([*trees, *(tree for _, tree in temporaries)]))
    same = Interned()
    for node in parts:
        same(node)
    work = [node for node in parts if not isinstance(node, Name | Number)]
    assert len({id(node) for node in work}) == len({source(node, read=None) for node in work})


def test_what_several_trees_share_is_named_once_in_order_of_need():
    trees = lower([parse("sin(x*y) + x*y").tree, parse("sin(y*x)**2").tree])
    temporaries, rest = share(trees, taken=("part2",))
    assert [(name, source(tree, read=None)) for name, tree in temporaries] == [
        ("part1", "x * y"),
        ("part3", "np.sin(part1)"),
    ]
    assert [source(tree, read=None) for tree in rest] == ["part3 + part1", "part3 * part3"]


def test_plus_and_minus_zero_are_two_numbers():
    tree = Binary("*", Binary("+", Name("x"), Number(0.0)), Binary("+", Name("x"), Number(-0.0)))
    assert share([tree])[0] == []


def test_a_formula_of_a_million_million_nodes_takes_no_time():
    tree = Name("x")
    for _ in range(500):
        tree = Binary("+", tree, tree)
    temporaries, (rest,) = share(lower([tree]))
    assert len(temporaries) == 500 - 1
    assert source(rest, read=None) == "part499 + part499"


def test_deep_formulas_are_written_in_several_lines():
    trees = lower([parse("sin(" * 190 + "x" + ")" * 190).tree, parse("max(" + "x," * 3000 + "y)").tree])
    temporaries, rest = share(trees)
    assert max(source(tree, read=None).count("(") for _, tree in temporaries) <= 25
    assert run(temporaries, rest, {"x": 1.0, "y": 2.0}) == [pytest.approx(iterated(math.sin, 190, 1.0)), 2.0]


def iterated(function, times, value):
    for _ in range(times):
        value = function(value)
    return value


def test_names_are_replaced_and_what_replaces_them_is_left():
    tree = parse("x + sin(x*y)").tree
    assert substitute(tree, {"x": parse("y + x").tree}) == parse("(y + x) + sin((y + x)*y)").tree
