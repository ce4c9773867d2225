"""Boundaries: how they are written, and the ghost cells they give."""

import pytest

from simcore.formulas.evaluate import evaluate
from simcore.models.grid.boundary import Place, read_boundary
from simcore.spec.arrays import Periodic, Wall


def number(tree):
    return float(evaluate(tree, {"c": 3.0}))


def ghost(keys, h, mirror):
    wall = read_boundary(keys).given[0][1].side(Place("x", "-", h, 0.0), {}, number)
    return wall.scale * mirror + wall.shift


def walls(boundary, spacing):
    places = [(Place(axis, "-", h, 0.0), Place(axis, "+", h, 8.0)) for axis, h in zip("xyz", spacing, strict=False)]
    return boundary.walls(places, {"c": 3.0}, number)


@pytest.mark.parametrize("u", [-1.5, 0.0, 2.0])
@pytest.mark.parametrize("h", [0.5, 2.0])
def test_ghost_cells_satisfy_the_condition_halfway(u, h):
    value, derivative = (ghost({kind: 3.0}, h, u) for kind in ("value", "derivative"))
    assert (value + u) / 2 == pytest.approx(3.0)
    assert (derivative - u) / h == pytest.approx(3.0)
    for a, b in [(0.0, 3.0), (2.0, -1.0), (-0.4, 0.5)]:
        mixed = ghost({"mixed": [a, b]}, h, u)
        assert (mixed - u) / h + a * (mixed + u) / 2 == pytest.approx(b)


@pytest.mark.parametrize(
    ("raw", "wanted"),
    [
        ("periodic", [(Periodic(), Periodic())] * 2),
        ({"value": 1}, [(Wall(-1.0, 2.0), Wall(-1.0, 2.0))] * 2),
        ({"x": {"value": 0.0}, "y": "periodic"}, [(Wall(-1.0, 0.0), Wall(-1.0, 0.0)), (Periodic(), Periodic())]),
        (
            {"x": {"value": 0.0}, "x+": {"derivative": 3.0}, "y": "periodic"},
            [(Wall(-1.0, 0.0), Wall(1.0, 1.5)), (Periodic(), Periodic())],
        ),
        (
            {"y+": {"mixed": [0, 1]}, "y-": {"value": 2}, "x": "periodic"},
            [(Periodic(), Periodic()), (Wall(-1.0, 4.0), Wall(1.0, 2.0))],
        ),
    ],
)
def test_sides_are_found_by_side_then_axis_then_all(raw, wanted):
    boundary = read_boundary(raw)
    assert list(walls(boundary, (0.5, 2.0))) == wanted
    assert read_boundary(boundary.keys()) == boundary


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ("perodic", "'perodic' is not a boundary condition; periodic, {value: v}"),
        (None, "null is not a boundary condition"),
        ([1, 2], "is not a boundary condition"),
        ({}, "is not a boundary condition"),
        ({"value": 1, "derivative": 2}, "is not a boundary condition"),
        ({"valu": 1}, "unknown boundary 'valu'; did you mean 'value'?"),
        ({"x": {"valu": 1}}, "x: unknown boundary 'valu'"),
        ({"value": "a"}, "unknown name 'a'; allowed: c, t, y, z (x- is given along itself and over time)"),
        ({"y": {"value": "y + t"}}, "unknown name 'y'"),
        ({"mixed": ["x", 1]}, "unknown name 'x'; allowed: c, t, y, z (x- is given along itself and over time)"),
        ({"mixed": ["-4 + 0*t", 0.0]}, "a must be above -2/spacing = -4, not -4"),
        ({"where": "y < 1", "then": {"value": 1}}, "a wall with 'where' needs 'then' and 'else'; {where: comparison"),
        ({"where": "y < 1", "then": {"value": 1}, "els": {"value": 1}}, "has an unknown key 'els'"),
        ({"where": "y", "then": {"value": 1}, "else": {"value": 2}}, "where must be a comparison, such as 'y < 0.5'"),
        ({"where": "y < 1", "then": "periodic", "else": {"value": 2}}, "a side is periodic as a whole"),
        ({"x-": {"where": "x < 1", "then": {"value": 1}, "else": {"value": 2}}}, "unknown name 'x'"),
        ({"value": "max(1j*t, 0)"}, "max needs real numbers"),
        ({"x": {"value": 0}}, "does not include y-; give y-: periodic, {value: v}"),
        ({"value": "sin("}, "never closed"),
        ({"value": True}, "value must be a number"),
        ({"value": [1]}, "value must be a number"),
        ({"value": float("nan")}, "value must be a number"),
        ({"derivative": 1e300}, "up to 1e+100"),
        ({"value": 10**400}, "up to 1e+100"),
        ({"mixed": 1}, "mixed must be two of [a, b]"),
        ({"mixed": [1, 2, 3]}, "mixed must be two of"),
        ({"mixed": [-4.0, 0.0]}, "a must be above -2/spacing = -4"),
        ({"x-": {"value": 1}}, "x cannot be periodic at one end only; give both x- and x+"),
        ({"z": "periodic"}, "this grid has no side 'z'"),
        ({"x*": "periodic"}, "no side 'x*'; did you mean"),
    ],
)
def test_a_wrong_boundary_says_what_is_allowed(raw, words):
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the words are compared below
        walls(read_boundary(raw), (0.5, 0.5))
    assert words in str(caught.value)


def test_a_formula_stands_where_a_number_does():
    assert read_boundary({"value": "2*c"}).keys() == {"value": "2*c"}
    (pair,) = walls(read_boundary({"x-": {"mixed": ["c", "c + 1"]}, "x+": {"value": "c"}}), (0.5,))
    assert pair == (Wall((2 - 1.5) / (2 + 1.5), 2 * 0.5 * 4.0 / (2 + 1.5)), Wall(-1.0, 6.0))
