"""Generated functions of one cell against a plain NumPy evaluation: equal, not close."""

import ast
import math

import numpy as np
import pytest
from hypothesis import Phase, assume, given, settings
from hypothesis import strategies as st

from simcore.formulas import ExpressionError, parse
from simcore.formulas.tree import Name, Shifted, postorder
from simcore.formulas.vocabulary import FUNCTIONS
from simcore.models.grid.cell_source import cell_function
from simcore.models.grid.grid import Grid
from simcore.models.grid.operators import OPERATORS, discretise
from tests.models.grid.reference import CONSTANTS, NUMBERS, Reference, cells, formula, names, padded_fields

SEEDS = st.integers(0, 2**32)
UNSHRUNK = (Phase.explicit, Phase.generate)  # a smaller seed is no simpler formula
NODES = 2000
EPSILON = np.finfo(float).eps


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
    scope = {"np": np, "math": math, **{name: wrap(plain) for name, plain in made.uses.items()}}
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


def test_a_comparison_counts_as_a_number_wherever_one_is_needed():
    fields = padded_fields(1, 1, np.random.default_rng(2))
    texts = ["advect(u > 0, v)", "laplace(u > v)", "max(u > 0, 0.5)*(u < v)**2", "-(u > 0) + abs(v < 0)", "u < v"]
    read, discrete = trees_of(texts, 1)
    wanted = [Reference(fields, 1).inner(tree) for tree in read]
    made = cell_function("rates", discrete, dimensions=1, halo=1)
    for compiled in (False, True):
        np.testing.assert_array_equal(values_of(made, fields, 1, compiled=compiled), wanted)


def source_of(*texts, **given):
    dimensions = given.pop("dimensions", 2)
    trees = trees_of(texts, dimensions, complex_numbers=True)[1]
    return cell_function("rates", trees, dimensions=dimensions, **given)


def test_the_source_is_one_readable_function():
    made = source_of("a*laplace(u) - u*v**2", "u*v**2 - b*v", formula="Gray-Scott")
    assert made.source == (
        "def rates(u, v, i, j, a, inverse_hx2, inverse_hy2, b):\n"
        '    """Gray-Scott"""\n'
        "    part1 = 2.0 * u[i, j]\n"
        "    part2 = u[i, j] * (v[i, j] * v[i, j])\n"
        "    result1 = a * (inverse_hx2 * (u[i - 1, j] + u[i + 1, j] - part1)"
        " + inverse_hy2 * (u[i, j - 1] + u[i, j + 1] - part1)) - part2\n"
        "    result2 = part2 - b * v[i, j]\n"
        "    return result1, result2\n"
    )
    assert made.uses == {}


def test_the_source_does_not_depend_on_values_but_on_the_halo_where_a_coordinate_is_read():
    assert source_of("x*u", halo=2).source.endswith("return (origin_x + (i - 1.5) * hx) * u[i, j]\n")
    assert source_of("x*u", halo=0).source.endswith("return (origin_x + (i + 0.5) * hx) * u[i, j]\n")
    assert source_of("u*v", halo=0).source == source_of("u*v", halo=2).source


def test_coordinates_are_those_of_the_grid_to_the_last_bit():
    grid = Grid.model_validate({"shape": [50, 3], "spacing": [0.1, 0.3], "origin": [1 / 3, -7.0]})
    function, _ = executed(source_of("x", halo=2), compiled=False)
    found = [function(i + 2, grid.origin[0], grid.spacing[0]) for i in range(50)]
    assert found == grid.centres(0).tolist()


@pytest.mark.parametrize("name", ["i", "np", "abs", "where"])
def test_a_name_that_the_source_needs_is_refused(name):
    with pytest.raises(ValueError, match=f"'{name}' is taken"):
        cell_function("rates", [Name(name)], dimensions=1)


def test_a_temporary_never_takes_the_name_of_a_parameter():
    tree = parse("(part1 + u)*(part1 + u) + result1").tree
    made = cell_function("rates", [discretise(tree, names(1)), Name("result2")], dimensions=1)
    assert executed(made, compiled=False)[0](u=np.array([2.0]), i=0, part1=3.0, result1=10.0, result2=7.0) == (
        35.0,
        7.0,
    )


def test_no_text_ends_its_docstring():
    made = cell_function("rates", [Name("a")], dimensions=1, formula='"""\nimport os\\')
    body = ast.parse(made.source).body
    assert len(body) == 1
    assert [type(part) for part in body[0].body] == [ast.Expr, ast.Return]


COMPLEX = [
    "u*v + a*u - (2 + 1j)*v/a",
    "abs(u)**2*u + u**3",
    "1j*laplace(u) - conj(v)*real(u)*imag(u)",
    "where(abs(u) > abs(v), u, a)",
    "exp(u) + sqrt(v) + 1/u",
    "gradient_squared(u) + divergence(u, v)",
    "advect(a, real(v), u)",
    "u - v/(u + 3)",
]


@pytest.mark.parametrize("compiled", [False, True])
def test_complex_fields_agree_with_numpy(compiled):
    """To 4 ulp of the largest value: products and moduli of complex numbers are rounded elsewhere."""
    fields = padded_fields(2, 1, np.random.default_rng(3), complex_numbers=True)
    made = source_of(*COMPLEX, halo=1, complex_names=("u", "v"))
    found = dict(zip(COMPLEX, values_of(made, fields, 1, compiled=compiled), strict=True))
    reference = Reference(fields, 1)
    for text in COMPLEX:
        wanted = reference.inner(parse(text, OPERATORS, complex_numbers=True).tree)
        np.testing.assert_allclose(found[text], wanted, rtol=0, atol=4 * EPSILON * abs(wanted).max(), err_msg=text)


@pytest.mark.parametrize("name", sorted(set(FUNCTIONS) - {"where", "min", "max", "conj", "real", "imag"}))
def test_functions_agree_with_numpy_to_two_ulp(name):
    two = FUNCTIONS[name].fewest == 2
    made = source_of(f"{name}(u, 0.7)" if two else f"{name}(u)", dimensions=1)
    u = np.linspace(0.1, 0.9, 100) if name in ("acos", "asin") else np.linspace(0.1, 3.0, 100)
    wanted = FUNCTIONS[name].apply(*((u, 0.7) if two else (u,)))
    function, _ = executed(made, compiled=True)
    np.testing.assert_array_max_ulp(np.array([function(u, i) for i in range(100)]), wanted, 2)


def test_nan_is_never_hidden():
    nan = np.array([np.nan])
    texts = ("min(u, 0)", "min(0, u)", "max(u, 0)", "max(0, u)", "sign(u)", "abs(u)", "u*0", "where(u > 0, 1, u)")
    function, _ = executed(source_of(*texts, dimensions=1), compiled=True)
    assert np.isnan(function(nan, 0)).all()


def test_float32_fields_are_worked_out_in_float32_until_a_literal_or_a_parameter():
    u = np.array([1.0, 1 / 3], np.float32)
    function, _ = executed(source_of("u*u + u", "2*u", "a*u", dimensions=1), compiled=True)
    assert function.py_func(u, 1, 0.1)[0].dtype == np.float32
    function(u, 1, 0.1)
    kinds = function.nopython_signatures[0].return_type
    assert [str(kind) for kind in kinds] == ["float32", "float64", "float64"]


def test_the_loop_over_a_cell_function_vectorises():
    """Selections, extrema, signs, truth values and roots leave no branch: packed arithmetic in the machine code."""
    from numba import njit

    made = source_of("where((u > 0.5) & (u < 2), sqrt(u), max(u*u, min(u, 0.1))) + (u > 1)*sign(u)", dimensions=1)
    scope = {"njit": njit, "np": np, "cell": executed(made, compiled=True)[0]}
    exec(
        "@njit(error_model='numpy')\ndef sweep(new, u):\n    for i in range(new.size):\n        new[i] = cell(u, i)",
        scope,
    )
    scope["sweep"](np.empty(9), np.ones(9))
    vector_bodies = [text for text in scope["sweep"].inspect_llvm().values() if "vector.body" in text]
    assert vector_bodies
    assert "x double> @llvm.sqrt" in vector_bodies[0]
