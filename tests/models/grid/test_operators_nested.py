"""Operators taken out of operators, reductions out of formulas: the values stay the same to the last bit."""

import numpy as np
import pytest

from simcore.formulas import parse
from simcore.formulas.tree import Name, Shifted, children, postorder, rewrite
from simcore.models.grid.nesting import inner_operator, split_nested, split_reductions
from simcore.models.grid.operators import OPERATORS, REDUCTIONS, GridNames, discretise, halo_of
from tests.models.grid.reference import Reference, formula, padded_fields

KNOWN = {**OPERATORS, **REDUCTIONS}


def read(*texts):
    return [parse(text, KNOWN).tree for text in texts]


def test_the_potential_of_cahn_hilliard_becomes_an_intermediate():
    (tree,) = read("laplace(c**3 - c - kappa*laplace(c))")
    intermediates, (outer,) = split_nested([tree])
    assert intermediates == {"inner1": tree.arguments[0]}
    assert [outer] == read("laplace(inner1)")


def test_equal_intermediates_are_one_and_take_no_name_in_use():
    texts = "laplace(laplace(u)) + inner1", "dx(laplace(u)) + dx(u)"
    intermediates, trees = split_nested(read(*texts), taken={"inner1", "u"})
    assert list(intermediates) == ["inner2"]
    assert trees == read("laplace(inner2) + inner1", "dx(inner2) + dx(u)")


def test_the_velocity_of_advection_needs_no_intermediate():
    (tree,) = read("advect(dy(psi), -dx(psi), w)")
    assert inner_operator(tree) is None
    assert split_nested([tree]) == ({}, [tree])


def test_the_inner_operator_is_found_with_its_place():
    assert inner_operator(*read("u", "u + laplace(u*dx(u))")).column == 15
    assert inner_operator(*read("laplace(u) + dx(u)")) is None


@pytest.mark.parametrize("seed", range(40))
def test_intermediates_keep_every_bit_and_leave_no_operator_within_another(seed):
    rng = np.random.default_rng(seed)
    dimensions, order, upwind = 1 + seed % 3, 2 + 2 * (seed % 2), 1 + 2 * (seed % 2)
    tree = parse("laplace(0*u + " + formula(rng, dimensions, 3) + ")", OPERATORS).tree
    grid = GridNames(("x", "y", "z")[:dimensions], frozenset("uv"))
    fused = postorder([discretise(tree, grid, order, upwind)])
    halo = max(abs(offset) for node in fused if isinstance(node, Shifted) for offset in node.offsets)
    fields = padded_fields(dimensions, halo, rng)
    reference = Reference(fields, halo, order, upwind)
    wanted = reference.inner(tree)
    intermediates, (outer,) = split_nested([tree])
    with np.errstate(all="ignore"):
        for name, intermediate in intermediates.items():
            reference.values[name] = reference.value(intermediate) * 1.0
    np.testing.assert_array_equal(reference.inner(outer), wanted)
    assert inner_operator(outer, *intermediates.values()) is None
    arrays = GridNames(grid.axes, grid.arrays | set(intermediates))
    assert all(halo_of(discretise(t, arrays, order, upwind)) <= 2 for t in (outer, *intermediates.values()))


def test_reductions_are_taken_out_inner_first_and_equal_ones_once():
    reductions, trees = split_reductions(read("u - mean(u)", "std(u - mean(u)) + max(u) + max(u, 0)"), taken={"total2"})
    assert {name: call.function for name, call in reductions.items()} == {
        "total1": "mean",
        "total3": "std",
        "total4": "max",
    }
    assert [reductions["total3"].arguments[0]] == read("u - total1")
    assert trees == read("u - total1", "total3 + total4 + max(u, 0)")


def test_two_hundred_operators_become_intermediates_in_order_of_need():
    (tree,) = read("laplace(" * 190 + "u" + ")" * 190)
    intermediates, _ = split_nested([tree])
    assert len(intermediates) == 189
    met = {"u"}
    for name, intermediate in intermediates.items():
        assert {node.name for node in postorder([intermediate]) if isinstance(node, Name)} <= met
        met.add(name)


def test_a_rewriting_that_changes_nothing_returns_the_same_objects():
    (tree,) = read("laplace(u) + 1")
    assert rewrite([tree], lambda node: node)[0] is tree
    assert children(tree)
