"""Generated functions of one cell against a plain NumPy evaluation: equal, not close."""

import ast

import numpy as np
from hypothesis import Phase, assume, given, settings
from hypothesis import strategies as st

from simcore.expressions import ExpressionError, parse
from simcore.expressions.tree import Shifted, postorder
from simcore.models.grid.cellsource import cell_function
from simcore.models.grid.operators import OPERATORS, discretise
from tests.models.grid.reference import CONSTANTS, NUMBERS, Reference, cells, formula, names, padded_fields

SEEDS = st.integers(0, 2**32)
UNSHRUNK = (Phase.explicit, Phase.generate)  # a smaller seed is no simpler formula
NODES = 2000


def trees_of(texts, dimensions, order=2, upwind=1, complex_numbers=False):
    """The trees as they were read, and the discrete ones."""
    try:
        read = [parse(text, OPERATORS, complex_numbers=complex_numbers).tree for text in texts]
    except ExpressionError:  # a constant such as 1/0
        assume(False)
    return read, [discretise(tree, names(dimensions), order, upwind) for tree in read]


def reach(trees):
    """The largest offset, of coordinates too."""
    nodes = list(postorder(trees))
    assume(len(nodes) < NODES)
    return max((abs(o) for node in nodes if isinstance(node, Shifted) for o in node.offsets), default=0)


def executed(made, compiled):
    """The function out of its source."""
    from numba import njit

    wrap = njit(error_model="numpy") if compiled else in_numpy
    scope = {"np": np, **{name: wrap(plain) for name, plain in made.uses.items()}}
    exec(made.source, scope)
    definition = ast.parse(made.source).body[0]
    function = scope[definition.name]
    return wrap(function) if compiled else function, [argument.arg for argument in definition.args.args]


def in_numpy(function):
    """Its numbers as NumPy's, so that 1/0 is infinite, as in compiled code."""
    return lambda *arguments: np.asarray(function(*arguments))[()]


def values_of(made, fields, halo, *, compiled=False):
    """One array for each result, cell by cell."""
    function, arguments = executed(made, compiled)
    shape = tuple(n - 2 * halo for n in fields["u"].shape)
    numbers = {name: np.float64(value) for name, value in {**NUMBERS, **CONSTANTS}.items()}
    rows = []
    for cell in cells(shape):
        given = {**numbers, **fields, **dict(zip("ijk", (index + halo for index in cell), strict=False))}
        with np.errstate(all="ignore"):
            rows.append(np.atleast_1d(function(*(given[name] for name in arguments))))
    return np.moveaxis(np.array(rows).reshape(*shape, -1), -1, 0)


def case(rng, results, depth):
    """A random cell function, the padded fields, and what NumPy makes of the same formulas."""
    dimensions, order, upwind = int(rng.integers(1, 4)), int(rng.choice([2, 4])), int(rng.choice([1, 3]))
    read, discrete = trees_of([formula(rng, dimensions, depth) for _ in range(results)], dimensions, order, upwind)
    halo = reach(discrete)
    fields = padded_fields(dimensions, halo, rng)
    made = cell_function("rates", discrete, dimensions=dimensions, halo=halo)
    return made, fields, halo, [Reference(fields, halo, order, upwind).inner(tree) for tree in read]


@settings(max_examples=200, deadline=None, phases=UNSHRUNK)
@given(SEEDS)
def test_a_cell_function_equals_the_numpy_evaluation_to_the_last_bit(seed):
    made, fields, halo, wanted = case(np.random.default_rng(seed), 2, 3)
    np.testing.assert_array_equal(values_of(made, fields, halo), wanted, err_msg=made.source)


@settings(max_examples=5, deadline=None, phases=UNSHRUNK)
@given(SEEDS)
def test_a_compiled_cell_function_equals_the_numpy_evaluation_to_the_last_bit(seed):
    made, fields, halo, wanted = case(np.random.default_rng(seed), 5, 2)
    np.testing.assert_array_equal(values_of(made, fields, halo, compiled=True), wanted, err_msg=made.source)
